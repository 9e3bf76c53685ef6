//! What belongs to an incident: its entities, alerts, bookmarks and relations.

use chrono::{DateTime, Utc};
use model::EntityGraph;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::{Incident, finding::id_of};
use crate::{
    arm::{ArmRequest, ResourcePath, versions::SECURITY_INSIGHTS},
    sentinel::{
        bookmarks::Bookmark,
        input::Mistake,
        object::{Unreadable, instant, read, read_all},
        space::{SentinelError, Space},
    },
};

/// No incident has more relations: 150 alerts, and bookmarks.
const MOST_RELATIONS: usize = 1_000;

/// An alert of an incident.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = IncidentAlert)]
pub struct Alert {
    /// The id in Sentinel.
    #[serde(default, rename(deserialize = "systemAlertId"))]
    pub id: String,
    /// The name.
    #[serde(default, rename(deserialize = "alertDisplayName"))]
    pub name: String,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// `High`, `Medium`, `Low` or `Informational`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "High")]
    pub severity: Option<String>,
    /// Where it has got to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "New")]
    pub status: Option<String>,
    /// The product that raised it.
    #[serde(default, rename(deserialize = "productName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Azure Sentinel")]
    pub product: Option<String>,
    /// Tactics of ATT&CK.
    #[serde(default)]
    pub tactics: Vec<String>,
    /// When what it is about began.
    #[serde(
        default,
        rename(deserialize = "startTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub start: Option<DateTime<Utc>>,
    /// When it ended.
    #[serde(
        default,
        rename(deserialize = "endTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub end: Option<DateTime<Utc>>,
    /// When it was raised.
    #[serde(
        default,
        rename(deserialize = "timeGenerated"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub generated_at: Option<DateTime<Utc>>,
    /// Its page.
    #[serde(default, rename(deserialize = "alertLink"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
}

/// What an incident is related to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = IncidentRelation)]
pub struct Relation {
    /// The id of the relation.
    pub id: String,
    /// The id of the resource that it leads to.
    #[serde(default, rename(deserialize = "relatedResourceId"))]
    pub related_id: String,
    /// The name of that.
    #[serde(default, rename(deserialize = "relatedResourceName"))]
    pub related_name: String,
    /// What that is.
    #[serde(default, rename(deserialize = "relatedResourceType"))]
    #[schema(example = "Microsoft.SecurityInsights/bookmarks")]
    pub related_type: String,
}

/// What an incident is to be related to: exactly one of these.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewRelation {
    /// A bookmark, by its id or its name.
    #[schema(nullable = false, example = "Logons from a new country")]
    pub bookmark: Option<String>,
    /// The id of a resource.
    #[schema(nullable = false)]
    pub resource_id: Option<String>,
}

fn path(space: &Space, id: &str, part: &str) -> ResourcePath {
    space.path::<Incident>().segment(id).then(part)
}

async fn ask(space: &Space, id: &str, part: &str, member: &str) -> Result<Vec<Json>, SentinelError> {
    let mut body = space.azure.send(ArmRequest::ask(path(space, id, part), SECURITY_INSIGHTS, None)).await?;
    match body.get_mut(member).map(Json::take) {
        Some(Json::Array(items)) => Ok(items),
        _ => Err(Unreadable.into()),
    }
}

/// The entities of the incident with this id, as Azure shows them.
pub async fn shown_entities(space: &Space, id: &str) -> Result<Vec<Json>, SentinelError> {
    ask(space, id, "/entities", "entities").await
}

/// The alerts of the incident with this id, as Azure shows them.
pub async fn shown_alerts(space: &Space, id: &str) -> Result<Vec<Json>, SentinelError> {
    ask(space, id, "/alerts", "value").await
}

/// The entities of an incident.
pub async fn entities(space: &Space, word: &str) -> Result<EntityGraph, SentinelError> {
    let id = id_of(space, word).await?;
    Ok(EntityGraph::from_entities(&Json::Array(shown_entities(space, &id).await?)))
}

/// The alerts of an incident.
pub async fn alerts(space: &Space, word: &str) -> Result<Vec<Alert>, SentinelError> {
    let id = id_of(space, word).await?;
    Ok(read_all(shown_alerts(space, &id).await?)?)
}

/// The bookmarks of an incident.
pub async fn bookmarks(space: &Space, word: &str) -> Result<Vec<Bookmark>, SentinelError> {
    let id = id_of(space, word).await?;
    Ok(read_all(ask(space, &id, "/bookmarks", "value").await?)?)
}

/// The comments of an incident.
pub async fn comments(space: &Space, word: &str) -> Result<Vec<super::comments::Comment>, SentinelError> {
    let id = id_of(space, word).await?;
    super::comments::list(space, &id).await
}

/// What an incident is related to.
pub async fn relations(space: &Space, word: &str) -> Result<Vec<Relation>, SentinelError> {
    let id = id_of(space, word).await?;
    let request = ArmRequest::get(path(space, &id, "/relations"), SECURITY_INSIGHTS);
    let relations = space.azure.arm.list(&space.azure.account, request, MOST_RELATIONS, space.azure.until).await?;
    Ok(read_all(relations)?)
}

/// Relates an incident to something.
pub async fn relate(space: &Space, word: &str, to: NewRelation) -> Result<Relation, SentinelError> {
    let related = match (to.bookmark, to.resource_id) {
        (Some(bookmark), None) => {
            let id = space.id_of::<Bookmark>(&bookmark).await?;
            space.path::<Bookmark>().segment(&id).as_str().to_owned()
        }
        (None, Some(id)) => id,
        _ => return Err(Mistake::at("", "exactly one of bookmark and resource_id is needed").into()),
    };
    let id = id_of(space, word).await?;
    let path = path(space, &id, "/relations").segment(&uuid::Uuid::new_v4().to_string());
    let body = json!({ "properties": { "relatedResourceId": related } });
    Ok(read(space.azure.send(ArmRequest::put(path, SECURITY_INSIGHTS, body)).await?)?)
}
