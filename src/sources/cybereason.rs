//! Cybereason: searches in its graph, asked with a JSON body, in pages.
//!
//! <https://nest.cybereason.com/documentation/api-documentation/all-versions/query-malops-and-elements>

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, LoginForm, Question, Request, Session, Source, Ticket, Trouble,
    TroubleKind, source,
};

/// Results of one page.
const PAGE: u64 = 1_000;

/// The most results that one search may have.
const MOST: u64 = 100_000;

/// How often a search is repeated with more time when the server says that it had too little.
const RETRIES: u32 = 3;

static LOGIN: Session = Session {
    path: "/login.html",
    form: LoginForm::Form,
    fields: ("username", "password"),
    beside: &[],
    ticket: Ticket::Cookies,
    header: ("cookie", ""),
    lifetime: Duration::from_hours(4),
};

/// See the file.
pub(crate) struct Cybereason;

impl Source for Cybereason {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "cybereason",
            title: "Cybereason",
            environments: &["Cybereason"],
            access: &[Access::Session(&LOGIN)],
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        let body = serde_json::from_str(&question.query).ok();
        let wanted = question.max_rows.map_or(MOST, |rows| rows.saturating_add(1)).min(MOST);
        Box::new(Search { body, wanted, page: Some(0), token: None, found: 0, retries: 0, timeout_ms: 120_000 })
    }
}

struct Search {
    /// The query; `None` if it is no JSON object.
    body: Option<Map<String, Json>>,
    wanted: u64,
    page: Option<u64>,
    token: Option<String>,
    found: u64,
    retries: u32,
    timeout_ms: u64,
}

impl Conversation for Search {
    fn next(&mut self) -> Option<Request> {
        let page = self.page?;
        let size = PAGE.min(self.wanted);
        let mut body = json!({
            "queryPath": [],
            "totalResultLimit": self.wanted,
            "perGroupLimit": 100,
            "perFeatureLimit": 100,
            "templateContext": "SPECIFIC",
            "queryTimeout": self.timeout_ms,
            "customFields": [],
        });
        let mut pagination = json!({ "pageSize": size });
        if page > 0 {
            pagination = json!({ "pageSize": size, "page": page + 1, "skip": page * size, "paginationToken": self.token });
        }
        if let Some(body) = body.as_object_mut() {
            body.extend(self.body.clone().unwrap_or_default());
            body.insert("pagination".to_owned(), pagination);
            if self.retries > 0 {
                body.insert("queryTimeout".to_owned(), self.timeout_ms.into());
            }
        }
        let request = Request::post("/rest/visualsearch/query/simple").query("page", page.to_string());
        let request = request.query("itemsPerPage", size.to_string()).json(body);
        Some(match &self.token {
            Some(token) if page > 0 => request.header("pagination-token", token.clone()),
            _ => request,
        })
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        if self.body.is_none() {
            return Err(Trouble::new(TroubleKind::Rejected, "the query is not a JSON object"));
        }
        let body: Json = source::json(answer)?;
        let words = body.get("message").and_then(Json::as_str).unwrap_or_default();
        let status = body.get("status").and_then(Json::as_str).unwrap_or_default();
        let had_too_little = words.contains("408 Request Timeout") || words.contains("MILLISECONDS");
        if status == "PARTIAL_SUCCESS" && had_too_little && self.retries < RETRIES {
            self.retries += 1;
            self.timeout_ms = self.timeout_ms * 3 / 2;
            return Ok(());
        }
        match status {
            "SUCCESS" | "" => {}
            "PARTIAL_SUCCESS" => rows.trouble(Trouble::new(TroubleKind::Incomplete, words).code(Some(status))),
            _ => return Err(Trouble::new(TroubleKind::Failed, words).code(Some(status))),
        }
        let data = body.get("data").ok_or_else(Trouble::unreadable)?;
        let results = data.get("resultIdToElementDataMap").and_then(Json::as_object).ok_or_else(Trouble::unreadable)?;
        let page = self.page.take().unwrap_or(0);
        for (id, element) in results {
            if rows.object(&flat(id, element)).is_err() {
                return Ok(());
            }
        }
        self.found += results.len() as u64;
        let total = data.get("totalPossibleResults").or_else(|| data.get("totalResults")).and_then(Json::as_u64).unwrap_or(0);
        let token = data.get("paginationToken").and_then(Json::as_str);
        if let Some(token) = token.filter(|_| !results.is_empty() && self.found < total.min(self.wanted)) {
            self.token = Some(token.to_owned());
            self.page = Some(page + 1);
        }
        Ok(())
    }
}

