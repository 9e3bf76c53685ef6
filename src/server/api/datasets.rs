//! `/v1/datasets`: OTRF's Security Datasets, found by what was done.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    caller::{Allowed, scope},
    mitre::no_such_tactic,
    observables::deadline,
    problem::{Kind, Problem},
    query_string::QueryString,
};
use crate::{
    datasets::{DataSet, Wanted, attack},
    services::Services,
};

/// Data sets in one page.
const PAGE: usize = 100;

/// The most data sets in one page.
const MOST_IN_PAGE: usize = 1_000;

/// The routes of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(list_datasets).service(describe_dataset);
}

/// Which data sets are meant. All that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// A technique of ATT&CK, which also means its parts.
    #[param(example = "T1059")]
    technique: Option<String>,
    /// A tactic of ATT&CK, by id or name.
    #[param(example = "TA0008")]
    tactic: Option<String>,
    /// The system on which it was recorded.
    #[param(example = "Windows")]
    platform: Option<String>,
    /// Words that all occur in it, in any case: in its title, description, tags, techniques, files.
    #[param(example = "empire psexec")]
    search: Option<String>,
    /// At most so many.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DescribeQuery {
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
}

/// The data sets that fit.
#[derive(Debug, Serialize, ToSchema)]
struct DataSetPage {
    /// By id.
    items: Vec<DataSet>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// List recorded attacks
///
/// The catalogue of OTRF's Security Datasets, fetched from its publisher when it is first asked for and kept for a while.
#[utoipa::path(
    tag = "datasets",
    operation_id = "list_datasets",
    extensions(("x-scope" = json!("query"))),
    params(ListQuery),
    responses((status = OK, body = DataSetPage, description = "The data sets that fit.")),
)]
#[get("/v1/datasets")]
async fn list_datasets(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let ListQuery { technique, tactic, platform, search, limit, cursor, deadline_ms } = query.0;
    let limit = limit.unwrap_or(PAGE);
    if !(1..=MOST_IN_PAGE).contains(&limit) {
        return Err(Problem::invalid_at("/limit", format!("must be from 1 to {MOST_IN_PAGE}")));
    }
    if tactic.as_deref().is_some_and(|text| attack::tactic(text).is_none()) {
        return Err(no_such_tactic("/tactic"));
    }
    let sets = services.datasets.all(deadline(deadline_ms, Instant::now())?).await?;
    let wanted = Wanted { technique, tactic, platform, search };
    let fits = |set: &&DataSet| wanted.fits(set) && cursor.as_deref().is_none_or(|after| set.id.as_str() > after);
    let mut items: Vec<_> = sets.iter().filter(fits).take(limit + 1).cloned().collect();
    let next = (items.len() > limit).then(|| items.pop()).flatten().and(items.last()).map(|set| set.id.clone());
    Ok(HttpResponse::Ok().json(DataSetPage { items, next }))
}

/// Describe a recorded attack
#[utoipa::path(
    tag = "datasets",
    operation_id = "describe_dataset",
    extensions(("x-scope" = json!("query"))),
    params(("id" = String, Path, description = "The id of the data set.", example = "SDWIN-201022015432"), DescribeQuery),
    responses((status = OK, body = DataSet, description = "The data set.")),
)]
#[get("/v1/datasets/{id}")]
async fn describe_dataset(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    id: Path<String>,
    query: QueryString<DescribeQuery>,
) -> Result<HttpResponse, Problem> {
    let sets = services.datasets.all(deadline(query.0.deadline_ms, Instant::now())?).await?;
    let set = sets.iter().find(|set| set.id.eq_ignore_ascii_case(&id)).ok_or_else(no_such_set)?;
    Ok(HttpResponse::Ok().json(set))
}

fn no_such_set() -> Problem {
    Problem::new(Kind::Missing).detail("there is no data set with this id")
}
