//! Dynamic summaries: findings that are kept with the events, as a summary and its items.
//!
//! <https://learn.microsoft.com/azure/azure-monitor/reference/tables/dynamicsummary>

use chrono::{DateTime, Utc};
use model::When;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::{
    input::{Mistake, TACTICS, members, when, words},
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

/// A summary to make, or what is to change about one.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DynamicSummaryInput {
    /// The name that people know it by; needed for a new one.
    #[schema(nullable = false, example = "Hunt 7")]
    pub name: Option<String>,
    /// What it is about.
    #[schema(nullable = false)]
    pub description: Option<String>,
    /// The directory of the workspace.
    #[schema(nullable = false)]
    pub tenant_id: Option<String>,
    /// What it is related to.
    #[schema(nullable = false)]
    pub relation_name: Option<String>,
    /// The id of what it is related to.
    #[schema(nullable = false)]
    pub relation_id: Option<String>,
    /// What it is found by.
    #[schema(nullable = false)]
    pub search_key: Option<String>,
    /// Tactics of ATT&CK, in any spelling.
    #[schema(nullable = false, example = json!(["Discovery"]))]
    pub tactics: Option<Vec<String>>,
    /// Techniques of ATT&CK.
    #[schema(nullable = false, example = json!(["T1087"]))]
    pub techniques: Option<Vec<String>>,
    /// Where it comes from.
    #[schema(value_type = Object, nullable = false)]
    pub source_info: Option<Map<String, Json>>,
    /// The items.
    #[schema(nullable = false)]
    pub items: Option<Vec<SummaryItem>>,
    /// Rows that become items as they are, after those of `items`.
    #[schema(value_type = Vec<Object>, nullable = false)]
    pub rows: Option<Vec<Map<String, Json>>>,
}

/// An item of a summary.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DynamicSummaryItem)]
pub struct SummaryItem {
    /// The id; one is made up when left out.
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// What it is related to.
    #[schema(nullable = false)]
    pub relation_name: Option<String>,
    /// The id of what it is related to.
    #[schema(nullable = false)]
    pub relation_id: Option<String>,
    /// What it is found by.
    #[schema(nullable = false)]
    pub search_key: Option<String>,
    /// Tactics of ATT&CK, in any spelling.
    #[schema(nullable = false)]
    pub tactics: Option<Vec<String>>,
    /// Techniques of ATT&CK.
    #[schema(nullable = false)]
    pub techniques: Option<Vec<String>>,
    /// When it happened.
    #[schema(value_type = String, nullable = false)]
    pub event_time: Option<When>,
    /// The kind of what was seen.
    #[schema(nullable = false, example = "ipv4")]
    pub observable_type: Option<String>,
    /// What was seen.
    #[schema(nullable = false, example = "198.51.100.7")]
    pub observable_value: Option<String>,
    /// Everything else about it.
    #[schema(value_type = Object, nullable = false)]
    pub content: Option<Map<String, Json>>,
}

impl DynamicSummaryInput {
    /// As it is sent. What is not given is as it is in `shown`, the summary as Azure shows it, if there is one.
    pub fn body(self, id: &str, shown: Option<Json>, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let (etag, known) = match shown {
            Some(Json::Object(mut shown)) => (shown.remove("etag"), shown.remove("properties")),
            _ => (None, None),
        };
        let mut properties = match known {
            Some(Json::Object(properties)) => properties,
            _ => Map::new(),
        };
        let tactics = self.tactics.map(|tactics| words("/tactics", &tactics, TACTICS)).transpose()?;
        let items = match (self.items, self.rows) {
            (None, None) => None,
            (items, rows) => {
                let rows = rows.unwrap_or_default().into_iter();
                let of_row = |row| SummaryItem { content: Some(row), ..SummaryItem::default() };
                let all = items.unwrap_or_default().into_iter().chain(rows.map(of_row));
                let written: Result<Vec<Json>, Mistake> =
                    all.enumerate().map(|(place, item)| item.body(place, now)).collect();
                // Azure takes the items as the text of their list.
                Some(Json::from(written?).to_string())
            }
        };
        properties.extend(members([
            ("summaryId", Some(id.into())),
            ("summaryName", self.name.map(Json::String)),
            ("summaryDescription", self.description.map(Json::String)),
            ("azureTenantId", self.tenant_id.map(Json::String)),
            ("relationName", self.relation_name.map(Json::String)),
            ("relationId", self.relation_id.map(Json::String)),
            ("searchKey", self.search_key.map(Json::String)),
            ("tactics", tactics.map(Json::from)),
            ("techniques", self.techniques.map(Json::from)),
            ("sourceInfo", self.source_info.map(Json::Object)),
            ("rawContent", items.map(Json::String)),
        ]));
        if properties.get("summaryName").is_none_or(|name| name.as_str().is_none_or(str::is_empty)) {
            return Err(Mistake::at("/name", "a name is needed"));
        }
        Ok(Json::Object(members([("etag", etag), ("properties", Some(properties.into()))])))
    }
}

