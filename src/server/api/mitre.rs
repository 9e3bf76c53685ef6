//! `/v1/mitre`: the tactics and techniques of ATT&CK, by which data sets are found.

use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    caller::{Allowed, scope},
    page,
    problem::Problem,
    query_string::QueryString,
};
use crate::datasets::attack;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_tactics).service(list_techniques);
}

/// All tactics.
#[derive(Debug, Serialize, ToSchema)]
struct TacticList {
    /// The version of ATT&CK.
    #[schema(example = "17.0")]
    version: &'static str,
    /// In the order of the matrix.
    items: Vec<TacticItem>,
}

/// Why something is done.
#[derive(Debug, Serialize, ToSchema)]
struct TacticItem {
    /// Its id.
    #[schema(example = "TA0008")]
    id: &'static str,
    /// Its name.
    #[schema(example = "Lateral Movement")]
    name: &'static str,
    /// Its page for people.
    reference: String,
}

/// Which techniques are meant. All that is given must fit.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TechniqueQuery {
    /// A tactic that they serve, by id or name.
    #[param(example = "TA0008")]
    tactic: Option<String>,
    /// Words that all stand in the id or the name, in any case.
    #[param(example = "powershell")]
    search: Option<String>,
    /// At most so many techniques.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// The techniques that fit.
#[derive(Debug, Serialize, ToSchema)]
struct TechniquePage {
    /// The version of ATT&CK.
    #[schema(example = "17.0")]
    version: &'static str,
    /// By id.
    items: Vec<TechniqueItem>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// How something is done.
#[derive(Debug, Serialize, ToSchema)]
struct TechniqueItem {
    /// Its id.
    #[schema(example = "T1059.001")]
    id: &'static str,
    /// Its name.
    #[schema(example = "PowerShell")]
    name: &'static str,
    /// The technique that it is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "T1059")]
    parent: Option<&'static str>,
    /// The tactics that it serves, by id.
    tactics: &'static [&'static str],
    /// Its page for people.
    reference: String,
}

/// List the tactics of ATT&CK
///
/// Enterprise matrix. © 2025 The MITRE Corporation. Reproduced and distributed with the permission of The MITRE Corporation.
#[utoipa::path(
    tag = "datasets",
    operation_id = "list_tactics",
    extensions(("x-scope" = json!("query"))),
    responses((status = OK, body = TacticList, description = "All tactics.")),
)]
#[get("/v1/mitre/tactics")]
async fn list_tactics(_: Allowed<scope::Query>) -> HttpResponse {
    let item = |tactic: &attack::Tactic| TacticItem { id: tactic.id, name: tactic.name, reference: tactic.page() };
    let items = attack::tactics().iter().map(item).collect();
    HttpResponse::Ok().json(TacticList { version: attack::VERSION, items })
}

/// List the techniques of ATT&CK
///
/// Enterprise matrix, with the parts of techniques. © 2025 The MITRE Corporation. Reproduced and distributed with the
/// permission of The MITRE Corporation.
#[utoipa::path(
    tag = "datasets",
    operation_id = "list_techniques",
    extensions(("x-scope" = json!("query"))),
    params(TechniqueQuery),
    responses((status = OK, body = TechniquePage, description = "The techniques that fit.")),
)]
#[get("/v1/mitre/techniques")]
async fn list_techniques(
    _: Allowed<scope::Query>,
    query: QueryString<TechniqueQuery>,
) -> Result<HttpResponse, Problem> {
    let TechniqueQuery { tactic, search, limit, cursor } = query.0;
    let length = page::length(limit)?;
    let tactic = tactic.map(|text| attack::tactic(&text).ok_or_else(|| no_such_tactic("/tactic"))).transpose()?;
    let words: Vec<_> = search.iter().flat_map(|text| text.split_whitespace()).map(str::to_lowercase).collect();
    let fits = |technique: &&attack::Technique| {
        let text = format!("{} {}", technique.id, technique.name).to_lowercase();
        tactic.is_none_or(|tactic| technique.tactics.contains(&tactic.id))
            && words.iter().all(|word| text.contains(word.as_str()))
            && cursor.as_deref().is_none_or(|after| technique.id > after)
    };
    let items = attack::techniques().iter().filter(fits).map(item);
    let (items, next) = page::page(items, length, |item| item.id.to_owned());
    Ok(HttpResponse::Ok().json(TechniquePage { version: attack::VERSION, items, next }))
}

fn item(technique: &'static attack::Technique) -> TechniqueItem {
    TechniqueItem {
        id: technique.id,
        name: technique.name,
        parent: technique.parent(),
        tactics: &technique.tactics,
        reference: technique.page(),
    }
}

/// A tactic that ATT&CK does not have.
pub(super) fn no_such_tactic(pointer: &'static str) -> Problem {
    let known: Vec<_> = attack::tactics().iter().map(|tactic| tactic.id).collect();
    Problem::invalid_at(pointer, format!("no tactic of ATT&CK; there are {}, each also by name", known.join(", ")))
}
