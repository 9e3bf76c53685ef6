//! Azure Resource Graph: pages of a thousand rows, each naming the next.
//!
//! <https://learn.microsoft.com/rest/api/azure-resourcegraph/resourcegraph/resources/resources>

use std::time::Duration;

use model::ColumnType;
use serde_json::{Value as Json, json};

use crate::{
    Access, Answer, Conversation, Endpoint, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind,
    gather::spec,
    source,
};

/// The most rows that one page can have.
const PAGE: u64 = 1_000;

/// See the file.
pub(crate) struct ResourceGraph;

impl Source for ResourceGraph {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "resource_graph",
            title: "Azure Resource Graph",
            environments: &["ResourceGraph"],
            endpoint: Endpoint::ResourceManager,
            access: &[Access::Entra],
            place: Some(Place { key: "subscriptions", required: false, several: true }),
            // 15 requests in 5 seconds for each user.
            budgets: &[(15, 5)],
            longest: Duration::from_mins(1),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Query { question, next: Next::First })
    }
}

struct Query {
    question: Question,
    next: Next,
}

enum Next {
    First,
    Page(String),
    Nothing,
}

impl Conversation for Query {
    fn next(&mut self) -> Option<Request> {
        let mut options = json!({ "$top": PAGE.min(self.question.max_rows.unwrap_or(PAGE).saturating_add(1)), "resultFormat": "table" });
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => return None,
            Next::First => {}
            Next::Page(token) => {
                if let Some(options) = options.as_object_mut() {
                    options.insert("$skipToken".to_owned(), token.into());
                }
            }
        }
        let mut body = json!({ "query": self.question.query, "options": options });
        if let Some(body) = body.as_object_mut()
            && !self.question.place.is_empty()
        {
            body.insert("subscriptions".to_owned(), json!(self.question.place));
        }
        let path = "/providers/Microsoft.ResourceGraph/resources";
        Some(Request::post(path).query("api-version", "2021-03-01").json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        let more = body.get("$skipToken").and_then(Json::as_str).filter(|token| !token.is_empty());
        match body.get("data") {
            // As it is, if the service does not keep to the form that was asked for.
            Some(Json::Array(objects)) => {
                for object in objects.iter().filter_map(Json::as_object) {
                    if rows.object(object).is_err() {
                        return Ok(());
                    }
                }
            }
            Some(data) => {
                let columns = data.get("columns").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
                let specs = columns.iter().map(|column| {
                    let text = |key: &str| column.get(key).and_then(Json::as_str).unwrap_or_default();
                    spec(text("name"), kind(text("type")))
                });
                if rows.columns(specs.collect()).is_err() {
                    return Ok(());
                }
                for row in data.get("rows").and_then(Json::as_array).into_iter().flatten() {
                    if source::push_row(row, rows).is_err() {
                        return Ok(());
                    }
                }
            }
            None => return Err(Trouble::unreadable()),
        }
        let is_cut = body.get("resultTruncated").is_some_and(|said| said == "true" || said == &Json::Bool(true));
        match more {
            Some(token) => self.next = Next::Page(token.to_owned()),
            // Without the next page's name, as in queries that join or mix tables.
            None if is_cut => rows.trouble(Trouble::new(
                TroubleKind::Incomplete,
                "the service cut the answer off and names no next page: order the query by a column, or ask for less",
            )),
            None => {}
        }
        Ok(())
    }
}

fn kind(name: &str) -> ColumnType {
    match name {
        "integer" => ColumnType::Long,
        "number" => ColumnType::Real,
        "boolean" => ColumnType::Bool,
        "datetime" => ColumnType::Datetime,
        "object" => ColumnType::Dynamic,
        _ => ColumnType::String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    fn page(id: u32, token: Option<&str>) -> String {
        let mut page = json!({ "totalRecords": 2, "count": 1, "resultTruncated": "false", "data": {
            "columns": [{ "name": "id", "type": "integer" }, { "name": "tags", "type": "object" }],
            "rows": [[id, { "a": 1 }]] } });
        if let Some(token) = token {
            page["$skipToken"] = json!(token);
        }
        page.to_string()
    }

    #[test]
    fn pages_are_followed_to_the_last() {
        let (first, second) = (page(1, Some("next")), page(2, None));
        let mut question = question("Resources");
        question.place = vec!["s1".to_owned(), "s2".to_owned()];
        let played = play(&ResourceGraph, question, &[(200, &first), (200, &second)]);
        assert_eq!(played.json(), json!([{ "id": 1, "tags": { "a": 1 } }, { "id": 2, "tags": { "a": 1 } }]));
        let bodies: Vec<_> = played.requests.iter().map(|request| request.body.clone()).collect();
        let Body::Json(first) = &bodies[0] else { panic!("JSON") };
        assert_eq!((&first["subscriptions"], &first["options"]["$top"]), (&json!(["s1", "s2"]), &json!(1000)));
        let Body::Json(second) = &bodies[1] else { panic!("JSON") };
        assert_eq!((bodies.len(), &second["options"]["$skipToken"]), (2, &json!("next")));
        assert!(played.troubles.is_empty());
    }

    #[test]
    fn an_answer_that_is_cut_off_without_a_next_page_is_said_to_be() {
        let body = page(1, None).replace("\"false\"", "\"true\"");
        let played = play(&ResourceGraph, question("Resources"), &[(200, &body)]);
        assert_eq!(played.troubles[0].kind, TroubleKind::Incomplete);
    }
}
