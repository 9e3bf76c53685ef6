//! Reads an alert: what is said about it, and the entities that it names.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    EntityGraph,
    fields::Fields,
    reader::{Place, Reader},
    shape::{member, nested_json},
    text_of,
};

/// What is said about an alert, as its product says it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct AlertFacts {
    /// Id in Sentinel.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Id in the product that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_alert_id: Option<String>,
    /// Title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub title: Option<String>,
    /// `High`, `Medium`, `Low` or `Informational`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub severity: Option<String>,
    /// Where it stands in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub status: Option<String>,
    /// The kind of alert, as its product calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub alert_type: Option<String>,
    /// Who makes the product that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub vendor: Option<String>,
    /// The product that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product: Option<String>,
    /// The name of the main thing that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub compromised_entity: Option<String>,
    /// Its page in the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// Further pages.
    pub links: Vec<AlertLink>,
    /// Tactics of MITRE ATT&CK.
    pub tactics: Vec<String>,
    /// Techniques of MITRE ATT&CK.
    pub techniques: Vec<String>,
    /// When the first of it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub started_at: Option<DateTime<Utc>>,
    /// When the last of it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_at: Option<DateTime<Utc>>,
    /// When it was raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub generated_at: Option<DateTime<Utc>>,
}

/// A page that an alert refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AlertLink {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub label: Option<String>,
    /// Its address.
    pub url: String,
}

impl EntityGraph {
    /// Reads an alert: a row of `SecurityAlert`, an alert of the management API, the body of Sentinel's alert trigger, or an
    /// alert of Microsoft Graph, whose `evidence` is read as far as its names are known.
    pub fn from_alert(body: &Value) -> (Self, AlertFacts) {
        let parsed = body.as_str().and_then(nested_json);
        let body = parsed.as_ref().unwrap_or(body);
        let outer = Fields::new(body, Place::default());
        let alert = match outer.find(&["object"]) {
            Some((object, place)) if object.is_object() => Fields::new(object, place),
            _ => outer,
        };

        let mut reader = Reader::default();
        for name in ["entities", "relatedEntities", "evidence"] {
            if let Some((value, place)) = alert.find(&[name]) {
                reader.read(value, &place);
            }
        }
        if !body.is_object() {
            reader.read(body, &Place::default());
        }
        (reader.finish(), AlertFacts::read(&alert))
    }
}

impl AlertFacts {
    fn read(alert: &Fields<'_>) -> Self {
        Self {
            id: alert.text(&["systemAlertId", "id"]),
            provider_alert_id: alert.text(&["providerAlertId", "vendorOriginalId"]),
            title: alert.text(&["alertDisplayName", "displayName", "title", "alertName"]),
            severity: alert.text(&["severity", "alertSeverity"]),
            status: alert.text(&["status"]),
            alert_type: alert.text(&["alertType", "detectorId"]),
            vendor: alert.text(&["vendorName"]),
            product: alert.text(&["productName", "serviceSource", "providerName"]),
            compromised_entity: alert.text(&["compromisedEntity"]),
            url: alert.text(&["alertLink", "alertUri", "alertWebUrl"]),
            links: links(alert),
            tactics: alert.texts(&["tactics", "category"]),
            techniques: alert.texts(&["techniques", "mitreTechniques"]),
            started_at: alert.time(&["startTimeUtc", "startTime", "firstActivityDateTime"]),
            ended_at: alert.time(&["endTimeUtc", "endTime", "lastActivityDateTime"]),
            generated_at: alert.time(&["timeGenerated", "processingEndTime", "createdDateTime"]),
        }
    }
}

/// `ExtendedLinks`, which is a list or a list as JSON text.
fn links(alert: &Fields<'_>) -> Vec<AlertLink> {
    let Some((value, _)) = alert.find(&["extendedLinks"]) else { return Vec::new() };
    let nested = value.as_str().and_then(nested_json);
    let link = |value: &Value| {
        let link = value.as_object()?;
        let text = |name| text_of(member(link, name)?);
        Some(AlertLink { label: text("label"), url: text("href")? })
    };
    nested.as_ref().unwrap_or(value).as_array().map(|links| links.iter().filter_map(link).collect()).unwrap_or_default()
}
