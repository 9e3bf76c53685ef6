//! STL: season and trend found in turns, each from what the other leaves, with loess.

use super::{
    Parts, Undecomposable, check, checked,
    loess::{Believed, Loess},
};
use crate::numbers::median;

/// How to take a series with one period apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stl {
    /// Points in a period.
    pub period: usize,
    /// Periods over which the season is smoothed: odd, at least 3.
    pub seasonal: usize,
    /// Whether outliers are kept from bending season and trend.
    pub robust: bool,
}

/// How often season and trend take turns, and how often outliers are then judged anew.
#[derive(Debug, Clone, Copy)]
struct Turns {
    inner: usize,
    outer: usize,
}

impl Stl {
    const fn turns(self) -> Turns {
        if self.robust { Turns { inner: 2, outer: 15 } } else { Turns { inner: 5, outer: 0 } }
    }

    /// Points over which the trend is smoothed.
    fn trend_window(self) -> usize {
        let least = (1.5 * self.period as f64 / (1.0 - 1.5 / self.seasonal as f64)).ceil() as usize;
        least | 1
    }

    /// Points over which the season is freed of what is slower than itself.
    const fn low_pass_window(self) -> usize {
        self.period.saturating_add(1) | 1
    }

    /// Roughly how many multiplications a series of so many points takes: what callers who limit work go by.
    pub fn work(self, points: usize) -> u64 {
        let turns = self.turns();
        let windows = [self.trend_window(), self.low_pass_window(), self.seasonal];
        let window: usize = windows.iter().map(|window| (*window).min(points)).sum();
        ((turns.outer + 1) * turns.inner) as u64 * window as u64 * points as u64
    }

    /// Takes a series apart. Its points are equally spaced.
    pub fn decompose(self, values: &[f64]) -> Result<Parts, Undecomposable> {
        check(values, self.period, self.seasonal)?;
        let mut fit = Fit::new(self, values);
        let turns = self.turns();
        for _ in 0..turns.outer {
            fit.take_turns(turns.inner);
            fit.judge();
        }
        fit.take_turns(turns.inner);
        checked(fit.into_parts())
    }
}

/// A decomposition on its way.
struct Fit<'a> {
    values: &'a [f64],
    period: usize,
    trend: Vec<f64>,
    seasonal: Vec<f64>,
    /// How far each point is believed; empty as long as all are.
    weights: Vec<f64>,
    smoothers: [Loess; 3],
    /// The seasons one after the other, a period longer than the series on both sides.
    cycles: Vec<f64>,
    rest: Vec<f64>,
    slow: Vec<f64>,
    weighted: Vec<f64>,
    phase: Phase,
}

/// The points that have the same place in their period, and what becomes of them.
#[derive(Default)]
struct Phase {
    values: Vec<f64>,
    weights: Vec<f64>,
    weighted: Vec<f64>,
    smooth: Vec<f64>,
}

impl<'a> Fit<'a> {
    fn new(stl: Stl, values: &'a [f64]) -> Self {
        let (points, longer) = (values.len(), values.len() + 2 * stl.period);
        Self {
            values,
            period: stl.period,
            trend: vec![0.0; points],
            seasonal: vec![0.0; points],
            weights: Vec::new(),
            smoothers: [stl.seasonal, stl.low_pass_window(), stl.trend_window()].map(Loess::new),
            cycles: vec![0.0; longer],
            rest: vec![0.0; longer],
            slow: vec![0.0; longer],
            weighted: Vec::new(),
            phase: Phase::default(),
        }
    }

    fn take_turns(&mut self, turns: usize) {
        for _ in 0..turns {
            self.find_cycles();
            self.find_season();
            self.find_trend();
        }
    }

