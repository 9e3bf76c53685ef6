//! Search jobs: queries over a long time that run by themselves and leave a table behind.
//!
//! <https://learn.microsoft.com/azure/azure-monitor/logs/search-jobs>

mod new;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

pub use self::new::NewSearchJob;
use self::new::{bare, table_of};
use super::{
    named::NotOne,
    object::{Unreadable, instant, read},
    pages::{Page, Wanted},
    space::{SentinelError, Space},
};
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath, versions::OPERATIONAL_INSIGHTS},
    azure::gather,
};

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

#[cfg(test)]
mod tests {
    use super::*;

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
