//! Alerts of Microsoft Graph security (`alerts_v2`): filters of OData, page by page.
//!
//! <https://learn.microsoft.com/graph/api/security-list-alerts_v2>

use std::borrow::Cow;

use serde_json::Value as Json;

use crate::{Access, Answer, Conversation, Endpoint, Facts, Gatherer, Question, Request, Source, Trouble, source};

/// Alerts of one page.
const PAGE: u64 = 500;

/// Where alerts are, if the query does not say.
const ALERTS: &str = "/security/alerts_v2";

/// See the file.
pub(crate) struct GraphSecurity;

impl Source for GraphSecurity {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "graph_security",
            title: "Microsoft Graph security alerts",
            environments: &["MSGraph"],
            endpoint: Endpoint::Graph,
            access: &[Access::Entra],
            // 150 requests a minute for each application and tenant.
            budgets: &[(150, 60)],
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
        match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => Some(first(&self.question)),
            Next::Page(address) => Some(Request { path: address, ..Request::get("") }),
            Next::Nothing => None,
        }
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        match body.get("value") {
            Some(Json::Array(alerts)) => {
                if source::push_objects(alerts, rows).is_err() {
                    return Ok(());
                }
            }
            // One alert by its id.
            None if body.get("id").is_some() => drop(source::push_objects([&body], rows)),
            _ => return Err(Trouble::unreadable()),
        }
        if let Some(address) = body.get("@odata.nextLink").and_then(Json::as_str) {
            self.next = Next::Page(address.to_owned());
        }
        Ok(())
    }
}

/// The query is a filter, or a path with parameters, of which the filter is one.
fn first(question: &Question) -> Request {
    let text = question.query.trim();
    let (path, parameters) = match text.strip_prefix('/') {
        Some(_) => text.split_once('?').unwrap_or((text, "")),
        None => (ALERTS, text),
    };
    // What stands in an address is encoded, and a filter by itself is not.
    let is_address = text.starts_with('/');
    let decoded = |part: &str| if is_address { decode(part) } else { part.to_owned() };
    let segments = path.split('/').filter(|part| !part.is_empty());
    let mut request = segments.fold(Request::get("/v1.0"), |request, part| request.segment(&decoded(part)));
    let mut is_bounded = false;
    for (name, value) in parts(parameters) {
        let value = decoded(value);
        request = match name {
            "$filter" => request.query("$filter", value),
            "$select" => request.query("$select", value),
            "$orderby" => request.query("$orderby", value),
            "$skip" => request.query("$skip", value),
            "$count" => request.query("$count", value),
            "$top" => {
                is_bounded = true;
                request.query("$top", value)
            }
            _ => request,
        };
    }
    // One alert has no pages.
    let is_list = path.trim_end_matches('/').ends_with("alerts_v2") || path.trim_end_matches('/').ends_with("incidents");
    let top = PAGE.min(question.max_rows.unwrap_or(PAGE).saturating_add(1));
    if is_list && !is_bounded { request.query("$top", top.to_string()) } else { request }
}

/// A part of an address as it was before it was encoded. A percent sign that encodes nothing stands for itself.
fn decode(part: &str) -> String {
    percent_encoding::percent_decode_str(part).decode_utf8().map_or_else(|_| part.to_owned(), Cow::into_owned)
}

/// The parameters of OData in a text: each begins with a dollar sign. A text without any is a filter.
fn parts(text: &str) -> Vec<(&str, &str)> {
    let text = text.trim_matches(['?', '&', ' ']);
    if !text.starts_with('$') {
        return if text.is_empty() { Vec::new() } else { vec![("$filter", text)] };
    }
    let mut rest = text;
    let mut parts = Vec::new();
    while !rest.is_empty() {
        // An ampersand may stand in a value; one before a dollar sign does not.
        let (part, after) = rest.split_once("&$").map_or((rest, ""), |(part, _)| (part, rest.get(part.len() + 1..).unwrap_or_default()));
        if let Some((name, value)) = part.split_once('=') {
            parts.push((name.trim(), value.trim()));
        }
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{play, question};

    #[test]
    fn pages_are_followed_and_members_of_members_are_columns() {
        let first = r#"{"@odata.context":"x","value":[{"id":"1","severity":"high","evidence":[{"a":1}],"vendor":{"name":"m"}}],
            "@odata.nextLink":"https://graph.microsoft.com/v1.0/security/alerts_v2?$skiptoken=2"}"#;
        let second = r#"{"value":[{"id":"2","severity":"low"}]}"#;
        let played = play(&GraphSecurity, question("severity eq 'high'"), &[(200, first), (200, second)]);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!((&rows[0]["vendor.name"], &rows[0]["evidence"]), (&json!("m"), &json!([{ "a": 1 }])));
        assert_eq!((rows.len(), &rows[1]["id"]), (2, &json!("2")));
        assert_eq!(played.requests[0].path, "/v1.0/security/alerts_v2");
        assert_eq!(played.requests[0].query[0], ("$filter", "severity eq 'high'".to_owned()));
        assert_eq!(played.requests[1].path, "https://graph.microsoft.com/v1.0/security/alerts_v2?$skiptoken=2");
    }

    #[test]
    fn a_query_may_be_a_path_with_parameters() {
        for (text, path, query) in [
            ("/security/alerts_v2?$filter=a eq 'x&y'&$top=5", "/v1.0/security/alerts_v2", vec![("$filter", "a eq 'x&y'"), ("$top", "5")]),
            ("$top=5&$filter=a eq 1", "/v1.0/security/alerts_v2", vec![("$top", "5"), ("$filter", "a eq 1")]),
            ("/security/alerts_v2/a..b", "/v1.0/security/alerts_v2/a..b", vec![]),
            ("/security/alerts_v2/a%20%2Fb", "/v1.0/security/alerts_v2/a%20%2Fb", vec![]),
            ("/security/alerts_v2?$filter=a eq '5%25 %26$x'&$top=5", "/v1.0/security/alerts_v2", vec![("$filter", "a eq '5% &$x'"), ("$top", "5")]),
            ("a eq '%41'", "/v1.0/security/alerts_v2", vec![("$filter", "a eq '%41'"), ("$top", "500")]),
            ("/security/../users", "/v1.0/security/%2E%2E/users", vec![]),
            ("", "/v1.0/security/alerts_v2", vec![("$top", "500")]),
        ] {
            let request = GraphSecurity.ask(question(text)).next().unwrap();
            assert_eq!(request.path, path, "{text}");
            let sent: Vec<_> = request.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(sent, query, "{text}");
        }
    }
}
