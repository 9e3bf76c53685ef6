//! `/v1/syslog`: sessions of sudo, and logons.

use actix_web::{HttpResponse, post, web::Data};
use chrono::{Datelike as _, Utc};
use extract::{
    command_line::Rules,
    decode::{Decoder, Options},
    syslog::{self, Columns, Ending, Entries, Session},
};
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{Given, RejectedRow, long, need, pick, rejected, text_or_table},
    problem::Problem,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// Columns in which time, message and host usually stand.
const TIMES: &[&str] = &["TimeGenerated", "EventTime", "timestamp", "time"];
const MESSAGES: &[&str] = &["SyslogMessage", "message", "Message"];
const HOSTS: &[&str] = &["HostName", "Computer", "host"];
const PROCESS_IDS: &[&str] = &["ProcessID", "ProcessId", "pid"];

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(pair_sudo_sessions).service(pair_logons);
}

/// A log, or the rows of a table with a message each.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SyslogRequest {
    /// The log: one message a line, in the form of RFC 3164 or with a time as in RFC 3339.
    #[serde(default)]
    #[schema(
        nullable = false,
        example = "Jul  8 16:08:05 web1 sudo:    peteb : TTY=pts/0 ; PWD=/home/peteb ; USER=root ; COMMAND=/usr/bin/top"
    )]
    text: Option<String>,
    /// Rows with messages instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the times.
    #[serde(default)]
    #[schema(nullable = false, default = "TimeGenerated")]
    time_column: Option<String>,
    /// The column with the messages.
    #[serde(default)]
    #[schema(nullable = false, default = "SyslogMessage")]
    message_column: Option<String>,
    /// The column with the hosts.
    #[serde(default)]
    #[schema(nullable = false, default = "HostName")]
    host_column: Option<String>,
    /// The year of lines that do not say theirs; this year when left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1970, maximum = 9999)]
    year: Option<i32>,
}

impl TakesRows for SyslogRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the sessions.
#[derive(Debug, Serialize, ToSchema)]
struct SyslogBeside {
    /// Rows about sessions that could not be used, the first 1,000 of them: `no_time`.
    rejected: Vec<RejectedRow>,
}

/// Sessions of sudo, one a row, in the order of their beginnings.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct SudoSessionsAnswer {
    /// `host`, `service` (sudo, su), `user` (as whom), `by` (who), `start`, `end`, `duration_s`, `outcome` (closed; open: its end is
    /// not in the log; no_start: only its end is; no_session: only the command is; denied), `commands`, `command_count`,
    /// `risky`, `risk_score`, `risks`, `reason` (why it was denied), `source_row` (counted from 0).
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many sessions there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: SyslogBeside,
}

/// Logons, one a row, in the order of their beginnings.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct LogonsAnswer {
    /// `host`, `service` (sshd, login, cron …), `user`, `by`, `start`, `end`, `duration_s`, `outcome` (closed; open; no_start;
    /// failed), `method` (password, publickey …), `source_address`, `source_row` (counted from 0).
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many logons there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: SyslogBeside,
}

