//! What operations on text and events are given: a text, or the rows of a table; and what all of them say about rows.

use model::{ColumnSpec, Rows, Table};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use crate::services::Services;

/// Text up to this size is read at once; more has threads of its own.
pub(super) const SHORT: usize = 64 * 1024;

/// So many rows are named one by one; how many there are in all is told beside.
const MAX_NAMED: usize = 1_000;

/// A text or a table.
pub(super) enum Given {
    Text(String),
    Table(Table),
}

/// The text or the table of a request, one of which must be there.
pub(super) async fn text_or_table(
    services: &Services,
    text: Option<String>,
    rows: Option<Rows>,
    columns: Option<Vec<ColumnSpec>>,
) -> Result<Given, Problem> {
    match (text, rows) {
        (Some(_), None) if columns.is_some() => {
            Err(Problem::invalid_at("/columns", "columns belong to rows, not to text"))
        }
        (Some(text), None) => Ok(Given::Text(text)),
        (None, Some(rows)) => Ok(Given::Table(into_table(services, rows, columns).await?)),
        _ => Err(Problem::invalid_at("", "exactly one of text and rows is needed")),
    }
}

/// The table of a request that takes nothing else.
pub(super) async fn table(
    services: &Services,
    rows: Option<Rows>,
    columns: Option<Vec<ColumnSpec>>,
) -> Result<Table, Problem> {
    let rows = rows.ok_or_else(|| Problem::invalid_at("/rows", "missing field `rows`"))?;
    into_table(services, rows, columns).await
}

async fn into_table(services: &Services, rows: Rows, columns: Option<Vec<ColumnSpec>>) -> Result<Table, Problem> {
    Ok(services.work.run(move || rows.into_table(columns.as_deref())).await??)
}

/// The column that a parameter names, or else the first of those that are usual. A table without columns has no rows, and
/// needs none.
pub(super) fn pick(
    table: &Table,
    pointer: &str,
    named: Option<&str>,
    usual: &[&str],
) -> Result<Option<String>, Problem> {
    let has = |name: &&str| table.column(name).is_some();
    match named {
        _ if table.columns().is_empty() => Ok(None),
        Some(name) if has(&name) => Ok(Some(name.to_owned())),
        Some(_) => Err(Problem::invalid_at(pointer, "no row has this column")),
        None => Ok(usual.iter().copied().find(has).map(str::to_owned)),
    }
}

/// A column that must be there.
pub(super) fn need(
    table: &Table,
    pointer: &str,
    named: Option<&str>,
    usual: &[&str],
) -> Result<Option<String>, Problem> {
    let picked = pick(table, pointer, named, usual)?;
    if picked.is_none() && !table.columns().is_empty() {
        let usual = usual.join(", ");
        return Err(Problem::invalid_at(pointer, format!("say which column; there is none of {usual}")));
    }
    Ok(picked)
}

/// A row that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct RejectedRow {
    /// The row, or the line of a text, counted from 0.
    source_row: usize,
    /// Why.
    #[schema(example = "no_time")]
    reason: &'static str,
}

/// Rows that could not be used, as far as they are named.
pub(super) fn rejected(rows: impl IntoIterator<Item = (usize, &'static str)>) -> Vec<RejectedRow> {
    rows.into_iter().take(MAX_NAMED).map(|(source_row, reason)| RejectedRow { source_row, reason }).collect()
}

/// Whole numbers as tables have them.
pub(super) fn long(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
