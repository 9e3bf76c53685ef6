//! `/v1/auditd`: Linux audit records put together into events.

use actix_web::{HttpResponse, post, web::Data};
use extract::auditd::{self, AuditEvents, MESSAGE_COLUMN};
use model::{ColumnSpec, Rows, Table};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{Given, RejectedRow, need, rejected, text_or_table},
    problem::Problem,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(assemble_audit_records);
}

/// A log, or the rows of a table with a record each.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AuditRequest {
    /// The log: one record a line.
    #[serde(default)]
    #[schema(nullable = false, example = "type=CWD msg=audit(1551485405.594:7510): cwd=\"/root\"")]
    text: Option<String>,
    /// Rows with records instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the records: one in a cell, or a list of objects with those of one event by their types.
    #[serde(default)]
    #[schema(nullable = false, default = "AuditdMessage")]
    column: Option<String>,
    /// Only events of this type.
    #[serde(default)]
    #[schema(nullable = false, example = "SYSCALL_EXECVE")]
    event_type: Option<String>,
}

impl TakesRows for AuditRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What stands beside the events.
#[derive(Debug, Serialize, ToSchema)]
struct AuditBeside {
    /// How many records were read.
    records: usize,
    /// Lines or rows that are no audit record, the first 1,000 of them: `not_a_record`.
    rejected: Vec<RejectedRow>,
}

/// Events, one a row, in the order of their first records.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct AuditAnswer {
    /// `EventType` (the type of the first record, or `SYSCALL_EXECVE`), `TimeGenerated`, `mssg_id` (time and serial number),
    /// `Computer` if the records say which node, and every field of the records; for an execve also `cmdline`, the whole
    /// command line, and `paths`. Fields beyond 400 different ones are together in `other_fields`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many events there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: AuditBeside,
}

/// Put Linux audit records together into events
///
/// Records with the same time and serial number are one event. Fields that are written in hexadecimal are decoded, numbers
/// that mean "none" are -1. The events of programs that were started are what the process tree takes, as they are.
#[utoipa::path(
    tag = "events",
    operation_id = "assemble_audit_records",
    request_body(content((AuditRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The events.",
        content((AuditAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/auditd")]
async fn assemble_audit_records(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<AuditRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(AuditRequest { text, rows, columns, column, event_type }) = request;
    let event_type = event_type.filter(|event_type| !event_type.is_empty());
    let given = text_or_table(&services, text, rows, columns).await?;
    let events = services.work.run(move || read(given, column.as_deref(), event_type.as_deref())).await??;
    let beside = AuditBeside {
        records: events.records,
        rejected: rejected(events.rejected.into_iter().map(|row| (row, "not_a_record"))),
    };
    Ok(form.answer(events.table, &beside))
}

fn read(given: Given, column: Option<&str>, event_type: Option<&str>) -> Result<AuditEvents, Problem> {
    match given {
        Given::Text(_) if column.is_some() => {
            Err(Problem::invalid_at("/column", "a column belongs to rows, not to text"))
        }
        Given::Text(text) => Ok(auditd::read_log(&text, event_type)?),
        Given::Table(table) => match need(&table, "/column", column, &[MESSAGE_COLUMN, "message", "msg"])? {
            Some(column) => Ok(auditd::read_table(table, &column, event_type)?),
            None => Ok(AuditEvents { table: Table::default(), rejected: Vec::new(), records: 0 }),
        },
    }
}
