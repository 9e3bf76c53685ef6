//! `series_outliers`: how far values lie outside of Tukey's fences.

use crate::numbers::quantile;

/// What makes a score of 1.5 of a wide range of percentiles mean about what it means of quartiles. Kusto does not tell the
/// number; its own answers do, to twelve digits, see the test of decompositions.
const CUSTOM_SCALE: f64 = 2.772_605_605_508;

/// Between which percentiles values are usual.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fence {
    /// `tukey`: between the quartiles. The score counts the distance between those.
    Tukey,
    /// `ctukey`: between these percentiles, from 2 to 98.
    Custom {
        /// The lower one; 10 unless something else is said.
        low: f64,
        /// The upper one; 90 unless something else is said.
        high: f64,
    },
}

impl Default for Fence {
    fn default() -> Self {
        Self::Custom { low: 10.0, high: 90.0 }
    }
}

/// The score of each value: above 1.5 a rise, below -1.5 a decline, 0 between the percentiles and for what is missing.
pub fn outliers(values: &[Option<f64>], fence: Fence) -> Vec<f64> {
    let finite = |value: &Option<f64>| value.filter(|value| value.is_finite());
    let mut sorted: Vec<f64> = values.iter().filter_map(finite).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (low, high, scale) = match fence {
        Fence::Tukey => (25.0, 75.0, 1.0),
        Fence::Custom { low, high } => (low, high, CUSTOM_SCALE),
    };
    let (low, high) = (quantile(&sorted, low / 100.0), quantile(&sorted, high / 100.0));
    let range = (high - low) / scale;
    let score = |value: f64| {
        let beyond = if value > high { value - high } else { (value - low).min(0.0) };
        // Where most values are the same, any other is as far out as can be.
        if beyond == 0.0 { 0.0 } else { beyond / range }
    };
    values.iter().map(|value| finite(value).map_or(0.0, score)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_count_the_range_between_the_percentiles() {
        let values: Vec<_> = (0..=100).map(f64::from).chain([150.0, -100.0]).map(Some).collect();
        let scores = outliers(&values, Fence::Tukey);
        assert_eq!(scores[50], 0.0);
        let quartiles = (24.5, 75.5);
        assert!((scores[101] - (150.0 - quartiles.1) / 51.0).abs() < 1e-9);
        assert!((scores[102] - (-100.0 - quartiles.0) / 51.0).abs() < 1e-9);
        let custom = outliers(&values, Fence::default());
        assert!(custom[101] > 1.5 && custom[102] < -1.5 && custom[5] < 0.0);
    }

    #[test]
    fn what_is_missing_has_no_score() {
        let values = [Some(1.0), None, Some(1.0), Some(f64::NAN), Some(9.0)];
        let scores = outliers(&values, Fence::Tukey);
        assert_eq!(&scores[..4], [0.0; 4]);
        assert_eq!(outliers(&[None], Fence::Tukey), [0.0]);
        let same = outliers(&[Some(1.0); 5], Fence::default());
        assert_eq!(same, [0.0; 5]);
    }
}
