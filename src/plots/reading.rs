//! What a plot reads out of a table: times, numbers, texts, categories, and what is shown on hover.

mod categories;

use std::borrow::Cow;

pub(crate) use categories::Categories;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use model::{Column, ColumnType, Table, Value};

use crate::{PlotError, options::Options, scale::instant_text};

/// Columns that hold the time of an event, the first that is there.
const TIME_COLUMNS: &[&str] =
    &["TimeGenerated", "Timestamp", "timestamp", "EventTime", "StartTime", "StartTimeUtc", "UtcTime", "time", "Time"];

/// Columns that are shown on hover wherever they are.
const TELLING_COLUMNS: &[&str] = &["NewProcessName", "EventID", "CommandLine"];

/// Columns shown on hover.
const MOST_HOVER_COLUMNS: usize = 8;
/// Characters of one value on hover.
const MOST_HOVER_CHARACTERS: usize = 500;
/// Columns that an error lists.
const MOST_KNOWN: usize = 20;

/// The rows that a plot is made of.
#[derive(Debug, Clone)]
pub(crate) struct Input<'t> {
    pub(crate) table: &'t Table,
    pub(crate) options: &'t Options,
    /// The rows, if not all of the table.
    subset: Option<Vec<usize>>,
}

impl<'t> Input<'t> {
    pub(crate) const fn new(table: &'t Table, options: &'t Options) -> Self {
        Self { table, options, subset: None }
    }

    /// The same of these rows alone.
    pub(crate) fn of_rows(&self, rows: Vec<usize>) -> Self {
        Self { subset: Some(rows), ..self.clone() }
    }

    /// The numbers of the rows.
    pub(crate) fn rows(&self) -> Cow<'_, [usize]> {
        match &self.subset {
            Some(rows) => Cow::Borrowed(rows),
            None => Cow::Owned((0..self.table.row_count()).collect()),
        }
    }

    /// The column that an option names.
    pub(crate) fn named(&self, option: &'static str, name: &str) -> Result<&'t Column, PlotError> {
        self.table.column(name).ok_or_else(|| {
            let columns = self.table.columns();
            let mut known: Vec<_> = columns.iter().take(MOST_KNOWN).map(Column::name).collect();
            if columns.len() > MOST_KNOWN {
                known.push("…");
            }
            PlotError::MissingColumn { option, column: name.to_owned(), known: known.join(", ") }
        })
    }

    /// The column that an option names, or the first of those that usually hold such a thing.
    pub(crate) fn named_or(
        &self,
        option: &'static str,
        name: Option<&str>,
        usual: &[&str],
    ) -> Result<Option<&'t Column>, PlotError> {
        match name {
            Some(name) => self.named(option, name).map(Some),
            None => Ok(usual.iter().find_map(|name| self.table.column(name))),
        }
    }

    /// The column with the times of the events: the one that is named, the usual ones, or the first with times.
    pub(crate) fn time_column(&self) -> Result<&'t Column, PlotError> {
        let found = self.named_or("time_column", self.options.time_column.as_deref(), TIME_COLUMNS)?;
        let first = || self.table.columns().iter().find(|column| column.kind() == ColumnType::Datetime);
        found.or_else(first).ok_or(PlotError::Needed { option: "time_column", expected: "a column with times" })
    }

    /// The columns shown on hover: those that are named, or these and whatever tells most.
    pub(crate) fn hover(&self, used: &[&'t Column]) -> Result<Hover<'t>, PlotError> {
        let named: Vec<_> = self
            .options
            .source_columns
            .iter()
            .map(|name| self.named("source_columns", name))
            .collect::<Result<_, _>>()?;
        let mut columns: Vec<&Column> = used.to_vec();
        if named.is_empty() {
            columns.extend(TELLING_COLUMNS.iter().filter_map(|name| self.table.column(name)));
        } else {
            columns.extend(named);
        }
        let mut seen = Vec::new();
        columns.retain(|column| {
            !seen.contains(&column.name()) && {
                seen.push(column.name());
                true
            }
        });
        columns.truncate(MOST_HOVER_COLUMNS);
        Ok(Hover { columns })
    }
}

/// Milliseconds since 1970 of the cells that hold a time. A column whose cells are all something else is refused.
pub(crate) fn times(option: &'static str, column: &Column) -> Result<Vec<Option<f64>>, PlotError> {
    read(option, column, "times", |value| time_of(&value).map(milliseconds))
}

/// The cells that hold a number. A column whose cells are all something else is refused.
pub(crate) fn numbers(option: &'static str, column: &Column) -> Result<Vec<Option<f64>>, PlotError> {
    read(option, column, "numbers", |value| number_of(&value))
}

fn read(
    option: &'static str,
    column: &Column,
    expected: &'static str,
    of: impl Fn(Value<'_>) -> Option<f64>,
) -> Result<Vec<Option<f64>>, PlotError> {
    let read: Vec<_> = column.iter().map(of).collect();
    if column.present() > 0 && read.iter().all(Option::is_none) {
        return Err(PlotError::WrongType { option, column: column.name().to_owned(), expected });
    }
    Ok(read)
}

fn time_of(value: &Value<'_>) -> Option<DateTime<Utc>> {
    let text = match value {
        Value::Datetime(instant) => return Some(*instant),
        Value::String(text) | Value::Dynamic(text) => text.trim().trim_matches('"'),
        _ => return None,
    };
    let instant = Value::from(text).cast(ColumnType::Datetime).and_then(|value| value.as_datetime());
    let midnight = || Some(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_time(NaiveTime::MIN).and_utc());
    instant.or_else(midnight)
}

/// Milliseconds since 1970, with the microseconds behind the point.
pub(crate) fn milliseconds(instant: DateTime<Utc>) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "microseconds of our time are exact")]
    let microseconds = instant.timestamp_micros() as f64;
    microseconds / 1_000.0
}

