//! `series_fit_line` and `series_fit_2lines`: linear regression on the places of the values, which count from 1.

use super::stats::variance;
use crate::numbers::mean;

/// A line through a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// How much of the variance it explains, from 0 to 1.
    pub rsquare: f64,
    /// What each step adds.
    pub slope: f64,
    /// The variance of the series, as a sample.
    pub variance: f64,
    /// The same of what the line leaves.
    pub rvariance: f64,
    /// What the line has one place before the first value.
    pub interception: f64,
    /// The line, place by place.
    pub line_fit: Vec<f64>,
}

/// Two lines through a series, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct TwoLines {
    /// How much of the variance both explain.
    pub rsquare: f64,
    /// The place, from 0, at which the right line begins.
    pub split_idx: usize,
    /// The variance of the series, as a sample.
    pub variance: f64,
    /// The same of what the lines leave.
    pub rvariance: f64,
    /// The lines, place by place.
    pub line_fit: Vec<f64>,
    /// The line on the right, whose places count from its own begin.
    pub right: Line,
    /// The line on the left.
    pub left: Line,
}

/// The best line. None of nothing, and of values that are not finite.
pub fn fit_line(values: &[f64]) -> Option<Line> {
    if values.is_empty() || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let places = || (1..=values.len()).map(|place| place as f64);
    let (middle, mean) = ((values.len() + 1) as f64 / 2.0, mean(values));
    let spread: f64 = places().map(|place| (place - middle).powi(2)).sum();
    let joint: f64 = places().zip(values).map(|(place, value)| (place - middle) * (value - mean)).sum();
    let slope = if spread > 0.0 { joint / spread } else { 0.0 };
    let interception = mean - slope * middle;
    let line_fit: Vec<f64> = places().map(|place| interception + slope * place).collect();
    let (variance, rvariance) = (variance(values), residual_variance(values, &line_fit));
    Some(Line { rsquare: explained(variance, rvariance), slope, variance, rvariance, interception, line_fit })
}

/// The two best lines, each of at least two values. None of fewer than four values, and of values that are not finite.
pub fn fit_2lines(values: &[f64]) -> Option<TwoLines> {
    let left = squares_left(values.iter());
    let mut right = squares_left(values.iter().rev());
    right.reverse();
    let splits = 2..(values.len() + 1).saturating_sub(2);
    let cost = |split: &usize| Some(left.get(split.checked_sub(1)?)? + right.get(*split)?);
    let best = splits.filter_map(|split| Some((split, cost(&split)?)));
    let (split_idx, _) = best.reduce(|best, next| if next.1 < best.1 { next } else { best })?;
    let (left, right) = values.split_at_checked(split_idx)?;
    let (left, right) = (fit_line(left)?, fit_line(right)?);
    let line_fit = [left.line_fit.as_slice(), right.line_fit.as_slice()].concat();
    let (variance, rvariance) = (variance(values), residual_variance(values, &line_fit));
    Some(TwoLines { rsquare: explained(variance, rvariance), split_idx, variance, rvariance, line_fit, right, left })
}

/// For each beginning of a series, the squared distances that the best line through it leaves.
fn squares_left<'a>(values: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    let (mut count, mut mean_place, mut mean, mut spread, mut squares, mut joint) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let step = |value: &f64| {
        // Welford's recurrences, which lose no digits where the mean is large.
        count += 1.0;
        let (from_place, from_mean) = (count - mean_place, value - mean);
        mean_place += from_place / count;
        mean += from_mean / count;
        spread += from_place * (count - mean_place);
        squares += from_mean * (value - mean);
        joint += from_place * (value - mean);
        if spread > 0.0 { squares - joint * joint / spread } else { 0.0 }
    };
    values.map(step).collect()
}

pub(super) fn residual_variance(values: &[f64], fitted: &[f64]) -> f64 {
    variance(&values.iter().zip(fitted).map(|(value, fitted)| value - fitted).collect::<Vec<_>>())
}

/// A series without variance is explained by any line.
pub(super) fn explained(variance: f64, rvariance: f64) -> f64 {
    if variance > 0.0 { (1.0 - rvariance / variance).max(0.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_documented_example_holds() {
        let line = fit_line(&[2.0, 5.0, 6.0, 8.0, 11.0, 15.0, 17.0, 18.0, 25.0, 26.0, 30.0, 30.0]).unwrap();
        let found = [line.rsquare, line.slope, line.variance, line.rvariance, line.interception];
        for (found, expected) in found.into_iter().zip([0.982, 2.730, 98.628, 1.686, -1.666]) {
            assert!((found - expected).abs() < 1e-3, "{found} is not {expected}");
        }
        for (place, expected) in [(0, 1.064), (1, 3.7945), (2, 6.526), (11, 31.102)] {
            assert!((line.line_fit[place] - expected).abs() < 1e-3);
        }
    }

    #[test]
    fn two_lines_meet_where_the_series_turns() {
        let documented = [1.0, 2.2, 2.5, 4.7, 5.0, 12.0, 10.3, 10.3, 9.0, 8.3, 6.2];
        let lines = fit_2lines(&documented).unwrap();
        assert_eq!(lines.split_idx, 5);
        assert!(lines.left.slope > 0.9 && lines.right.slope < -0.9);
        assert!(lines.rsquare > 0.96 && lines.rvariance < lines.variance);
        assert_eq!(lines.line_fit.len(), documented.len());
    }

    #[test]
    fn little_or_constant_series_are_no_trouble() {
        let line = fit_line(&[4.0; 5]).unwrap();
        assert_eq!((line.slope, line.rsquare, line.rvariance), (0.0, 1.0, 0.0));
        assert_eq!(fit_line(&[3.0]).unwrap().line_fit, [3.0]);
        assert_eq!((fit_line(&[]), fit_line(&[f64::NAN])), (None, None));
        assert_eq!(fit_2lines(&[1.0, 2.0, 3.0]), None);
        assert_eq!(fit_2lines(&[1.0, 1.0, 3.0, 3.0]).unwrap().split_idx, 2);
        assert_eq!(fit_2lines(&[1.0, f64::INFINITY, 3.0, 3.0, 5.0]), None);
    }

    proptest! {
        #[test]
        fn no_other_split_is_better(values in prop::collection::vec(-100.0_f64..100.0, 4..20)) {
            let best = fit_2lines(&values).unwrap();
            for split in 2..values.len() - 1 {
                let (left, right) = values.split_at(split);
                let fitted = [fit_line(left).unwrap().line_fit, fit_line(right).unwrap().line_fit].concat();
                prop_assert!(best.rvariance <= residual_variance(&values, &fitted) + 1e-6);
            }
        }
    }
}
