//! `/v1/analysis/timeseries`: series taken apart into trend, season and rest, and the points that are unlike the others.

mod request;
mod series;
mod written;

use std::sync::Arc;

use actix_web::{HttpResponse, post, web::Data};
use analysis::bins::MAX_BINS;
use model::{Column, Table, table::TICKS_PER_SECOND};
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

pub(in crate::api) use self::request::TimeseriesRequest;
use self::series::{Fallen, Method, Plan, Series};
use super::{
    TableWith,
    groups::{self, Groups, Outcome},
    input::{NO_TIME, Names, numbers, times},
    span::Span,
};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        problem::Problem,
        tables::{TableBody, TableForm},
    },
    services::Services,
};

/// More multiplications than one request is worth: some seconds of a core.
const MOST_WORK: u64 = 20_000_000_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(decompose_timeseries);
}

/// How each series fared.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::api) struct TimeseriesAnswer {
    /// How each series fared, in the order of the table.
    groups: Vec<SeriesOutcome>,
    /// Rows without a time, which are in no series.
    skipped_rows: usize,
}

/// How a series fared.
#[derive(Debug, Serialize, ToSchema)]
struct SeriesOutcome {
    /// What its rows are alike in: the values of the columns of `group_by`.
    #[schema(value_type = Object)]
    group: Map<String, serde_json::Value>,
    /// `ok`, or why it was not taken apart; its rows then stand in the table without parts. `constant`: it was, but has
    /// neither season nor anomalies.
    outcome: Outcome,
    /// The outcome in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// How many points it has.
    points: usize,
    /// How many of them stand in for missing values.
    filled: usize,
    /// How many of them are anomalies.
    anomalies: usize,
    /// The distance of its points in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    step_s: Option<f64>,
}

/// Find anomalies in time series
///
/// Takes each series apart into trend, season and residual (STL, or MSTL for several periods), and scores each point by how
/// many standard deviations its residual lies from their mean. Rows may come in any order; with `bin` they are put together
/// first. Points that are missing between others are filled in (`fill`) and marked. One series that cannot be taken apart is
/// a problem; one of several (`group_by`) has its outcome, and its rows stand in the table without parts.
///
/// The table has the columns that were sent, or with `bin` only time, value and those of `group_by`; then `filled` (whether
/// something stands in for a value), `trend`, `seasonal` (with `mstl` also `seasonal_24` and so on), `residual`, `weights`,
/// `baseline`, `score`, `anomaly` (1 above `score_threshold`, -1 below its negative, else 0), and with `group_by` `outcome`.
/// Columns of these names that were sent are replaced. The table can also be sent and answered in other forms; the
/// parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "decompose_timeseries",
    request_body(content(
        (
            TimeseriesRequest = "application/json",
            example = json!({
                "rows": [
                    { "TimeGenerated": "2024-05-01T00:00:00Z", "TotalBytesSent": 873_713_587 },
                    { "TimeGenerated": "2024-05-01T01:00:00Z", "TotalBytesSent": 882_187_669 }
                ],
                "time_column": "TimeGenerated", "value_column": "TotalBytesSent", "period": 24, "bin": "1h"
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<TimeseriesAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "All points, series by series in order of time, and how each series fared.",
    )),
)]
#[post("/v1/analysis/timeseries")]
async fn decompose_timeseries(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<TimeseriesRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, answer) = decompose(&services, table, request).await?;
    Ok(form.answer(table, &answer))
}

/// The series of a table, taken apart.
pub(in crate::api) async fn decompose(
    services: &Services,
    table: Table,
    mut request: TimeseriesRequest,
) -> Result<(Table, TimeseriesAnswer), Problem> {
    let method = request.method()?;
    let Names(group_by) = std::mem::take(&mut request.group_by);
    let names = written::Names {
        time: request.time_column.clone(),
        value: request.value_column.clone().unwrap_or_else(|| "count".to_owned()),
        group_by,
        is_binned: request.bin.is_some(),
    };
    let Read { table, names, groups, skipped_rows, series } =
        services.work.run(move || read(table, names, &request, method)).await??;
    let (groups, series) = (Arc::new(groups), Arc::new(series));
    let plans = {
        let series = Arc::clone(&series);
        groups::each(services, Arc::clone(&groups), move |group| series.plan(group)).await?
    };
    let points = || plans.iter().filter_map(Plan::points);
    if points().sum::<usize>() > MAX_BINS {
        return Err(Problem::invalid_at("/bin", format!("more than {MAX_BINS} bins in all; wider bins are fewer")));
    }
    if points().map(|points| series.method.work(points)).sum::<u64>() > MOST_WORK {
        let detail = "so many points with so long a period take too long; wider bins make both fewer";
        return Err(Problem::invalid_at("/period", detail));
    }
    let fallen = groups::each(services, Arc::new(plans), move |plan| series.take_apart(plan)).await?;
    if let (true, [Fallen { failure: Some(failure), .. }]) = (names.group_by.is_empty(), fallen.as_slice()) {
        return Err(failure.clone().into_problem());
    }
    let outcomes = fallen.iter().zip(groups.iter()).map(|(fallen, group)| SeriesOutcome {
        group: groups::describe(&table, &names.group_by, group),
        outcome: fallen.outcome(),
        reason: fallen.failure.as_ref().map(|failure| failure.reason.clone()),
        points: fallen.points,
        filled: fallen.filled.iter().filter(|filled| **filled).count(),
        anomalies: fallen.anomalies().filter(|anomaly| *anomaly != 0).count(),
        step_s: fallen.grid.map(|grid| grid.step as f64 / TICKS_PER_SECOND as f64),
    });
    let answer = TimeseriesAnswer { groups: outcomes.collect(), skipped_rows };
    let table = services.work.run(move || written::table(table, &names, &groups, fallen)).await??;
    Ok((table, answer))
}

/// A request whose columns have been read.
struct Read {
    table: Table,
    names: written::Names,
    groups: Groups,
    skipped_rows: usize,
    series: Series,
}

fn read(table: Table, names: written::Names, request: &TimeseriesRequest, method: Method) -> Result<Read, Problem> {
    let is_empty = table.row_count() == 0;
    let times = if is_empty { Vec::new() } else { times(&table, "/time_column", &names.time)? };
    let values = match &request.value_column {
        Some(column) if !is_empty => numbers(&table, "/value_column", column)?,
        _ => Vec::new(),
    };
    let mut groups = groups::group(&table, &names.group_by)?;
    let skipped_rows = times.iter().filter(|time| **time == NO_TIME).count();
    if skipped_rows > 0 {
        let has_time = |row: &u32| times.get(*row as usize).is_some_and(|time| *time != NO_TIME);
        groups.iter_mut().for_each(|group| group.retain(has_time));
        groups.retain(|group| !group.is_empty());
    }
    let series = Series {
        times,
        values,
        step: request.bin.map(|Span(ticks)| ticks),
        aggregate: request.aggregate.into(),
        filling: request.fill.into(),
        method,
        threshold: request.score_threshold,
    };
    let table = table.into_columns().into_iter().map(|column| without_copies(column, &names)).collect();
    Ok(Read { table: Table::new(table)?, names, groups, skipped_rows, series })
}

/// A column of the table; one whose cells have been read to be written anew keeps its name and place only.
fn without_copies(column: Column, names: &written::Names) -> Column {
    let is_read = column.name() == names.time || column.name() == names.value;
    if !is_read || names.group_by.iter().any(|name| name == column.name()) {
        return column;
    }
    let mut placeholder = Column::new(column.name(), column.kind());
    placeholder.fill(column.len());
    placeholder
}
