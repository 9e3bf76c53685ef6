//! `/v1/powershell/format`: PowerShell that can be read.

use actix_web::{HttpResponse, post, web::Data};
use extract::format_powershell;
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{Given, SHORT, need, text_or_table},
    problem::Problem,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// Columns in which scripts usually stand.
const USUAL: &[&str] = &["ScriptBlockText", "CommandLine", "ProcessCommandLine", "Command"];

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(format_scripts);
}

/// A script, or the rows of a table with one each.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FormatRequest {
    /// The script.
    #[serde(default)]
    #[schema(nullable = false, example = "I`Nv`OKe-Ex`PResSion ('Get-'+'Date');If($A){$B=1}")]
    text: Option<String>,
    /// Rows with scripts instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// The column with the scripts.
    #[serde(default)]
    #[schema(nullable = false, example = "ScriptBlockText")]
    column: Option<String>,
}

impl TakesRows for FormatRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// The script; for a table its rows instead, with the column `formatted`.
#[derive(Debug, Serialize, ToSchema)]
struct FormatAnswer {
    /// The script, readable.
    #[schema(example = "invoke-expression ('Get-Date')\nif($a)\n{\n    $b=1\n}")]
    formatted: String,
}

#[derive(Serialize)]
struct Nothing {}

/// Format PowerShell so that it can be read
///
/// One statement a line, blocks indented, names in lower case, backticks that escape nothing and joints of texts taken away.
/// Texts and comments stay as they are. The result is for reading, not for running. For a table the answer is the table with
/// a column `formatted`.
#[utoipa::path(
    tag = "decode",
    operation_id = "format_powershell",
    request_body(content((FormatRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The script, or the rows.",
        content((FormatAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/powershell/format")]
async fn format_scripts(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<FormatRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(FormatRequest { text, rows, columns, column }) = request;
    match text_or_table(&services, text, rows, columns).await? {
        Given::Text(_) if column.is_some() => {
            Err(Problem::invalid_at("/column", "a column belongs to rows, not to text"))
        }
        Given::Text(text) => {
            let formatted = if text.len() <= SHORT {
                format_powershell(&text)
            } else {
                services.work.run(move || format_powershell(&text)).await?
            };
            Ok(HttpResponse::Ok().json(FormatAnswer { formatted }))
        }
        Given::Table(table) => {
            let column = need(&table, "/column", column.as_deref(), USUAL)?;
            let table = services.work.run(move || format_column(table, column.as_deref())).await??;
            Ok(form.answer(table, &Nothing {}))
        }
    }
}

fn format_column(table: Table, column: Option<&str>) -> Result<Table, Problem> {
    let Some(column) = column.and_then(|column| table.column(column)) else { return Ok(table) };
    let mut formatted = Column::new("formatted", ColumnType::String);
    for cell in column.iter() {
        let value = if cell.is_null() { Value::Null } else { format_powershell(&cell.to_text()).into() };
        formatted.push(value)?;
    }
    Ok(extract::beside(table, vec![formatted])?)
}