/// An element as one row: its values, the names and ids of elements that it points to, and what is said about it.
fn flat(id: &str, element: &Json) -> Map<String, Json> {
    let mut row = Map::from_iter([("resultId".to_owned(), json!(id))]);
    let members = |key: &str| element.get(key).and_then(Json::as_object).into_iter().flatten();
    for (name, value) in members("simpleValues") {
        let values = value.get("values").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let mut distinct: Vec<Json> = Vec::new();
        for value in values.iter().map(|value| read(name, value)) {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        }
        row.insert(name.clone(), one_or_all(distinct));
    }
    for (name, value) in members("elementValues") {
        let elements = value.get("elementValues").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        for (key, suffix) in [("name", ""), ("guid", ".guid")] {
            let of: Vec<Json> = elements.iter().filter_map(|element| element.get(key).cloned()).collect();
            row.insert(format!("{name}{suffix}"), one_or_all(of));
        }
        for key in ["totalSuspicious", "totalMalicious"] {
            row.extend(value.get(key).map(|count| (format!("{name}.{key}"), count.clone())));
        }
    }
    for key in ["suspicions", "isMalicious", "suspicionCount", "malopPriority", "malicious", "suspect"] {
        row.extend(element.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    row
}

fn one_or_all(mut values: Vec<Json>) -> Json {
    match values.len() {
        0 => Json::Null,
        1 => values.remove(0),
        _ => Json::Array(values),
    }
}

/// What is called a time is one, in milliseconds.
fn read(name: &str, value: &Json) -> Json {
    let milliseconds = || value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let instant = name.contains("Time").then(milliseconds).flatten().and_then(DateTime::<Utc>::from_timestamp_millis);
    instant.map_or_else(|| value.clone(), |instant| source::rfc3339(instant).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    const QUERY: &str = r#"{"queryPath":[{"requestedType":"Process"}],"customFields":["elementDisplayName"]}"#;

    fn page(id: &str, total: u64) -> String {
        json!({ "status": "SUCCESS", "data": { "totalPossibleResults": total, "paginationToken": "more",
            "resultIdToElementDataMap": { id: {
                "simpleValues": { "creationTime": { "values": ["1714521600000"] }, "commandLine": { "values": ["a", "b", "a"] } },
                "elementValues": { "ownerMachine": { "totalMalicious": 1, "elementValues": [{ "name": "host", "guid": "g" }] } },
                "isMalicious": true } } } })
        .to_string()
    }

    #[test]
    fn elements_are_rows_and_pages_are_followed() {
        let (first, second) = (page("1", 2), page("2", 2));
        let played = play(&Cybereason, question(QUERY), &[(200, &first), (200, &second)]);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!(
            rows[0],
            json!({ "resultId": "1", "creationTime": "2024-05-01T00:00:00Z", "commandLine": ["a", "b"], "ownerMachine": "host",
                "ownerMachine.guid": "g", "ownerMachine.totalMalicious": 1, "isMalicious": true })
        );
        assert_eq!((rows.len(), played.requests.len()), (2, 2));
        assert_eq!(played.requests[1].headers, [("pagination-token", "more".to_owned())]);
        let Body::Json(body) = &played.requests[0].body else { panic!("JSON") };
        assert_eq!((&body["templateContext"], &body["queryPath"][0]["requestedType"]), (&json!("SPECIFIC"), &json!("Process")));
    }

    #[test]
    fn a_search_that_had_too_little_time_gets_more() {
        let late = r#"{"status":"PARTIAL_SUCCESS","message":"timed out after 120000 MILLISECONDS","data":{}}"#;
        let whole = page("1", 1);
        let played = play(&Cybereason, question(QUERY), &[(200, late), (200, &whole)]);
        let Body::Json(body) = &played.requests[1].body else { panic!("JSON") };
        assert_eq!((&body["queryTimeout"], played.json().as_array().unwrap().len()), (&json!(180_000), 1));
    }

    #[test]
    fn what_is_no_query_is_rejected() {
        let played = play(&Cybereason, question("process where"), &[(200, "{}")]);
        assert_eq!(played.ended.unwrap_err().kind, TroubleKind::Rejected);
    }
}