fn number_of(value: &Value<'_>) -> Option<f64> {
    let number = match value {
        Value::Bool(value) => Some(f64::from(u8::from(*value))),
        Value::Timespan(span) => {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of a span are exact")]
            let milliseconds = span.num_milliseconds() as f64;
            Some(milliseconds / 1_000.0)
        }
        Value::String(text) | Value::Dynamic(text) => text.trim().trim_matches('"').parse().ok(),
        value => value.as_f64(),
    };
    number.filter(|number: &f64| number.is_finite() && number.abs() < 1e300)
}

/// A value as people read it.
pub(crate) fn text_of(value: &Value<'_>) -> String {
    match value {
        Value::Datetime(instant) => instant_text(milliseconds(*instant)),
        // A text among values of other types stands there as JSON.
        Value::Dynamic(json) => serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_string()),
        value => value.to_text().into_owned(),
    }
}

/// A text for one line: whatever breaks lines is a space.
pub(crate) fn one_line(text: &str) -> String {
    if text.chars().any(char::is_control) {
        text.split(|c: char| c.is_control() || c == ' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    } else {
        text.trim().to_owned()
    }
}

/// What is shown on hover.
#[derive(Debug, Clone)]
pub(crate) struct Hover<'t> {
    columns: Vec<&'t Column>,
}

impl Hover<'_> {
    /// What a row says, a line for each column.
    pub(crate) fn text(&self, row: usize) -> String {
        let mut text = String::new();
        for column in &self.columns {
            let value = text_of(&column.value(row));
            if value.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(column.name());
            text.push_str(": ");
            text.push_str(&bounded(&value, MOST_HOVER_CHARACTERS));
        }
        text
    }
}

/// At most so many characters of a text.
pub(crate) fn bounded(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Column {
        Column::of("c", ColumnType::String, values.iter().copied()).unwrap()
    }

    #[test]
    fn times_are_read_from_texts_and_dates_and_a_column_without_any_is_refused() {
        let read = times("time_column", &column(&["2026-05-03", "2026-05-03T00:00:01Z", "soon"])).unwrap();
        assert_eq!(read, [Some(1_777_766_400_000.0), Some(1_777_766_401_000.0), None]);
        let error = times("time_column", &column(&["soon", "later"])).unwrap_err();
        assert_eq!(error.option(), Some("time_column"));
        assert_eq!(error.to_string(), "column \"c\" holds no times");
        assert_eq!(times("time_column", &column(&[])), Ok(Vec::new()));
    }

    #[test]
    fn numbers_are_read_from_texts_and_truths_and_spans() {
        assert_eq!(numbers("x", &column(&["1.5", "x", "NaN", "inf"])).unwrap(), [Some(1.5), None, None, None]);
        let truths = Column::of("c", ColumnType::Bool, [true, false]).unwrap();
        assert_eq!(numbers("x", &truths).unwrap(), [Some(1.0), Some(0.0)]);
        assert!(numbers("x", &column(&["a"])).is_err());
    }

    #[test]
    fn texts_are_tamed() {
        assert_eq!(one_line(" a\r\n\tb  c "), "a b c");
        assert_eq!(bounded("äöü", 2), "äö…");
        assert_eq!(bounded("äöü", 3), "äöü");
        assert_eq!(text_of(&Value::Dynamic("\"a\"".into())), "a");
    }
}
