//! `/v1/asn`: what is known about autonomous systems; below, `/v1/ip/asn`: which of them an address belongs to.

mod addresses;

use std::sync::Arc;

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use model::Outcome;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::{
    Operations,
    caller::{Allowed, scope},
    observables::deadline,
    page,
    problem::Problem,
    query_string::QueryString,
};
use crate::{
    geo,
    registries::{Asked, overall, together},
    services::Services,
};

/// Prefixes in an answer, unless the caller says how many.
const PREFIXES: usize = 1_000;

/// The most prefixes in an answer: more than anybody announces.
const MOST_PREFIXES: usize = 100_000;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    addresses::routes(operations);
    operations.service(describe_system).service(search_systems);
}

/// How much of a system is told.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DescribeQuery {
    /// At most so many prefixes.
    #[param(minimum = 0, maximum = 100_000, default = 1000)]
    limit: Option<usize>,
    /// When the answer is due, in milliseconds.
    deadline_ms: Option<u64>,
}

/// What is known about an autonomous system.
#[derive(Debug, Serialize, ToSchema)]
struct SystemDetails {
    /// Its number.
    asn: u32,
    /// How the lookup ended: a hit if anybody knows it.
    outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    reason: Option<Arc<str>>,
    /// Who holds it, according to the database in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    organization: Option<Arc<str>>,
    /// What the registries say.
    #[serde(flatten)]
    columns: SystemColumns,
    /// The networks that it announces: those that the routing registries hold, else those in the database in memory.
    prefixes: Vec<String>,
    /// How many there are.
    prefix_count: usize,
    /// Whether there are more than told here.
    truncated: bool,
    /// Who was asked.
    providers: Vec<Asked>,
}

/// What registries say about an autonomous system.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
struct SystemColumns {
    /// Its handle in the registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "AS15169")]
    handle: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GOOGLE")]
    name: Option<String>,
    /// What its holder says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    description: Option<String>,
    /// Whom to tell about changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    contact: Option<String>,
    /// Name and country, as Team Cymru tells them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GOOGLE, US")]
    asn_description: Option<String>,
    /// Country in which it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asn_country_code: Option<String>,
    /// The registry that allocated it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asn_registry: Option<String>,
    /// When it was allocated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    asn_date: Option<String>,
    /// The routing registry that holds its object.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "RADB")]
    routing_registry: Option<String>,
    /// Who holds it, according to its registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    registrant: Option<String>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created: Option<String>,
    /// When its registration was last changed: RFC 3339, or as the registry writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    updated: Option<String>,
    /// Where its holder is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<String>,
    /// Mail addresses of its contacts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    emails: Vec<String>,
    /// Whom to tell about abuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    abuse_email: Option<String>,
}

/// What is searched for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// A part of the name of its holder, in any case.
    #[param(min_length = 1)]
    name: String,
    /// At most so many systems.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<usize>,
    /// Where to go on: `next` of the page before.
    cursor: Option<String>,
}