    /// Smooths what is left without the trend, each place of the period by itself.
    fn find_cycles(&mut self) {
        let Self { values, period, trend, weights, smoothers: [smoother, ..], cycles, phase, .. } = self;
        let is_believed = weights.is_empty();
        for place in 0..*period {
            phase.values.clear();
            phase.values.extend(
                values.iter().zip(trend.iter()).skip(place).step_by(*period).map(|(value, trend)| value - trend),
            );
            phase.weights.clear();
            phase.weights.extend(weights.iter().skip(place).step_by(*period));
            phase.weighted.clear();
            phase.weighted.extend(phase.values.iter().zip(&phase.weights).map(|(value, weight)| value * weight));
            phase.smooth.resize(phase.values.len(), 0.0);
            let believed = Believed { weights: &phase.weights, weighted: &phase.weighted };
            let believed = (!is_believed).then_some(believed);

            smoother.smooth(&phase.values, believed, &mut phase.smooth);
            let ends = (phase.smooth.first().copied(), phase.smooth.last().copied());
            let before = smoother.before(&phase.values, believed).or(ends.0);
            let after = smoother.after(&phase.values, believed).or(ends.1);
            let smooth = before.into_iter().chain(phase.smooth.iter().copied()).chain(after);
            cycles.iter_mut().skip(place).step_by(*period).zip(smooth).for_each(|(cycle, value)| *cycle = value);
        }
    }

    /// The cycles without what is slow in them, which belongs to the trend.
    fn find_season(&mut self) {
        let Self { values, period, seasonal, smoothers: [_, smoother, _], cycles, rest, slow, .. } = self;
        let points = values.len();
        moving_average(cycles, *period, slow);
        moving_average(slow.get(..points + *period + 1).unwrap_or_default(), *period, rest);
        moving_average(rest.get(..points + 2).unwrap_or_default(), 3, slow);
        smoother.smooth(slow.get(..points).unwrap_or_default(), None, rest);
        let cycles = cycles.iter().skip(*period);
        for ((season, cycle), slow) in seasonal.iter_mut().zip(cycles).zip(rest.iter()) {
            *season = cycle - slow;
        }
    }

    fn find_trend(&mut self) {
        let Self { values, trend, seasonal, weights, smoothers: [.., smoother], rest, weighted, .. } = self;
        for ((rest, value), season) in rest.iter_mut().zip(*values).zip(seasonal.iter()) {
            *rest = value - season;
        }
        let rest = rest.get(..values.len()).unwrap_or_default();
        weighted.clear();
        weighted.extend(rest.iter().zip(weights.iter()).map(|(rest, weight)| rest * weight));
        let believed = Believed { weights, weighted };
        smoother.smooth(rest, (!weights.is_empty()).then_some(believed), trend);
    }

    /// Believes points less the farther they are from season and trend: bisquare weights, six median deviations wide.
    fn judge(&mut self) {
        let Self { values, trend, seasonal, weights, rest, .. } = self;
        let distances = values.iter().zip(trend.iter()).zip(seasonal.iter()).map(|((value, trend), season)| {
            let fitted = trend + season;
            (value - fitted).abs()
        });
        rest.iter_mut().zip(distances.clone()).for_each(|(rest, distance)| *rest = distance);
        let reach = 6.0 * median(rest.get_mut(..values.len()).unwrap_or_default());
        weights.clear();
        weights.extend(distances.map(|distance| bisquare(distance, reach)));
    }

    /// The parts, in the room that the work took.
    fn into_parts(self) -> Parts {
        let Self { values, trend, seasonal, mut weights, rest: mut residual, cycles: mut ones, .. } = self;
        residual.truncate(values.len());
        for (((residual, value), season), trend) in residual.iter_mut().zip(values).zip(&seasonal).zip(&trend) {
            *residual = value - season - trend;
        }
        if weights.is_empty() {
            ones.truncate(values.len());
            ones.fill(1.0);
            weights = ones;
        }
        residual.shrink_to_fit();
        weights.shrink_to_fit();
        Parts { trend, seasonal, residual, weights }
    }
}

/// How far a point at a distance is believed.
fn bisquare(distance: f64, reach: f64) -> f64 {
    if distance <= 0.001 * reach {
        1.0
    } else if distance <= 0.999 * reach {
        (1.0 - (distance / reach).powi(2)).powi(2)
    } else {
        0.0
    }
}

/// Means over windows of `len` values; as many as there are windows.
fn moving_average(values: &[f64], len: usize, out: &mut [f64]) {
    let mut sum: f64 = values.iter().take(len).sum();
    let Some((first, others)) = out.split_first_mut() else { return };
    *first = sum / len as f64;
    for ((out, gone), come) in others.iter_mut().zip(values).zip(values.iter().skip(len)) {
        sum += come - gone;
        *out = sum / len as f64;
    }
}
