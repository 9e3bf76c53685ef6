//! `GET /v1/sentinel/{workspace}/incidents`: one page of them, or the rows of all.

use std::{io, pin::Pin, time::Duration};

use actix_web::{
    HttpResponse, get,
    http::header,
    web::{Data, Path},
};
use bytes::Bytes;
use futures::{Stream, StreamExt as _, TryStreamExt as _, stream};
use model::{Table, table};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};
use utoipa::IntoParams;

use super::{Listed, OfWorkspace, answer, mistaken, space};
use crate::{
    api::{
        Operations,
        arm::problem,
        caller::{Allowed, scope},
        observables::deadline,
        page,
        problem::Problem,
        query_string::QueryString,
        tables::{NDJSON, TableForm},
    },
    arm::ArmError,
    sentinel::{
        incidents::{Incident, Listing, rows},
        object::read_all,
        pages::{Page, Place},
        space::Space,
    },
    services::Services,
    upstream::SendError,
};

/// Incidents in one page of Azure, when all are wanted: the first is there soon, and a thousand take not too many requests.
const AT_ONCE: usize = 500;

/// How long rows are passed on, once the first are there.
const LONGEST: Duration = Duration::from_mins(10);

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_incidents);
}

/// Which incidents are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct IncidentQuery {
    /// A filter of OData over Azure's own names.
    #[param(example = "properties/status eq 'New' and properties/severity eq 'High'")]
    filter: Option<String>,
    /// An order of OData.
    #[param(example = "properties/createdTimeUtc desc")]
    order_by: Option<String>,
    /// At most so many. Forms that are rows alone have all when it is left out.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before, with the same filter and order.
    cursor: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[param(minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// List incidents
///
/// One page as JSON. As NDJSON and CSV all that fit, passed on while Azure is still asked for the rest: one row for each, with
/// the columns that MSTICPy gives incidents and all properties in one more. Other forms have all as well.
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_incidents",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, IncidentQuery),
    responses((status = OK, content(
        (Listed<Incident> = "application/json"),
        (String = "application/x-ndjson"),
        (String = "text/csv"),
    ), description = "The incidents.")),
)]
#[get("/v1/sentinel/{workspace}/incidents")]
async fn list_incidents(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<IncidentQuery>,
) -> Result<HttpResponse, Problem> {
    let IncidentQuery { filter, order_by, limit, cursor, deadline_ms } = query.0;
    let due = deadline(deadline_ms, Instant::now())?;
    let space = space(&services, &path.workspace, due)?;
    let listing = Listing { filter, order_by };
    if form == TableForm::Json {
        let place = Place::read(cursor.as_deref()).map_err(mistaken)?;
        let mut request = listing.request(&space, page::length(limit)?);
        if let Some(token) = place.token {
            request = request.query("$skipToken", token);
        }
        let page = space.azure.arm.page(&space.azure.account, &request, due).await.map_err(|error| problem(&error))?;
        let next = page.skip_token.map(|token| Place { token: Some(token), skip: 0 }.cursor());
        return answer::<Incident>(form, Page { items: read_all(page.items)?, next });
    }
    if cursor.is_some() {
        return Err(Problem::invalid_at("/cursor", "only pages of JSON have one"));
    }
    let most = limit.map_or(Ok(usize::MAX), |limit| page::length(Some(limit)))?;
    let tables = tables(&space, &listing, most, due).await?;
    match form {
        TableForm::Ndjson => Ok(streamed(NDJSON, tables, false)),
        TableForm::Csv => Ok(streamed("text/csv; charset=utf-8; header=present", tables, true)),
        _ => {
            let mut all = rows::table(&[])?;
            for table in tables.try_collect::<Vec<_>>().await.map_err(|error| problem(&error))? {
                all.append(&table)?;
            }
            Ok(form.answer(all, &()))
        }
    }
}

type Tables = Pin<Box<dyn Stream<Item = Result<Table, ArmError>>>>;

/// All incidents, as one table for each page of Azure. The first is there already, so that what is wrong is known before
/// anything is sent.
async fn tables(space: &Space, listing: &Listing, most: usize, due: Instant) -> Result<Tables, Problem> {
    let request = listing.request(space, AT_ONCE.min(most));
    let mut left = most;
    let until = due.max(Instant::now() + LONGEST);
    let pages = space.azure.arm.pages(space.azure.account.clone(), request, until);
    let tables = pages.map(move |page| {
        let mut items = page?.items;
        items.truncate(left);
        left -= items.len();
        let is_last = left == 0;
        let table = rows::table(&items).map_err(|_| ArmError::Unreadable("the incidents make no table"))?;
        Ok((table, is_last))
    });
    // What is behind the last row that is wanted is not asked for.
    let tables = tables.scan(false, |is_over, table| {
        let go_on = !*is_over;
        *is_over = matches!(&table, Ok((_, true)));
        std::future::ready(go_on.then(|| table.map(|(table, _)| table)))
    });
    let mut tables: Tables = Box::pin(tables);
    let first = timeout_at(due, tables.next()).await.unwrap_or(Some(Err(SendError::Timeout.into())));
    let first = first.transpose().map_err(|error| problem(&error))?;
    Ok(Box::pin(stream::iter(first.map(Ok)).chain(tables)))
}

/// Rows as they come. A stream that breaks off must not look whole.
fn streamed(media: &'static str, tables: Tables, is_csv: bool) -> HttpResponse {
    let mut is_first = true;
    let pieces = tables.map(move |table| {
        let table = table.map_err(|error| io::Error::other(error.to_string()))?;
        let mut out = Vec::new();
        let all = 0..table.row_count();
        if is_csv {
            if std::mem::take(&mut is_first) {
                table::csv::write_header(&table, &mut out)?;
            }
            table::csv::write(&table, all, &mut out)?;
        } else {
            table::ndjson::write(&table, all, &mut out)?;
        }
        Ok::<_, io::Error>(Bytes::from(out))
    });
    let pieces = pieces.try_filter(|piece| std::future::ready(!piece.is_empty()));
    HttpResponse::Ok().insert_header((header::VARY, "Accept")).content_type(media).streaming(pieces)
}