/// The systems that fit.
#[derive(Debug, Serialize, ToSchema)]
struct SystemPage {
    /// In the order of their numbers.
    items: Vec<FoundSystem>,
    /// The `cursor` of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

/// One system that fits.
#[derive(Debug, Serialize, ToSchema)]
struct FoundSystem {
    /// Its number.
    asn: u32,
    /// Who holds it.
    #[schema(value_type = String)]
    organization: Arc<str>,
    /// How many networks it announces.
    networks: usize,
}

/// Describe an autonomous system
///
/// Its holder and its prefixes: from its registry (RDAP), the routing registries (RADB), Team Cymru, and the database in
/// memory, which answers when the others are away.
#[utoipa::path(
    tag = "asn",
    operation_id = "describe_system",
    extensions(("x-scope" = json!("lookup"))),
    params(("asn" = String, Path, description = "The number, with or without `AS`.", example = "AS15169"), DescribeQuery),
    responses((status = OK, body = SystemDetails, description = "What is known.")),
)]
#[get("/v1/asn/{asn}")]
async fn describe_system(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    path: Path<String>,
    query: QueryString<DescribeQuery>,
) -> Result<HttpResponse, Problem> {
    let asn = number(&path)
        .ok_or_else(|| Problem::invalid_at("/asn", "must be a number from 1 to 4294967294, with or without AS"))?;
    let DescribeQuery { limit, deadline_ms } = query.0;
    let limit = up_to(MOST_PREFIXES, limit.unwrap_or(PREFIXES))?;
    let deadline = deadline(deadline_ms, Instant::now())?;
    let known = services.work.run(move || -> Result<_, geo::GeoError> {
        let system = geo::systems()?.iter().find(|system| system.asn == asn);
        Ok(system.map(|system| system.organization.clone()))
    });
    let asked = async {
        services.lookups.freshen_guides(deadline).await;
        services.lookups.look_up_system(asn, deadline).await
    };
    let (known, findings) = futures::join!(known, asked);
    let organization = known??;

    let registered = findings.iter().find_map(|finding| finding.evidence.get("prefixes")?.as_array());
    let mut prefixes: Vec<String> = match registered.filter(|prefixes| !prefixes.is_empty()) {
        Some(prefixes) => prefixes.iter().filter_map(|prefix| prefix.as_str().map(str::to_owned)).collect(),
        // Of those that memory does not know either, it knows no networks.
        None if organization.is_none() => Vec::new(),
        None => services.work.run(move || geo::networks_of(asn)).await??,
    };
    let prefix_count = prefixes.len();
    prefixes.truncate(limit);
    let (outcome, reason) = match overall(&findings) {
        (Outcome::Hit, _) => (Outcome::Hit, None),
        _ if organization.is_some() => (Outcome::Hit, None),
        other => other,
    };
    Ok(HttpResponse::Ok().json(SystemDetails {
        asn,
        outcome,
        reason,
        organization: organization.filter(|name| !name.is_empty()),
        columns: together(&findings),
        truncated: prefixes.len() < prefix_count,
        prefixes,
        prefix_count,
        providers: findings.iter().map(Into::into).collect(),
    }))
}

/// Search for autonomous systems by name
///
/// In the names of the holders, as the database in memory has them. Nothing is sent anywhere.
#[utoipa::path(
    tag = "asn",
    operation_id = "search_systems",
    extensions(("x-scope" = json!("lookup"))),
    params(SearchQuery),
    responses((status = OK, body = SystemPage, description = "The systems that fit.")),
)]
#[get("/v1/asn")]
async fn search_systems(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    query: QueryString<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    let SearchQuery { name, limit, cursor } = query.0;
    let wanted = name.trim().to_lowercase();
    if wanted.is_empty() {
        return Err(Problem::invalid_at("/name", "must not be empty"));
    }
    let limit = up_to(page::MOST, limit.unwrap_or(page::USUAL))?.max(1);
    let after = cursor.map(|cursor| cursor.parse::<u32>()).transpose();
    let after = after.map_err(|_| Problem::invalid_at("/cursor", "must be what an answer gave as next"))?;
    let found = services.work.run(move || -> Result<SystemPage, geo::GeoError> {
        let systems = geo::systems()?.iter().filter(|system| after.is_none_or(|after| system.asn > after));
        let fitting = systems.filter(|system| system.organization.to_lowercase().contains(&wanted));
        let items = fitting.map(|system| FoundSystem {
            asn: system.asn,
            organization: system.organization.clone(),
            networks: system.networks,
        });
        let (items, next) = page::page(items, limit, |last| last.asn.to_string());
        Ok(SystemPage { items, next })
    });
    Ok(HttpResponse::Ok().json(found.await??))
}

/// `15169` or `AS15169`; 0 and the last number are reserved (RFC 7607, RFC 7300).
fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let digits =
        text.get(..2).filter(|start| start.eq_ignore_ascii_case("as")).and_then(|_| text.get(2..)).unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| is_number && (1..u32::MAX).contains(number))
}

fn up_to(most: usize, limit: usize) -> Result<usize, Problem> {
    if limit <= most { Ok(limit) } else { Err(Problem::invalid_at("/limit", format!("must be at most {most}"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_is_named_with_or_without_as() {
        for (text, asn) in [
            ("15169", Some(15_169)),
            ("AS15169", Some(15_169)),
            ("as4294967294", Some(4_294_967_294)),
            ("4294967295", None),
            ("0", None),
            ("+7", None),
            ("AS", None),
            ("ASAS1", None),
            ("é1", None),
            ("", None),
        ] {
            assert_eq!(number(text), asn, "{text}");
        }
    }
}
