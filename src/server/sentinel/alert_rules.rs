//! Analytics rules, and the templates that they are made from.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/alert-rules>

mod new;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

pub use self::new::NewAlertRule;
use super::{
    named::Named,
    object::instant,
    space::{SentinelError, Space, Stored},
};
use crate::arm::versions::ALERT_RULES;

/// A rule.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct AlertRule {
    /// The id.
    #[schema(example = "73e01a99-5cd7-4139-a149-9f2736ff2ab5")]
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// What kind of rule it is: Scheduled, NRT, Fusion, MicrosoftSecurityIncidentCreation and others.
    #[serde(default)]
    #[schema(example = "Scheduled")]
    pub kind: String,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    pub enabled: bool,
    /// The template that it was made from.
    #[serde(default, rename(deserialize = "alertRuleTemplateName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub template: Option<String>,
    /// When it was changed.
    #[serde(
        default,
        rename(deserialize = "lastModifiedUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub updated: Option<DateTime<Utc>>,
    /// How long it is silent after an alert, as an interval of ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT1H")]
    pub suppression_duration: Option<String>,
    /// Whether it is silent after an alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub suppression_enabled: Option<bool>,
    /// What it looks for.
    #[serde(flatten)]
    pub detection: Detection,
}

/// A template of rules.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct AlertRuleTemplate {
    /// The id.
    #[schema(example = "65360bb0-8986-4ade-a89d-af3cf44d28aa")]
    pub id: String,
    /// What kind of rules it makes.
    #[serde(default)]
    #[schema(example = "Scheduled")]
    pub kind: String,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// Whether rules can be made from it: Available, Installed or NotAvailable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Available")]
    pub status: Option<String>,
    /// Its version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1.0.2")]
    pub version: Option<String>,
    /// How many rules were made from it.
    #[serde(
        default,
        rename(deserialize = "alertRulesCreatedByTemplateCount"),
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub rules_made: Option<u64>,
    /// The connectors whose data it needs.
    #[serde(default)]
    pub required_data_connectors: Vec<RequiredConnector>,
    /// What its rules look for.
    #[serde(flatten)]
    pub detection: Detection,
}

/// A connector that a template needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct RequiredConnector {
    /// The connector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "AzureActiveDirectory")]
    pub connector_id: Option<String>,
    /// What it brings.
    #[serde(default)]
    #[schema(example = json!(["SigninLogs"]))]
    pub data_types: Vec<String>,
}

/// What a rule looks for. Rules that have no query have less of it.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = AlertRuleDetection)]
pub struct Detection {
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// How severe its alerts are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Medium")]
    pub severity: Option<String>,
    /// Tactics of ATT&CK.
    #[serde(default)]
    #[schema(example = json!(["Persistence"]))]
    pub tactics: Vec<String>,
    /// Techniques of ATT&CK.
    #[serde(default)]
    #[schema(example = json!(["T1098"]))]
    pub techniques: Vec<String>,
    /// The query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub query: Option<String>,
    /// How often it runs, as an interval of ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT5H")]
    pub query_frequency: Option<String>,
    /// How far back it looks, as an interval of ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PT5H")]
    pub query_period: Option<String>,
    /// How the number of rows is compared with the threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "GreaterThan")]
    pub trigger_operator: Option<String>,
    /// The threshold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub trigger_threshold: Option<i64>,
    /// Which columns name entities, as Sentinel has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Vec<Object>)]
    pub entity_mappings: Option<Vec<Json>>,
    /// Which columns are shown in alerts, by the names that they have there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub custom_details: Option<Map<String, Json>>,
    /// Which columns replace details of alerts, as Sentinel has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub alert_details_override: Option<Map<String, Json>>,
    /// How rows become alerts, as Sentinel has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object)]
    pub event_grouping_settings: Option<Map<String, Json>>,
}

impl Named for AlertRule {
    const WHAT: &'static str = "rule";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Named for AlertRuleTemplate {
    const WHAT: &'static str = "template";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Stored for AlertRule {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/alertRules";
    const VERSION: &'static str = ALERT_RULES;
}

impl Stored for AlertRuleTemplate {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/alertRuleTemplates";
    const VERSION: &'static str = ALERT_RULES;
}

/// Makes a rule.
pub async fn create(space: &Space, new: NewAlertRule) -> Result<AlertRule, SentinelError> {
    let template = match &new.template {
        Some(id_or_name) => Some(space.find::<AlertRuleTemplate>(id_or_name).await?),
        None => None,
    };
    space.put(&uuid::Uuid::new_v4().to_string(), new.body(template.as_ref())?).await
}

#[cfg(test)]
#[path = "alert_rules/tests.rs"]
mod tests;
