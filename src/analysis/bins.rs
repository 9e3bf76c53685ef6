//! Points in time brought to equal spacing: a grid, what falls into each of its bins, and what stands in for empty ones.

use model::{Fault, Faulty};

use crate::series::{fill_const, fill_forward, fill_linear};

/// More bins than any analysis is worth: they may be far more than the points.
pub const MAX_BINS: usize = 2_000_000;

/// Bins of equal width, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Where the first begins.
    pub start: i64,
    /// Their width.
    pub step: i64,
    /// How many there are.
    pub len: usize,
}

/// Why points lie on no grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ungridded {
    /// Spacing takes two points.
    #[error("fewer than two points in time")]
    TooFew,
    /// Two points at the same time.
    #[error("several points have the same time; with bins they would be put together")]
    Repeated,
    /// Points that are not a whole number of steps apart.
    #[error("the points are not equally spaced; with bins they would be")]
    Uneven,
    /// A width that is none.
    #[error("a bin is wider than nothing")]
    Step,
    /// More bins than can be handled.
    #[error("more than {MAX_BINS} bins from the first point to the last; wider bins are fewer")]
    TooMany,
}

impl Faulty for Ungridded {
    fn fault(&self) -> Fault {
        if *self == Self::TooMany { Fault::TooLarge } else { Fault::Invalid }
    }
}

/// What the points of one bin become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// How many they are.
    Count,
}

/// What stands in for a bin without points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// 0: nothing happened.
    Zero,
    /// The straight line from the bin before to the bin after.
    Linear,
    /// What the bin before has.
    Previous,
}

impl Grid {
    /// The grid that sorted points lie on already: its step is the commonest distance, the smaller of two as common.
    pub fn of(times: &[i64]) -> Result<Self, Ungridded> {
        let distances = times.windows(2).filter_map(|pair| Some(pair.last()?.saturating_sub(*pair.first()?)));
        let mut distances: Vec<i64> = distances.collect();
        distances.sort_unstable();
        let runs = distances.chunk_by(|one, next| one == next);
        let commonest =
            runs.fold(None, |best: Option<&[i64]>, run| best.filter(|best| best.len() >= run.len()).or(Some(run)));
        let step = commonest.and_then(|run| run.first().copied()).ok_or(Ungridded::TooFew)?;
        if distances.first() == Some(&0) {
            return Err(Ungridded::Repeated);
        }
        // One point that is off the grid moves all behind it, so each distance must fit.
        if distances.iter().any(|distance| distance % step != 0) {
            return Err(Ungridded::Uneven);
        }
        Self::from_to(times.first().copied().unwrap_or_default(), times.last().copied().unwrap_or_default(), step)
    }

    /// The grid of bins that begin at whole multiples of `step` and hold sorted points.
    pub fn with_step(times: &[i64], step: i64) -> Result<Self, Ungridded> {
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Err(Ungridded::TooFew) };
        if step <= 0 {
            return Err(Ungridded::Step);
        }
        Self::from_to(first.saturating_sub(first.rem_euclid(step)), *last, step)
    }

    fn from_to(start: i64, end: i64, step: i64) -> Result<Self, Ungridded> {
        let len = i128::from(end) - i128::from(start);
        let len = usize::try_from(len / i128::from(step) + 1).map_err(|_| Ungridded::TooMany)?;
        if len > MAX_BINS { Err(Ungridded::TooMany) } else { Ok(Self { start, step, len }) }
    }

    /// When each bin begins.
    pub fn times(&self) -> impl ExactSizeIterator<Item = i64> + use<> {
        let Self { start, step, len } = *self;
        (0..len).map(move |place| start.saturating_add(step.saturating_mul(place as i64)))
    }

    /// The bin of a point, if it has one.
    pub fn place(&self, time: i64) -> Option<usize> {
        let place = (i128::from(time) - i128::from(self.start)).div_euclid(i128::from(self.step));
        usize::try_from(place).ok().filter(|place| *place < self.len)
    }

    /// What the points become, bin by bin. Points without a finite value count for nothing but [`Aggregate::Count`].
    pub fn aggregate(&self, points: impl Iterator<Item = (i64, Option<f64>)>, how: Aggregate) -> Vec<Option<f64>> {
        let mut bins = vec![(0.0_f64, 0_u32); self.len];
        for (time, value) in points {
            let value = if how == Aggregate::Count { Some(1.0) } else { value.filter(|value| value.is_finite()) };
            let bin = self.place(time).and_then(|place| bins.get_mut(place));
            if let (Some((total, count)), Some(value)) = (bin, value) {
                *total = match how {
                    Aggregate::Min if *count > 0 => total.min(value),
                    Aggregate::Max if *count > 0 => total.max(value),
                    _ => *total + value,
                };
                *count += 1;
            }
        }
        let value = |(total, count): (f64, u32)| match (how, count) {
            (Aggregate::Count, _) => Some(f64::from(count)),
            (_, 0) => None,
            (Aggregate::Mean, _) => Some(total / f64::from(count)),
            _ => Some(total),
        };
        bins.into_iter().map(value).collect()
    }
}

