//! Analytics rules, and the templates that they are made from.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/alert-rules>

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, OPERATORS, SEVERITIES, TACTICS, members, word, words},
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

/// A rule to make: of a template, of a query, or of a template with some of it changed.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlertRule {
    /// The id or the name of a template. What is not said here is as in the template.
    #[serde(default)]
    #[schema(nullable = false)]
    pub template: Option<String>,
    /// The name that people know it by; the template's when left out.
    #[serde(default)]
    #[schema(nullable = false, example = "Logons from a new country")]
    pub name: Option<String>,
    /// Whether it runs.
    #[serde(default)]
    #[schema(nullable = false, default = true)]
    pub enabled: Option<bool>,
    /// The query; needed without a template.
    #[serde(default)]
    #[schema(nullable = false, example = "SigninLogs | where RiskLevelDuringSignIn == 'high'")]
    pub query: Option<String>,
    /// How often it runs, as an interval of ISO 8601.
    #[serde(default)]
    #[schema(nullable = false, default = "PT5H")]
    pub query_frequency: Option<String>,
    /// How far back it looks, as an interval of ISO 8601.
    #[serde(default)]
    #[schema(nullable = false, default = "PT5H")]
    pub query_period: Option<String>,
    /// How severe its alerts are: High, Medium, Low or Informational.
    #[serde(default)]
    #[schema(nullable = false, default = "Medium")]
    pub severity: Option<String>,
    /// How long it is silent after an alert, as an interval of ISO 8601.
    #[serde(default)]
    #[schema(nullable = false, default = "PT1H")]
    pub suppression_duration: Option<String>,
    /// Whether it is silent after an alert.
    #[serde(default)]
    #[schema(nullable = false, default = false)]
    pub suppression_enabled: Option<bool>,
    /// How the number of rows is compared with the threshold: GreaterThan, LessThan, Equal or NotEqual.
    #[serde(default)]
    #[schema(nullable = false, default = "GreaterThan")]
    pub trigger_operator: Option<String>,
    /// The threshold.
    #[serde(default)]
    #[schema(nullable = false, default = 0, minimum = 0)]
    pub trigger_threshold: Option<u32>,
    /// What it is about.
    #[serde(default)]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Tactics of ATT&CK, in any spelling.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["InitialAccess"]))]
    pub tactics: Option<Vec<String>>,
    /// Techniques of ATT&CK.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["T1078"]))]
    pub techniques: Option<Vec<String>>,
    /// Which columns name entities, as Sentinel has it.
    #[serde(default)]
    #[schema(nullable = false, value_type = Vec<Object>)]
    pub entity_mappings: Option<Vec<Json>>,
}

impl NewAlertRule {
    /// As it is sent. What is said comes before what the template says, and that before what is usual.
    pub fn body(self, template: Option<&AlertRuleTemplate>) -> Result<Json, Mistake> {
        let kind = match template.map(|template| template.kind.as_str()) {
            None | Some("Scheduled") => "Scheduled",
            Some("NRT") => "NRT",
            Some(_) => {
                return Err(Mistake::at(
                    "/template",
                    "rules are made from templates of the kinds Scheduled and NRT only",
                ));
            }
        };
        let of = template.map(|template| template.detection.clone()).unwrap_or_default();
        let query = self
            .query
            .or(of.query)
            .filter(|query| !query.trim().is_empty())
            .ok_or_else(|| Mistake::at("/query", "a query is needed, or a template that has one"))?;
        let name = self
            .name
            .or_else(|| template?.name.clone())
            .ok_or_else(|| Mistake::at("/name", "a name is needed, or a template that has one"))?;
        let severity = self.severity.or(of.severity);
        let operator = self.trigger_operator.or(of.trigger_operator);
        let tactics = words("/tactics", &self.tactics.unwrap_or(of.tactics), TACTICS)?;
        let mut properties = members([
            ("displayName", Some(name.into())),
            ("enabled", Some(self.enabled.unwrap_or(true).into())),
            ("description", self.description.or(of.description).map(Json::String)),
            ("query", Some(query.into())),
            ("severity", Some(word("/severity", severity.as_deref().unwrap_or("Medium"), SEVERITIES)?.into())),
            ("tactics", Some(tactics.into())),
            ("techniques", Some(self.techniques.unwrap_or(of.techniques).into())),
            ("suppressionEnabled", Some(self.suppression_enabled.unwrap_or(false).into())),
            ("suppressionDuration", Some(interval("/suppression_duration", self.suppression_duration, None, "PT1H")?)),
            ("entityMappings", self.entity_mappings.or(of.entity_mappings).map(Json::from)),
            ("customDetails", of.custom_details.map(Json::Object)),
            ("alertDetailsOverride", of.alert_details_override.map(Json::Object)),
            ("eventGroupingSettings", of.event_grouping_settings.map(Json::Object)),
            ("alertRuleTemplateName", template.map(|template| template.id.clone().into())),
            ("templateVersion", template.and_then(|template| template.version.clone()).map(Json::String)),
        ]);
        // Rules that run all the time have neither a rhythm nor a threshold.
        if kind == "Scheduled" {
            let threshold = self.trigger_threshold.map(i64::from).or(of.trigger_threshold).unwrap_or(0);
            let operator = word("/trigger_operator", operator.as_deref().unwrap_or("GreaterThan"), OPERATORS)?;
            properties.extend(members([
                (
                    "queryFrequency",
                    Some(interval("/query_frequency", self.query_frequency, of.query_frequency, "PT5H")?),
                ),
                ("queryPeriod", Some(interval("/query_period", self.query_period, of.query_period, "PT5H")?)),
                ("triggerOperator", Some(operator.into())),
                ("triggerThreshold", Some(threshold.into())),
            ]));
        }
        Ok(json!({ "kind": kind, "properties": properties }))
    }
}

/// The interval that is given, or the template's, or the usual one.
fn interval(
    pointer: &str,
    given: Option<String>,
    template: Option<String>,
    usual: &'static str,
) -> Result<Json, Mistake> {
    match given {
        Some(text) if is_interval(&text) => Ok(text.into()),
        Some(_) => Err(Mistake::at(pointer, "an interval of ISO 8601 such as PT5H is needed")),
        None => Ok(template.unwrap_or_else(|| usual.to_owned()).into()),
    }
}

/// Whether a text is an interval of ISO 8601: numbers with the letters of their units.
pub fn is_interval(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('P') else { return false };
    let (date, time) = rest.split_once('T').map_or((rest, None), |(date, time)| (date, Some(time)));
    let has_parts = |part: &str, units: &str| {
        let mut left = part;
        let mut units = units.chars();
        while !left.is_empty() {
            let digits = left.trim_start_matches(|c: char| c.is_ascii_digit());
            let mut unit = digits.chars();
            let is_next = digits.len() < left.len() && unit.next().is_some_and(|unit| units.any(|known| known == unit));
            if !is_next {
                return false;
            }
            left = unit.as_str();
        }
        true
    };
    (!date.is_empty() || time.is_some())
        && has_parts(date, "YMWD")
        && time.is_none_or(|time| !time.is_empty() && has_parts(time, "HMS"))
}

#[cfg(test)]
#[path = "alert_rules/tests.rs"]
mod tests;
