//! `/v1/analysis/timeseries/periods`: the spans of time around anomalies, to query what happened in them.

use actix_web::{HttpResponse, post, web::Data};
use analysis::anomalies;
use chrono::{DateTime, Utc};
use model::{ColumnSpec, Rows, Table, table::datetime_of_ticks};
use serde::{Deserialize, Serialize};
use serde_json::Map;
use utoipa::ToSchema;

use super::{
    groups,
    input::{NO_TIME, Names, numbers, times},
    span::Span,
};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        problem::Problem,
        tables::{TableBody, TakesRows},
    },
    services::Services,
};

/// The column that says what is an anomaly, where no other is named.
const ANOMALY: &str = "anomaly";

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(find_anomaly_periods);
}

/// Rows of which some are anomalies.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PeriodsRequest {
    /// The rows, in any order: those that `/v1/analysis/timeseries` answers, or some of them.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    rows: Option<Rows>,
    /// The types of the columns, where they are to be checked.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the times: instants, or seconds since 1970.
    #[schema(example = "TimeGenerated")]
    time_column: String,
    /// The column that is 1 for what is too high, -1 for what is too low, else 0; `anomaly` when left out. Without such a
    /// column every row is an anomaly.
    #[serde(default)]
    #[schema(nullable = false, example = "anomaly")]
    anomaly_column: Option<String>,
    /// Which anomalies count.
    #[serde(default)]
    direction: Direction,
    /// How far a period reaches before its first and after its last anomaly: `1h`, `PT1H`, `01:00:00` or seconds.
    #[serde(default = "hour")]
    #[schema(value_type = String, default = "1h")]
    margin: Span,
    /// The columns that tell series apart.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["Computer"]))]
    group_by: Names,
}

impl TakesRows for PeriodsRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

const fn hour() -> Span {
    Span::HOUR
}

/// Which anomalies count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = AnomalyDirection)]
#[serde(rename_all = "snake_case")]
enum Direction {
    /// What is too high.
    #[default]
    High,
    /// What is too low.
    Low,
    /// Both.
    Both,
}

impl Direction {
    fn counts(self, anomaly: f64) -> bool {
        match self {
            Self::High => anomaly > 0.0,
            Self::Low => anomaly < 0.0,
            Self::Both => anomaly != 0.0,
        }
    }
}

/// The periods.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodsAnswer {
    /// The periods of each series, in order of time. Those that touch are one.
    periods: Vec<AnomalyPeriod>,
    /// Anomalies of the other direction, which do not count.
    left_out: usize,
    /// Rows without a time.
    skipped_rows: usize,
}

/// A span of time with anomalies in it.
#[derive(Debug, Serialize, ToSchema)]
struct AnomalyPeriod {
    /// Its begin.
    #[schema(example = "2019-05-13T16:00:00Z")]
    start: DateTime<Utc>,
    /// Its end.
    #[schema(example = "2019-05-13T18:00:00Z")]
    end: DateTime<Utc>,
    /// How many anomalies lie in it.
    anomalies: usize,
    /// Which series it is of: the values of the columns of `group_by`.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    group: Map<String, serde_json::Value>,
}

/// Find the periods of anomalies
///
/// Turns anomalous rows into spans of time: each reaches `margin` before and after an anomaly, and those that touch are one.
/// The table can also be sent in other forms; the parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "find_anomaly_periods",
    request_body(content(
        (
            PeriodsRequest = "application/json",
            example = json!({
                "rows": [{ "TimeGenerated": "2019-05-13T17:00:00Z", "anomaly": 1 }],
                "time_column": "TimeGenerated", "margin": "1h"
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((status = OK, body = PeriodsAnswer, description = "The periods.")),
)]
#[post("/v1/analysis/timeseries/periods")]
async fn find_anomaly_periods(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    request: TableBody<PeriodsRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let answer = services.work.run(move || find(&table, &request)).await??;
    Ok(HttpResponse::Ok().json(answer))
}

fn find(table: &Table, request: &PeriodsRequest) -> Result<PeriodsAnswer, Problem> {
    let mut answer = PeriodsAnswer { periods: Vec::new(), left_out: 0, skipped_rows: 0 };
    if table.row_count() == 0 {
        return Ok(answer);
    }
    let times = times(table, "/time_column", &request.time_column)?;
    let anomalies = match &request.anomaly_column {
        Some(column) => Some(numbers(table, "/anomaly_column", column)?),
        None if table.column(ANOMALY).is_some() => Some(numbers(table, "/anomaly_column", ANOMALY)?),
        None => None,
    };
    let Names(group_by) = &request.group_by;
    for group in groups::group(table, group_by)? {
        let mut counting = Vec::new();
        for row in &group {
            let row = *row as usize;
            // A point that was not scored is no anomaly.
            let anomaly = anomalies.as_ref().map(|anomalies| anomalies.get(row).copied().unwrap_or_default());
            let anomaly = anomaly.map(|anomaly| if anomaly.is_nan() { 0.0 } else { anomaly });
            match times.get(row) {
                Some(time) if *time != NO_TIME => match anomaly {
                    Some(anomaly) if !request.direction.counts(anomaly) => {
                        answer.left_out += usize::from(anomaly != 0.0);
                    }
                    _ => counting.push(*time),
                },
                _ => answer.skipped_rows += 1,
            }
        }
        let described = groups::describe(table, group_by, &group);
        for period in anomalies::periods(counting, request.margin.0) {
            let (start, end) = (datetime_of_ticks(period.start), datetime_of_ticks(period.end));
            let (Some(start), Some(end)) = (start, end) else {
                return Err(Problem::invalid_at("/margin", "no calendar reaches so far"));
            };
            answer.periods.push(AnomalyPeriod { start, end, anomalies: period.anomalies, group: described.clone() });
        }
    }
    Ok(answer)
}
