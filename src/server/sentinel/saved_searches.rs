//! Saved searches of a workspace; hunting queries are those of one category.
//!
//! <https://learn.microsoft.com/rest/api/loganalytics/saved-searches>

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::{
    named::{Named, find},
    pages::Wanted,
    space::{SentinelError, Space, Stored},
};
use crate::arm::versions::OPERATIONAL_INSIGHTS;

/// The category of hunting queries.
const HUNTING: &str = "Hunting Queries";

/// A query that somebody saved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all(deserialize = "camelCase"))]
pub struct SavedSearch {
    /// The id.
    pub id: String,
    /// Tells this state of it from others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub etag: Option<String>,
    /// The name that people know it by.
    #[serde(default, rename(deserialize = "displayName"))]
    #[schema(example = "Anomalous sign-ins")]
    pub name: String,
    /// The category.
    #[serde(default)]
    #[schema(example = "Hunting Queries")]
    pub category: String,
    /// The query.
    #[serde(default)]
    pub query: String,
    /// The name under which other queries can call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub function_alias: Option<String>,
    /// What it takes when it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "a:int=1")]
    pub function_parameters: Option<String>,
    /// The version of the language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub version: Option<u32>,
    /// What is said of it by name: description, tactics, techniques and others.
    #[serde(default, deserialize_with = "tags")]
    #[schema(example = json!({ "tactics": "InitialAccess" }))]
    pub tags: BTreeMap<String, String>,
}

impl SavedSearch {
    /// Whether it is for hunting.
    pub fn is_for_hunting(&self) -> bool {
        self.category.eq_ignore_ascii_case(HUNTING)
    }
}

impl Named for SavedSearch {
    const WHAT: &'static str = "saved search";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }
}

impl Stored for SavedSearch {
    const PATH: &'static str = "/savedSearches";
    const VERSION: &'static str = OPERATIONAL_INSIGHTS;
}

/// The hunting query with this id, or the only one with this name.
pub async fn read_hunting(space: &Space, id_or_name: &str) -> Result<SavedSearch, SentinelError> {
    let all = space.list_some(Wanted::default(), SavedSearch::is_for_hunting).await?;
    Ok(find(all.items, id_or_name)?)
}

/// Pairs of name and value; those of the same name are joined.
fn tags<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    let mut tags = BTreeMap::<String, String>::new();
    for pair in Vec::<Json>::deserialize(deserializer)? {
        let text = |key: &str| pair.get(key).and_then(Json::as_str).map(str::to_owned);
        if let (Some(name), Some(value)) = (text("name"), text("value")) {
            tags.entry(name).and_modify(|known| *known = format!("{known},{value}")).or_insert(value);
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sentinel::object::read;

    #[test]
    fn a_saved_search_is_read_as_it_is_published() {
        let search = |category: &str| -> SavedSearch {
            read(json!({ "id": "/subscriptions/s/…/savedSearches/w|1", "name": "00000000-0000-0000-0000-000000000001",
                "etag": "W/\"datetime'2017'\"", "type": "Microsoft.OperationalInsights/savedSearches",
                "properties": { "category": category, "displayName": "Hunt", "query": "Heartbeat", "functionAlias": null, "version": 2,
                    "tags": [{ "name": "tactics", "value": "Impact" }, { "name": "tactics", "value": "Discovery" }, { "name": "odd" }] } }))
            .unwrap()
        };
        assert!(search("hunting queries").is_for_hunting() && !search("General").is_for_hunting());
        assert_eq!(search("x").tags, BTreeMap::from([("tactics".to_owned(), "Impact,Discovery".to_owned())]));
        assert_eq!(search("x").id, "00000000-0000-0000-0000-000000000001");
    }
}
