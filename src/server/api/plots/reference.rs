//! Moments that are marked in a plot over time: times by themselves, and the rows of tables.

use chrono::{DateTime, Utc};
use model::{Rows, Table, Value, When};
use plots::RefTime;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::problem::Problem;

/// What the time of an event is called where nobody says.
const USUAL_TIMES: [&str; 4] = ["time", "TimeGenerated", "StartTimeUtc", "Timestamp"];

/// A time, or a time with what it is called.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RefTimeInput {
    /// By itself.
    Time(When),
    /// With a name.
    Named(NamedTime),
}

/// A time and what it is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedTime {
    time: When,
    #[serde(default)]
    label: Option<String>,
}

/// A series of events that are marked: each row is one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefEvents {
    /// The events.
    #[schema(value_type = Vec<Object>)]
    rows: Rows,
    /// The column with their times; `time`, `TimeGenerated` and the like, or the first with times, when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "TimeGenerated")]
    time_column: Option<String>,
    /// The column with what each is called; `label` when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "AlertName")]
    label_column: Option<String>,
    /// What the series is called: stands before the name of each, or in its place.
    #[serde(default)]
    #[schema(nullable = false, example = "Alert")]
    label: Option<String>,
}

/// The times, and those of the events of all series.
pub(super) fn resolve(times: Vec<RefTimeInput>, series: Vec<RefEvents>) -> Result<Vec<RefTime>, Problem> {
    let now = Utc::now();
    let resolve = |(place, time)| {
        let (time, label) = match time {
            RefTimeInput::Time(time) => (time, None),
            RefTimeInput::Named(NamedTime { time, label }) => (time, label),
        };
        let time =
            time.resolve(now).map_err(|error| Problem::invalid_at(format!("/ref_times/{place}"), error.to_string()))?;
        Ok(RefTime { time, label })
    };
    let mut all: Vec<RefTime> = times.into_iter().enumerate().map(resolve).collect::<Result<_, Problem>>()?;
    for (place, series) in series.into_iter().enumerate() {
        all.extend(series.read().map_err(|problem| problem.below(&format!("/ref_events/{place}")))?);
    }
    Ok(all)
}

impl RefEvents {
    fn read(self) -> Result<Vec<RefTime>, Problem> {
        let table = self.rows.into_table(None)?;
        if table.row_count() == 0 {
            return Ok(Vec::new());
        }
        let has = |name: &&str| table.column(name).is_some();
        let has_times = |name: &str| (0..table.row_count()).any(|row| time(&table, row, name).is_some());
        let usual = || USUAL_TIMES.into_iter().find(|name| has(name) && has_times(name));
        let first = || table.columns().iter().map(model::Column::name).find(|name| has_times(name));
        let times = match self.time_column.as_deref() {
            Some(name) if has_times(name) => name,
            Some(_) => return Err(Problem::invalid_at("/time_column", "no row has a time in this column")),
            None => usual()
                .or_else(first)
                .ok_or_else(|| Problem::invalid_at("/time_column", "no column of the rows has times"))?,
        };
        if self.label_column.as_deref().is_some_and(|name| !has(&name)) {
            return Err(Problem::invalid_at("/label_column", "no row has this column"));
        }
        let labels = self.label_column.as_deref().unwrap_or("label");
        let event = |row| {
            let own = table.value(row, labels);
            let own = Some(own.to_text()).filter(|text| !text.is_empty());
            let label = match (&self.label, own) {
                (Some(series), Some(own)) => Some(format!("{series}: {own}")),
                (Some(series), None) => Some(series.clone()),
                (None, own) => own.map(std::borrow::Cow::into_owned),
            };
            Some(RefTime { time: time(&table, row, times)?, label })
        };
        Ok((0..table.row_count()).filter_map(event).collect())
    }
}

fn time(table: &Table, row: usize, column: &str) -> Option<DateTime<Utc>> {
    match table.value(row, column) {
        time @ (Value::Datetime(_) | Value::String(_)) => extract::instant(&time),
        _ => None,
    }
}
