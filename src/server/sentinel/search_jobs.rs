//! Search jobs: queries over a long time that run by themselves and leave a table behind.
//!
//! <https://learn.microsoft.com/azure/azure-monitor/logs/search-jobs>

use chrono::{DateTime, TimeDelta, Utc};
use model::{Span, When};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, written},
    named::NotOne,
    object::{Unreadable, instant, read},
    pages::{Page, Wanted},
    space::{SentinelError, Space},
};
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath, versions::OPERATIONAL_INSIGHTS},
    azure::gather,
};

/// How the names of the tables end that search jobs leave behind.
const SUFFIX: &str = "_SRCH";

/// How far back a job looks that says nothing.
const WINDOW: TimeDelta = TimeDelta::days(90);

/// As many rows as a job may find.
const MOST_ROWS: u32 = 1_000_000;

/// A search job.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SearchJob {
    /// The name.
    #[schema(example = "beacons")]
    pub name: String,
    /// The table that has the rows.
    #[schema(example = "beacons_SRCH")]
    pub table: String,
    /// How far it is.
    pub state: SearchJobState,
    /// The query.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub query: Option<String>,
    /// At most so many rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub limit: Option<u64>,
    /// Beginning of the time that it searches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub start: Option<DateTime<Utc>>,
    /// End of that time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end: Option<DateTime<Utc>>,
    /// The table that it searches.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_table: Option<String>,
    /// How much of it is done, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub progress: Option<f64>,
    /// Rows found so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub found: Option<u64>,
    /// Data looked at, in gigabytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub scanned_gb: Option<f64>,
}

/// How far a search job is. New states may be added; treat unknown ones as `running`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SearchJobState {
    /// It runs.
    Running,
    /// All rows are in the table.
    Succeeded,
    /// It, and its table, are being deleted.
    Deleting,
    /// It failed.
    Failed,
}

/// A table as Azure shows it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: String,
    provisioning_state: Option<String>,
    search_results: Option<ShownSearch>,
    result_statistics: Option<ShownStatistics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownSearch {
    query: Option<String>,
    limit: Option<u64>,
    #[serde(default, deserialize_with = "instant")]
    start_search_time: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "instant")]
    end_search_time: Option<DateTime<Utc>>,
    source_table: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShownStatistics {
    progress: Option<f64>,
    // Azure counts in fractions, too.
    ingested_records: Option<f64>,
    scanned_gb: Option<f64>,
}

impl SearchJob {
    /// Reads a table; none if no search job left it behind.
    pub fn read(table: Json) -> Result<Option<Self>, Unreadable> {
        let shown: Shown = read(table)?;
        let Some(search) = shown.search_results else { return Ok(None) };
        let statistics = shown.result_statistics;
        let of = |pick: fn(&ShownStatistics) -> Option<f64>| statistics.as_ref().and_then(pick);
        Ok(Some(Self {
            name: bare(&shown.id).to_owned(),
            state: match shown.provisioning_state.as_deref() {
                Some("Succeeded") => SearchJobState::Succeeded,
                Some("Deleting") => SearchJobState::Deleting,
                Some("Failed" | "Canceled") => SearchJobState::Failed,
                _ => SearchJobState::Running,
            },
            table: shown.id,
            query: search.query,
            limit: search.limit,
            start: search.start_search_time,
            end: search.end_search_time,
            source_table: search.source_table,
            progress: of(|statistics| statistics.progress),
            found: of(|statistics| statistics.ingested_records).map(whole),
            scanned_gb: of(|statistics| statistics.scanned_gb),
        }))
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are small and never negative")]
fn whole(count: f64) -> u64 {
    count.max(0.0) as u64
}

/// The name of a job without the end of its table's name.
fn bare(name: &str) -> &str {
    name.strip_suffix(SUFFIX).unwrap_or(name)
}

/// The table of a job, by its name or the table's own.
pub fn table_of(name: &str) -> Result<String, Mistake> {
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

/// A part of the list of all jobs.
pub async fn list(space: &Space, wanted: Wanted) -> Result<Page<SearchJob>, SentinelError> {
    let request = ArmRequest::get(tables(space), OPERATIONAL_INSIGHTS);
    gather(&space.azure, &request, wanted, |table| Ok(SearchJob::read(table)?)).await
}

/// How far a job is.
pub async fn find(space: &Space, name: &str) -> Result<SearchJob, SentinelError> {
    let request = ArmRequest::get(tables(space).segment(&table_of(name)?), OPERATIONAL_INSIGHTS);
    let shown = space.azure.send(request).await?;
    Ok(SearchJob::read(shown)?.ok_or(NotOne::None { what: "search job" })?)
}

/// Starts a job. It runs by itself for as long as it takes.
pub async fn start(space: &Space, new: NewSearchJob, now: DateTime<Utc>) -> Result<SearchJob, SentinelError> {
    let (table, body) = new.body(now)?;
    let path = tables(space).segment(&table);
    // One that there is would be refused in words that do not say why.
    match space.azure.send(ArmRequest::get(path.clone(), OPERATIONAL_INSIGHTS)).await {
        Ok(_) => return Err(SentinelError::Exists("search job")),
        Err(ArmError::Missing(_)) => {}
        Err(error) => return Err(error.into()),
    }
    // What was just begun is shown by some versions, and by others not yet.
    let begun = json!({ "name": table, "properties": body.get("properties") });
    let shown = space.azure.send(ArmRequest::put(path, OPERATIONAL_INSIGHTS, body)).await?;
    let job = SearchJob::read(if shown.get("properties").is_some() { shown } else { begun })?;
    Ok(job.ok_or(NotOne::None { what: "search job" })?)
}

/// Deletes a job and its table.
pub async fn delete(space: &Space, name: &str) -> Result<String, SentinelError> {
    let table = table_of(name)?;
    space.azure.send(ArmRequest::delete(tables(space).segment(&table), OPERATIONAL_INSIGHTS)).await?;
    Ok(table)
}

/// Where the tables of a workspace are.
fn tables(space: &Space) -> ResourcePath {
    space.root.clone().then("/tables")
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

    #[test]
    fn a_job_is_read_from_its_table_and_other_tables_are_none() {
        let job = |state: &str| {
            SearchJob::read(json!({ "id": "/…/tables/beacons_SRCH", "name": "beacons_SRCH", "properties": {
                "provisioningState": state, "plan": "Analytics", "schema": { "name": "beacons_SRCH" },
                "searchResults": { "query": "T", "limit": 1000, "startSearchTime": "2023-08-16T22:13:20Z", "sourceTable": "T",
                    "azureAsyncOperationId": "o" },
                "resultStatistics": { "progress": 60.0, "ingestedRecords": 12, "scannedGb": 0.5 } } }))
            .unwrap()
            .unwrap()
        };
        assert_eq!(
            (job("InProgress").state, job("Succeeded").state),
            (SearchJobState::Running, SearchJobState::Succeeded)
        );
        let shown = serde_json::to_value(job("Updating")).unwrap();
        assert_eq!(
            (&shown["name"], &shown["found"], &shown["state"]),
            (&json!("beacons"), &json!(12), &json!("running"))
        );
        let table = json!({ "id": "/…/tables/Heartbeat", "name": "Heartbeat", "properties": { "provisioningState": "Succeeded" } });
        assert_eq!(SearchJob::read(table), Ok(None));
    }
}