/// Put sessions of sudo together from syslog
///
/// From PAM's openings and closings and sudo's commands: who acted as whom, from when to when, what was done, and how risky
/// that is by the rules for command lines.
#[utoipa::path(
    tag = "events",
    operation_id = "pair_sudo_sessions",
    request_body(content((SyslogRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The sessions.",
        content((SudoSessionsAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/syslog/sudo-sessions")]
async fn pair_sudo_sessions(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<SyslogRequest>,
) -> Result<HttpResponse, Problem> {
    answer(&services, form, request.0, true).await
}

/// Put logons together from syslog
///
/// From PAM's openings and closings of all services but sudo and su, and what sshd says: who was logged on, from when to when,
/// from where, and which logons failed.
#[utoipa::path(
    tag = "events",
    operation_id = "pair_logons",
    request_body(content((SyslogRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The logons.",
        content((LogonsAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/syslog/logons")]
async fn pair_logons(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<SyslogRequest>,
) -> Result<HttpResponse, Problem> {
    answer(&services, form, request.0, false).await
}

async fn answer(
    services: &Services,
    form: TableForm,
    mut request: SyslogRequest,
    of_sudo: bool,
) -> Result<HttpResponse, Problem> {
    let given = text_or_table(services, request.text.take(), request.rows.take(), request.columns.take()).await?;
    let year = request.year.unwrap_or_else(|| Utc::now().year());
    if !(1970..=9999).contains(&year) {
        return Err(Problem::invalid_at("/year", "must be from 1970 to 9999"));
    }
    let (table, beside) = services.work.run(move || pair(&given, &request, year, of_sudo)).await??;
    Ok(form.answer(table, &beside))
}

fn pair(given: &Given, request: &SyslogRequest, year: i32, of_sudo: bool) -> Result<(Table, SyslogBeside), Problem> {
    let mut entries = match given {
        Given::Text(text) => syslog::read_log(text, year),
        Given::Table(table) => read(table, request)?,
    };
    let unreadable = std::mem::take(&mut entries.unreadable);
    let beside = SyslogBeside { rejected: rejected(unreadable.into_iter().map(|row| (row, "no_time"))) };
    let sessions = syslog::sessions(entries).into_iter().filter(|session| session.is_sudo() == of_sudo);
    let columns = if of_sudo { sudo_columns(sessions)? } else { logon_columns(sessions) };
    Ok((Table::new(columns)?, beside))
}

fn read<'t>(table: &'t Table, request: &SyslogRequest) -> Result<Entries<'t>, Problem> {
    let time = need(table, "/time_column", request.time_column.as_deref(), TIMES)?;
    let message = need(table, "/message_column", request.message_column.as_deref(), MESSAGES)?;
    let host = pick(table, "/host_column", request.host_column.as_deref(), HOSTS)?;
    let process_id = pick(table, "/process_id", None, PROCESS_IDS)?;
    let (Some(time), Some(message)) = (time, message) else { return Ok(Entries::default()) };
    let columns =
        Columns { time, message, hosts: host.into_iter().collect(), process_id: process_id.unwrap_or_default() };
    Ok(syslog::read_table(table, &columns)?)
}

/// What every session has.
const COMMON: [(&str, ColumnType); 8] = [
    ("host", ColumnType::String),
    ("service", ColumnType::String),
    ("user", ColumnType::String),
    ("by", ColumnType::String),
    ("start", ColumnType::Datetime),
    ("end", ColumnType::Datetime),
    ("duration_s", ColumnType::Real),
    ("outcome", ColumnType::String),
];

/// The row of a session stands last.
const SOURCE_ROW: (&str, ColumnType) = ("source_row", ColumnType::Long);

fn new_columns(own: &[(&'static str, ColumnType)]) -> Vec<Column> {
    COMMON.iter().chain(own).chain([&SOURCE_ROW]).map(|(name, kind)| Column::new(*name, *kind)).collect()
}

fn push<'v>(columns: &mut [Column], session: &'v Session<'v>, own: impl IntoIterator<Item = Value<'v>>) {
    let duration = match (session.start, session.end) {
        (Some(start), Some(end)) if session.ending == Ending::Closed => Some((end - start).as_seconds_f64()),
        _ => None,
    };
    let common: [Value<'v>; COMMON.len()] = [
        session.host.as_deref().into(),
        session.service.into(),
        session.user.into(),
        session.by.into(),
        session.start.into(),
        session.end.into(),
        duration.into(),
        session.ending.as_str().into(),
    ];
    let row = Value::Long(long(session.source_row));
    for (column, cell) in columns.iter_mut().zip(common.into_iter().chain(own).chain([row])) {
        // Each cell is of the type of its column.
        let _ = column.push(cell);
    }
}

fn sudo_columns<'t>(sessions: impl Iterator<Item = Session<'t>>) -> Result<Vec<Column>, Problem> {
    let rules = Rules::with(&[], true)?;
    let mut decoder = Decoder::new(Options { max_layers: usize::MAX, ..Options::default() });
    let mut columns = new_columns(&[
        ("commands", ColumnType::Dynamic),
        ("command_count", ColumnType::Long),
        ("risky", ColumnType::Bool),
        ("risk_score", ColumnType::Long),
        ("risks", ColumnType::Dynamic),
        ("reason", ColumnType::String),
    ]);
    for session in sessions {
        let commands = session.command.as_slice();
        let risk = session.command.map(|command| rules.judge(command, &mut decoder));
        let hit = risk.iter().flat_map(|risk| &risk.rules);
        let names: Vec<_> = hit.filter_map(|rule| rules.all().get(*rule)).map(|rule| &rule.name).collect();
        let list = |json: Result<String, serde_json::Error>| Value::Dynamic(json.unwrap_or_default().into());
        let own = [
            list(serde_json::to_string(commands)),
            long(commands.len()).into(),
            (!names.is_empty()).into(),
            i64::from(risk.map_or(0, |risk| risk.score)).into(),
            list(serde_json::to_string(&names)),
            session.reason.into(),
        ];
        push(&mut columns, &session, own);
    }
    Ok(columns)
}

fn logon_columns<'t>(sessions: impl Iterator<Item = Session<'t>>) -> Vec<Column> {
    let mut columns = new_columns(&[("method", ColumnType::String), ("source_address", ColumnType::String)]);
    for session in sessions {
        let own = [session.method.into(), session.source_address.into()];
        push(&mut columns, &session, own);
    }
    columns
}
