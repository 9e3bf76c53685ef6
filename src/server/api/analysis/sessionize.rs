//! `/v1/analysis/sessionize`: events cut into sessions.

use actix_web::{HttpResponse, post, web::Data};
use analysis::sessions::{Limits, sessionize};
use chrono::TimeDelta;
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    TableWith, groups,
    input::{NO_TIME, Names, column, instant, made, read_table, times},
    span::Span,
};
use crate::{
    api::{
        caller::{Allowed, scope},
        problem::Problem,
        tables::{TableBody, TableForm, TakesRows},
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(sessionize_events);
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
    request_body(content((SessionizeRequest = "application/json"), (String = "application/x-ndjson"))),
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
    let table = read_table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, answer) = services.work.run(move || cut(&table, &request)).await??;
    Ok(form.answer(table, &answer))
}

/// A session: its rows, among those that are sorted.
struct Session {
    rows: std::ops::Range<usize>,
    first: i64,
    last: i64,
}

fn cut(table: &Table, request: &SessionizeRequest) -> Result<(Table, SessionizeAnswer), Problem> {
    let (mut sorted, mut sessions) = (Vec::with_capacity(table.row_count()), Vec::new());
    if table.row_count() > 0 {
        let times = times(table, "/time_column", &request.time_column)?;
        let time = |row: u32| times.get(row as usize).copied().unwrap_or(NO_TIME);
        let limits = Limits { longest: request.max_session_s.0, pause: request.max_separation_s.0 };
        for mut group in groups::group(table, &request.group_by.0)? {
            group.retain(|row| time(*row) != NO_TIME);
            group.sort_by_key(|row| time(*row));
            let of_group: Vec<i64> = group.iter().map(|row| time(*row)).collect();
            let before = sorted.len();
            sessions.extend(sessionize(&of_group, limits).map(|rows| {
                let events = of_group.get(rows.clone()).unwrap_or_default();
                let (first, last) = (events.first().copied(), events.last().copied());
                let rows = before + rows.start..before + rows.end;
                Session { rows, first: first.unwrap_or_default(), last: last.unwrap_or_default() }
            }));
            sorted.extend(group);
        }
        if let Some(events) = &request.event_column {
            column(table, "/event_column", events)?;
        }
    }
    let answer = SessionizeAnswer { sessions: sessions.len(), skipped_rows: table.row_count() - sorted.len() };
    let written = match request.output {
        Output::Events => events(table, &sorted, &sessions)?,
        Output::Sessions => rows(table, request, &sorted, &sessions)?,
    };
    Ok((written, answer))
}

/// The events with the numbers of their sessions.
fn events(table: &Table, sorted: &[u32], sessions: &[Session]) -> Result<Table, Problem> {
    const NUMBER: &str = "session_ind";
    let mut written = Table::default();
    for column in table.columns().iter().filter(|column| column.name() != NUMBER) {
        let cells = sorted.iter().map(|row| column.value(*row as usize));
        written.add(made(column.name(), column.kind(), cells)?)?;
    }
    let numbers = (0_i64..).zip(sessions).flat_map(|(number, session)| session.rows.clone().map(move |_| number));
    written.add(made(NUMBER, ColumnType::Long, numbers)?)?;
    Ok(written)
}

/// A row for each session.
fn rows(table: &Table, request: &SessionizeRequest, sorted: &[u32], sessions: &[Session]) -> Result<Table, Problem> {
    let mut written = Table::default();
    let first_row = |session: &Session| sorted.get(session.rows.start).map_or(usize::MAX, |row| *row as usize);
    for name in &request.group_by.0 {
        let of_session = |column: &Column| {
            made(name, column.kind(), sessions.iter().map(|session| column.value(first_row(session))))
        };
        written.add(table.column(name).map_or_else(|| Ok(Column::new(name, ColumnType::String)), of_session)?)?;
    }
    let time = &request.time_column;
    let instants = |of: fn(&Session) -> i64| sessions.iter().map(move |session| instant(of(session)));
    written.add(made(&format!("{time}_min"), ColumnType::Datetime, instants(|session| session.first))?)?;
    written.add(made(&format!("{time}_max"), ColumnType::Datetime, instants(|session| session.last))?)?;
    if let Some(name) = &request.event_column {
        let events = table.column(name);
        let list = |session: &Session| {
            let rows = sorted.get(session.rows.clone()).unwrap_or_default();
            let values: Vec<_> = rows.iter().filter_map(|row| Some(events?.value(*row as usize))).collect();
            // Values of cells are always JSON.
            Value::Dynamic(serde_json::to_string(&values).unwrap_or_default().into())
        };
        written.add(made(&format!("{name}_list"), ColumnType::Dynamic, sessions.iter().map(list))?)?;
    }
    let duration =
        |session: &Session| Value::Timespan(TimeDelta::microseconds(session.last.saturating_sub(session.first) / 10));
    written.add(made("duration", ColumnType::Timespan, sessions.iter().map(duration))?)?;
    let events = sessions.iter().map(|session| session.rows.len() as i64);
    written.add(made("number_events", ColumnType::Long, events)?)?;
    Ok(written)
}
