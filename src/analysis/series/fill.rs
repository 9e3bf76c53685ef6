//! `series_fill_const`, `series_fill_forward`, `series_fill_backward`, `series_fill_linear`: something for missing values.

/// A constant for every missing value.
pub fn fill_const(values: &[Option<f64>], constant: f64) -> Vec<f64> {
    values.iter().map(|value| value.unwrap_or(constant)).collect()
}

/// For a missing value the nearest one before it; those at the start stay missing.
pub fn fill_forward(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut last = None;
    let filled = values.iter().map(|value| {
        last = value.or(last);
        last
    });
    filled.collect()
}

/// For a missing value the nearest one after it; those at the end stay missing.
pub fn fill_backward(values: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut reversed = fill_forward(&values.iter().rev().copied().collect::<Vec<_>>());
    reversed.reverse();
    reversed
}

/// For missing values the straight line between those before and after them; at both ends the nearest value, if `edges`.
/// Where all are missing, `constant`.
pub fn fill_linear(values: &[Option<f64>], edges: bool, constant: Option<f64>) -> Vec<Option<f64>> {
    let mut filled = values.to_vec();
    let present = || values.iter().enumerate().filter_map(|(place, value)| value.map(|value| (place, value)));
    let (Some(first), Some(last)) = (present().next(), present().next_back()) else {
        filled.fill(constant);
        return filled;
    };
    for ((start, low), (end, high)) in present().zip(present().skip(1)) {
        for place in start + 1..end {
            let share = (place - start) as f64 / (end - start) as f64;
            if let Some(value) = filled.get_mut(place) {
                *value = Some(low + (high - low) * share);
            }
        }
    }
    if edges {
        filled.iter_mut().take(first.0).for_each(|value| *value = Some(first.1));
        filled.iter_mut().skip(last.0).for_each(|value| *value = Some(last.1));
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    const N: Option<f64> = None;

    fn some<const COUNT: usize>(values: [f64; COUNT]) -> Vec<Option<f64>> {
        values.map(Some).to_vec()
    }

    #[test]
    fn gaps_are_filled_as_documented() {
        let values = [N, Some(111.0), N, Some(36.0), Some(41.0), N, N, Some(16.0), Some(61.0), Some(33.0), N, N];
        let linear = fill_linear(&values, true, Some(0.0));
        let expected = [111.0, 111.0, 73.5, 36.0, 41.0, 32.667, 24.333, 16.0, 61.0, 33.0, 33.0, 33.0];
        assert!(linear.iter().zip(expected).all(|(value, expected)| (value.unwrap() - expected).abs() < 1e-3));
        let inside = fill_linear(&values, false, Some(0.0));
        assert_eq!((&inside[1..10], &inside[..1], &inside[10..]), (&linear[1..10], &[N][..], &[N, N][..]));

        let values = [N, N, Some(36.0), Some(41.0), N, N, Some(16.0), Some(61.0), Some(33.0), N, N];
        let forward = [36.0, 41.0, 41.0, 41.0, 16.0, 61.0, 33.0, 33.0, 33.0];
        assert_eq!(fill_forward(&values), [vec![N, N], some(forward)].concat());
        let backward = [36.0, 36.0, 36.0, 41.0, 16.0, 16.0, 16.0, 61.0, 33.0];
        assert_eq!(fill_backward(&values), [some(backward), vec![N, N]].concat());
        assert_eq!(fill_const(&values[..3], -1.0), [-1.0, -1.0, 36.0]);
    }

    #[test]
    fn nothing_but_gaps_becomes_a_constant() {
        assert_eq!(fill_linear(&[N; 3], true, Some(2.5)), some([2.5; 3]));
        assert_eq!(fill_linear(&[N; 3], true, None), [N; 3]);
        assert_eq!(fill_linear(&[], true, None), []);
    }
}
