//! Loess: each point of a series replaced by what a line through its neighbours says, near ones counting more.
//!
//! The points are equally spaced, so the weights of neighbours depend on distances only; they are worked out once for all
//! points that have the same neighbourhood. Cleveland et al., "STL: A Seasonal-Trend Decomposition Procedure Based on
//! Loess", Journal of Official Statistics 6 (1990).

use std::ops::Range;

use crate::numbers::dot;

/// A smoother over windows of one length.
#[derive(Debug)]
pub(super) struct Loess {
    window: usize,
    kernel: Kernel,
}

/// How far each point is believed, and the values multiplied by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Believed<'a> {
    pub(super) weights: &'a [f64],
    pub(super) weighted: &'a [f64],
}

/// The weights of the points around one place: by themselves, times distance, times distance squared.
#[derive(Debug, Default)]
struct Kernel {
    shape: Option<Shape>,
    plain: Vec<f64>,
    once: Vec<f64>,
    twice: Vec<f64>,
    /// What the points count in the line's value, where all are believed.
    line: Vec<f64>,
}

/// What a kernel depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// The distance at which weights vanish.
    reach: usize,
    /// Where the window begins, seen from the place.
    first: isize,
    /// How many points the window has.
    len: usize,
    /// The length of the series, for which a spread is judged.
    points: usize,
}

impl Loess {
    /// `window` is an odd number of points.
    pub(super) fn new(window: usize) -> Self {
        Self { window, kernel: Kernel::default() }
    }

    /// The smoothed series.
    pub(super) fn smooth(&mut self, values: &[f64], believed: Option<Believed<'_>>, out: &mut [f64]) {
        let points = values.len();
        if points < 2 {
            out.iter_mut().zip(values).for_each(|(out, value)| *out = *value);
            return;
        }
        let last_start = points.saturating_sub(self.window);
        for (place, (out, value)) in out.iter_mut().zip(values).enumerate() {
            let start = place.saturating_sub(self.window / 2).min(last_start);
            let window = start..(start + self.window).min(points);
            *out = self.fit(place as isize, window, values, believed).unwrap_or(*value);
        }
    }

    /// The value one place before the series.
    pub(super) fn before(&mut self, values: &[f64], believed: Option<Believed<'_>>) -> Option<f64> {
        self.fit(-1, 0..self.window.min(values.len()), values, believed)
    }

    /// The value one place after the series.
    pub(super) fn after(&mut self, values: &[f64], believed: Option<Believed<'_>>) -> Option<f64> {
        let points = values.len();
        self.fit(points as isize, points.saturating_sub(self.window)..points, values, believed)
    }

    /// The value at a place of a line through the points of a window; none if no point there counts.
    fn fit(
        &mut self,
        place: isize,
        window: Range<usize>,
        values: &[f64],
        believed: Option<Believed<'_>>,
    ) -> Option<f64> {
        let (left, right) = (place - window.start as isize, window.end as isize - 1 - place);
        let beyond = self.window.saturating_sub(values.len()) / 2;
        self.kernel.take_shape(Shape {
            reach: left.max(right).unsigned_abs() + beyond,
            first: -left,
            len: window.len(),
            points: values.len(),
        });
        match believed {
            None => Some(dot(&self.kernel.line, values.get(window)?)).filter(|_| !self.kernel.line.is_empty()),
            Some(believed) => {
                let (weights, weighted) = (believed.weights.get(window.clone())?, believed.weighted.get(window)?);
                self.kernel.fit(weights, weighted)
            }
        }
    }
}

impl Kernel {
    fn take_shape(&mut self, shape: Shape) {
        if self.shape == Some(shape) {
            return;
        }
        self.shape = Some(shape);
        let reach = shape.reach as f64;
        let offsets = (shape.first..).take(shape.len).map(|offset| offset as f64);
        self.plain.clear();
        self.plain.extend(offsets.clone().map(|offset| tricube(offset.abs(), reach)));
        self.once.clear();
        self.once.extend(self.plain.iter().zip(offsets.clone()).map(|(weight, offset)| weight * offset));
        self.twice.clear();
        self.twice.extend(self.once.iter().zip(offsets.clone()).map(|(weight, offset)| weight * offset));
        let [sum, first, second] = [&self.plain, &self.once, &self.twice].map(|weights| weights.iter().sum::<f64>());
        self.line.clear();
        if sum > 0.0 {
            let centre = first / sum;
            let slope = self.slope(centre, second / sum - centre * centre);
            let line = |(weight, offset): (&f64, f64)| weight / sum * (1.0 + slope * (offset - centre));
            self.line.extend(self.plain.iter().zip(offsets).map(line));
        }
    }

    /// The value of the line where points are believed to different degrees.
    fn fit(&self, weights: &[f64], weighted: &[f64]) -> Option<f64> {
        let sum = dot(&self.plain, weights);
        if sum <= 0.0 {
            return None;
        }
        let centre = dot(&self.once, weights) / sum;
        let spread = dot(&self.twice, weights) / sum - centre * centre;
        let level = dot(&self.plain, weighted) / sum;
        let slope = self.slope(centre, spread);
        Some(level + slope * (dot(&self.once, weighted) / sum - centre * level))
    }

    /// What a point counts more for each step away from the centre; nothing if the points lie too close for a line.
    fn slope(&self, centre: f64, spread: f64) -> f64 {
        let range = self.shape.map_or(0, |shape| shape.points.saturating_sub(1)) as f64;
        if spread.max(0.0).sqrt() > 0.001 * range { -centre / spread } else { 0.0 }
    }
}

/// The weight at a distance.
fn tricube(distance: f64, reach: f64) -> f64 {
    if distance > 0.999 * reach {
        0.0
    } else if distance <= 0.001 * reach {
        1.0
    } else {
        let rest = 1.0 - (distance / reach).powi(3);
        rest * rest * rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_a_line_and_goes_on() {
        let values: Vec<f64> = (0..30).map(|x| 3.0 + 2.0 * f64::from(x)).collect();
        for window in [3, 7, 29, 31, 63] {
            let (mut loess, mut out) = (Loess::new(window), vec![0.0; 30]);
            loess.smooth(&values, None, &mut out);
            assert!(out.iter().zip(&values).all(|(out, value)| (out - value).abs() < 1e-9), "{window}: {out:?}");
            assert!((loess.before(&values, None).unwrap() - 1.0).abs() < 1e-9);
            assert!((loess.after(&values, None).unwrap() - 63.0).abs() < 1e-9);
        }
    }

    #[test]
    fn points_that_nobody_believes_do_not_count() {
        let mut values: Vec<f64> = (0..20).map(f64::from).collect();
        let mut weights = vec![1.0; 20];
        (values[9], weights[9]) = (1e6, 0.0);
        let weighted: Vec<f64> = values.iter().zip(&weights).map(|(value, weight)| value * weight).collect();
        let mut out = vec![0.0; 20];
        Loess::new(7).smooth(&values, Some(Believed { weights: &weights, weighted: &weighted }), &mut out);
        assert!(out.iter().enumerate().all(|(x, out)| (out - x as f64).abs() < 1e-9), "{out:?}");
        let nobody = [0.0; 20];
        Loess::new(7).smooth(&values, Some(Believed { weights: &nobody, weighted: &nobody }), &mut out);
        assert_eq!(out, values, "where nothing counts a value stays as it is");
    }
}
