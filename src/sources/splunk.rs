//! Splunk: searches whose results are passed on as they come, or jobs that are waited for, page by page.
//!
//! <https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTsearch>

use std::time::Duration;

use model::Span;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, LoginForm, Place, Question, Request, Session, Source, Ticket, Trouble,
    TroubleKind, source, tabular,
};

/// Results that are fetched at once.
const PAGE: u64 = 10_000;

/// How long a job is waited for before it is looked at again.
const POLL_EVERY: Duration = Duration::from_millis(500);

static LOGIN: Session = Session {
    path: "/services/auth/login",
    form: LoginForm::Form,
    fields: ("username", "password"),
    beside: &[("output_mode", "json")],
    ticket: Ticket::Json("/sessionKey"),
    header: ("authorization", "Splunk"),
    // Sessions end after an hour in which nothing is asked.
    lifetime: Duration::from_mins(55),
};

static ACCESS: &[Access] = &[Access::Key("authorization", "Bearer"), Access::Session(&LOGIN)];

/// Searches whose results come as they are found.
pub(crate) struct Splunk;

/// Searches as jobs: for servers behind something that ends long requests.
pub(crate) struct SplunkJobs;

impl Source for Splunk {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "splunk",
            title: "Splunk",
            environments: &["Splunk"],
            access: ACCESS,
            place: Some(Place { key: "app", required: false, several: false }),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Export { question, is_asked: false })
    }
}

impl Source for SplunkJobs {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "splunk_jobs",
            title: "Splunk, by search jobs",
            environments: &["Splunk"],
            access: ACCESS,
            place: Some(Place { key: "app", required: false, several: false }),
            ..Facts::DEFAULT
        };
        &FACTS
    }

    fn ask(&self, question: Question) -> Box<dyn Conversation> {
        Box::new(Job { question, next: Next::Submit, sid: None })
    }
}

/// A search begins with a command; words alone are for the command `search`.
fn search(query: &str) -> String {
    let query = query.trim();
    let first = query.split([' ', '\t', '\n', '\r']).next().unwrap_or_default();
    if query.starts_with('|') || first.eq_ignore_ascii_case("search") { query.to_owned() } else { format!("search {query}") }
}

/// Below an app, if one is named.
fn path(question: &Question, rest: &str) -> Request {
    match question.first_place() {
        "" => Request::post("/services").then(rest),
        app => Request::post("/servicesNS/nobody").segment(app).then(rest),
    }
}

fn with_time(request: Request, span: Option<&Span>) -> Request {
    match span {
        Some(span) => request
            .form("earliest_time", source::rfc3339(span.start()))
            .form("latest_time", source::rfc3339(span.end())),
        None => request,
    }
}

struct Export {
    question: Question,
    is_asked: bool,
}

