//! What analyses read from a table: columns of times and numbers, each refused where it is something else.

use std::fmt;

use chrono::NaiveDate;
use model::{
    Column, ColumnType, Table, Value,
    table::{TICKS_PER_SECOND, ticks_of_datetime},
};
use serde::{Deserialize, Deserializer, de};

use crate::api::problem::Problem;

/// Stands for the time of a row that has none.
pub(super) const NO_TIME: i64 = i64::MIN;

/// The column that a parameter names. A table without rows has them all, empty.
pub(super) fn column<'t>(table: &'t Table, pointer: &str, name: &str) -> Result<&'t Column, Problem> {
    table.column(name).ok_or_else(|| Problem::invalid_at(pointer, "no row has this column"))
}

/// The times of a column in 100 nanoseconds since 1970, [`NO_TIME`] where there is none. Numbers are seconds since 1970.
pub(super) fn times(table: &Table, pointer: &str, name: &str) -> Result<Vec<i64>, Problem> {
    let cells = column(table, pointer, name)?.iter().enumerate();
    let time = |(row, value): (usize, Value<'_>)| match &value {
        Value::Null => Ok(NO_TIME),
        value => ticks(value).ok_or_else(|| wrong(row, name, "neither a time nor a number of seconds since 1970")),
    };
    cells.map(time).collect()
}

/// The numbers of a column; not a number where there is none.
pub(super) fn numbers(table: &Table, pointer: &str, name: &str) -> Result<Vec<f64>, Problem> {
    let cells = column(table, pointer, name)?.iter().enumerate();
    let number = |(row, value): (usize, Value<'_>)| match value.cast(ColumnType::Real) {
        Some(Value::Null) => Ok(f64::NAN),
        Some(value) => Ok(value.as_f64().unwrap_or(f64::NAN)),
        None => Err(wrong(row, name, "not a number")),
    };
    cells.map(number).collect()
}

fn ticks(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Datetime(instant) => Some(ticks_of_datetime(*instant)),
        Value::Long(seconds) => seconds.checked_mul(TICKS_PER_SECOND).filter(|ticks| *ticks != NO_TIME),
        Value::Real(seconds) if seconds.abs() < 1e11 => Some((seconds * TICKS_PER_SECOND as f64) as i64),
        Value::String(text) => match Value::from(text.as_ref()).cast(ColumnType::Datetime) {
            Some(Value::Datetime(instant)) => Some(ticks_of_datetime(instant)),
            // A day by itself is midnight.
            _ => NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d")
                .ok()
                .map(|day| ticks_of_datetime(day.and_time(chrono::NaiveTime::MIN).and_utc())),
        },
        _ => None,
    }
}

fn wrong(row: usize, column: &str, detail: &str) -> Problem {
    let column = column.replace('~', "~0").replace('/', "~1");
    Problem::invalid_at(format!("/rows/{row}/{column}"), detail)
}

/// A column of an answer. Its values are of its type, because the answer makes them.
pub(super) fn made<'v, V: Into<Value<'v>>>(
    name: &str,
    kind: ColumnType,
    values: impl IntoIterator<Item = V>,
) -> Result<Column, Problem> {
    Ok(Column::of(name, kind, values)?)
}

/// The table without some columns, such as those that the answer makes anew.
pub(super) fn without(table: Table, is_left_out: impl Fn(&str) -> bool) -> Result<Table, Problem> {
    if !table.columns().iter().any(|column| is_left_out(column.name())) {
        return Ok(table);
    }
    Ok(Table::new(table.into_columns().into_iter().filter(|column| !is_left_out(column.name())).collect())?)
}

/// Names of columns: a list, or a name alone.
#[derive(Debug, Default)]
pub(super) struct Names(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> de::Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of columns")
    }

    fn visit_str<E>(self, name: &str) -> Result<Names, E> {
        Ok(Names(vec![name.to_owned()]))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Names, A::Error> {
        let mut names = Vec::new();
        while let Some(name) = seq.next_element()? {
            names.push(name);
        }
        Ok(Names(names))
    }
}
