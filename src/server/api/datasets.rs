//! `/v1/datasets`: OTRF's Security Datasets, found by what was done.

use std::sync::Arc;

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    mitre::no_such_tactic,
    observables::deadline,
    page,
    problem::{Kind, Problem},
    query_string::QueryString,
};
use crate::{
    datasets::{DataSet, DataSetFile, Wanted, attack},
    queries::{LoadedTable, SourceHere},
    services::Services,
};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_datasets).service(describe_dataset).service(load_dataset);
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

/// Where a data set is loaded.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct LoadRequest {
    /// The source that gets the tables: one of kind `local`.
    #[schema(nullable = false, default = "local", example = "local")]
    source: Option<String>,
    /// The table that gets the rows of all files; each file its own, named for it, when left out.
    #[schema(nullable = false, example = "SecurityEvent")]
    table: Option<String>,
    /// When the answer is due, in milliseconds. At most 100000.
    #[schema(nullable = false, minimum = 1, maximum = 100_000, default = 8000)]
    deadline_ms: Option<u64>,
}

/// What was loaded.
#[derive(Debug, Serialize, ToSchema)]
struct LoadAnswer {
    /// The data set.
    id: String,
    /// The source that has the tables now.
    source: String,
    /// The tables.
    tables: Vec<LoadedTable>,
    /// Files that are no tables, and why.
    skipped: Vec<SkippedFile>,
}

/// A file that is no table.
#[derive(Debug, Serialize, ToSchema)]
struct SkippedFile {
    /// Its name.
    file: String,
    /// Why.
    reason: String,
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
    let length = page::length(limit)?;
    if tactic.as_deref().is_some_and(|text| attack::tactic(text).is_none()) {
        return Err(no_such_tactic("/tactic"));
    }
    let sets = services.datasets.all(deadline(deadline_ms, Instant::now())?).await?;
    let wanted = Wanted { technique, tactic, platform, search };
    let fits = |set: &&DataSet| wanted.fits(set) && cursor.as_deref().is_none_or(|after| set.id.as_str() > after);
    let (items, next) = page::page(sets.iter().filter(fits).cloned(), length, |set| set.id.clone());
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

/// Load a recorded attack
///
/// Its archives are fetched and become tables of a local source until the process ends or its settings are read again: queries find them at once.
#[utoipa::path(
    tag = "datasets",
    operation_id = "load_dataset",
    extensions(("x-scope" = json!("query"))),
    params(("id" = String, Path, description = "The id of the data set.", example = "SDWIN-201022015432")),
    request_body = LoadRequest,
    responses((status = OK, body = LoadAnswer, description = "The tables.")),
)]
#[post("/v1/datasets/{id}/load")]
async fn load_dataset(
    _: Allowed<scope::Query>,
    services: Data<Services>,
    id: Path<String>,
    request: Body<LoadRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(LoadRequest { source, table, deadline_ms }) = request;
    let due = deadline(deadline_ms, Instant::now())?;
    let name = source.unwrap_or_else(|| "local".to_owned());
    let no_such = || Problem::invalid_at("/source", "no source of kind local has this name");
    let source = services.queries.source(&name).filter(|source| source.facts().id == "local").ok_or_else(no_such)?;
    let sets = services.datasets.all(due).await?;
    let set = sets.iter().find(|set| set.id.eq_ignore_ascii_case(&id)).ok_or_else(no_such_set)?;
    let (mut tables, mut skipped) = (Vec::<LoadedTable>::new(), Vec::new());
    for file in &set.files {
        match load(&services, &source, file, table.as_deref(), due).await {
            Ok(loaded) => {
                tables.retain(|table| table.name != loaded.name);
                tables.push(loaded);
            }
            Err(reason) => skipped.push(SkippedFile { file: file.name().to_owned(), reason }),
        }
    }
    Ok(HttpResponse::Ok().json(LoadAnswer { id: set.id.clone(), source: name, tables, skipped }))
}

/// Fetches a file and loads it; why not, if not.
async fn load(
    services: &Services,
    source: &Arc<SourceHere>,
    file: &DataSetFile,
    table: Option<&str>,
    due: Instant,
) -> Result<LoadedTable, String> {
    let bytes = services.datasets.fetch(file, due).await.map_err(|error| error.to_string())?;
    let (source, name) = (Arc::clone(source), file.name().to_owned());
    let table = table.map_or_else(|| name.trim_end_matches(".zip").to_owned(), str::to_owned);
    let loading =
        services.work.run(move || source.load(&table, &name, &bytes)).await.map_err(|error| error.to_string())?;
    match loading {
        Some(loaded) => loaded.map_err(|trouble| trouble.message),
        None => Err("the source takes no files".to_owned()),
    }
}

fn no_such_set() -> Problem {
    Problem::new(Kind::Missing).detail("there is no data set with this id")
}
