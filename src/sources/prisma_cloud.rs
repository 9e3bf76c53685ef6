//! Prisma Cloud: queries in RQL for assets, configurations, events and network flows, each with a page and a form of its own.
//!
//! <https://pan.dev/prisma-cloud/api/cspm/search/>

use std::time::Duration;

use model::Span;
use serde_json::{Map, Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, LoginForm, Question, Request, Session, Source, Ticket, Trouble,
    source,
};

static LOGIN: Session = Session {
    path: "/login",
    form: LoginForm::Json,
    fields: ("username", "password"),
    beside: &[],
    ticket: Ticket::Json("/token"),
    header: ("x-redlock-auth", ""),
    // Tokens hold for ten minutes.
    lifetime: Duration::from_mins(9),
};

/// What can be searched, where, and what the answer has.
struct Kind {
    name: &'static str,
    path: &'static str,
    items: &'static str,
    page: u64,
}

static ASSETS: Kind = Kind { name: "assets", path: "/search/api/v1/asset", items: "/value", page: 1_000 };
static CONFIG: Kind = Kind { name: "config_resource", path: "/search/api/v2/config", items: "/items", page: 10_000 };
static EVENTS: Kind = Kind { name: "events", path: "/search/event", items: "/data/items", page: 5_000 };
static NETWORK: Kind = Kind { name: "network", path: "/search", items: "/data/nodes", page: 100 };

static KINDS: [&Kind; 4] = [&ASSETS, &CONFIG, &EVENTS, &NETWORK];

/// See the file.
pub(crate) struct PrismaCloud;

impl Source for PrismaCloud {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "prisma_cloud",
            title: "Prisma Cloud",
            environments: &["Prismacloud"],
            endpoint: crate::Endpoint::Fixed("https://api.prismacloud.io"),
            access: &[Access::Session(&LOGIN)],
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        let parsed: Option<Json> = serde_json::from_str(&question.query).ok();
        let described = parsed.as_ref().and_then(|parsed| parsed.get("querymetadata")).and_then(Json::as_object);
        let (kind, query) = match described {
            Some(described) => {
                let name = described.get("endpoint").and_then(Json::as_str).unwrap_or_default();
                // What names none that there is, is asked where its words say.
                let text = described.get("query_by_user").and_then(Json::as_str).unwrap_or_default();
                let named = KINDS.iter().copied().find(|kind| kind.name == name);
                (named.unwrap_or_else(|| of_rql(text)), described.clone())
            }
            // Plain RQL says itself what it searches.
            None => {
                let query = Map::from_iter([("query_by_user".to_owned(), json!(question.query))]);
                (of_rql(&question.query), query)
            }
        };
        Box::new(Search { span: question.span, max_rows: question.max_rows, kind, query, next: Next::First })
    }
}

/// What RQL searches: its first words say.
fn of_rql(text: &str) -> &'static Kind {
    match text.split_whitespace().next().unwrap_or_default() {
        "config" => &CONFIG,
        "event" => &EVENTS,
        "network" => &NETWORK,
        _ => &ASSETS,
    }
}

struct Search {
    span: Option<Span>,
    max_rows: Option<u64>,
    kind: &'static Kind,
    query: Map<String, Json>,
    next: Next,
}

enum Next {
    First,
    Page(String),
    Nothing,
}

impl Search {
    /// The time that is searched: between two instants, or so long before now.
    fn time(&self) -> Json {
        if let Some(span) = &self.span {
            let (start, end) = (span.start().timestamp_millis(), span.end().timestamp_millis());
            return json!({ "type": "absolute", "value": { "startTime": start, "endTime": end } });
        }
        let unit = self.query.get("unit").and_then(Json::as_str).unwrap_or("day");
        let amount = self.query.get("amount").and_then(|amount| amount.as_u64().or_else(|| amount.as_str()?.parse().ok()));
        json!({ "type": "relative", "value": { "unit": unit, "amount": amount.unwrap_or(1) } })
    }
}

impl Conversation for Search {
    fn next(&mut self) -> Option<Request> {
        let token = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::First => None,
            Next::Page(token) => Some(token),
            Next::Nothing => return None,
        };
        let kind = self.kind;
        let limit = kind.page.min(self.max_rows.map_or(kind.page, |rows| rows.saturating_add(1)));
        let mut body = json!({ "query": self.query.get("query_by_user"), "limit": limit, "timeRange": self.time() });
        let body_map = body.as_object_mut()?;
        match kind.name {
            "config_resource" => drop(body_map.insert("withResourceJson".to_owned(), true.into())),
            "network" => body_map.extend([
                ("cloudType".to_owned(), json!("aws")),
                ("saved".to_owned(), false.into()),
                ("default".to_owned(), false.into()),
            ]),
            _ => {}
        }
        if let Some(token) = token {
            let name = if kind.name == "assets" { "nextPageToken" } else { "pageToken" };
            body_map.insert(name.to_owned(), token.into());
        }
        Some(Request::post(kind.path).json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let kind = self.kind;
        let body: Json = source::json(answer)?;
        let items = body.pointer(kind.items).and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        if source::push_objects(items, rows).is_err() {
            return Ok(());
        }
        let token = ["/nextPageToken", "/data/nextPageToken"].iter().find_map(|at| body.pointer(at)?.as_str());
        if let Some(token) = token.filter(|token| !token.is_empty() && !items.is_empty()) {
            self.next = Next::Page(token.to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    #[test]
    fn each_kind_has_its_own_place_and_pages() {
        let query = r#"{"querymetadata":{"query_by_user":"event from cloud.audit_logs where x","endpoint":"events","unit":"hour","amount":4}}"#;
        let first = r#"{"data":{"items":[{"id":1,"account":{"name":"a"}}],"nextPageToken":"t"}}"#;
        let second = r#"{"data":{"items":[{"id":2}]}}"#;
        let played = play(&PrismaCloud, question(query), &[(200, first), (200, second)]);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!((&rows[0]["account.name"], &rows[1]["id"]), (&json!("a"), &json!(2)));
        assert_eq!(played.requests[0].path, "/search/event");
        let Body::Json(body) = &played.requests[0].body else { panic!("JSON") };
        assert_eq!(body["timeRange"], json!({ "type": "relative", "value": { "unit": "hour", "amount": 4 } }));
        let Body::Json(body) = &played.requests[1].body else { panic!("JSON") };
        assert_eq!(body["pageToken"], "t");
    }

    #[test]
    fn an_absolute_time_is_said_as_one() {
        let mut question = question("config from cloud.resource where x");
        let (start, end) = ("2024-05-01T00:00:00Z".parse().unwrap(), "2024-05-02T00:00:00Z".parse().unwrap());
        question.span = Some(Span::between(start, end).unwrap());
        let played = play(&PrismaCloud, question, &[(200, r#"{"items":[]}"#)]);
        let Body::Json(body) = &played.requests[0].body else { panic!("JSON") };
        assert_eq!((played.requests[0].path.as_str(), &body["timeRange"]["type"]), ("/search/api/v2/config", &json!("absolute")));
        assert_eq!(body["timeRange"]["value"]["startTime"], 1_714_521_600_000_i64);
    }
}
