//! `/v1/sentinel/{workspace}/data-connectors`: where a workspace gets its events from.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};

use super::{ListQuery, Listed, OfWorkspace, answer, failed, space};
use crate::{
    api::{
        Operations,
        caller::{Allowed, scope},
        problem::Problem,
        query_string::QueryString,
        tables::TableForm,
    },
    sentinel::data_connectors::DataConnector,
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_data_connectors);
}

/// List the data connectors of a workspace
#[utoipa::path(
    tag = "sentinel",
    operation_id = "list_data_connectors",
    extensions(("x-scope" = json!("sentinel.read"))),
    params(OfWorkspace, ListQuery),
    responses((status = OK, content(
        (Listed<DataConnector> = "application/json"),
        (String = "application/x-ndjson"),
    ), description = "The connectors.")),
)]
#[get("/v1/sentinel/{workspace}/data-connectors")]
async fn list_data_connectors(
    _: Allowed<scope::SentinelRead>,
    services: Data<Services>,
    path: Path<OfWorkspace>,
    form: TableForm,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let space = space(&services, &path.workspace, query.0.until()?)?;
    answer(form, space.list::<DataConnector>(query.0.wanted(form)?).await.map_err(failed)?)
}
