//! `/v1/analysis/sessionize`: events cut into sessions.

use actix_web::{HttpResponse, post, web::Data};
use analysis::sessions::{Limits, sessionize};
use chrono::TimeDelta;
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value, table::datetime_of_ticks};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    TableWith, groups,
    input::{NO_TIME, Names, column, made, times},
    span::Span,
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

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(sessionize_events);
}

/// Events.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SessionizeRequest {
    /// The rows, in any order.
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
    /// The columns that tell users apart; rows without a value there are of one user.
    #[serde(default)]
    #[schema(value_type = Vec<String>, example = json!(["UserId", "ClientIP"]))]
    group_by: Names,
    /// The column whose values become the list of a session's events.
    #[serde(default)]
    #[schema(nullable = false, example = "Operation")]
    event_column: Option<String>,
    /// The longest that a session lasts, in seconds.
    #[serde(default = "longest")]
    #[schema(value_type = f64, default = 1200, minimum = 0)]
    max_session_s: Span,
    /// The longest pause between two events of a session, in seconds.
    #[serde(default = "pause")]
    #[schema(value_type = f64, default = 120, minimum = 0)]
    max_separation_s: Span,
    /// A row for each session, or the events with the number of their session.
    #[serde(default)]
    output: Output,
}

impl TakesRows for SessionizeRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

const fn longest() -> Span {
    Span(Span::HOUR.0 / 3)
}

const fn pause() -> Span {
    Span(Span::HOUR.0 / 30)
}

/// What the rows of the answer are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, ToSchema)]
#[schema(as = SessionizeOutput)]
#[serde(rename_all = "snake_case")]
enum Output {
    #[default]
    Sessions,
    Events,
}

/// What was cut.
#[derive(Debug, Serialize, ToSchema)]
struct SessionizeAnswer {
    /// How many sessions there are.
    sessions: usize,
    /// Rows without a time, which are in no session.
    skipped_rows: usize,
}

/// Cut events into sessions
///
/// The events of a user, in order of time, are one session until a pause is longer than `max_separation_s` or the session
/// would last longer than `max_session_s`. With `"output": "sessions"` a row of the table is a session: the columns of
/// `group_by`, begin and end (`TimeGenerated_min`, `TimeGenerated_max`), the list of its events (`Operation_list`),
/// `duration` and `number_events`; `/v1/analysis/sequences` takes it so. With `"output": "events"` the rows are those that
/// were sent, user by user in order of time, with `session_ind`. The table can also be sent and answered in other forms; the
/// parameters then stand in the query string.
#[utoipa::path(
    tag = "analysis",
    operation_id = "sessionize_events",
    request_body(content(
        (
            SessionizeRequest = "application/json",
            example = json!({
                "rows": [
                    { "TimeGenerated": "2024-05-01T00:00:00Z", "UserId": "a@example.org", "Operation": "Get-User" },
                    { "TimeGenerated": "2024-05-01T00:00:30Z", "UserId": "a@example.org", "Operation": "Set-Mailbox" }
                ],
                "time_column": "TimeGenerated", "group_by": ["UserId"], "event_column": "Operation"
            })
        ),
        (String = "application/x-ndjson"),
    )),
    extensions(("x-scope" = json!("analyze"))),
    responses((
        status = OK,
        content((TableWith<SessionizeAnswer> = "application/json"), (String = "application/x-ndjson")),
        description = "The sessions, or the events with theirs.",
    )),
)]
#[post("/v1/analysis/sessionize")]
async fn sessionize_events(
    _: Allowed<scope::Analyze>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<SessionizeRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, answer) = services.work.run(move || cut(&table, &request)).await??;
    Ok(form.answer(table, &answer))
}

/// Rows in order of user and time, and where among them sessions begin.
struct Cut {
    times: Vec<i64>,
    rows: Vec<u32>,
    starts: Vec<usize>,
}

impl Cut {
    /// The rows of each session, of which there is at least one.
    fn sessions(&self) -> impl Iterator<Item = &[u32]> {
        let ends = self.starts.iter().copied().skip(1).chain([self.rows.len()]);
        self.starts.iter().zip(ends).map(|(start, end)| self.rows.get(*start..end).unwrap_or_default())
    }

