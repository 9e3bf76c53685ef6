//! A rule to make: of a query, of a template, or of a template with some of it changed.

use serde::Deserialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use super::AlertRuleTemplate;
use crate::sentinel::input::{Mistake, OPERATORS, SEVERITIES, TACTICS, is_interval, members, word, words};

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
