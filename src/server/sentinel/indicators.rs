//! Threat intelligence indicators, in the form that the portal made first.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/threat-intelligence-indicator>

mod input;
mod search;
pub mod stix;
pub mod upload;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

pub use self::{
    input::{IndicatorInput, Pattern, SOURCE},
    search::{IndicatorQuery, metrics, query},
};
use super::{
    named::Named,
    object::{instant, read},
    space::{SentinelError, Space, Stored},
};
use crate::arm::{ArmRequest, versions::SECURITY_INSIGHTS};

/// Where everything about indicators is.
const MAIN: &str = "/providers/Microsoft.SecurityInsights/threatIntelligence/main";

/// An indicator.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
#[schema(as = ThreatIndicator)]
pub struct Indicator {
    /// The id.
    #[schema(example = "180105c7-a28d-b1a2-4a78-234f6ec80fd6")]
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// The pattern, in the language of STIX.
    #[serde(default)]
    #[schema(example = "[ipv4-addr:value = '198.51.100.7']")]
    pub pattern: String,
    /// What the pattern is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ipv4-addr")]
    pub pattern_type: Option<String>,
    /// What it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// How sure its source is, from 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub confidence: Option<i32>,
    /// Who it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source: Option<String>,
    /// Tags.
    #[serde(default, rename(deserialize = "threatIntelligenceTags"))]
    pub tags: Vec<String>,
    /// What it threatens with.
    #[serde(default)]
    #[schema(example = json!(["malicious-activity"]))]
    pub threat_types: Vec<String>,
    /// The phases of an attack that it belongs to.
    #[serde(default)]
    pub kill_chain_phases: Vec<KillChainPhase>,
    /// Where more is said about it.
    #[serde(default)]
    pub external_references: Vec<ExternalReference>,
    /// Whether it is taken back.
    #[serde(default)]
    pub revoked: bool,
    /// From when on it holds.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_from: Option<DateTime<Utc>>,
    /// Until when it holds; for ever when left out.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub valid_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[serde(default, deserialize_with = "instant", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub created: Option<DateTime<Utc>>,
    /// When it was changed.
    #[serde(
        default,
        rename(deserialize = "lastUpdatedTimeUtc"),
        deserialize_with = "instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(nullable = false)]
    pub updated: Option<DateTime<Utc>>,
}

impl Named for Indicator {
    const WHAT: &'static str = "indicator";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Stored for Indicator {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/threatIntelligence/main/indicators";
    const HAS_FEW: bool = false;
}

/// Makes an indicator.
pub async fn create(space: &Space, new: IndicatorInput, now: DateTime<Utc>) -> Result<Indicator, SentinelError> {
    let body = new.body(now)?;
    let path = space.root.clone().then(MAIN).then("/createIndicator");
    Ok(read(space.azure.send(ArmRequest::post(path, SECURITY_INSIGHTS, Some(body))).await?)?)
}

/// Changes what is given of an indicator, and nothing else.
pub async fn change(
    space: &Space,
    id: &str,
    change: IndicatorInput,
    now: DateTime<Utc>,
) -> Result<Indicator, SentinelError> {
    let shown = space.shown::<Indicator>(id).await?;
    space.put(id, change.change(shown, now)?).await
}

/// Adds tags to an indicator, or puts them in place of those that it has.
pub async fn tag(space: &Space, id: &str, tags: Vec<String>, in_place: bool) -> Result<Indicator, SentinelError> {
    let path = space.path::<Indicator>().segment(id);
    let request = if in_place {
        // Azure wants the whole indicator here.
        let mut shown = space.shown::<Indicator>(id).await?;
        if let Some(properties) = shown.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert("threatIntelligenceTags".to_owned(), tags.into());
        }
        ArmRequest::post(path.then("/replaceTags"), SECURITY_INSIGHTS, Some(shown))
    } else {
        let body = json!({ "threatIntelligenceTags": tags });
        ArmRequest::post(path.then("/appendTags"), SECURITY_INSIGHTS, Some(body))
    };
    space.azure.send(request).await?;
    space.find(id).await
}

/// A phase of an attack.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct KillChainPhase {
    /// The chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub kill_chain_name: Option<String>,
    /// The phase.
    #[serde(default)]
    #[schema(example = "Command and Control")]
    pub phase_name: String,
}

/// Where more is said.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct ExternalReference {
    /// Who says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub source_name: Option<String>,
    /// What it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// Its name there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_id: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
}

#[cfg(test)]
#[path = "indicators/tests.rs"]
mod tests;
