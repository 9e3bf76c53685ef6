//! Incidents: what analysts work on.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/incidents>

pub mod change;
mod closing;
pub mod comments;
mod finding;
pub mod parts;
pub mod rows;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::finding::{Listing, find};
use super::{named::Named, object::instant, space::Stored};

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = SentinelIncident)]
pub struct Incident {
    /// The id.
    #[schema(example = "73e01a99-5cd7-4139-a149-9f2736ff2ab5")]
    pub id: String,
    /// The id of the resource in Azure.
    #[serde(default)]
    pub resource_id: String,
    /// Tells this state of it from others: a change that names an older one is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The number that people use.
    #[serde(default, rename(deserialize = "incidentNumber"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 3177)]
    pub number: Option<u64>,
    /// The title.
    #[serde(default)]
    #[schema(example = "Connection to a known malicious host")]
    pub title: String,
    /// The description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// `High`, `Medium`, `Low` or `Informational`.
    #[serde(default)]
    #[schema(example = "High")]
    pub severity: String,
    /// `New`, `Active` or `Closed`.
    #[serde(default)]
    #[schema(example = "New")]
    pub status: String,
    /// What it turned out to be, when it is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TruePositive")]
    pub classification: Option<String>,
    /// Why it was taken for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "SuspiciousActivity")]
    pub classification_reason: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub classification_comment: Option<String>,
    /// Who works on it.
    #[serde(default)]
    pub owner: Owner,
    /// The labels.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// When the first of it happened.
    #[serde(
        default,
        rename(deserialize = "firstActivityTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub first_activity_at: Option<DateTime<Utc>>,
    /// When the last of it happened.
    #[serde(
        default,
        rename(deserialize = "lastActivityTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub last_activity_at: Option<DateTime<Utc>>,
    /// When it was created.
    #[serde(
        default,
        rename(deserialize = "createdTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub created_at: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(
        default,
        rename(deserialize = "lastModifiedTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub modified_at: Option<DateTime<Utc>>,
    /// What is counted about it.
    #[serde(default, rename(deserialize = "additionalData"))]
    pub counts: Counts,
    /// Ids of the rules that raised it.
    #[serde(default, rename(deserialize = "relatedAnalyticRuleIds"))]
    pub rule_ids: Vec<String>,
    /// Its page in the portal.
    #[serde(default, rename(deserialize = "incidentUrl"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// The product that made it an incident.
    #[serde(default, rename(deserialize = "providerName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Azure Sentinel")]
    pub provider: Option<String>,
    /// Its id there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provider_incident_id: Option<String>,
}

/// Who works on an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = IncidentOwner)]
pub struct Owner {
    /// The id in the directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub object_id: Option<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "alice@contoso.com")]
    pub email: Option<String>,
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Alice")]
    pub assigned_to: Option<String>,
    /// The name for signing in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "alice@contoso.com")]
    pub user_principal_name: Option<String>,
}

/// A label of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[schema(as = IncidentLabel)]
pub struct Label {
    /// Its text.
    #[serde(rename(deserialize = "labelName"))]
    #[schema(example = "phishing")]
    pub name: String,
    /// `User` or `AutoAssigned`.
    #[serde(default, rename(deserialize = "labelType"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "User")]
    pub kind: Option<String>,
}

/// What is counted about an incident.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(default, rename_all(deserialize = "camelCase"))]
#[schema(as = IncidentCounts)]
pub struct Counts {
    /// Its alerts.
    #[serde(rename(deserialize = "alertsCount"))]
    pub alerts: u64,
    /// Its bookmarks.
    #[serde(rename(deserialize = "bookmarksCount"))]
    pub bookmarks: u64,
    /// Its comments.
    #[serde(rename(deserialize = "commentsCount"))]
    pub comments: u64,
    /// The products that raised its alerts.
    #[serde(rename(deserialize = "alertProductNames"))]
    pub products: Vec<String>,
    /// Tactics of ATT&CK.
    pub tactics: Vec<String>,
    /// Techniques of ATT&CK.
    pub techniques: Vec<String>,
}

impl Named for Incident {
    const WHAT: &'static str = "incident";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.title)
    }
}

impl Stored for Incident {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/incidents";
    const HAS_FEW: bool = false;
}