impl Conversation for Export {
    fn next(&mut self) -> Option<Request> {
        if std::mem::replace(&mut self.is_asked, true) {
            return None;
        }
        let request = path(&self.question, "/search/jobs/export").form("search", search(&self.question.query));
        let request = with_time(request, self.question.span.as_ref());
        let timeout = self.question.patience.as_secs().max(1).to_string();
        Some(request.form("output_mode", "json").form("preview", "false").form("auto_cancel", timeout))
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        #[derive(Deserialize)]
        struct Line {
            #[serde(default)]
            preview: bool,
            result: Option<Map<String, Json>>,
            #[serde(default)]
            messages: Vec<Message>,
        }

        let body = std::io::BufReader::with_capacity(64 * 1024, &mut *answer.body);
        for line in serde_json::Deserializer::from_reader(body).into_iter::<Line>() {
            let line = line.map_err(|error| tabular::broken(&error))?;
            tell(&line.messages, rows)?;
            if let Some(result) = line.result.filter(|_| !line.preview)
                && rows.object(&result).is_err()
            {
                return Ok(());
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    text: String,
}

/// What the server has to say: fatal or not, or of no matter.
fn tell(messages: &[Message], rows: &mut Gatherer) -> Result<(), Trouble> {
    for Message { kind, text } in messages {
        match kind.to_ascii_uppercase().as_str() {
            "FATAL" => return Err(Trouble::new(TroubleKind::Rejected, text.as_str()).code(Some("FATAL"))),
            kind @ ("ERROR" | "WARN") => rows.trouble(Trouble::new(TroubleKind::Incomplete, text.as_str()).code(Some(kind))),
            _ => {}
        }
    }
    Ok(())
}

struct Job {
    question: Question,
    next: Next,
    sid: Option<String>,
}

enum Next {
    Submit,
    Look,
    Fetch { offset: u64, of: u64 },
    Nothing,
}

impl Conversation for Job {
    fn next(&mut self) -> Option<Request> {
        let sid = self.sid.clone().unwrap_or_default();
        match &self.next {
            Next::Submit => {
                let request = path(&self.question, "/search/jobs").form("search", search(&self.question.query));
                let request = with_time(request, self.question.span.as_ref()).form("output_mode", "json");
                // The server forgets a job that nobody looks at.
                Some(request.form("exec_mode", "normal").form("auto_cancel", "60"))
            }
            Next::Look => Some(
                Request::get("/services/search/jobs").segment(&sid).query("output_mode", "json").after(POLL_EVERY),
            ),
            Next::Fetch { offset, .. } => {
                let request = Request::get("/services/search/jobs").segment(&sid).then("/results");
                let request = request.query("output_mode", "json").query("offset", offset.to_string());
                Some(request.query("count", PAGE.to_string()))
            }
            Next::Nothing => None,
        }
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        let body: Json = source::json(answer)?;
        let messages = |at: &Json| -> Vec<Message> {
            at.get("messages").and_then(|messages| Vec::deserialize(messages).ok()).unwrap_or_default()
        };
        match self.next {
            Next::Submit => {
                let sid = body.get("sid").and_then(Json::as_str).ok_or_else(Trouble::unreadable)?;
                self.sid = Some(sid.to_owned());
                self.next = Next::Look;
            }
            Next::Look => {
                let content = body.pointer("/entry/0/content").ok_or_else(Trouble::unreadable)?;
                tell(&messages(content), rows)?;
                let said = |key: &str| content.get(key).is_some_and(|value| value == &Json::Bool(true) || value == "1" || value == 1);
                if said("isFailed") {
                    return Err(Trouble::new(TroubleKind::Failed, "the search failed"));
                }
                if said("isDone") {
                    let count = content.get("resultCount");
                    let of = count.and_then(|count| count.as_u64().or_else(|| count.as_str()?.parse().ok())).unwrap_or(0);
                    self.next = if of == 0 { Next::Nothing } else { Next::Fetch { offset: 0, of } };
                }
            }
            Next::Fetch { offset, of } => {
                tell(&messages(&body), rows)?;
                let results = body.get("results").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
                for result in results.iter().filter_map(Json::as_object) {
                    if rows.object(result).is_err() {
                        return Ok(());
                    }
                }
                let offset = offset + results.len() as u64;
                self.next = if results.is_empty() || offset >= of { Next::Nothing } else { Next::Fetch { offset, of } };
            }
            Next::Nothing => {}
        }
        Ok(())
    }

    fn cancel(&self) -> Option<Request> {
        let sid = self.sid.as_ref()?;
        Some(Request::post("/services/search/jobs").segment(sid).then("/control").form("action", "cancel"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{play, question};

    #[test]
    fn results_are_read_as_they_come_and_previews_are_not() {
        let body = "{\"preview\":true,\"offset\":0,\"result\":{\"host\":\"early\"}}\n\
            {\"preview\":false,\"offset\":0,\"result\":{\"_time\":\"2024-05-01T00:00:00.000+00:00\",\"host\":\"a\",\"count\":\"3\"}}\n\
            {\"preview\":false,\"offset\":1,\"lastrow\":true,\"result\":{\"host\":\"b\",\"mv\":[\"1\",\"2\"]}}\n\
            {\"messages\":[{\"type\":\"WARN\",\"text\":\"Some peers are down\"},{\"type\":\"INFO\",\"text\":\"x\"}]}\n";
        let played = play(&Splunk, question("index=main error"), &[(200, body)]);
        let Json::Array(rows) = played.json() else { panic!("rows") };
        assert_eq!((rows.len(), &rows[0]["host"], &rows[1]["mv"]), (2, &json!("a"), &json!(["1", "2"])));
        assert_eq!(played.troubles[0].message, "Some peers are down");
        let crate::Body::Form(form) = &played.requests[0].body else { panic!("a form") };
        assert!(form.contains(&("search", "search index=main error".to_owned())));
        assert_eq!(played.requests[0].path, "/services/search/jobs/export");
    }

    #[test]
    fn a_search_begins_with_a_command() {
        for (query, sent) in [
            ("| tstats count", "| tstats count"),
            ("search x", "search x"),
            ("SEARCH x", "SEARCH x"),
            (" index=a\n", "search index=a"),
            ("searching=1", "search searching=1"),
        ] {
            assert_eq!(search(query), sent);
        }
    }

    #[test]
    fn a_fatal_message_is_the_end() {
        let body = r#"{"messages":[{"type":"FATAL","text":"Error in 'x' command"}]}"#;
        assert_eq!(play(&Splunk, question("x"), &[(200, body)]).ended.unwrap_err().kind, TroubleKind::Rejected);
    }

    #[test]
    fn a_job_is_submitted_looked_at_and_fetched_and_can_be_cancelled() {
        let mut question = question("index=main");
        question.place = vec!["security app".to_owned()];
        let answers = [
            (201, r#"{"sid":"17.2"}"#),
            (200, r#"{"entry":[{"content":{"isDone":false,"isFailed":false,"resultCount":0}}]}"#),
            (200, r#"{"entry":[{"content":{"isDone":true,"isFailed":false,"resultCount":2,"messages":[]}}]}"#),
            (200, r#"{"results":[{"host":"a"}]}"#),
            (200, r#"{"results":[{"host":"b"}]}"#),
        ];
        let played = play(&SplunkJobs, question.clone(), &answers);
        assert_eq!(played.json(), json!([{ "host": "a" }, { "host": "b" }]));
        let paths: Vec<_> = played.requests.iter().map(|request| request.path.as_str()).collect();
        assert_eq!(paths[0], "/servicesNS/nobody/security%20app/search/jobs");
        assert_eq!(paths[3], "/services/search/jobs/17.2/results");
        assert_eq!(played.requests[4].query[1], ("offset", "1".to_owned()));

        let mut conversation = SplunkJobs.ask(question);
        assert_eq!(conversation.cancel(), None);
        conversation.next();
        let mut body = answers[0].1.as_bytes();
        let mut rows = Gatherer::new(None, Box::new(|_| true));
        conversation.read(&mut Answer { status: 201, headers: &[], body: &mut body }, &mut rows).unwrap();
        assert_eq!(conversation.cancel().unwrap().path, "/services/search/jobs/17.2/control");
    }
}
