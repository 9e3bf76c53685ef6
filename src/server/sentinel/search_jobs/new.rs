//! A search job to start: its table, its query, its time.

use chrono::{DateTime, TimeDelta, Utc};
use model::{Span, When};
use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::sentinel::input::{Mistake, written};

/// How the names of the tables end that search jobs leave behind.
const SUFFIX: &str = "_SRCH";

/// How far back a job looks that says nothing.
const WINDOW: TimeDelta = TimeDelta::days(90);

/// As many rows as a job may find.
const MOST_ROWS: u32 = 1_000_000;

/// The name of a job without the end of its table's name.
pub(super) fn bare(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

/// The table of a job, by its name or the table's own.
pub(super) fn table_of(name: &str) -> Result<String, Mistake> {
    let name = bare(name);
    let is_good = (1..=40).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if is_good {
        Ok(format!("{name}{SUFFIX}"))
    } else {
        Err(Mistake::at("/name", "a name of 1 to 40 letters, digits, hyphens and underscores is needed"))
    }
}

/// A job to start.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSearchJob {
    /// The name; its table is called the same with `_SRCH` at the end. One is made up when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "beacons", max_length = 40)]
    pub name: Option<String>,
    /// The query: one table and steps that look at each row by itself.
    #[schema(example = "CommonSecurityLog | where DestinationIP == '198.51.100.7'")]
    pub query: String,
    /// Beginning of the time to search; 90 days before its end when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "-90d")]
    pub start: Option<When>,
    /// End of that time; now when left out.
    #[serde(default)]
    #[schema(value_type = String, nullable = false, example = "now")]
    pub end: Option<When>,
    /// At most so many rows.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000, default = 1000)]
    pub limit: Option<u32>,
}

impl NewSearchJob {
    /// The table that it will leave behind, and what is sent.
    pub fn body(self, now: DateTime<Utc>) -> Result<(String, Json), Mistake> {
        let made_up = || format!("s{}", uuid::Uuid::new_v4().simple());
        let table = table_of(&self.name.unwrap_or_else(made_up))?;
        if self.query.trim().is_empty() {
            return Err(Mistake::at("/query", "a query is needed"));
        }
        let limit = self.limit.unwrap_or(1_000);
        if !(1..=MOST_ROWS).contains(&limit) {
            return Err(Mistake::at("/limit", format!("must be from 1 to {MOST_ROWS}")));
        }
        let span = Span::resolve(self.start, self.end, WINDOW, now)
            .map_err(|error| Mistake::at("/start", error.to_string()))?;
        let body = json!({ "properties": { "searchResults": {
            "query": self.query,
            "limit": limit,
            "startSearchTime": written(span.start()),
            "endSearchTime": written(span.end()),
        } } });
        Ok((table, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(of: Json) -> Result<(String, Json), Mistake> {
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        serde_json::from_value::<NewSearchJob>(of).unwrap().body(now)
    }

    #[test]
    fn a_job_looks_back_ninety_days_unless_it_says_otherwise() {
        let (table, body) = new(json!({ "name": "beacons", "query": "T" })).unwrap();
        assert_eq!(table, "beacons_SRCH");
        let sent = &body["properties"]["searchResults"];
        assert_eq!(
            sent,
            &json!({ "query": "T", "limit": 1000, "startSearchTime": "2023-08-16T22:13:20Z",
            "endSearchTime": "2023-11-14T22:13:20Z" })
        );
        let (table, _) = new(json!({ "query": "T" })).unwrap();
        assert!(table.ends_with("_SRCH") && table.len() == 1 + 32 + 5);
    }

    #[test]
    fn the_end_of_a_tables_name_is_taken_away_once_and_whole() {
        for (name, table) in
            [("SRCH", "SRCH_SRCH"), ("CRASH_SRCH", "CRASH_SRCH"), ("H_S", "H_S_SRCH"), ("a-1", "a-1_SRCH")]
        {
            assert_eq!(table_of(name).unwrap(), table);
        }
        for bad in ["", "_SRCH", "a/b", "a b", "é", &"x".repeat(41)] {
            assert!(table_of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn mistakes_are_pointed_at() {
        for (of, pointer) in [
            (json!({ "name": "..", "query": "T" }), "/name"),
            (json!({ "query": " " }), "/query"),
            (json!({ "query": "T", "limit": 0 }), "/limit"),
            (json!({ "query": "T", "limit": 1_000_001 }), "/limit"),
            (json!({ "query": "T", "start": "now", "end": "-1d" }), "/start"),
        ] {
            assert_eq!(new(of).unwrap_err().pointer, pointer);
        }
    }
}
