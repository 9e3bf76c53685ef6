//! Sums, moments and order statistics that the other modules share.

/// Sum of products, in eight lanes so that the processor can work side by side.
pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    let (left, left_rest) = left.as_chunks::<8>();
    let (right, right_rest) = right.as_chunks::<8>();
    let mut lanes = [0.0; 8];
    for (left, right) in left.iter().zip(right) {
        for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
            *lane += left * right;
        }
    }
    let rest: f64 = left_rest.iter().zip(right_rest).map(|(left, right)| left * right).sum();
    lanes.iter().sum::<f64>() + rest
}

/// The mean; not a number if there are no values.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Sum of squared distances from the mean.
pub(crate) fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|value| (value - mean).powi(2)).sum()
}

/// The value below which `share` (0 to 1) of the sorted values lie, between two of them if need be: NumPy's `linear`.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share.clamp(0.0, 1.0) * sorted.len().saturating_sub(1) as f64;
    let below = place.floor();
    let at = |index: f64| sorted.get(index as usize).copied().unwrap_or(f64::NAN);
    let (low, high) = (at(below), at(place.ceil()));
    low + (high - low) * (place - below)
}

/// The median. The order of the values is lost.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let middle = values.len() / 2;
    if values.is_empty() {
        return f64::NAN;
    }
    let is_even = values.len().is_multiple_of(2);
    let (low, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if !is_even {
        return upper;
    }
    let lower = low.iter().copied().max_by(f64::total_cmp).unwrap_or(upper);
    lower + (upper - lower) / 2.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_lie_between_values() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        for (share, expected) in [(0.0, 1.0), (1.0, 8.0), (0.5, 3.0), (0.25, 1.75)] {
            assert_eq!(quantile(&sorted, share), expected);
        }
        assert!(quantile(&[], 0.5).is_nan());
    }

    proptest! {
        #[test]
        fn the_median_is_the_middle_quantile(mut values in prop::collection::vec(-1e6_f64..1e6, 1..50)) {
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert!((median(&mut values) - quantile(&sorted, 0.5)).abs() < 1e-9);
        }

        #[test]
        fn lanes_change_no_sum(values in prop::collection::vec((-1e3_f64..1e3, -1e3_f64..1e3), 0..70)) {
            let (left, right): (Vec<_>, Vec<_>) = values.into_iter().unzip();
            let plain: f64 = left.iter().zip(&right).map(|(left, right)| left * right).sum();
            prop_assert!((dot(&left, &right) - plain).abs() < 1e-6);
        }
    }
}
