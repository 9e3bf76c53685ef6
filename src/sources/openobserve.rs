//! OpenObserve: SQL over a span of time, page by page.
//!
//! <https://openobserve.ai/docs/api/search/search/>

use chrono::Utc;
use model::ColumnType;
use serde_json::{Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind, gather::spec,
    source,
};

/// Hits of one page.
const PAGE: u64 = 1_000;

/// See the file.
pub(crate) struct OpenObserve;

impl Source for OpenObserve {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "openobserve",
            title: "OpenObserve",
            needs_time: true,
            environments: &["OpenObserve"],
            access: &[Access::Basic, Access::Key("authorization", "Basic")],
            place: Some(Place { key: "organization", required: false, several: false }),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Query { question, from: Some(0) })
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        Some(Box::new(Streams { organization: organization(&place), is_asked: false }))
    }
}

fn organization(place: &[String]) -> String {
    place.first().cloned().unwrap_or_else(|| "default".to_owned())
}

struct Query {
    question: Question,
    /// The first hit of the next page.
    from: Option<u64>,
}

impl Conversation for Query {
    fn next(&mut self) -> Option<Request> {
        let from = self.from.take()?;
        let size = PAGE.min(self.question.max_rows.map_or(PAGE, |rows| rows.saturating_add(1)));
        let mut query = json!({ "sql": self.question.query, "from": from, "size": size });
        if let (Some(span), Some(query)) = (&self.question.span, query.as_object_mut()) {
            query.insert("start_time".to_owned(), span.start().timestamp_micros().into());
            query.insert("end_time".to_owned(), span.end().timestamp_micros().into());
        }
        let request = Request::post("/api").segment(&organization(&self.question.place)).then("/_search");
        self.from = Some(from);
        Some(request.json(json!({ "query": query })))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let from = self.from.take().unwrap_or(0);
        let body: Json = source::json(answer)?;
        let hits = body.get("hits").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        for hit in hits {
            if source::push_objects([&with_instant(hit)], rows).is_err() {
                return Ok(());
            }
        }
        if let Some(words) = body.get("function_error").and_then(Json::as_str).filter(|words| !words.is_empty()) {
            rows.trouble(Trouble::new(TroubleKind::Incomplete, words));
        }
        if body.get("is_partial") == Some(&Json::Bool(true)) {
            rows.trouble(Trouble::new(TroubleKind::Incomplete, "the answer is partial"));
        }
        let limits_itself = self.question.query.to_ascii_lowercase().contains(" limit ");
        if hits.len() as u64 >= PAGE && !limits_itself {
            self.from = Some(from + hits.len() as u64);
        }
        Ok(())
    }
}

/// The time of a hit is in microseconds.
fn with_instant(hit: &Json) -> Json {
    let mut hit = hit.clone();
    let instant = hit.get("_timestamp").and_then(Json::as_i64).and_then(chrono::DateTime::<Utc>::from_timestamp_micros);
    if let (Some(instant), Some(hit)) = (instant, hit.as_object_mut()) {
        hit.insert("_timestamp".to_owned(), source::rfc3339(instant).into());
    }
    hit
}

/// The streams of an organization, which are its tables.
struct Streams {
    organization: String,
    is_asked: bool,
}

impl Conversation for Streams {
    fn next(&mut self) -> Option<Request> {
        let request = Request::get("/api").segment(&self.organization).then("/streams").query("fetchSchema", "true");
        (!std::mem::replace(&mut self.is_asked, true)).then_some(request)
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        let streams = body.get("list").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        let listed = streams.iter().flat_map(|stream| {
            let name = stream.get("name").and_then(Json::as_str).unwrap_or_default();
            let fields = stream.get("schema").and_then(Json::as_array).into_iter().flatten();
            fields.filter_map(move |field| {
                let kind = match field.get("type")?.as_str()? {
                    "Int64" | "UInt64" => ColumnType::Long,
                    "Float64" => ColumnType::Real,
                    "Boolean" => ColumnType::Bool,
                    _ => ColumnType::String,
                };
                Some((name, spec(field.get("name")?.as_str()?, kind)))
            })
        });
        source::list_columns(listed, rows);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use model::Span;

    use super::*;
    use crate::{
        Body,
        testing::{play, question},
    };

    #[test]
    fn pages_are_followed_until_one_is_not_full() {
        let hits: Vec<Json> = (0..PAGE).map(|n| json!({ "_timestamp": 1_714_521_600_000_000_i64, "n": n })).collect();
        let (full, last) = (json!({ "hits": hits }).to_string(), r#"{"hits":[{"n":-1}]}"#);
        let mut question = question("SELECT * FROM \"logs\"");
        let end = "2024-05-02T00:00:00Z".parse().unwrap();
        question.span = Some(Span::between(end - TimeDelta::days(1), end).unwrap());
        let played = play(&OpenObserve, question, &[(200, &full), (200, last)]);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!((rows.len() as u64, &rows[0]["_timestamp"]), (PAGE + 1, &json!("2024-05-01T00:00:00Z")));
        let Body::Json(second) = &played.requests[1].body else { panic!("JSON") };
        assert_eq!((&second["query"]["from"], &second["query"]["start_time"]), (&json!(PAGE), &json!(1_714_521_600_000_000_i64)));
        assert_eq!(played.requests[0].path, "/api/default/_search");
    }
}
