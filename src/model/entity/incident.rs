//! Reads an incident: what is said about it, and the entities that belong to it.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    EntityGraph, EntityKind,
    fields::Fields,
    reader::{Place, Reader},
    shape::nested_json,
};

/// What is said about an incident, as Sentinel says it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct IncidentFacts {
    /// Resource id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// The last part of the resource id, usually a GUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The number that people use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<u64>,
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// `High`, `Medium`, `Low` or `Informational`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<String>,
    /// `New`, `Active` or `Closed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<String>,
    /// Why it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub classification: Option<String>,
    /// Its page in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// Tactics of MITRE ATT&CK.
    pub tactics: Vec<String>,
    /// Techniques of MITRE ATT&CK.
    pub techniques: Vec<String>,
    /// The products that raised its alerts.
    pub products: Vec<String>,
    /// Ids of its alerts.
    pub alert_ids: Vec<String>,
    /// Resource ids of the rules that raised it.
    pub rule_ids: Vec<String>,
    /// When the first of it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first_activity_at: Option<DateTime<Utc>>,
    /// When the last of it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_activity_at: Option<DateTime<Utc>>,
    /// When it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub modified_at: Option<DateTime<Utc>>,
    /// Id of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub workspace_id: Option<String>,
    /// Name of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub workspace_name: Option<String>,
    /// Resource group of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub resource_group: Option<String>,
    /// Subscription of its workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subscription_id: Option<String>,
}

impl EntityGraph {
    /// Reads an incident: the body that Sentinel's incident trigger sends, the `object` in it, an incident of the
    /// management API, or one flattened into columns. Its alerts and bookmarks are entities too, and so is what they hold.
    pub fn from_incident(body: &Value) -> (Self, IncidentFacts) {
        let parsed = body.as_str().and_then(nested_json);
        let body = parsed.as_ref().unwrap_or(body);
        let outer = Fields::new(body, Place::default());
        let incident = match outer.find(&["object"]) {
            Some((object, place)) if object.is_object() => Fields::new(object, place),
            _ => outer.clone(),
        };

        let mut reader = Reader::default();
        for (name, kind) in [
            ("relatedEntities", EntityKind::Unknown),
            ("entities", EntityKind::Unknown),
            ("alerts", EntityKind::Alert),
            ("bookmarks", EntityKind::Bookmark),
        ] {
            if let Some((value, place)) = incident.find(&[name]) {
                reader.read(value, &place.expecting(kind));
            }
        }
        if !body.is_object() {
            reader.read(body, &Place::default());
        }
        (reader.finish(), IncidentFacts::read(&incident, &outer))
    }
}

impl IncidentFacts {
    fn read(incident: &Fields<'_>, outer: &Fields<'_>) -> Self {
        let id = incident.text(&["id"]);
        let last_part = id.as_deref().and_then(|id| id.rsplit('/').next()).map(str::to_owned);
        let mut alert_ids = incident.texts(&["alertIds"]);
        if let Some((Value::Array(alerts), place)) = incident.find(&["alerts"]) {
            let id = |alert| Fields::new(alert, place.clone()).text(&["systemAlertId", "id"]);
            alert_ids.extend(alerts.iter().filter_map(id));
        }
        Self {
            name: incident.text(&["name", "incidentName"]).or(last_part),
            id,
            number: incident.number(&["incidentNumber"]),
            title: incident.text(&["title", "displayName"]),
            severity: incident.text(&["severity"]),
            status: incident.text(&["status"]),
            classification: incident.text(&["classification"]),
            url: incident.text(&["incidentUrl", "incidentWebUrl"]),
            tactics: incident.texts(&["additionalData.tactics", "tactics"]),
            techniques: incident.texts(&["additionalData.techniques", "techniques"]),
            products: incident.texts(&["additionalData.alertProductNames"]),
            alert_ids,
            rule_ids: incident.texts(&["relatedAnalyticRuleIds"]),
            first_activity_at: incident.time(&["firstActivityTimeUtc", "firstActivityTime"]),
            last_activity_at: incident.time(&["lastActivityTimeUtc", "lastActivityTime"]),
            created_at: incident.time(&["createdTimeUtc", "createdTime", "createdDateTime"]),
            modified_at: incident.time(&["lastModifiedTimeUtc", "lastModifiedTime", "lastUpdateDateTime"]),
            workspace_id: outer.text(&["workspaceId"]),
            workspace_name: outer.text(&["workspaceInfo.WorkspaceName"]),
            resource_group: outer.text(&["workspaceInfo.ResourceGroupName"]),
            subscription_id: outer.text(&["workspaceInfo.SubscriptionId"]),
        }
    }
}
