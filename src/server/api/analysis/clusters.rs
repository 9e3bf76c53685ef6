//! `/v1/analysis/clusters`: events that are alike, so that of many one is looked at.

mod written;

use actix_web::{HttpResponse, post, web::Data};
use analysis::clusters::{
    Points, dbscan,
    features::{Feature, Process},
};
use model::{ColumnSpec, Rows, Table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    TableWith,
    input::{Names, column, numbers, times},
};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        problem::Problem,
        tables::{TableBody, TableForm, TakesRows},
    },
    services::Services,
};

/// The numbers that stand for a process where no others are named.
const DEFAULT_FEATURES: [&str; 3] = ["command_line_tokens", "path_score", "is_system_session"];
/// In more dimensions everything is far from everything.
const MOST_DIMENSIONS: usize = 32;

/// More multiplications than one request is worth: some seconds of a core.
const MOST_WORK: u64 = 20_000_000_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(cluster_events);
}

/// Events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClustersRequest {
    /// The rows.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// What makes events alike: columns with numbers, or of a process `path_score`, `path_log_score`, `path_hash`,
    /// `command_line_len`, `command_line_log_len`, `command_line_tokens`, `command_line_score`, `command_line_tokens_hash`,
    /// `is_system_session`. A column of that name comes first.
    #[serde(default = "features")]
    #[schema(value_type = Vec<String>, default = json!(DEFAULT_FEATURES))]
    features: Names,
    /// The column with the path of a process.
    #[serde(default = "path")]
    #[schema(default = "NewProcessName")]
    path_column: String,
    /// The column with the command line of a process.
    #[serde(default = "command_line")]
    #[schema(default = "CommandLine")]
    command_line_column: String,
    /// The column with the session that started a process.
    #[serde(default = "logon_id")]
    #[schema(default = "SubjectLogonId")]
    logon_id_column: String,
    /// The column with the times: instants, or seconds since 1970. When left out, rows are taken to be in order.
    #[serde(default)]
    #[schema(nullable = false, example = "TimeGenerated")]
    time_column: Option<String>,
    /// Compare the proportions of features and not their sizes: each row of features is brought to the length 1.
    #[serde(default = "yes")]
    #[schema(default = true)]
    normalize: bool,
    /// How near neighbours are (`eps`).
    #[serde(default = "distance")]
    #[schema(default = 0.01, exclusive_minimum = 0.0)]
    max_cluster_distance: f64,
    /// How many neighbours, itself included, make an event the core of a cluster (`min_samples`).
    #[serde(default = "least")]
    #[schema(default = 2, minimum = 1)]
    min_cluster_samples: usize,
    /// A row for each cluster, or all events with the number of theirs.
    #[serde(default)]
    output: Output,
}

impl TakesRows for ClustersRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

fn features() -> Names {
    Names(DEFAULT_FEATURES.map(str::to_owned).to_vec())
}

fn path() -> String {
    "NewProcessName".to_owned()
}

fn command_line() -> String {
    "CommandLine".to_owned()
}

fn logon_id() -> String {
    "SubjectLogonId".to_owned()
}

const fn yes() -> bool {
    true
}

const fn distance() -> f64 {
    0.01
}

const fn least() -> usize {
    2
}

