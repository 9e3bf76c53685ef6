//! `series_periods_detect` and `series_periods_validate`: periods by periodogram and autocorrelation.
//!
//! Kusto does not publish its method. This one is AUTOPERIOD (Vlachos, Yu, Castelli, "On Periodicity Detection and
//! Structural Periodic Similarity", SDM 2005): peaks of the periodogram propose periods, hills of the autocorrelation
//! confirm them. It has the answers of Kusto's documentation.

use rustfft::{FftPlanner, num_complex::Complex};

use crate::numbers::mean;

/// The score from which a period is believed. Kusto's `series_seasonal` asks for 0.7 of its own score; its documented
/// examples need 0.6 of ours.
pub const DEFAULT_THRESHOLD: f64 = 0.6;

/// A period has at least so many points.
const LEAST_PERIOD: usize = 4;
/// How seldom a peak of noise alone is taken for one.
const SIGNIFICANCE: f64 = 0.02;

/// The best periods from `min` to `max` points, with scores from 0 to 1; filled up with zeros to `count`.
pub fn periods_detect(values: &[f64], min: f64, max: f64, count: usize) -> Vec<(f64, f64)> {
    let mut found: Vec<(f64, f64)> = Vec::new();
    if let Some(correlation) = Correlation::of(values) {
        let in_range = |lag: &usize| (min..=max).contains(&(*lag as f64));
        let mut lags: Vec<_> = correlation.proposed().into_iter().filter(in_range).collect();
        lags.sort_unstable();
        lags.dedup();
        let mut scored: Vec<_> = lags.into_iter().map(|lag| (lag, correlation.score(lag))).collect();
        scored.retain(|(_, score)| *score > 0.0);
        scored.sort_by(|one, other| other.1.total_cmp(&one.1));
        let mut kept: Vec<usize> = Vec::new();
        for (lag, score) in scored {
            // A multiple of a period is one, too, and says nothing new.
            if kept.iter().all(|period| lag % period != 0) {
                kept.push(lag);
                found.push((lag as f64, score));
            }
        }
    }
    found.resize(count, (0.0, 0.0));
    found
}

/// The score of each of these periods; 0 for what is none.
pub fn periods_validate(values: &[f64], periods: &[f64]) -> Vec<f64> {
    let correlation = Correlation::of(values);
    let score = |period: &f64| {
        let lag = if period.is_finite() && *period >= 0.0 { period.round() as usize } else { 0 };
        correlation.as_ref().map_or(0.0, |correlation| correlation.score(lag))
    };
    periods.iter().map(score).collect()
}

/// How much a series is like itself some points later.
struct Correlation {
    /// By lag, 1 for none.
    by_lag: Vec<f64>,
    /// The power of each frequency but 0, as multiples of their mean.
    powers: Vec<f64>,
}

impl Correlation {
    /// None if the series is too short, constant or not finite.
    fn of(values: &[f64]) -> Option<Self> {
        if values.len() < 2 * LEAST_PERIOD || !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mean = mean(values);
        let centred: Vec<_> = values.iter().map(|value| Complex::new(value - mean, 0.0)).collect();
        let mut planner = FftPlanner::new();
        let mut spectrum = centred.clone();
        planner.plan_fft_forward(spectrum.len()).process(&mut spectrum);
        let powers: Vec<f64> = spectrum.iter().skip(1).take(values.len() / 2).map(Complex::norm_sqr).collect();
        let usual = powers.iter().sum::<f64>() / powers.len() as f64;
        let magnitude: f64 = values.iter().map(|value| value * value).sum();
        if usual <= f64::EPSILON * magnitude {
            return None;
        }
        // Twice as long with zeros, so that the end does not meet the begin.
        let mut padded = centred;
        padded.resize(2 * values.len(), Complex::default());
        planner.plan_fft_forward(padded.len()).process(&mut padded);
        padded.iter_mut().for_each(|value| *value = Complex::new(value.norm_sqr(), 0.0));
        planner.plan_fft_inverse(padded.len()).process(&mut padded);
        let whole = padded.first()?.re;
        let by_lag = padded.iter().take(values.len()).map(|value| value.re / whole).collect();
        Some(Self { by_lag, powers: powers.into_iter().map(|power| power / usual).collect() })
    }