impl SummaryItem {
    fn body(self, place: usize, now: DateTime<Utc>) -> Result<Json, Mistake> {
        let pointer = format!("/items/{place}/tactics");
        let tactics = self.tactics.map(|tactics| words(&pointer, &tactics, TACTICS)).transpose()?;
        Ok(Json::Object(members([
            ("summaryItemId", Some(self.id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()).into())),
            ("relationName", self.relation_name.map(Json::String)),
            ("relationId", self.relation_id.map(Json::String)),
            ("searchKey", self.search_key.map(Json::String)),
            ("tactics", tactics.map(Json::from)),
            ("techniques", self.techniques.map(Json::from)),
            ("eventTimeUTC", when(&format!("/items/{place}/event_time"), self.event_time, now)?),
            ("observableType", self.observable_type.map(Json::String)),
            ("observableValue", self.observable_value.map(Json::String)),
            ("packedContent", Some(self.content.unwrap_or_default().into())),
        ])))
    }
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

    fn input(of: Json) -> DynamicSummaryInput {
        serde_json::from_value(of).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

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
    fn items_and_rows_are_sent_as_the_text_of_their_list() {
        let new = input(json!({ "name": "Hunt 7", "tactics": ["discovery"],
            "items": [{ "id": "1", "observable_value": "198.51.100.7", "event_time": "-1h" }], "rows": [{ "host": "a'b\"c" }] }));
        let body = new.body(ID, None, now()).unwrap();
        let sent = &body["properties"];
        assert_eq!((&sent["summaryId"], &sent["tactics"]), (&json!(ID), &json!(["Discovery"])));
        let items: Json = serde_json::from_str(sent["rawContent"].as_str().unwrap()).unwrap();
        assert_eq!(
            items[0],
            json!({ "summaryItemId": "1", "observableValue": "198.51.100.7",
            "eventTimeUTC": "2023-11-14T21:13:20Z", "packedContent": {} })
        );
        assert_eq!(items[1]["packedContent"], json!({ "host": "a'b\"c" }));
        assert!(items[1]["summaryItemId"].as_str().is_some_and(crate::sentinel::named::is_id));
    }

    #[test]
    fn a_change_keeps_what_it_does_not_speak_of() {
        let shown = json!({ "id": "x", "etag": "e", "properties": { "summaryId": ID, "summaryName": "Hunt 7", "searchKey": "k" } });
        let body = input(json!({ "description": "done" })).body(ID, Some(shown), now()).unwrap();
        assert_eq!(
            body,
            json!({ "etag": "e", "properties": { "summaryId": ID, "summaryName": "Hunt 7", "searchKey": "k",
            "summaryDescription": "done" } })
        );
    }

    #[test]
    fn a_summary_without_a_name_is_refused_and_unknown_tactics_are_pointed_at() {
        let pointer = |of: Json| input(of).body(ID, None, now()).unwrap_err().pointer;
        assert_eq!(pointer(json!({})), "/name");
        assert_eq!(pointer(json!({ "name": "n", "items": [{}, { "tactics": ["x"] }] })), "/items/1/tactics/0");
    }

    #[test]
    fn only_an_id_is_asked_for_items() {
        assert!(items_query(ID).is_some_and(|query| query.contains(ID)));
        assert_eq!(items_query("x\" or true"), None);
    }
}
