//! Anomalies: how far points are from what was expected, which of them are too far, and the spans of time around those.

use crate::numbers::{mean, squares};

/// A spread of residuals that is smaller than this part of the values is nothing but rounding.
const ROUNDING: f64 = 1e-10;

/// How many standard deviations (of the whole, not of a sample) each residual is from their mean. All 0 where the residuals
/// do not differ by more than the rounding of `values`, which they are residuals of.
pub fn scores(residuals: &[f64], values: &[f64]) -> Vec<f64> {
    let magnitude = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let (mean, deviation) = (mean(residuals), (squares(residuals) / residuals.len() as f64).sqrt());
    let is_rounding = deviation.is_nan() || deviation <= ROUNDING * magnitude;
    residuals.iter().map(|residual| if is_rounding { 0.0 } else { (residual - mean) / deviation }).collect()
}

/// 1 for a score above the threshold, -1 for one below its negative, else 0.
pub fn label(score: f64, threshold: f64) -> i8 {
    if score > threshold {
        1
    } else if score < -threshold {
        -1
    } else {
        0
    }
}

/// A span of time with anomalies in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its begin: so much before the first anomaly.
    pub start: i64,
    /// Its end: so much after the last anomaly.
    pub end: i64,
    /// How many anomalies lie in it.
    pub anomalies: usize,
}

/// The spans that reach `margin` to both sides of each time, in order; those that touch are one.
pub fn periods(mut times: Vec<i64>, margin: i64) -> Vec<Period> {
    times.sort_unstable();
    let mut periods: Vec<Period> = Vec::new();
    for time in times {
        let (start, end) = (time.saturating_sub(margin), time.saturating_add(margin));
        match periods.last_mut() {
            Some(last) if last.end >= start => (last.end, last.anomalies) = (end, last.anomalies + 1),
            _ => periods.push(Period { start, end, anomalies: 1 }),
        }
    }
    periods
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scores_count_standard_deviations_of_the_whole() {
        assert_eq!(scores(&[1.0, 3.0], &[9.0, 9.0]), [-1.0, 1.0]);
        assert_eq!(scores(&[], &[]), [] as [f64; 0]);
        assert_eq!([3.1, 3.0, -3.1].map(|score| label(score, 3.0)), [1, 0, -1]);
    }

    #[test]
    fn rounding_is_no_anomaly() {
        assert_eq!(scores(&[1e-9, -1e-9, 0.0, 5e-9], &[1e6, 1e6, 1e6, 1e6]), [0.0; 4]);
    }

    #[test]
    fn spans_that_touch_are_one() {
        let period = |start, end, anomalies| Period { start, end, anomalies };
        assert_eq!(periods(vec![50, 10, 12, 5], 1), [period(4, 6, 1), period(9, 13, 2), period(49, 51, 1)]);
        assert_eq!(periods(vec![0, 2], 1), [period(-1, 3, 2)]);
        assert_eq!(periods(vec![], 1), []);
    }

    proptest! {
        #[test]
        fn every_anomaly_lies_in_one_span(times in prop::collection::vec(any::<i64>(), 0..40), margin in 0..i64::MAX) {
            let periods = periods(times.clone(), margin);
            prop_assert_eq!(periods.iter().map(|period| period.anomalies).sum::<usize>(), times.len());
            prop_assert!(periods.is_sorted_by(|one, next| one.end < next.start));
            for time in times {
                prop_assert_eq!(periods.iter().filter(|period| (period.start..=period.end).contains(&time)).count(), 1);
            }
        }
    }
}
