//! When a row happened: the columns that say it, and the forms in which only some logs write it.

use chrono::{DateTime, NaiveDateTime, Utc};
use model::{Column, ColumnType, Table, Value};

/// The column that queries of Sentinel expect.
const TIME_GENERATED: &str = "TimeGenerated";
/// The column that queries of Defender expect.
const TIMESTAMP: &str = "Timestamp";

/// What other logs call it, the best first.
const OTHER_NAMES: [&str; 14] = [
    "timestamp",
    "@timestamp",
    "EventTime",
    "UtcTime",
    "TimeCreated",
    "time",
    "_time",
    "calendarTime",
    "unixTime",
    "createdDateTime",
    "ReceiptTime",
    "event_time",
    "ts",
    "date",
];

/// Beginnings of the names of Defender's tables.
const DEFENDER: [&str; 7] = ["Device", "Email", "Identity", "CloudApp", "Url", "AlertInfo", "AlertEvidence"];

/// The table with texts of time as times, and with the columns of time that queries expect beside the one that is there.
pub(super) fn timed(name: &str, table: Table, time_column: Option<&str>) -> Table {
    let columns: Vec<_> =
        table.columns().iter().map(|column| as_times(column).unwrap_or_else(|| column.clone())).collect();
    let is_time = |wanted: &str| columns.iter().find(|c| c.name() == wanted && c.kind() == ColumnType::Datetime);
    let said = time_column.into_iter().chain([TIME_GENERATED, TIMESTAMP]).chain(OTHER_NAMES);
    let found = said.into_iter().find_map(is_time).cloned();
    let mut added = Vec::new();
    if let Some(found) = found {
        let is_defender = DEFENDER.iter().any(|start| name.starts_with(start));
        for wanted in [Some(TIME_GENERATED), is_defender.then_some(TIMESTAMP)].into_iter().flatten() {
            if !columns.iter().any(|column| column.name() == wanted) {
                added.push(found.clone().renamed(wanted));
            }
        }
    }
    // The names are those of a table, and new ones.
    Table::new(columns.into_iter().chain(added).collect()).unwrap_or(table)
}

/// Whether a column says when a row happened, and how well: the lowest is the best.
pub(super) fn rank(name: &str) -> Option<usize> {
    [TIME_GENERATED, TIMESTAMP].into_iter().chain(OTHER_NAMES).position(|known| known == name)
}

/// A column of texts or numbers that are all times in a form that only its name lets us believe.
fn as_times(column: &Column) -> Option<Column> {
    rank(column.name())?;
    let read: fn(Value<'_>) -> Option<DateTime<Utc>> = match column.kind() {
        ColumnType::String => |value: Value<'_>| american(value.as_str()?).or_else(|| spelled_out(value.as_str()?)),
        ColumnType::Long | ColumnType::Real => |value: Value<'_>| epoch(value.as_f64()?),
        _ => return None,
    };
    if column.present() == 0 || !column.values().all(|value| read(value).is_some()) {
        return None;
    }
    let times = column.iter().map(|value| read(value).map_or(Value::Null, Value::Datetime));
    Column::of(column.name(), ColumnType::Datetime, times).ok()
}

/// `7/8/2019 16:08`, month first, as the portal exports and as Kusto reads it.
fn american(text: &str) -> Option<DateTime<Utc>> {
    let forms = ["%m/%d/%Y %H:%M:%S%.f", "%m/%d/%Y %H:%M", "%m/%d/%Y, %I:%M:%S%.f %p", "%m/%d/%Y %I:%M:%S %p"];
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|time| time.and_utc())
}

/// `Thu Mar 16 03:08:58 2023 UTC`, as osquery writes it.
fn spelled_out(text: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text.strip_suffix(" UTC")?, "%a %b %e %H:%M:%S %Y").ok().map(|time| time.and_utc())
}

/// Seconds or milliseconds since 1970, between 2001 and 2100.
fn epoch(number: f64) -> Option<DateTime<Utc>> {
    const YEARS: std::ops::Range<f64> = 1e9..4.1e9;
    let millis = if YEARS.contains(&number) { number * 1e3 } else { number };
    #[expect(clippy::cast_possible_truncation, reason = "within the years above")]
    YEARS.contains(&(millis / 1e3)).then(|| DateTime::from_timestamp_millis(millis as i64)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed_rows(name: &str, rows: &str) -> serde_json::Value {
        let table = model::table::ndjson::read(rows.as_bytes()).unwrap().into_table(None).unwrap();
        serde_json::to_value(timed(name, table, None)).unwrap()["rows"][0].clone()
    }

    #[test]
    fn queries_find_the_column_of_time_that_they_expect() {
        let row = timed_rows("Events", r#"{"@timestamp":"2020-10-23T02:36:40.671Z","EventID":1}"#);
        assert_eq!(row["TimeGenerated"], "2020-10-23T02:36:40.671Z");
        assert_eq!(row.get("Timestamp"), None);
        let row = timed_rows("DeviceProcessEvents", r#"{"TimeGenerated":"2020-10-23T02:36:40Z"}"#);
        assert_eq!(row["Timestamp"], "2020-10-23T02:36:40Z");
    }

    #[test]
    fn forms_that_only_the_name_of_the_column_explains_are_times() {
        for (value, expected) in [
            (r#""7/8/2019 16:08""#, "2019-07-08T16:08:00Z"),
            (r#""7/8/2019, 4:08:01.500 PM""#, "2019-07-08T16:08:01.5Z"),
            (r#""Thu Mar 16 03:08:58 2023 UTC""#, "2023-03-16T03:08:58Z"),
            ("1678936138", "2023-03-16T03:08:58Z"),
            ("1678936138250", "2023-03-16T03:08:58.25Z"),
        ] {
            let row = timed_rows("x", &format!(r#"{{"time":{value}}}"#));
            assert_eq!((&row["time"], &row["TimeGenerated"]), (&expected.into(), &expected.into()), "{value}");
        }
        assert_eq!(timed_rows("x", r#"{"time":17}"#)["time"], 17);
        assert_eq!(timed_rows("x", r#"{"duration":1678936138}"#)["duration"], 1_678_936_138);
    }
}
