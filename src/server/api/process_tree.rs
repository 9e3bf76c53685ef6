//! `/v1/process-tree`: which process started which, of the events in a table.

mod request;

use actix_web::{HttpRequest, HttpResponse, http::header, post, web::Data};
use extract::process_tree::{Nested, ProcessTree, Relation, Relative, Summary};
use model::{Column, ColumnSpec, ColumnType, Table};
use serde::Serialize;
use utoipa::ToSchema;

use self::request::Format;
pub(super) use self::request::ProcessTreeRequest;
use super::{
    Operations,
    accept::choose,
    caller::{Allowed, scope},
    given::{self, RejectedRow, rejected},
    problem::Problem,
    tables::{TableBody, TableForm},
};
use crate::services::Services;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(build_process_tree);
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
struct Beside {
    /// The tree in numbers.
    summary: Summary,
    /// Rows that are no part of the tree, the first 1,000 of them: `no_process_id`, `no_time` or `duplicate`.
    rejected: Vec<RejectedRow>,
}

/// Processes, one a row, each after its parent, siblings in the order of time.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct ProcessTreeAnswer {
    /// The columns of the events, and: `proc_key` (`name|number|time`, in lower case), `parent_key`, `path` (the indices of
    /// the process and of those above it; sorts as the tree does; of more than 64 levels the lowest 64), `depth` (0 for a
    /// root), `is_root`, `is_leaf`, `is_branch`, `source_index`, `parent_index`, `source_row` (the row of the event, counted
    /// from 0; null for an inferred process), `outcome` (observed; inferred: only its children tell of it; cycle_cut: it was
    /// cut from a parent that descends from it), and `relation` when a process was named. A column of the events that has one
    /// of these names is kept with `source_` before it.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many processes there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    /// With `format` `nested`, in place of the rows: the trees. Each process has `proc_key`, `process_name`, `process_id`,
    /// `time`, `command_line`, `user`, `host`, `depth`, `source_row`, `outcome` and `children`. At the 48th level
    /// `descendants_left_out` says how many more there are.
    #[schema(value_type = Vec<Object>)]
    trees: Vec<()>,
    #[serde(flatten)]
    beside: Beside,
}

/// The trees in place of the rows.
#[derive(Serialize)]
struct Trees<'a> {
    trees: Nested<'a>,
    #[serde(flatten)]
    beside: &'a Beside,
}

/// Build the process tree of a table of events
///
/// The schema is found by the columns, or named. The parent of a process is the latest one of that number and name on its
/// host that began no later; Defender's tables state it. Parents that no event shows are inferred from their children, and
/// circles are cut and said. With `process`, the answer has that process and its relatives only.
#[utoipa::path(
    tag = "events",
    operation_id = "build_process_tree",
    request_body(content(
        (ProcessTreeRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"),
    )),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The processes, or with `format` `nested` the trees.",
        content((ProcessTreeAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/process-tree")]
async fn build_process_tree(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    asked: HttpRequest,
    request: TableBody<ProcessTreeRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    // In a query string, as for other forms of a table, it is understood beside JSON, too.
    if asked.query_string().split('&').any(|parameter| parameter == "format=nested") {
        request.format = Format::Nested;
    }
    let form = match request.format {
        Format::Table => choose(&asked, TableForm::OFFERS)?,
        Format::Nested => choose(&asked, &[("application/json", TableForm::Json)])?,
    };
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let built = services.work.run(move || build(table, &request)).await??;
    Ok(match built {
        Built::Rows(table, beside) => form.answer(table, &beside),
        Built::Json(json) => {
            HttpResponse::Ok().insert_header((header::VARY, "Accept")).content_type("application/json").body(json)
        }
    })
}

/// The rows alone, for one who has the table already.
pub(super) fn rows(table: Table, mut request: ProcessTreeRequest) -> Result<Table, Problem> {
    request.format = Format::Table;
    match build(table, &request)? {
        Built::Rows(table, _) => Ok(table),
        Built::Json(_) => Ok(Table::default()),
    }
}

enum Built {
    Rows(Table, Beside),
    Json(Vec<u8>),
}

fn build(table: Table, request: &ProcessTreeRequest) -> Result<Built, Problem> {
    let schema = request.schema(&table)?;
    let tree = ProcessTree::build(&table, schema)?;
    let beside = Beside {
        summary: tree.summary(),
        rejected: rejected(tree.rejected().map(|(row, reason)| (row, reason.as_str()))),
    };
    let named = request.process(&tree)?;
    if request.format == Format::Nested {
        let trees = Trees { trees: Nested { tree: &tree, table: &table, top: named }, beside: &beside };
        // Nothing in it can fail to serialise.
        return Ok(Built::Json(serde_json::to_vec(&trees).unwrap_or_default()));
    }
    let Some(process) = named else {
        let table = tree.to_table(table, tree.in_order())?;
        return Ok(Built::Rows(table, beside));
    };
    let is_asked = |relative: &Relative| relative.relation.is_among(&request.relations);
    let relatives: Vec<_> = tree.relatives(process).into_iter().filter(is_asked).collect();
    let processes: Vec<_> = relatives.iter().map(|relative| relative.process).collect();
    let mut table = tree.to_table(table, &processes)?;
    let words = relatives.iter().map(|relative| Relation::as_str(relative.relation));
    table.add(Column::of("relation", ColumnType::String, words)?)?;
    Ok(Built::Rows(table, beside))
}
