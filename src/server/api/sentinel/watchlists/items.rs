//! `/v1/sentinel/{workspace}/watchlists/{id}/items`: the rows of a watchlist.

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use model::{ColumnSpec, Rows};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        limits::RequestLimits,
        observables::deadline,
        problem::Problem,
        query_string::QueryString,
        sentinel::{OfObject, Patience, failed, space, tell},
        tables::{TableBody, TableForm, TakesRows},
    },
    sentinel::{
        object::table,
        watchlists::{
            Watchlist,
            items::{PutItem, PutOutcome, WatchlistItem, all_items, delete_item, put_items},
        },
    },
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_watchlist_items).service(put_watchlist_items).service(delete_watchlist_item);
}

/// Rows that a watchlist is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutRequest {
    /// The rows. One that has its value in the search key of an item, or its id in a column `_item_id`, becomes that item.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// What the columns of the rows hold, if that does not show.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<ColumnSpec>>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

impl TakesRows for PutRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// What became of the rows.
#[derive(Debug, Serialize, ToSchema)]
struct PutAnswer {
    /// One for each row, in their order.
    items: Vec<PutItem>,
    /// New items.
    created: usize,
    /// Items that have other values.
    updated: usize,
    /// Items that there were.
    unchanged: usize,
    /// Rows that Azure did not take.
    failed: usize,
}

/// An item of a watchlist.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
struct OfItem {
    /// A workspace, by its name in the settings, its own name or its id.
    #[param(example = "soc")]
    workspace: String,
    /// The alias, or a name that no other has.
    #[param(example = "HighValueAssets")]
    id: String,
    /// The id of the item.
    #[param(example = "82ba292c-dc97-4dfc-969d-d4dd9e666842")]
    item: String,
}

/// The items of a watchlist.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct ItemsAnswer {
    /// The columns, from left to right.
    columns: Vec<ColumnSpec>,
    /// The rows: the values of each item, and `_item_id` and `_updated`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// How many rows there are.
    row_count: u64,
    /// Whether rows were left out because there were too many.
    truncated: bool,
    /// The alias.
    watchlist: String,
}

#[derive(Serialize)]
struct Beside {
    watchlist: String,
}

/// List the items of a watchlist
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_watchlist_items",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, content(
        (ItemsAnswer = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "All items.")),
)]
#[get("/v1/sentinel/{workspace}/watchlists/{id}/items")]
async fn list_watchlist_items(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    form: TableForm,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let watchlist = space.id_of::<Watchlist>(&path.id).await.map_err(failed)?;
    let items = all_items(&space, &watchlist).await.map_err(failed)?;
    let rows: Vec<_> = items.into_iter().map(WatchlistItem::row).collect();
    Ok(form.answer(table(&rows)?, &Beside { watchlist }))
}

/// Create or update items of a watchlist
///
/// Each row by itself: one that fails does not take the others down.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "put_watchlist_items",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject),
    request_body(content((PutRequest = "application/json"), (String = "application/x-ndjson"))),
    responses((status = OK, body = PutAnswer, description = "What became of each row.")),
)]
#[post("/v1/sentinel/{workspace}/watchlists/{id}/items")]
async fn put_watchlist_items(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    limits: RequestLimits,
    request: TableBody<PutRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(PutRequest { rows, columns, deadline_ms }) = request;
    let space = space(&services, &path.workspace, deadline(deadline_ms, Instant::now())?)?;
    let rows = given::table(&services, rows, columns).await?;
    limits.check_items("/rows", rows.row_count())?;
    let items = put_items(&space, &path.id, &rows).await.map_err(failed)?;
    for item in items.iter().filter(|item| item.outcome != PutOutcome::Unchanged) {
        if let Some(id) = &item.id {
            tell(&allowed.caller, "put_watchlist_items", &space, id);
        }
    }
    let count = |outcome| items.iter().filter(|item| item.outcome == outcome).count();
    let [created, updated, unchanged, failed] =
        [PutOutcome::Created, PutOutcome::Updated, PutOutcome::Unchanged, PutOutcome::Error].map(count);
    Ok(HttpResponse::Ok().json(PutAnswer { items, created, updated, unchanged, failed }))
}

/// Delete an item of a watchlist
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_watchlist_item",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfItem, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/watchlists/{id}/items/{item}")]
async fn delete_watchlist_item(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfItem>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    delete_item(&space, &path.id, &path.item).await.map_err(failed)?;
    tell(&allowed.caller, "delete_watchlist_item", &space, &path.item);
    Ok(HttpResponse::NoContent().finish())
}
