//! ClickHouse: SQL over HTTP, row after row with names and types before them.
//!
//! <https://clickhouse.com/docs/interfaces/http>

use std::io::BufReader;

use serde::de::DeserializeSeed as _;

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind,
    gather::spec,
    tabular::{self, Row},
    types,
};

/// What an error begins with that comes in the middle of an answer.
const EXCEPTION: &str = "exception";

/// See the file.
pub(crate) struct ClickHouse;

impl Source for ClickHouse {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "clickhouse",
            title: "ClickHouse",
            environments: &["ClickHouse"],
            access: &[Access::Headers("x-clickhouse-user", "x-clickhouse-key"), Access::Basic, Access::Open],
            place: Some(Place { key: "database", required: false, several: false }),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Query { question, is_asked: false })
    }

    fn ask_for_schema(&self, place: Vec<String>) -> Option<Box<dyn Conversation>> {
        let query = "SELECT table, name AS column, type FROM system.columns WHERE database = currentDatabase() ORDER BY table, position";
        let question = Question {
            query: query.to_owned(),
            span: None,
            max_rows: None,
            place,
            patience: std::time::Duration::from_secs(30),
            run_id: String::new(),
        };
        Some(self.ask(question))
    }
}

struct Query {
    question: Question,
    is_asked: bool,
}

impl Conversation for Query {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let mut request = Request::post("/")
            .query("default_format", "JSONCompactEachRowWithNamesAndTypes")
            .query("date_time_output_format", "iso")
            .query("output_format_json_quote_64bit_integers", "1")
            .query("readonly", "2")
            .query("max_execution_time", self.question.patience.as_secs().max(1).to_string())
            .query("cancel_http_readonly_queries_on_client_close", "1");
        if !self.question.run_id.is_empty() {
            request = request.query("query_id", self.question.run_id.clone());
        }
        if let Some(database) = self.question.place.first() {
            request = request.query("database", database.clone());
        }
        Some(request.text(self.question.query.trim().trim_end_matches(';')))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body = BufReader::with_capacity(64 * 1024, &mut *answer.body);
        let mut lines = serde_json::Deserializer::from_reader(body);
        let mut names: Option<Vec<String>> = None;
        let mut has_types = false;
        loop {
            let read = match (&names, has_types) {
                (None, _) => serde::Deserialize::deserialize(&mut lines).map(|read: Vec<String>| names = Some(read)),
                (Some(known), false) => {
                    let kinds: Result<Vec<String>, _> = serde::Deserialize::deserialize(&mut lines);
                    kinds.map(|kinds| {
                        has_types = true;
                        let specs = known.iter().zip(&kinds).map(|(name, kind)| spec(name, types::of_clickhouse(kind)));
                        let _ = rows.columns(specs.collect());
                    })
                }
                (Some(_), true) => Row(rows).deserialize(&mut lines),
            };
            match read {
                Ok(()) => {}
                Err(_) if rows.is_full() => return Ok(()),
                // The end comes between two lines, and nowhere else.
                Err(error) if error.is_eof() && (has_types || names.is_none()) => {
                    return if lines.end().is_ok() { Ok(()) } else { Err(tabular::broken(&error)) };
                }
                // What is said when it fails on the way is no JSON.
                Err(error) if !error.is_io() => {
                    return Err(Trouble::new(TroubleKind::Failed, "the query failed on the way").code(Some(EXCEPTION)));
                }
                Err(error) => return Err(tabular::broken(&error)),
            }
        }
    }

    fn cancel(&self) -> Option<Request> {
        let id: String = self.question.run_id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let is_running = self.is_asked && !id.is_empty();
        is_running.then(|| Request::post("/").text(format!("KILL QUERY WHERE query_id = '{id}' ASYNC")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{play, question};

    const HEAD: &str = "[\"t\", \"n\", \"big\", \"tags\"]\n[\"DateTime\", \"Nullable(Int32)\", \"UInt64\", \"Map(String, String)\"]\n";

    #[test]
    fn rows_have_the_types_that_stand_before_them() {
        let body = format!("{HEAD}[\"2024-05-01T00:00:00Z\", 5, \"18446744073709551615\", {{\"a\": \"b\"}}]\n[null, null, \"1\", {{}}]\n");
        let mut question = question("SELECT 1;");
        question.place = vec!["logs".to_owned()];
        let played = play(&ClickHouse, question, &[(200, &body)]);
        assert!(played.ended.is_ok());
        assert_eq!(
            played.json(),
            json!([
                { "t": "2024-05-01T00:00:00Z", "n": 5, "big": "18446744073709551615", "tags": { "a": "b" } },
                { "t": null, "n": null, "big": "1", "tags": {} },
            ])
        );
        assert_eq!(played.requests[0].body, crate::Body::Text("SELECT 1".to_owned()));
        assert!(played.requests[0].query.contains(&("database", "logs".to_owned())));
    }

    #[test]
    fn a_query_that_fails_on_the_way_keeps_its_rows() {
        let body = format!("{HEAD}[null, 1, \"1\", {{}}]\nCode: 241. DB::Exception: Memory limit exceeded");
        let played = play(&ClickHouse, question("SELECT 1"), &[(200, &body)]);
        assert_eq!((played.json().as_array().unwrap().len(), played.ended.unwrap_err().kind), (1, TroubleKind::Failed));
    }

    #[test]
    fn an_answer_without_rows_is_whole() {
        for body in ["", HEAD] {
            let played = play(&ClickHouse, question("SELECT 1"), &[(200, body)]);
            assert!(played.ended.is_ok(), "{body:?}");
        }
    }
}
