//! The table that answers: the points of all series, one series after the other, with their parts.

use model::{Column, ColumnType, Table, table::datetime_of_ticks};

use super::series::Fallen;
use crate::api::{
    analysis::{groups::Groups, input::made},
    problem::Problem,
};

/// What is called how.
pub(super) struct Names {
    pub(super) time: String,
    pub(super) value: String,
    pub(super) group_by: Vec<String>,
    /// Whether points are bins and not rows.
    pub(super) is_binned: bool,
}

/// Columns that are made here, whatever the table has under such names.
const PARTS: [&str; 9] =
    ["filled", "trend", "seasonal", "residual", "weights", "baseline", "score", "anomaly", "outcome"];

/// Whether a column of this name is one of those.
pub(super) fn is_made(name: &str) -> bool {
    PARTS.contains(&name) || name.strip_prefix("seasonal_").is_some_and(|period| period.parse::<usize>().is_ok())
}

/// Writes the table. What has been written is dropped, so that a long series is not held twice.
pub(super) fn table(table: Table, names: &Names, groups: &Groups, mut fallen: Vec<Fallen>) -> Result<Table, Problem> {
    let mut written = Table::default();
    let has_value = table.column(&names.value).is_some();
    for column in table.into_columns().into_iter().filter(|column| !is_made(column.name())) {
        let name = column.name();
        if name == names.time {
            let times = fallen.iter().flat_map(Fallen::times).map(datetime_of_ticks);
            written.add(made(name, ColumnType::Datetime, times)?)?;
        } else if name == names.value {
            written.add(values(name, &mut fallen)?)?;
        } else if names.group_by.iter().any(|group| group == name) {
            let firsts = groups.iter().map(|group| group.first().map_or(usize::MAX, |row| *row as usize));
            let rows = firsts.zip(&fallen).flat_map(|(row, series)| std::iter::repeat_n(Some(row), series.points));
            written.add(column.gather(rows))?;
        } else if !names.is_binned {
            let rows = fallen.iter().flat_map(|series| &series.rows);
            // No table has a row of the number that stands for none.
            written.add(column.gather(rows.map(|row| Some(*row as usize))))?;
        }
    }
    if !has_value {
        written.add(values(&names.value, &mut fallen)?)?;
    }
    for series in &mut fallen {
        (series.times, series.rows) = (Vec::new(), Vec::new());
    }
    parts(&mut written, fallen, !names.group_by.is_empty())?;
    Ok(written)
}

fn values(name: &str, fallen: &mut [Fallen]) -> Result<Column, Problem> {
    // Of a series that was taken apart, all are finite.
    if fallen.iter().all(|series| series.failure.is_none()) {
        return reals(name, fallen, |series| std::mem::take(&mut series.values));
    }
    let values = cells(fallen, |series| std::mem::take(&mut series.values));
    made(name, ColumnType::Real, values.map(|value| value.filter(|value| value.is_finite())))
}

fn parts(written: &mut Table, mut fallen: Vec<Fallen>, with_outcome: bool) -> Result<(), Problem> {
    let fallen = fallen.as_mut_slice();
    let filled = cells(fallen, |series| std::mem::take(&mut series.filled));
    written.add(made("filled", ColumnType::Bool, filled)?)?;
    let baseline = reals("baseline", fallen, |Fallen { parts, .. }| {
        parts.trend.iter().zip(&parts.seasonal).map(|(trend, seasonal)| trend + seasonal).collect()
    })?;
    written.add(reals("trend", fallen, |series| std::mem::take(&mut series.parts.trend))?)?;
    written.add(reals("seasonal", fallen, |series| std::mem::take(&mut series.parts.seasonal))?)?;
    let mut periods: Vec<usize> =
        fallen.iter().flat_map(|series| series.seasons.iter().map(|(period, _)| *period)).collect();
    periods.sort_unstable();
    periods.dedup();
    for period in periods {
        let season = |series: &mut Fallen| {
            let season = series.seasons.iter_mut().find(|(of, _)| *of == period);
            season.map(|(_, season)| std::mem::take(season)).unwrap_or_default()
        };
        written.add(reals(&format!("seasonal_{period}"), fallen, season)?)?;
    }
    written.add(reals("residual", fallen, |series| std::mem::take(&mut series.parts.residual))?)?;
    written.add(reals("weights", fallen, |series| std::mem::take(&mut series.parts.weights))?)?;
    written.add(baseline)?;
    let anomalies = fallen.iter().flat_map(|series| {
        let mut anomalies = series.anomalies();
        (0..series.points).map(move |_| anomalies.next().map(i64::from))
    });
    let anomalies = made("anomaly", ColumnType::Int, anomalies)?;
    written.add(reals("score", fallen, |series| std::mem::take(&mut series.scores))?)?;
    written.add(anomalies)?;
    if with_outcome {
        let outcomes = fallen.iter().flat_map(|series| std::iter::repeat_n(series.outcome().as_str(), series.points));
        written.add(made("outcome", ColumnType::String, outcomes)?)?;
    }
    Ok(())
}

/// A number of every point; that of a single series without a copy.
fn reals(name: &str, fallen: &mut [Fallen], of: impl Fn(&mut Fallen) -> Vec<f64>) -> Result<Column, Problem> {
    match fallen {
        [series] if series.failure.is_none() => Ok(Column::of_reals(name, of(series))),
        fallen => made(name, ColumnType::Real, cells(fallen, of)),
    }
}

/// Something of every point; nothing where a series has less of it than points.
fn cells<T>(fallen: &mut [Fallen], of: impl Fn(&mut Fallen) -> Vec<T>) -> impl Iterator<Item = Option<T>> {
    fallen.iter_mut().flat_map(move |series| {
        let mut cells = of(series).into_iter();
        (0..series.points).map(move |_| cells.next())
    })
}
