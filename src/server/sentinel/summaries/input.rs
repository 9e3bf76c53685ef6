//! A summary to make, or what is to change about one, with its items.

use chrono::{DateTime, Utc};
use model::When;
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::sentinel::input::{Mistake, TACTICS, members, when, words};

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "26b95b5e-2645-4d33-91a7-ea3c1b8b4b8b";

    fn input(of: Json) -> DynamicSummaryInput {
        serde_json::from_value(of).unwrap()
    }

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
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
}
