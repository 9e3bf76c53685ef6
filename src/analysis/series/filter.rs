//! `series_fir` and `series_iir`: filters. What lies before a series, or behind it, is 0.

/// A filter of finite response: each value becomes the sum of itself and those before it, times the coefficients.
///
/// `normalize`: the coefficients are divided by their sum; left out, that is done if none is negative. `center`: as many
/// values behind as before. None if coefficients are to be normalised of which some are negative.
pub fn fir(values: &[f64], filter: &[f64], normalize: Option<bool>, center: bool) -> Option<Vec<f64>> {
    let has_negative = filter.iter().any(|coefficient| *coefficient < 0.0);
    let sum: f64 = match normalize {
        Some(true) if has_negative => return None,
        Some(false) => 1.0,
        None if has_negative => 1.0,
        _ => filter.iter().sum(),
    };
    let scale = if sum == 0.0 { 1.0 } else { sum };
    let ahead = if center { filter.len().saturating_sub(1) / 2 } else { 0 };
    let value = |place: usize| {
        let before = |back: usize| (place + ahead).checked_sub(back).and_then(|place| values.get(place));
        let sum: f64 = filter.iter().enumerate().filter_map(|(back, factor)| Some(factor * before(back)?)).sum();
        sum / scale
    };
    Some((0..values.len()).map(value).collect())
}

/// A filter of infinite response: also the values that it has made itself are used, times the denominators, of which the
/// first must not be 0.
pub fn iir(values: &[f64], numerators: &[f64], denominators: &[f64]) -> Option<Vec<f64>> {
    let (first, denominators) = denominators.split_first().filter(|(first, _)| **first != 0.0)?;
    let mut made: Vec<f64> = Vec::with_capacity(values.len());
    for place in 0..values.len() {
        let back = |values: &[f64], back: usize| place.checked_sub(back).and_then(|place| values.get(place)).copied();
        let given = numerators.iter().enumerate().filter_map(|(by, factor)| Some(factor * back(values, by)?));
        let own = (1..).zip(denominators).filter_map(|(by, factor)| Some(factor * back(&made, by)?));
        made.push((given.sum::<f64>() - own.sum::<f64>()) / first);
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moving_average_lags_or_is_centred() {
        let values = [0.0, 0.0, 0.0, 10.0, 20.0, 40.0, 100.0, 40.0, 20.0, 10.0, 0.0, 0.0, 0.0];
        let lagging = fir(&values, &[1.0; 5], None, false).unwrap();
        assert_eq!(lagging[..9], [0.0, 0.0, 0.0, 2.0, 6.0, 14.0, 34.0, 42.0, 44.0]);
        let centred = fir(&values, &[1.0; 5], Some(true), true).unwrap();
        assert_eq!(centred[..7], [0.0, 2.0, 6.0, 14.0, 34.0, 42.0, 44.0]);
        assert_eq!(fir(&values, &[1.0, 1.0], Some(false), false).unwrap()[3..5], [10.0, 30.0]);
    }

    #[test]
    fn differences_are_not_normalised() {
        let values = [0.0, 0.0, 2.0, 2.0, 3.0];
        assert_eq!(fir(&values, &[1.0, -1.0], None, false).unwrap(), [0.0, 0.0, 2.0, 0.0, 1.0]);
        assert_eq!(fir(&values, &[1.0, -1.0], Some(true), false), None);
        assert_eq!(fir(&values, &[], None, false).unwrap(), [0.0; 5]);
        assert_eq!(fir(&values, &[0.0], None, true).unwrap(), [0.0; 5]);
    }

    #[test]
    fn a_running_sum_is_an_infinite_response() {
        assert_eq!(iir(&[1.0, 2.0, 3.0, 4.0], &[1.0], &[1.0, -1.0]).unwrap(), [1.0, 3.0, 6.0, 10.0]);
        assert_eq!(iir(&[2.0, 4.0], &[1.0], &[2.0]).unwrap(), [1.0, 2.0]);
        assert_eq!(iir(&[1.0], &[1.0], &[0.0, 1.0]), None);
        assert_eq!(iir(&[1.0], &[1.0], &[]), None);
    }
}