    /// The time of a row.
    fn time(&self, row: Option<&u32>) -> i64 {
        row.and_then(|row| self.times.get(*row as usize)).copied().unwrap_or(NO_TIME)
    }
}

fn cut(table: &Table, request: &SessionizeRequest) -> Result<(Table, SessionizeAnswer), Problem> {
    let mut cut = Cut { times: Vec::new(), rows: Vec::new(), starts: Vec::new() };
    if table.row_count() > 0 {
        cut.times = times(table, "/time_column", &request.time_column)?;
        if let Some(events) = &request.event_column {
            column(table, "/event_column", events)?;
        }
        let limits = Limits { longest: request.max_session_s.0, pause: request.max_separation_s.0 };
        for mut group in groups::group(table, &request.group_by.0)? {
            group.retain(|row| cut.time(Some(row)) != NO_TIME);
            group.sort_by_key(|row| cut.time(Some(row)));
            let of_group: Vec<i64> = group.iter().map(|row| cut.time(Some(row))).collect();
            let before = cut.rows.len();
            cut.starts.extend(sessionize(&of_group, limits).map(|session| before + session.start));
            cut.rows.extend(group);
        }
    }
    let answer = SessionizeAnswer { sessions: cut.starts.len(), skipped_rows: table.row_count() - cut.rows.len() };
    let written = match request.output {
        Output::Events => events(table, &cut)?,
        Output::Sessions => sessions(table, request, &cut)?,
    };
    Ok((written, answer))
}

/// The events with the numbers of their sessions.
fn events(table: &Table, cut: &Cut) -> Result<Table, Problem> {
    const NUMBER: &str = "session_ind";
    let mut written = Table::default();
    for column in table.columns().iter().filter(|column| column.name() != NUMBER) {
        let cells = cut.rows.iter().map(|row| column.value(*row as usize));
        written.add(made(column.name(), column.kind(), cells)?)?;
    }
    let numbers = (0_i64..).zip(cut.sessions()).flat_map(|(number, rows)| rows.iter().map(move |_| number));
    written.add(made(NUMBER, ColumnType::Long, numbers)?)?;
    Ok(written)
}

/// A row for each session.
fn sessions(table: &Table, request: &SessionizeRequest, cut: &Cut) -> Result<Table, Problem> {
    let mut written = Table::default();
    for name in &request.group_by.0 {
        let first = |column: &Column, rows: &[u32]| {
            rows.first().map_or(Value::Null, |row| column.value(*row as usize)).into_owned()
        };
        let of_session = |column: &Column| made(name, column.kind(), cut.sessions().map(|rows| first(column, rows)));
        written.add(table.column(name).map_or_else(|| Ok(Column::new(name, ColumnType::String)), of_session)?)?;
    }
    let time = &request.time_column;
    let firsts = cut.sessions().map(|rows| datetime_of_ticks(cut.time(rows.first())));
    written.add(made(&format!("{time}_min"), ColumnType::Datetime, firsts)?)?;
    let lasts = cut.sessions().map(|rows| datetime_of_ticks(cut.time(rows.last())));
    written.add(made(&format!("{time}_max"), ColumnType::Datetime, lasts)?)?;
    if let Some(name) = &request.event_column {
        let events = table.column(name);
        let list = |rows: &[u32]| {
            let values: Vec<_> = rows.iter().filter_map(|row| Some(events?.value(*row as usize))).collect();
            // Values of cells are always JSON.
            Value::Dynamic(serde_json::to_string(&values).unwrap_or_default().into())
        };
        written.add(made(&format!("{name}_list"), ColumnType::Dynamic, cut.sessions().map(list))?)?;
    }
    let duration = |rows: &[u32]| {
        let ticks = cut.time(rows.last()).saturating_sub(cut.time(rows.first()));
        Value::Timespan(TimeDelta::microseconds(ticks / 10))
    };
    written.add(made("duration", ColumnType::Timespan, cut.sessions().map(duration))?)?;
    let events = cut.sessions().map(|rows| rows.len() as i64);
    written.add(made("number_events", ColumnType::Long, events)?)?;
    Ok(written)
}
