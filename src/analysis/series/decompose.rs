//! `series_decompose` and what is built on it: a season by medians, a trend by mean or line, and the rest.

use super::{
    fit::fit_line,
    outliers::{Fence, outliers},
    periods::{DEFAULT_THRESHOLD, periods_detect},
};
use crate::numbers::{mean, median};

/// Where the season comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Seasonality {
    /// Found by itself, if its score is high enough.
    Detect {
        /// The least score.
        threshold: f64,
    },
    /// There is none.
    None,
    /// So many points.
    Period(usize),
}

/// What the trend is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// The mean.
    Average,
    /// A line.
    LineFit,
    /// There is none.
    None,
}

/// How to take a series apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decomposition {
    /// The season.
    pub seasonality: Seasonality,
    /// The trend.
    pub trend: Trend,
    /// So many points at the end are not learnt from.
    pub test_points: usize,
}

impl Default for Decomposition {
    fn default() -> Self {
        let seasonality = Seasonality::Detect { threshold: DEFAULT_THRESHOLD };
        Self { seasonality, trend: Trend::Average, test_points: 0 }
    }
}

/// The parts of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposed {
    /// Season and trend.
    pub baseline: Vec<f64>,
    /// The season: the median of the values at the same place of the period.
    pub seasonal: Vec<f64>,
    /// The trend of what is left without the season.
    pub trend: Vec<f64>,
    /// The series without the baseline.
    pub residual: Vec<f64>,
}

/// The anomalies of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomalies {
    /// 1 where it is too high, -1 where it is too low, else 0.
    pub ad_flag: Vec<i8>,
    /// How far it is from usual.
    pub ad_score: Vec<f64>,
    /// What was expected.
    pub baseline: Vec<f64>,
}

/// `series_decompose`.
pub fn decompose(values: &[f64], how: Decomposition) -> Decomposed {
    let learnt = values.get(..values.len().saturating_sub(how.test_points)).unwrap_or_default();
    let period = match how.seasonality {
        Seasonality::None => None,
        Seasonality::Period(period) => Some(period).filter(|period| *period > 0),
        Seasonality::Detect { threshold } => detect(learnt, threshold),
    };
    let seasonal = period.map_or_else(|| vec![0.0; values.len()], |period| by_phase(learnt, period, values.len()));
    let rest: Vec<f64> = learnt.iter().zip(&seasonal).map(|(value, season)| value - season).collect();
    let (level, slope) = match how.trend {
        _ if rest.is_empty() => (0.0, 0.0),
        Trend::None => (0.0, 0.0),
        Trend::Average => (mean(&rest), 0.0),
        Trend::LineFit => fit_line(&rest).map_or((f64::NAN, 0.0), |line| (line.interception, line.slope)),
    };
    let trend: Vec<f64> = (1..=values.len()).map(|place| level + slope * place as f64).collect();
    let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(season, trend)| season + trend).collect();
    let residual = values.iter().zip(&baseline).map(|(value, expected)| value - expected).collect();
    Decomposed { baseline, seasonal, trend, residual }
}

/// `series_decompose_anomalies`: what the parts leave, scored as outliers.
pub fn decompose_anomalies(values: &[f64], how: Decomposition, threshold: f64, fence: Fence) -> Anomalies {
    let Decomposed { baseline, residual, .. } = decompose(values, how);
    let ad_score = outliers(&residual.into_iter().map(Some).collect::<Vec<_>>(), fence);
    let ad_flag = ad_score.iter().map(|score| crate::anomalies::label(*score, threshold)).collect();
    Anomalies { ad_flag, ad_score, baseline }
}

/// `series_decompose_forecast`: the baseline, learnt without the last points.
pub fn decompose_forecast(values: &[f64], points: usize, seasonality: Seasonality, trend: Trend) -> Vec<f64> {
    decompose(values, Decomposition { seasonality, trend, test_points: points }).baseline
}

/// `series_seasonal`: the season alone, of a period that is given or detected; all 0 if there is none.
pub fn seasonal(values: &[f64], period: Option<usize>) -> Vec<f64> {
    let period = period.filter(|period| *period > 0).or_else(|| detect(values, DEFAULT_THRESHOLD));
    period.map_or_else(|| vec![0.0; values.len()], |period| by_phase(values, period, values.len()))
}

fn detect(values: &[f64], threshold: f64) -> Option<usize> {
    let best = periods_detect(values, 0.0, f64::INFINITY, 1);
    best.first().filter(|(period, score)| *period > 0.0 && *score >= threshold).map(|(period, _)| *period as usize)
}

