//! `/v1/entities`: the kinds of entities, and entities read from whatever spelling they come in.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use model::{Edge, Entity, EntityDescription, EntityGraph, EntityKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    problem::{Kind, Problem},
};
use crate::{enrich::Rejected, services::Services};

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(list_entity_kinds).service(parse_entities).service(describe_entity_kind);
}

/// The kinds of entities.
#[derive(Debug, Serialize, ToSchema)]
struct EntityKindList {
    /// One item for each.
    items: Vec<EntityDescription>,
}

/// List the kinds of entities
///
/// Sentinel's kinds and MSTICPy's, with attributes and with what tells one from another.
#[utoipa::path(
    tag = "entities",
    operation_id = "list_entity_kinds",
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = EntityKindList, description = "Every kind.")),
)]
#[get("/v1/entities")]
async fn list_entity_kinds(_: Allowed<scope::Lookup>) -> HttpResponse {
    HttpResponse::Ok().json(EntityKindList { items: EntityKind::ALL.iter().map(|kind| kind.describe()).collect() })
}

/// Describe one kind of entity
///
/// Its attributes with their names in each spelling, and its identity.
#[utoipa::path(
    tag = "entities",
    operation_id = "describe_entity_kind",
    extensions(("x-scope" = json!("lookup"))),
    params(("entity" = String, Path, description = "A kind or one of its aliases.", example = "ip")),
    responses((status = OK, body = EntityDescription, description = "The kind.")),
)]
#[get("/v1/entities/{entity}")]
async fn describe_entity_kind(_: Allowed<scope::Lookup>, entity: Path<String>) -> Result<HttpResponse, Problem> {
    let kind = entity.parse::<EntityKind>().map_err(|_| {
        let known: Vec<&str> = EntityKind::ALL.iter().map(|kind| kind.as_str()).collect();
        Problem::new(Kind::Missing).detail(format!("no such kind of entity; there are {}", known.join(", ")))
    })?;
    Ok(HttpResponse::Ok().json(kind.describe()))
}

/// Entities in any of Sentinel's spellings, an incident, or an alert.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ParseRequest {
    /// Entities: a list, a map by id, one entity, what the connector's entity actions give, or a text that holds JSON.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    entities: Option<Value>,
    /// A Sentinel incident, as the incident trigger of a playbook gives it.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    incident: Option<Value>,
    /// A Sentinel alert.
    #[serde(default)]
    #[schema(value_type = Object, nullable = false)]
    alert: Option<Value>,
}

/// The entities and how they belong together.
#[derive(Debug, Serialize, ToSchema)]
struct ParseAnswer {
    /// Distinct entities.
    entities: Vec<Entity>,
    /// What connects them.
    edges: Vec<Edge>,
    /// What could not be read: its place, and why.
    rejected: Vec<Rejected>,
}

/// Read entities in any spelling
///
/// References are followed, equal entities are merged, and what refers to what becomes an edge.
#[utoipa::path(
    tag = "entities",
    operation_id = "parse_entities",
    request_body = ParseRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ParseAnswer, description = "Entities and edges.")),
)]
#[post("/v1/entities/parse")]
async fn parse_entities(
    _: Allowed<scope::Lookup>,
    _services: Data<Services>,
    request: Body<ParseRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(ParseRequest { entities, incident, alert }) = request;
    let graph = match (&entities, &incident, &alert) {
        (Some(entities), None, None) => EntityGraph::from_entities(entities),
        (None, Some(incident), None) => EntityGraph::from_incident(incident).0,
        (None, None, Some(alert)) => EntityGraph::from_alert(alert).0,
        _ => return Err(Problem::invalid_at("", "exactly one of entities, incident and alert is needed")),
    };
    let rejected =
        graph.rejected.into_iter().map(|r| Rejected { value: r.pointer, reason: r.reason.to_string() }).collect();
    Ok(HttpResponse::Ok().json(ParseAnswer { entities: graph.entities, edges: graph.edges, rejected }))
}
