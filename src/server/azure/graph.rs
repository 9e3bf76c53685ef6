//! Azure Resource Graph: queries over all resources at once, page after page.
//!
//! <https://learn.microsoft.com/rest/api/azure-resourcegraph/resourcegraph/resources/resources>

use serde_json::{Map, Value as Json, json};

use super::Azure;
use crate::{
    arm::{ArmError, ArmRequest, ResourcePath, versions::RESOURCE_GRAPH},
    sentinel::input::members,
};

/// The most rows that one page can have.
const PAGE: usize = 1_000;

/// Rows that a query finds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// The rows.
    pub rows: Vec<Map<String, Json>>,
    /// Whether there are more.
    pub is_truncated: bool,
}

/// Where a query looks; everywhere that the credential may, when nothing is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Where {
    /// Ids of subscriptions.
    pub subscriptions: Vec<String>,
    /// Names of management groups.
    pub management_groups: Vec<String>,
}

/// Runs a query; at most so many rows.
pub async fn query(azure: &Azure, text: &str, place: &Where, most: usize) -> Result<Rows, ArmError> {
    let mut found = Rows::default();
    let mut token = None;
    loop {
        let path = ResourcePath::root("/providers/Microsoft.ResourceGraph/resources");
        let body = body(text, place, PAGE.min(most - found.rows.len() + 1), token.take());
        let mut answer = azure.send(ArmRequest::ask(path, RESOURCE_GRAPH, Some(body))).await?;
        let Some(Json::Array(rows)) = answer.get_mut("data").map(Json::take) else {
            return Err(ArmError::Unreadable("a query has no rows"));
        };
        found.rows.extend(rows.into_iter().filter_map(|row| match row {
            Json::Object(row) => Some(row),
            _ => None,
        }));
        if found.rows.len() > most {
            found.rows.truncate(most);
            found.is_truncated = true;
            return Ok(found);
        }
        token = answer.get("$skipToken").and_then(Json::as_str).filter(|token| !token.is_empty()).map(str::to_owned);
        if token.is_none() {
            // Cut off without a next page, as queries that join tables are.
            found.is_truncated = answer.get("resultTruncated").is_some_and(|said| said == "true" || said == true);
            return Ok(found);
        }
    }
}

fn body(text: &str, place: &Where, top: usize, token: Option<String>) -> Json {
    let list = |names: &[String]| (!names.is_empty()).then(|| json!(names));
    let options = members([
        ("resultFormat", Some("objectArray".into())),
        ("$top", Some(top.into())),
        ("$skipToken", token.map(Json::String)),
    ]);
    Json::Object(members([
        ("query", Some(text.into())),
        ("subscriptions", list(&place.subscriptions)),
        ("managementGroups", list(&place.management_groups)),
        ("options", Some(Json::Object(options))),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_where_it_looks_only_if_that_is_said() {
        let everywhere = body("Resources", &Where::default(), 7, None);
        assert_eq!(
            everywhere,
            json!({ "query": "Resources", "options": { "resultFormat": "objectArray", "$top": 7 } })
        );
        let place = Where { subscriptions: vec!["s".to_owned()], management_groups: Vec::new() };
        let next = body("Resources", &place, 7, Some("t".to_owned()));
        assert_eq!((&next["subscriptions"], &next["options"]["$skipToken"]), (&json!(["s"]), &json!("t")));
    }
}