/// The medians of the values at each place of the period, over and over.
fn by_phase(values: &[f64], period: usize, len: usize) -> Vec<f64> {
    let medians = (0..period.min(values.len())).map(|place| {
        let mut same: Vec<f64> = values.iter().skip(place).step_by(period).copied().collect();
        median(&mut same)
    });
    let mut cycle: Vec<f64> = medians.collect();
    // Places that the values never reach.
    cycle.resize(period.min(len), 0.0);
    cycle.into_iter().cycle().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::periods::tests::TRAFFIC;

    /// Bytes sent by the hour, with the answer that Kusto gave: value, baseline, score and flag.
    fn demo() -> Option<Vec<[f64; 4]>> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/TimeSeriesDemo.csv");
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("skipped: the shared data are not here");
            return None;
        };
        let row = |line: &str| {
            let numbers: Vec<f64> =
                line.split(',').skip(1).map(|field| field.trim_matches('"').parse().unwrap()).collect();
            numbers.try_into().unwrap()
        };
        Some(text.lines().skip(1).map(row).collect())
    }

    #[test]
    fn anomalies_are_those_that_kusto_itself_found() {
        let Some(rows) = demo() else { return };
        let values: Vec<f64> = rows.iter().map(|row| row[0]).collect();
        let how = Decomposition { trend: Trend::LineFit, ..Decomposition::default() };
        let found = decompose_anomalies(&values, how, 3.0, Fence::default());
        for (place, [_, baseline, score, flag]) in rows.into_iter().enumerate() {
            // The baseline was kept as a whole number.
            assert!((found.baseline[place] - baseline).abs() < 1.0, "{place}: {}", found.baseline[place]);
            assert!((found.ad_score[place] - score).abs() < 1e-9, "{place}: {} is not {score}", found.ad_score[place]);
            assert_eq!(f64::from(found.ad_flag[place]), flag, "{place}");
        }
    }

    #[test]
    fn seasons_are_those_of_the_documentation() {
        let repeat = |cycle: &[f64], times: usize| cycle.repeat(times);
        let mut first = repeat(&[1.0, 2.0, 3.0, 4.0, 3.0, 2.0], 4);
        (first[0], first[1]) = (2.0, 5.0);
        assert_eq!(seasonal(&first, None), repeat(&[1.0, 2.0, 3.0, 4.0, 3.0, 2.0], 4));
        let second = [vec![8.0, 12.0, 14.0, 12.0, 10.0], repeat(&[10.0, 12.0, 14.0, 12.0, 10.0], 3)].concat();
        assert_eq!(seasonal(&second, None), repeat(&[10.0, 12.0, 14.0, 12.0, 10.0], 4));
        let short = repeat(&[1.0, 3.0, 5.0, 2.0, 4.0, 6.0], 2);
        assert_eq!(seasonal(&short, None), [0.0; 12]);
        assert_eq!(seasonal(&short, Some(3)), repeat(&[1.5, 3.5, 5.5], 4));
        assert_eq!(seasonal(&[1.0, 3.0, 5.0, 1.0, 3.0, 5.0, 2.0, 4.0, 6.0], Some(3)), repeat(&[1.0, 3.0, 5.0], 3));
    }

    #[test]
    fn the_parts_add_up_whatever_is_asked() {
        for seasonality in [Decomposition::default().seasonality, Seasonality::None, Seasonality::Period(14)] {
            for trend in [Trend::Average, Trend::LineFit, Trend::None] {
                let found = decompose(&TRAFFIC, Decomposition { seasonality, trend, test_points: 5 });
                for (place, value) in TRAFFIC.iter().enumerate() {
                    assert!((found.seasonal[place] + found.trend[place] - found.baseline[place]).abs() < 1e-9);
                    assert!((found.baseline[place] + found.residual[place] - value).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn a_forecast_goes_on_with_season_and_trend() {
        let truth: Vec<f64> = (0..120).map(|x| f64::from(x % 7) * 10.0 + f64::from(x)).collect();
        let mut known = truth.clone();
        known[106..].fill(0.0);
        let forecast = decompose_forecast(&known, 14, Seasonality::Period(7), Trend::LineFit);
        assert!(forecast.iter().zip(&truth).skip(106).all(|(forecast, truth)| (forecast - truth).abs() < 8.0));
    }

    #[test]
    fn too_little_is_no_trouble() {
        for values in [&[][..], &[1.0]] {
            for test_points in [0, 9] {
                let how = Decomposition { test_points, seasonality: Seasonality::Period(5), trend: Trend::LineFit };
                assert_eq!(decompose(values, how).baseline.len(), values.len());
            }
        }
        assert!(seasonal(&[], Some(2)).is_empty());
    }
}
