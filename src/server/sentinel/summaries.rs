//! Dynamic summaries: findings that are kept with the events, as a summary and its items.
//!
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables/dynamicsummary>

mod input;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

pub use self::input::{DynamicSummaryInput, SummaryItem};
use super::{
    named::Named,
    space::{SentinelError, Space, Stored},
};
use crate::arm::versions::DYNAMIC_SUMMARIES;

/// A dynamic summary.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct DynamicSummary {
    /// The id.
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "summaryName"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Hunt 7")]
    pub name: Option<String>,
    /// What it is about.
    #[serde(default, rename(deserialize = "summaryDescription"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// The directory of the workspace.
    #[serde(default, rename(deserialize = "azureTenantId"), skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tenant_id: Option<String>,
    /// What it is related to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relation_name: Option<String>,
    /// The id of what it is related to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relation_id: Option<String>,
    /// What it is found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub search_key: Option<String>,
    /// Tactics of ATT&CK.
    #[serde(default, deserialize_with = "list")]
    pub tactics: Vec<String>,
    /// Techniques of ATT&CK.
    #[serde(default, deserialize_with = "list")]
    pub techniques: Vec<String>,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub source_info: Option<Json>,
}

impl Named for DynamicSummary {
    const WHAT: &'static str = "dynamic summary";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl Stored for DynamicSummary {
    const PATH: &'static str = "/providers/Microsoft.SecurityInsights/dynamicSummaries";
    const VERSION: &'static str = DYNAMIC_SUMMARIES;
}

/// Makes a summary.
pub async fn create(
    space: &Space,
    new: DynamicSummaryInput,
    now: DateTime<Utc>,
) -> Result<DynamicSummary, SentinelError> {
    let id = uuid::Uuid::new_v4().to_string();
    space.put(&id, new.body(&id, None, now)?).await
}

/// Changes what is given of a summary, and nothing else. Items are added to those that it has.
pub async fn change(
    space: &Space,
    id_or_name: &str,
    change: DynamicSummaryInput,
    now: DateTime<Utc>,
) -> Result<DynamicSummary, SentinelError> {
    let id = space.id_of::<DynamicSummary>(id_or_name).await?;
    let shown = space.shown::<DynamicSummary>(&id).await?;
    space.put(&id, change.body(&id, Some(shown), now)?).await
}

/// A list, which Azure also writes as the text of a list.
fn list<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let items = match Json::deserialize(deserializer)? {
        Json::String(text) => serde_json::from_str(&text).unwrap_or_else(|_| Json::from(vec![text])),
        other => other,
    };
    let texts = items.as_array().into_iter().flatten().filter_map(Json::as_str).filter(|text| !text.is_empty());
    Ok(texts.map(str::to_owned).collect())
}

/// The query for the items of a summary, which are kept with the events.
pub fn items_query(id: &str) -> Option<String> {
    // An id holds nothing that could end its literal.
    let id = uuid::Uuid::try_parse(id).ok()?;
    Some(format!(
        "DynamicSummary | where SummaryId == \"{id}\" | where SummaryDataType == \"SummaryItem\" | summarize arg_max(TimeGenerated, *) by SummaryItemId"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sentinel::object::read;

    const ID: &str = "26b95b5e-2645-4d33-91a7-ea3c1b8b4b8b";

    #[test]
    fn a_summary_is_read_as_it_is_shown() {
        let summary: DynamicSummary =
            read(json!({ "id": format!("/…/dynamicSummaries/{ID}"), "name": ID, "etag": "e", "properties": {
            "summaryId": ID, "summaryName": "Hunt 7", "summaryDescription": "d", "azureTenantId": "t", "searchKey": "k",
            "tactics": "[\"Impact\"]", "techniques": ["T1"], "sourceInfo": { "a": 1 } } }))
            .unwrap();
        assert_eq!((summary.id.as_str(), summary.name()), (ID, Some("Hunt 7")));
        assert_eq!(
            (summary.tactics.as_slice(), summary.techniques.as_slice()),
            (&["Impact".to_owned()][..], &["T1".to_owned()][..])
        );
    }

    #[test]
    fn only_an_id_is_asked_for_items() {
        assert!(items_query(ID).is_some_and(|query| query.contains(ID)));
        assert_eq!(items_query("x\" or true"), None);
    }
}
