//! `/v1/windows-events`: what the events of Windows are.

use actix_web::{HttpResponse, get, post, web::Data};
use extract::windows_events::{Log, WindowsEvent, describe_events, windows_events};
use model::{ColumnSpec, Rows, Table};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{self, need, pick},
    problem::Problem,
    query_string::QueryString,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// Columns in which numbers and logs usually stand.
const IDS: &[&str] = &["EventID", "EventId", "event_id", "id"];
const LOGS: &[&str] = &["Channel", "EventSourceName", "SourceName", "Provider", "EventLog"];

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_windows_events).service(describe_windows_events);
}

/// Which events are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// The number of an event.
    #[param(example = 4688)]
    event_id: Option<u32>,
    /// The log that it is in.
    log: Option<Log>,
    /// A part of what it says, in any case.
    search: Option<String>,
}

/// The events that fit.
#[derive(Debug, Serialize, ToSchema)]
struct ListAnswer {
    /// By log and number.
    #[schema(inline = false)]
    items: Vec<WindowsEvent>,
}

/// List the events of Windows
///
/// Number, title and category of the events of the security log, the system log, Sysmon and PowerShell.
#[utoipa::path(
    tag = "events",
    operation_id = "list_windows_events",
    extensions(("x-scope" = json!("lookup"))),
    params(ListQuery),
    responses((status = OK, body = ListAnswer, description = "The events that fit.")),
)]
#[get("/v1/windows-events")]
async fn list_windows_events(_: Allowed<scope::Lookup>, query: QueryString<ListQuery>) -> HttpResponse {
    let QueryString(ListQuery { event_id, log, search }) = query;
    let search = search.map(|search| search.to_lowercase());
    let fits = |event: &&WindowsEvent| {
        event_id.is_none_or(|id| event.event_id == id)
            && log.is_none_or(|log| event.log == log)
            && search.as_ref().is_none_or(|search| event.description.to_lowercase().contains(search))
    };
    HttpResponse::Ok().json(ListAnswer { items: windows_events().iter().filter(fits).cloned().collect() })
}

/// Events of Windows.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DescribeRequest {
    /// The events.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the numbers of the events.
    #[serde(default)]
    #[schema(nullable = false, default = "EventID")]
    column: Option<String>,
    /// The column with the channel or the provider.
    #[serde(default)]
    #[schema(nullable = false, default = "Channel")]
    log_column: Option<String>,
    /// The log of rows that do not say theirs.
    #[serde(default)]
    #[schema(nullable = false)]
    log: Option<Log>,
}

impl TakesRows for DescribeRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
struct DescribeBeside {
    /// How many rows have an event that is not known.
    unknown_count: usize,
}

/// The rows, described.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct DescribeAnswer {
    /// The rows as sent, and `event_description`, `event_category`, `event_subcategory`: null where the event is not known.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: DescribeBeside,
}

/// Describe the events of Windows in a table
///
/// Adds what each event says and where the audit policy has it, by the number of the event and its log.
#[utoipa::path(
    tag = "events",
    operation_id = "describe_windows_events",
    request_body(content((DescribeRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The rows with descriptions.",
        content((DescribeAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/windows-events/describe")]
async fn describe_windows_events(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<DescribeRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (table, unknown_count) = services.work.run(move || describe(table, &request)).await??;
    Ok(form.answer(table, &DescribeBeside { unknown_count }))
}

fn describe(table: Table, request: &DescribeRequest) -> Result<(Table, usize), Problem> {
    let Some(id_column) = need(&table, "/column", request.column.as_deref(), IDS)? else { return Ok((table, 0)) };
    let log_column = pick(&table, "/log_column", request.log_column.as_deref(), LOGS)?;
    Ok(describe_events(table, &id_column, log_column.as_deref(), request.log.unwrap_or(Log::Security))?)
}
