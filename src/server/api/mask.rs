//! `/v1/mask`: tables without what identifies people and machines.

mod request;

use std::{collections::BTreeMap, sync::OnceLock};

use actix_web::{HttpResponse, post, web::Data};
use extract::mask::{Mask, Masking, default_masking};
use model::{ColumnSpec, Table};
use serde::Serialize;
use utoipa::ToSchema;

pub(super) use self::request::MaskRequest;
use super::{
    Operations,
    caller::{Allowed, scope},
    given,
    problem::Problem,
    tables::{TableBody, TableForm},
};
use crate::services::Services;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(mask_table);
}

/// What stands beside the rows.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MaskBeside {
    /// The columns that were masked, and how.
    masked: BTreeMap<String, String>,
    /// The columns that were not.
    unmasked: Vec<String>,
    /// Whether the masks come from a key that the caller sent. Those from the service's own differ after it has been started
    /// again, and from one replica to the next.
    reproducible: bool,
}

/// The rows, masked.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct MaskAnswer {
    /// The rows, masked.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// Their columns.
    columns: Vec<ColumnSpec>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    #[serde(flatten)]
    beside: MaskBeside,
}

/// Mask what identifies people and machines in a table
///
/// The same value has the same mask everywhere, with the same key always, so that what belongs together still does.
/// Addresses keep common prefixes and special networks, SIDs and accounts that every system has stay, a user's SID keeps its
/// last number. Columns of known tables are masked without being named.
#[utoipa::path(
    tag = "events",
    operation_id = "mask_table",
    request_body(content((MaskRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "The masked rows.",
        content((MaskAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/mask")]
async fn mask_table(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<MaskRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let table = given::table(&services, request.rows.take(), request.columns.take()).await?;
    let (masked, beside) = masked(&services, table, request).await?;
    Ok(form.answer(masked, &beside))
}

/// The rows of a table, masked.
pub(super) async fn masked(
    services: &Services,
    table: Table,
    mut request: MaskRequest,
) -> Result<(Table, MaskBeside), Problem> {
    let own = request.column_map.read()?;
    if let Some(missing) = request.key.as_ref().filter(|key| key.len() < MIN_KEY) {
        let detail = format!("a key of {} bytes can be guessed; at least {MIN_KEY} are needed", missing.len());
        return Err(Problem::invalid_at("/key", detail));
    }
    let use_default = request.use_default;
    let key = request.key.take();
    if let Some(name) = own.keys().find(|name| !table.columns().is_empty() && table.column(name).is_none()) {
        let name = name.replace('~', "~0").replace('/', "~1");
        return Err(Problem::invalid_at(format!("/column_map/{name}"), "no row has this column"));
    }
    let masking_of = move |name: &str| own.get(name).cloned().or_else(|| default_masking(name).filter(|_| use_default));
    let mut beside = MaskBeside { masked: BTreeMap::new(), unmasked: Vec::new(), reproducible: key.is_some() };
    for column in table.columns() {
        match masking_of(column.name()) {
            Some(masking) => {
                beside.masked.insert(column.name().to_owned(), masking.as_str().to_owned());
            }
            None => beside.unmasked.push(column.name().to_owned()),
        }
    }
    let masked = services.work.run(move || mask(table, key.as_deref(), masking_of)).await??;
    Ok((masked, beside))
}

/// The shortest key that is taken.
const MIN_KEY: usize = 8;

fn mask(table: Table, key: Option<&str>, masking_of: impl Fn(&str) -> Option<Masking>) -> Result<Table, Problem> {
    let mask = key.map_or_else(|| Mask::new(own_key()), |key| Mask::new(key.as_bytes()));
    Ok(mask.table(table, masking_of)?)
}

/// The key for those who send none: made when it is first needed, and known to nobody.
fn own_key() -> &'static [u8] {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    KEY.get_or_init(rand::random)
}