/// What the rows of the answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = ClustersOutput)]
#[serde(rename_all = "snake_case")]
enum Output {
    #[default]
    Clusters,
    Events,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct ClustersAnswer {
    /// How many clusters there are.
    clusters: usize,
    /// How many events are in none.
    noise: usize,
    /// Rows that lack a feature, which are in none either.
    incomplete_rows: usize,
}

/// Find events that are alike
///
/// Gives each event numbers, by default those of a process (how many delimiters its command line has, the sum of the
/// characters of its path, whether the system started it), and puts events into clusters that lie close together (DBSCAN).
/// The table has the columns that were sent, then `cluster_id` (nothing for noise), `clustered`, `cluster_size`,
/// `first_event_time` and `last_event_time`. With `"output": "clusters"` it has the earliest event of each cluster, and every
/// event that is like no other; with `"output": "events"` all of them. The table can also be sent and answered in other
/// forms; the parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "cluster_events",
    request_body(content(
        (
            ClustersRequest = "application/json",
            example = json!({
                "rows": [{
                    "TimeGenerated": "2024-05-01T00:00:00Z", "NewProcessName": "C:\\Windows\\System32\\cmd.exe",
                    "CommandLine": "cmd /c dir", "SubjectLogonId": "0x3e7"
                }],
                "time_column": "TimeGenerated", "max_cluster_distance": 0.0001
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<ClustersAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "The clusters and what is in none, in the order of the rows.",
    )),
)]
#[post("/v1/analysis/clusters")]
async fn cluster_events(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<ClustersRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    if !(request.max_cluster_distance > 0.0 && request.max_cluster_distance.is_finite()) {
        return Err(Problem::invalid_at("/max_cluster_distance", "not a number above 0"));
    }
    if request.min_cluster_samples == 0 {
        return Err(Problem::invalid_at("/min_cluster_samples", "not a number from 1"));
    }
    match request.features.0.len() {
        0 => return Err(Problem::invalid_at("/features", "no feature is named")),
        count if count > MOST_DIMENSIONS => return Err(Problem::too_many_items("/features", count, MOST_DIMENSIONS)),
        _ => {}
    }
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, answer) = services.work.run(move || cluster(&table, &request)).await??;
    Ok(form.answer(table, &answer))
}

fn cluster(table: &Table, request: &ClustersRequest) -> Result<(Table, ClustersAnswer), Problem> {
    let times = match &request.time_column {
        Some(column) if table.row_count() > 0 => Some(times(table, "/time_column", column)?),
        _ => None,
    };
    let (complete, mut points) = points(table, request)?;
    if request.normalize {
        points.normalize();
    }
    let found = dbscan(&points, request.max_cluster_distance, request.min_cluster_samples, MOST_WORK);
    let found =
        found.ok_or_else(|| Problem::invalid_at("/features", "so many events with so many features take too long"))?;
    drop(points);
    let mut labels = vec![None; table.row_count()];
    for (row, found) in complete.iter().zip(found) {
        if let Some(label) = labels.get_mut(*row as usize) {
            *label = found;
        }
    }
    let clusters = labels.iter().flatten().max().map_or(0, |last| *last as usize + 1);
    let answer = ClustersAnswer {
        clusters,
        noise: complete.iter().filter(|row| labels.get(**row as usize) == Some(&None)).count(),
        incomplete_rows: table.row_count() - complete.len(),
    };
    let all = request.output == Output::Events;
    Ok((written::table(table, &labels, clusters, times.as_deref(), all)?, answer))
}

/// The features of all rows that have them, and which rows those are.
fn points(table: &Table, request: &ClustersRequest) -> Result<(Vec<u32>, Points), Problem> {
    let mut columns = Vec::new();
    if table.row_count() > 0 {
        for (place, name) in request.features.0.iter().enumerate() {
            let pointer = format!("/features/{place}");
            columns.push(match Feature::named(name).filter(|_| table.column(name).is_none()) {
                Some(feature) => of_processes(table, request, feature)?,
                None => numbers(table, &pointer, name)?,
            });
        }
    }
    let features = |row: usize| columns.iter().map(move |column| column.get(row).copied().unwrap_or(f64::NAN));
    let is_complete = |row: &u32| features(*row as usize).all(f64::is_finite);
    let complete: Vec<u32> = (0..table.row_count() as u32).filter(is_complete).collect();
    let all = complete.iter().flat_map(|row| features(*row as usize)).collect();
    Ok((complete, Points::new(all, request.features.0.len())?))
}

/// A feature of the process of each row.
fn of_processes(table: &Table, request: &ClustersRequest, feature: Feature) -> Result<Vec<f64>, Problem> {
    let of_path = matches!(feature, Feature::PathScore | Feature::PathLogScore | Feature::PathHash);
    let (pointer, name) = match feature {
        _ if of_path => ("/path_column", &request.path_column),
        Feature::IsSystemSession => ("/logon_id_column", &request.logon_id_column),
        _ => ("/command_line_column", &request.command_line_column),
    };
    let cell = |value: model::Value<'_>| {
        let text = value.to_text();
        let mut process = Process::default();
        match feature {
            _ if of_path => process.path = &text,
            Feature::IsSystemSession => process.logon_id = &text,
            _ => process.command_line = &text,
        }
        feature.of(process)
    };
    Ok(column(table, pointer, name)?.iter().map(cell).collect())
}