    /// The highest lag near the period of each peak of the periodogram that is no noise.
    fn proposed(&self) -> Vec<usize> {
        let limit = (self.powers.len() as f64 / SIGNIFICANCE).ln();
        let points = self.by_lag.len() as f64;
        let peaks = (1..).zip(&self.powers).filter(|(_, power)| **power >= limit);
        let near = peaks.filter_map(|(frequency, _): (usize, _)| {
            let from = (points / (frequency as f64 + 0.5)).floor() as usize;
            let to = (points / (frequency as f64 - 0.5)).ceil() as usize;
            (from..=to).filter(|lag| self.by_lag.get(*lag).is_some()).max_by(|one, other| {
                let at = |lag: &usize| self.by_lag.get(*lag).copied().unwrap_or(-1.0);
                at(one).total_cmp(&at(other))
            })
        });
        near.collect()
    }

    /// 0 unless the lag is the top of a hill that is no noise, and has at least 4 points and at most half of all.
    ///
    /// The correlation at a lag is known from fewer pairs the longer the lag is; half of that is made up for.
    fn score(&self, lag: usize) -> f64 {
        let points = self.by_lag.len();
        if lag < LEAST_PERIOD || lag > points / 2 {
            return 0.0;
        }
        let at = |lag: usize| self.by_lag.get(lag).copied().unwrap_or(-1.0);
        let is_hill = at(lag) >= at(lag - 1) && at(lag) >= at(lag + 1);
        // Bartlett's limit for what is not correlated at all.
        if !is_hill || at(lag) < 2.0 / (points as f64).sqrt() {
            return 0.0;
        }
        (at(lag) * (points as f64 / (points - lag) as f64).sqrt()).min(1.0)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Traffic of a month, twice a day, from Kusto's documentation.
    pub(in crate::series) const TRAFFIC: [f64; 60] = [
        80.0, 139.0, 87.0, 110.0, 68.0, 54.0, 50.0, 51.0, 53.0, 133.0, 86.0, 141.0, 97.0, 156.0, 94.0, 149.0, 95.0,
        140.0, 77.0, 61.0, 50.0, 54.0, 47.0, 133.0, 72.0, 152.0, 94.0, 148.0, 105.0, 162.0, 101.0, 160.0, 87.0, 63.0,
        53.0, 55.0, 54.0, 151.0, 103.0, 189.0, 108.0, 183.0, 113.0, 175.0, 113.0, 178.0, 90.0, 71.0, 62.0, 62.0, 65.0,
        165.0, 109.0, 181.0, 115.0, 182.0, 121.0, 178.0, 114.0, 170.0,
    ];

    #[test]
    fn the_documented_examples_hold() {
        let found = periods_detect(&TRAFFIC, 0.0, 50.0, 2);
        assert_eq!((found[0].0, found[1]), (14.0, (0.0, 0.0)));
        assert!((found[0].1 - 0.84).abs() < 0.005, "{found:?}");
        let scores = periods_validate(&TRAFFIC, &[14.0, 10.0]);
        assert!((scores[0] - 0.84).abs() < 0.005 && scores[1] == 0.0, "{scores:?}");
    }

    #[test]
    fn the_range_and_the_count_are_kept() {
        let wave: Vec<f64> = (0..480).map(|x| (std::f64::consts::TAU * f64::from(x) / 24.0).sin()).collect();
        assert_eq!(periods_detect(&wave, 4.0, 200.0, 1)[0].0, 24.0);
        assert_eq!(periods_detect(&wave, 30.0, 40.0, 1), [(0.0, 0.0)]);
        assert_eq!(periods_detect(&wave, 4.0, 200.0, 0), []);
    }

    #[test]
    fn what_has_no_period_has_no_score() {
        for values in [&[][..], &[1.0, 2.0, 3.0], &[5.0; 40], &[f64::NAN; 40]] {
            assert_eq!(periods_detect(values, 0.0, 100.0, 1), [(0.0, 0.0)]);
            assert_eq!(periods_validate(values, &[4.0, -1.0, f64::NAN]), [0.0; 3]);
        }
        assert_eq!(periods_validate(&TRAFFIC, &[2.0, 31.0, 1e300]), [0.0; 3], "too short, too long");
    }
}
