//! `series_stats`: the least, the greatest, the mean and the spread.

use crate::numbers::{mean, squares};

/// What is said of a series. Places count from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stats {
    /// The least value.
    pub min: f64,
    /// Its first place.
    pub min_idx: usize,
    /// The greatest value.
    pub max: f64,
    /// Its first place.
    pub max_idx: usize,
    /// The mean.
    pub avg: f64,
    /// The standard deviation of a sample.
    pub stdev: f64,
    /// The variance of a sample.
    pub variance: f64,
}

/// Says it. None if a value is missing or not finite, unless those are ignored; and none of nothing.
pub fn stats(values: &[Option<f64>], ignore_nonfinite: bool) -> Option<Stats> {
    let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let placed: Vec<(usize, f64)> =
        values.iter().enumerate().filter_map(|(place, value)| Some((place, finite(value)?))).collect();
    if placed.len() < values.len() && !ignore_nonfinite {
        return None;
    }
    let (min_idx, min) = placed.iter().copied().reduce(|least, next| if next.1 < least.1 { next } else { least })?;
    let (max_idx, max) = placed.iter().copied().reduce(|most, next| if next.1 > most.1 { next } else { most })?;
    let values: Vec<f64> = placed.into_iter().map(|(_, value)| value).collect();
    let variance = variance(&values);
    Some(Stats { min, min_idx, max, max_idx, avg: mean(&values), stdev: variance.sqrt(), variance })
}

/// The variance of a sample; 0 of one value.
pub(super) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 { 0.0 } else { squares(values) / (values.len() - 1) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_example_holds() {
        let values = [23, 46, 23, 87, 4, 8, 3, 75, 2, 56, 13, 75, 32, 16, 29].map(|value| Some(f64::from(value)));
        let found = stats(&values, false).unwrap();
        assert_eq!((found.min, found.min_idx, found.max, found.max_idx, found.avg), (2.0, 8, 87.0, 3, 32.8));
        assert!((found.stdev - 28.5036338535483).abs() < 1e-10 && (found.variance - 812.457142857143).abs() < 1e-9);
    }

    #[test]
    fn missing_values_are_told_or_ignored() {
        let values = [Some(1.0), None, Some(f64::NAN), Some(3.0)];
        assert_eq!(stats(&values, false), None);
        let found = stats(&values, true).unwrap();
        assert_eq!((found.avg, found.max_idx), (2.0, 3));
        assert_eq!(stats(&[], true), None);
        assert_eq!(stats(&[Some(5.0)], false).unwrap().variance, 0.0);
    }
}
