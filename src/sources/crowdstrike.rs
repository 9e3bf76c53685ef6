//! CrowdStrike Falcon LogScale: a query job is made, looked at until it is done, and stopped when nobody waits.
//!
//! <https://library.humio.com/integrations/api-search.html>

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json, json};

use crate::{Access, Answer, Conversation, Facts, Gatherer, Place, Question, Request, Source, Trouble, TroubleKind, source};

/// How long a job is waited for if it does not say itself.
const POLL_EVERY: Duration = Duration::from_millis(500);

/// See the file.
pub(crate) struct CrowdStrike;

impl Source for CrowdStrike {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "crowdstrike",
            title: "CrowdStrike Falcon LogScale",
            needs_time: true,
            environments: &["CrowdStrike"],
            access: &[Access::Key("authorization", "Bearer")],
            place: Some(Place { key: "repository", required: true, several: false }),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Job { question, id: None, next: Next::Submit })
    }
}

struct Job {
    question: Question,
    id: Option<String>,
    next: Next,
}

enum Next {
    Submit,
    Look(Duration),
    Nothing,
}

impl Job {
    fn jobs(&self, request: Request) -> Request {
        request.segment(self.question.first_place()).then("/queryjobs")
    }
}

impl Conversation for Job {
    fn next(&mut self) -> Option<Request> {
        match self.next {
            Next::Submit => {
                let mut body = json!({ "queryString": self.question.query, "isLive": false, "start": "24hours" });
                if let (Some(span), Some(body)) = (&self.question.span, body.as_object_mut()) {
                    body.insert("start".to_owned(), span.start().timestamp_millis().into());
                    body.insert("end".to_owned(), span.end().timestamp_millis().into());
                }
                Some(self.jobs(Request::post("/api/v1/repositories")).json(body))
            }
            Next::Look(after) => {
                let id = self.id.as_deref().unwrap_or_default();
                Some(self.jobs(Request::get("/api/v1/repositories")).segment(id).after(after))
            }
            Next::Nothing => None,
        }
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        if matches!(self.next, Next::Submit) {
            let id = body.get("id").and_then(Json::as_str).ok_or_else(Trouble::unreadable)?;
            self.id = Some(id.to_owned());
            self.next = Next::Look(Duration::from_millis(100));
            return Ok(());
        }
        let said = |key: &str| body.get(key) == Some(&Json::Bool(true));
        if said("cancelled") {
            return Err(Trouble::new(TroubleKind::Failed, "the query was cancelled at the source"));
        }
        if !said("done") {
            let wait = body.pointer("/metaData/pollAfter").and_then(Json::as_u64).map(Duration::from_millis);
            self.next = Next::Look(wait.unwrap_or(POLL_EVERY).clamp(Duration::from_millis(50), Duration::from_secs(5)));
            return Ok(());
        }
        (self.id, self.next) = (None, Next::Nothing);
        for warning in body.pointer("/metaData/warnings").and_then(Json::as_array).into_iter().flatten() {
            let words = warning.get("message").and_then(Json::as_str).or(warning.as_str()).unwrap_or("a warning");
            rows.trouble(Trouble::new(TroubleKind::Incomplete, words));
        }
        let events = body.get("events").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
        for event in events.iter().filter_map(Json::as_object) {
            if rows.object(&with_instant(event)).is_err() {
                return Ok(());
            }
        }
        let extra = body.pointer("/metaData/extraData/hasMoreEvents");
        if extra.is_some_and(|more| more == "true" || more == &Json::Bool(true)) {
            rows.mark_truncated();
        }
        Ok(())
    }

    fn cancel(&self) -> Option<Request> {
        Some(self.jobs(Request::delete("/api/v1/repositories")).segment(self.id.as_ref()?))
    }
}

/// The time of an event is in milliseconds.
fn with_instant(event: &Map<String, Json>) -> Map<String, Json> {
    let mut event = event.clone();
    if let Some(time) = event.get_mut("@timestamp") {
        let milliseconds = time.as_i64().or_else(|| time.as_str()?.parse().ok());
        if let Some(instant) = milliseconds.and_then(DateTime::<Utc>::from_timestamp_millis) {
            *time = source::rfc3339(instant).into();
        }
    }
    event
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{play, question};

    #[test]
    fn a_job_is_made_and_looked_at_until_it_is_done() {
        let mut question = question("#event_simpleName=ProcessRollup2 | head(2)");
        question.place = vec!["falcon".to_owned()];
        let played = play(
            &CrowdStrike,
            question,
            &[
                (200, r#"{"id":"Q-1"}"#),
                (200, r#"{"done":false,"events":[],"metaData":{"pollAfter":200}}"#),
                (200, r#"{"done":true,"cancelled":false,"events":[{"@timestamp":1714521600000,"aid":"a"}],"metaData":{"warnings":[{"message":"slow"}],"extraData":{"hasMoreEvents":"true"}}}"#),
            ],
        );
        assert_eq!(played.json(), json!([{ "@timestamp": "2024-05-01T00:00:00Z", "aid": "a" }]));
        assert_eq!(played.requests[2].path, "/api/v1/repositories/falcon/queryjobs/Q-1");
        assert_eq!((played.requests[2].after.as_millis(), played.troubles.len(), played.is_truncated), (200, 1, true));
    }

    #[test]
    fn a_job_that_runs_can_be_stopped_and_one_that_is_done_need_not() {
        let mut conversation = CrowdStrike.ask(question("x"));
        let mut rows = Gatherer::new(None, Box::new(|_| true));
        for (body, expected) in [(r#"{"id":"Q-1"}"#, true), (r#"{"done":true,"events":[]}"#, false)] {
            conversation.next();
            let mut bytes = body.as_bytes();
            conversation.read(&mut Answer { status: 200, headers: &[], body: &mut bytes }, &mut rows).unwrap();
            assert_eq!(conversation.cancel().is_some(), expected);
        }
    }
}
