//! MSTL: one season after the other, each from what the others leave. Bandara, Hyndman, Bergmeir, arXiv:2107.13462.

use super::{Parts, Stl, Undecomposable, check};

/// How often each season is found anew, where there are several.
const ROUNDS: usize = 2;

/// How to take a series with several periods apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mstl {
    /// Points in each period.
    pub periods: Vec<usize>,
    /// Periods over which a season is smoothed: odd, at least 3. Left out: 11 for the shortest, 4 more for each next.
    pub seasonal: Option<usize>,
    /// Whether outliers are kept from bending seasons and trend.
    pub robust: bool,
}

/// The seasons of a series and what is left.
#[derive(Debug, Clone, PartialEq)]
pub struct Seasons {
    /// The whole, with the sum of all seasons.
    pub parts: Parts,
    /// Each period, the shortest first, and its season.
    pub seasons: Vec<(usize, Vec<f64>)>,
}

impl Mstl {
    /// The decompositions that are done in turn, the shortest period first.
    fn steps(&self) -> Vec<Stl> {
        let mut periods = self.periods.clone();
        periods.sort_unstable();
        periods.dedup();
        let seasonal = |order: usize| self.seasonal.unwrap_or(11 + 4 * order);
        let step = |(order, period)| Stl { period, seasonal: seasonal(order), robust: self.robust };
        periods.into_iter().enumerate().map(step).collect()
    }

    /// Roughly how many multiplications a series of so many points takes.
    pub fn work(&self, points: usize) -> u64 {
        self.steps().iter().map(|step| ROUNDS as u64 * step.work(points)).sum()
    }

    /// Takes a series apart. Its points are equally spaced.
    pub fn decompose(&self, values: &[f64]) -> Result<Seasons, Undecomposable> {
        let steps = self.steps();
        steps.iter().try_for_each(|step| check(values, step.period, step.seasonal))?;
        let mut rest = values.to_vec();
        let mut seasons = vec![vec![0.0; values.len()]; steps.len()];
        let mut last = None;
        let rounds = if steps.len() == 1 { 1 } else { ROUNDS };
        for _ in 0..rounds {
            for (step, season) in steps.iter().zip(&mut seasons) {
                rest.iter_mut().zip(season.iter()).for_each(|(rest, season)| *rest += season);
                let mut parts = step.decompose(&rest)?;
                std::mem::swap(season, &mut parts.seasonal);
                rest.iter_mut().zip(season.iter()).for_each(|(rest, season)| *rest -= season);
                last = Some(parts);
            }
        }
        let mut parts = last.ok_or(Undecomposable::Period)?;
        for (residual, (rest, trend)) in parts.residual.iter_mut().zip(rest.iter().zip(&parts.trend)) {
            *residual = rest - trend;
        }
        parts.seasonal.fill(0.0);
        for season in &seasons {
            parts.seasonal.iter_mut().zip(season).for_each(|(sum, season)| *sum += season);
        }
        let seasons = steps.iter().map(|step| step.period).zip(seasons).collect();
        Ok(Seasons { parts, seasons })
    }
}
