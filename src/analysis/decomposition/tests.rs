//! Decompositions against what statsmodels makes of the same series, and against what can be known of any.

use proptest::prelude::*;

use super::*;
use crate::numbers::mean;

/// The same pseudo-random numbers as those of the oracle.
fn noise(seed: u64) -> impl Iterator<Item = f64> {
    let next = |seed: &u64| Some((1_103_515_245 * seed + 12_345) % (1 << 31));
    std::iter::successors(next(&seed), next).map(|number| number as f64 / (1_u64 << 31) as f64 - 0.5)
}

fn generated(count: usize, periods: &[usize], seed: u64) -> Vec<f64> {
    let season = |place: usize, period: &usize| 10.0 * (std::f64::consts::TAU * place as f64 / *period as f64).sin();
    let value = |(place, random): (usize, f64)| {
        let seasons: f64 = periods.iter().map(|period| season(place, period)).sum();
        let spike = if place % 97 == 50 { 60.0 } else { 0.0 };
        100.0 + 0.05 * place as f64 + seasons + 4.0 * random + spike
    };
    noise(seed).take(count).enumerate().map(value).collect()
}

/// What statsmodels says: trend, season, residual and weight by place.
fn golden(case: &str) -> Vec<(usize, [f64; 4])> {
    let lines = include_str!("../golden/decomposition.csv").lines().filter_map(|line| line.strip_prefix(case));
    let fields = lines.filter_map(|line| line.strip_prefix(',')?.split_once(','));
    let parts = |text: &str| text.split(',').map(|part| part.parse().unwrap()).collect::<Vec<_>>();
    fields.map(|(place, rest)| (place.parse().unwrap(), parts(rest).try_into().unwrap())).collect()
}

/// All parts within `tolerance` of the golden ones.
fn assert_golden(case: &str, parts: &Parts, tolerance: f64) {
    let golden = golden(case);
    assert!(golden.len() > 3, "{case}");
    for (place, expected) in golden {
        let found = [&parts.trend, &parts.seasonal, &parts.residual, &parts.weights].map(|part| part[place]);
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < tolerance, "{case} {place}: {found} is not {expected}");
        }
    }
}

#[test]
fn generated_series_fall_apart_as_in_statsmodels() {
    for (case, (count, seed), stl) in [
        ("daily", (400, 1), Stl { period: 24, seasonal: 7, robust: false }),
        ("daily_robust", (400, 2), Stl { period: 24, seasonal: 7, robust: true }),
        ("weekly_robust", (120, 3), Stl { period: 7, seasonal: 13, robust: true }),
        ("short", (50, 4), Stl { period: 24, seasonal: 7, robust: false }),
        ("short_robust", (31, 5), Stl { period: 15, seasonal: 7, robust: true }),
    ] {
        assert_golden(case, &stl.decompose(&generated(count, &[stl.period], seed)).unwrap(), 1e-9);
    }
}

#[test]
fn several_seasons_fall_apart_as_in_statsmodels() {
    for (case, (count, seed), periods, robust) in
        [("two_seasons", (700, 6), [24, 168], false), ("two_seasons_robust", (400, 7), [60, 12], true)]
    {
        let mut values = periods.to_vec();
        values.sort_unstable();
        let mstl = Mstl { periods: periods.to_vec(), seasonal: None, robust };
        let seasons = mstl.decompose(&generated(count, &values, seed)).unwrap();
        assert_golden(case, &seasons.parts, 1e-9);
        let order: Vec<_> = seasons.seasons.iter().map(|(period, _)| *period).collect();
        assert_eq!(order, values, "the shortest comes first");
    }
}

#[test]
fn bytes_sent_by_the_hour_fall_apart_as_in_statsmodels() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/TimeSeriesDemo.csv");
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("skipped: the shared data are not here");
        return;
    };
    let values: Vec<f64> = text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse().unwrap()).collect();
    // The values are of the order of 1e9, of which double precision holds the seventh decimal; robust fits lose two more.
    for (case, robust) in [("demo", false), ("demo_robust", true)] {
        assert_golden(case, &Stl { period: 24, seasonal: 7, robust }.decompose(&values).unwrap(), 1e-4);
    }
}

#[test]
fn what_cannot_be_taken_apart_says_why() {
    let decompose = |values: &[f64], period, seasonal| Stl { period, seasonal, robust: true }.decompose(values);
    let values = [1.0; 10];
    assert_eq!(decompose(&values, 6, 7), Err(Undecomposable::TooShort { points: 10, period: 6 }));
    assert_eq!(decompose(&values, 1, 7), Err(Undecomposable::Period));
    assert_eq!(decompose(&values, 5, 8), Err(Undecomposable::Seasonal));
    assert_eq!(decompose(&[f64::NAN; 10], 5, 7), Err(Undecomposable::NotFinite));
    assert_eq!(decompose(&[f64::MAX; 10], 5, 7), Err(Undecomposable::Overflow));
    assert_eq!(decompose(&[], 2, 7), Err(Undecomposable::TooShort { points: 0, period: 2 }));
    let none = Mstl { periods: vec![], seasonal: None, robust: false };
    assert_eq!(none.decompose(&values), Err(Undecomposable::Period));
}

#[test]
fn a_constant_series_is_all_trend() {
    for robust in [false, true] {
        let parts = Stl { period: 3, seasonal: 7, robust }.decompose(&[7.0; 30]).unwrap();
        assert!(parts.trend.iter().all(|value| (value - 7.0).abs() < 1e-12));
        assert!(parts.seasonal.iter().chain(&parts.residual).all(|value| value.abs() < 1e-12));
    }
}

proptest! {
    #[test]
    fn the_parts_add_up(
        values in prop::collection::vec(-1e6_f64..1e6, 4..80), period in 2_usize..12, half in 1_usize..9, robust: bool,
    ) {
        prop_assume!(values.len() / 2 >= period);
        let parts = Stl { period, seasonal: 2 * half + 1, robust }.decompose(&values).unwrap();
        for (place, value) in values.iter().enumerate() {
            let sum = parts.trend[place] + parts.seasonal[place] + parts.residual[place];
            prop_assert!((sum - value).abs() < 1e-6, "{place}: {sum} is not {value}");
        }
        prop_assert!(parts.weights.iter().all(|weight| (0.0..=1.0).contains(weight)));
        prop_assert!(mean(&parts.trend).is_finite());
    }
}
