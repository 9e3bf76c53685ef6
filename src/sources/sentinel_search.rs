//! Searches over all that a workspace keeps, archives included: one query over a time that has to be said.

use serde_json::json;

use crate::{
    Access, Answer, Conversation, Endpoint, Facts, Gatherer, Place, Question, Request, Source, Trouble,
    log_analytics::{SPELLING, tell},
    source, tabular,
};

/// See the file.
pub(crate) struct SentinelSearch;

impl Source for SentinelSearch {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "sentinel_search",
            title: "Microsoft Sentinel search",
            needs_time: true,
            environments: &["MSSentinelSearch"],
            endpoint: Endpoint::LogAnalytics,
            access: &[Access::Entra],
            place: Some(Place { key: "workspace_id", required: true, several: false }),
            origin_column: "workspace",
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Search { question, is_asked: false })
    }
}

struct Search {
    question: Question,
    is_asked: bool,
}

impl Conversation for Search {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let mut body = json!({ "query": self.question.query });
        if let (Some(span), Some(body)) = (&self.question.span, body.as_object_mut()) {
            body.insert("start".to_owned(), source::rfc3339(span.start()).into());
            body.insert("end".to_owned(), source::rfc3339(span.end()).into());
        }
        Some(Request::post("/v1/workspaces").segment(self.question.first_place()).then("/search").json(body))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let beside = tabular::read(answer.body, &SPELLING, rows)?;
        tell(&beside.members, rows);
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
    fn a_search_says_from_when_to_when() {
        let mut question = question("T");
        question.place = vec!["ws".to_owned()];
        let end = "2024-05-02T00:00:00Z".parse().unwrap();
        question.span = Some(Span::between(end - TimeDelta::days(1), end).unwrap());
        let body = r#"{"tables":[{"columns":[{"name":"N","type":"long"}],"rows":[[1]]}]}"#;
        let played = play(&SentinelSearch, question, &[(200, body)]);
        assert_eq!((played.json(), played.requests[0].path.as_str()), (json!([{ "N": 1 }]), "/v1/workspaces/ws/search"));
        let expected = json!({ "query": "T", "start": "2024-05-01T00:00:00Z", "end": "2024-05-02T00:00:00Z" });
        assert_eq!(played.requests[0].body, Body::Json(expected));
    }
}
