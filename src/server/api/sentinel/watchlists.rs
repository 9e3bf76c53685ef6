//! `/v1/sentinel/{workspace}/watchlists`: tables that analysts keep.

mod items;

use actix_web::{
    HttpResponse, delete, get, post,
    web::{Data, Path},
};
use model::{ColumnSpec, Rows};
use serde::Deserialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, failed, space, tell};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        given,
        observables::deadline,
        problem::Problem,
        query_string::QueryString,
        tables::{TableBody, TableForm, TakesRows},
    },
    sentinel::watchlists::{NewWatchlist, Watchlist, create},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .service(list_watchlists)
        .service(read_watchlist)
        .service(create_watchlist)
        .service(delete_watchlist)
        .configure(items::routes);
}

/// A watchlist to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateRequest {
    /// The alias: queries know it by this name. No other may have it.
    #[schema(example = "HighValueAssets", min_length = 3, max_length = 64)]
    alias: String,
    /// The name that people know it by; the alias when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "High value assets")]
    name: Option<String>,
    /// What it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Who provides it.
    #[serde(default)]
    #[schema(nullable = false, default = "pivotd")]
    provider: Option<String>,
    /// What it is made from; the alias with `.csv` when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "assets.csv")]
    source: Option<String>,
    /// The column by which items are found.
    #[schema(example = "host")]
    search_key: String,
    /// The rows.
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

impl TakesRows for CreateRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// List the watchlists of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_watchlists",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<Watchlist> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The watchlists, without their items.")),
)]
#[get("/v1/sentinel/{workspace}/watchlists")]
async fn list_watchlists(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<Watchlist>(query.0.wanted(form)?).await.map_err(failed)?)
}

/// Read a watchlist
#[utoipa::path(
    tag = "sentinel",
    operation_id = "read_watchlist",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfObject, Patience),
    responses((status = OK, body = Watchlist, description = "The watchlist, without its items.")),
)]
#[get("/v1/sentinel/{workspace}/watchlists/{id}")]
async fn read_watchlist(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    Ok(HttpResponse::Ok().json(space.find::<Watchlist>(&path.id).await.map_err(failed)?))
}

/// Create a watchlist of rows
///
/// Sentinel takes the rows in by itself: `upload_status` of the watchlist says when all are there. Rows can also be sent as a
/// body of their own, with the parameters in the query string.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "create_watchlist",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfWorkspace),
    request_body(content((CreateRequest = "application/json"), (String = "application/x-ndjson"))),
    responses((status = CREATED, body = Watchlist, description = "The watchlist, whose rows are taken in.")),
)]
#[post("/v1/sentinel/{workspace}/watchlists")]
async fn create_watchlist(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    request: TableBody<CreateRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(CreateRequest { alias, name, description, provider, source, search_key, rows, columns, deadline_ms }) =
        request;
    let is_alias = (3..=64).contains(&alias.len())
        && alias.starts_with(|first: char| first.is_ascii_alphanumeric())
        && alias.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !is_alias {
        return Err(Problem::invalid_at("/alias", "3 to 64 letters, digits, hyphens and underscores are needed"));
    }
    let space = space(&services, &path.workspace, deadline(deadline_ms, Instant::now())?)?;
    let new = NewWatchlist {
        name: name.unwrap_or_else(|| alias.clone()),
        description,
        provider: provider.unwrap_or_else(|| "pivotd".to_owned()),
        source: source.unwrap_or_else(|| format!("{alias}.csv")),
        search_key,
        rows: given::table(&services, rows, columns).await?,
    };
    let watchlist = create(&space, &alias, new).await.map_err(failed)?;
    tell(&allowed.caller, "create_watchlist", &space, &alias);
    Ok(HttpResponse::Created().json(watchlist))
}

/// Delete a watchlist
///
/// With all its items. One whose rows are still taken in cannot be deleted.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "delete_watchlist",
    extensions(("x-scope" = json!("sentinel.write"))),
    params(OfObject, Patience),
    responses((status = NO_CONTENT, description = "It is deleted.")),
)]
#[delete("/v1/sentinel/{workspace}/watchlists/{id}")]
async fn delete_watchlist(
    allowed: Allowed<scope::SentinelWrite>,
    services: Data<Services>,
    path: Path<OfObject>,
    query: QueryString<Patience>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    let alias = space.delete::<Watchlist>(&path.id).await.map_err(failed)?;
    tell(&allowed.caller, "delete_watchlist", &space, &alias);
    Ok(HttpResponse::NoContent().finish())
}
