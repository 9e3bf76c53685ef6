//! Data connectors: where a workspace gets its events from.
//!
//! <https://learn.microsoft.com/rest/api/securityinsights/data-connectors>

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{named::Named, space::Stored};

/// A data connector.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct DataConnector {
    /// The id.
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// What it connects: AzureActiveDirectory, Office365, ThreatIntelligence and others.
    #[serde(default)]
    #[schema(example = "Office365")]
    pub kind: String,
    /// The directory that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tenant_id: Option<String>,
    /// The subscription that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subscription_id: Option<String>,
    /// What it brings, with the state of each: enabled or disabled.
    #[serde(default, deserialize_with = "states")]
    #[schema(example = json!({ "exchange": "enabled" }))]
    pub data_types: BTreeMap<String, String>,
}

impl Named for DataConnector {
    const WHAT: &'static str = "data connector";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        None
    }
}

impl Stored for DataConnector {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/dataConnectors";
}

/// The states of what a connector brings, by name. Connectors that are described by their makers have none.
fn states<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let Json::Object(types) = Json::deserialize(deserializer)? else { return Ok(BTreeMap::new()) };
    let state = |(name, of): (String, Json)| Some((name, of.get("state")?.as_str()?.to_lowercase()));
    Ok(types.into_iter().filter_map(state).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sentinel::object::read_all;

    #[test]
    fn connectors_of_every_kind_are_read() {
        let all: Vec<DataConnector> = read_all(vec![
            json!({ "id": "/…/dataConnectors/763f9fa1", "name": "763f9fa1", "kind": "ThreatIntelligence", "etag": "e", "properties": {
                "tenantId": "t", "tipLookbackPeriod": "2020-01-01T13:00:30.123Z", "dataTypes": { "indicators": { "state": "Enabled" } } } }),
            json!({ "id": "/…/dataConnectors/x", "name": "x", "kind": "GenericUI", "properties": { "connectorUiConfig": { "dataTypes": [] } } }),
            json!({ "id": "/…/dataConnectors/y", "name": "y", "kind": "APIPolling", "properties": { "dataTypes": [] } }),
        ])
        .unwrap();
        assert_eq!(all[0].data_types.get("indicators").map(String::as_str), Some("enabled"));
        assert!(all[1].data_types.is_empty() && all[2].data_types.is_empty());
    }
}