/// Puts something into every empty bin.
pub fn fill(bins: &[Option<f64>], how: Filling) -> Vec<f64> {
    match how {
        Filling::Zero => fill_const(bins, 0.0),
        Filling::Linear => fill_const(&fill_linear(bins, true, None), 0.0),
        Filling::Previous => fill_const(&fill_forward(bins), 0.0),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_commonest_distance_makes_the_grid() {
        assert_eq!(Grid::of(&[10, 20, 30, 60]), Ok(Grid { start: 10, step: 10, len: 6 }));
        assert_eq!(Grid::of(&[10, 20, 40]), Ok(Grid { start: 10, step: 10, len: 4 }), "the smaller of two as common");
        for (times, expected) in [
            (&[][..], Ungridded::TooFew),
            (&[5], Ungridded::TooFew),
            (&[5, 5, 6], Ungridded::Repeated),
            (&[5, 5], Ungridded::Repeated),
            (&[0, 10, 25, 35], Ungridded::Uneven),
            (&[0, 1, 2, i64::MAX], Ungridded::TooMany),
        ] {
            assert_eq!(Grid::of(times), Err(expected), "{times:?}");
        }
    }

    #[test]
    fn bins_begin_at_multiples_of_their_width() {
        let grid = Grid::with_step(&[-7, 3, 12], 5).unwrap();
        assert_eq!(grid, Grid { start: -10, step: 5, len: 5 });
        assert_eq!(grid.times().collect::<Vec<_>>(), [-10, -5, 0, 5, 10]);
        assert_eq!(Grid::with_step(&[1], 0), Err(Ungridded::Step));
        assert_eq!(Grid::with_step(&[i64::MIN, i64::MAX], 1), Err(Ungridded::TooMany));
    }

    #[test]
    fn points_of_a_bin_become_one() {
        let points = [(0, Some(1.0)), (1, Some(5.0)), (1, None), (2, Some(f64::NAN)), (4, Some(2.0))];
        let grid = Grid { start: 0, step: 2, len: 3 };
        for (how, expected) in [
            (Aggregate::Sum, [Some(6.0), None, Some(2.0)]),
            (Aggregate::Mean, [Some(3.0), None, Some(2.0)]),
            (Aggregate::Min, [Some(1.0), None, Some(2.0)]),
            (Aggregate::Max, [Some(5.0), None, Some(2.0)]),
            (Aggregate::Count, [Some(3.0), Some(1.0), Some(1.0)]),
        ] {
            assert_eq!(grid.aggregate(points.into_iter(), how), expected, "{how:?}");
        }
    }

    #[test]
    fn empty_bins_are_filled_by_rule() {
        let bins = [None, Some(2.0), None, None, Some(8.0), None];
        assert_eq!(fill(&bins, Filling::Zero), [0.0, 2.0, 0.0, 0.0, 8.0, 0.0]);
        assert_eq!(fill(&bins, Filling::Linear), [2.0, 2.0, 4.0, 6.0, 8.0, 8.0]);
        assert_eq!(fill(&bins, Filling::Previous), [0.0, 2.0, 2.0, 2.0, 8.0, 8.0]);
    }

    proptest! {
        #[test]
        fn every_point_has_a_bin(mut times in prop::collection::vec(-1_000_i64..1_000, 1..50), step in 1_i64..100) {
            times.sort_unstable();
            let grid = Grid::with_step(&times, step).unwrap();
            let counts = grid.aggregate(times.iter().map(|time| (*time, None)), Aggregate::Count);
            prop_assert_eq!(counts.iter().flatten().sum::<f64>(), times.len() as f64);
            for time in times {
                let start = grid.times().nth(grid.place(time).unwrap()).unwrap();
                prop_assert!(start <= time && time < start + step && start % step == 0);
            }
        }
    }
}
