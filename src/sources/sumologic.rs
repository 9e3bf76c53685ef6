//! Sumo Logic: a search job is made, looked at until it is done, and read in pages: records if it counts, else messages.
//!
//! <https://help.sumologic.com/docs/api/search-job/>

use std::time::Duration;

use model::ColumnType;
use serde_json::{Value as Json, json};

use crate::{
    Access, Answer, Conversation, Facts, Gatherer, Question, Request, Source, Trouble, TroubleKind, gather::spec, source,
};

/// Rows of one page.
const PAGE: u64 = 1_000;

/// How long a job is waited for before it is looked at again. Jobs end that are not looked at for 20 seconds.
const POLL_EVERY: Duration = Duration::from_secs(1);

/// See the file.
pub(crate) struct SumoLogic;

impl Source for SumoLogic {
    fn facts(&self) -> &'static Facts {
        static FACTS: Facts = Facts {
            id: "sumologic",
            title: "Sumo Logic",
            environments: &["Sumologic"],
            access: &[Access::Basic],
            // 240 requests a minute for each user.
            budgets: &[(240, 60)],
            needs_time: true,
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
    Look,
    Page { what: &'static str, offset: u64, of: u64 },
    Delete,
    Nothing,
}

impl Conversation for Job {
    fn next(&mut self) -> Option<Request> {
        let job = |request: Request| request.segment(self.id.as_deref().unwrap_or_default());
        match &self.next {
            Next::Submit => {
                let span = self.question.span?;
                // Times without a zone, in the zone that is named.
                let time = |instant: chrono::DateTime<chrono::Utc>| instant.format("%Y-%m-%dT%H:%M:%S").to_string();
                Some(Request::post("/v1/search/jobs").json(json!({
                    "query": self.question.query,
                    "from": time(span.start()),
                    "to": time(span.end()),
                    "timeZone": "UTC",
                    "byReceiptTime": false,
                })))
            }
            Next::Look => Some(job(Request::get("/v1/search/jobs")).after(POLL_EVERY)),
            Next::Page { what, offset, .. } => {
                let page = job(Request::get("/v1/search/jobs")).then("/").then(what);
                Some(page.query("offset", offset.to_string()).query("limit", PAGE.to_string()))
            }
            Next::Delete => self.cancel(),
            Next::Nothing => None,
        }
    }

    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble> {
        if matches!(self.next, Next::Delete) {
            (self.id, self.next) = (None, Next::Nothing);
            return Ok(());
        }
        let body: Json = source::json(answer)?;
        match self.next {
            Next::Submit => {
                let id = body.get("id").and_then(Json::as_str).ok_or_else(Trouble::unreadable)?;
                (self.id, self.next) = (Some(id.to_owned()), Next::Look);
            }
            Next::Look => self.look(&body, rows)?,
            Next::Page { what, offset, of } => {
                let found = body.get(what).and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
                let fields = body.get("fields").and_then(Json::as_array).ok_or_else(Trouble::unreadable)?;
                if page(fields, found, rows).is_err() {
                    return Ok(());
                }
                let offset = offset + found.len() as u64;
                let is_last = found.is_empty() || offset >= of;
                self.next = if is_last { Next::Delete } else { Next::Page { what, offset, of } };
            }
            Next::Delete | Next::Nothing => {}
        }
        Ok(())
    }

    fn cancel(&self) -> Option<Request> {
        Some(Request::delete("/v1/search/jobs").segment(self.id.as_ref()?))
    }
}

impl Job {
    fn look(&mut self, body: &Json, rows: &mut Gatherer) -> Result<(), Trouble> {
        let texts = |key: &str| body.get(key).and_then(Json::as_array).cloned().unwrap_or_default();
        let errors: Vec<Json> = texts("pendingErrors");
        for warning in texts("pendingWarnings").iter().chain(&errors).filter_map(Json::as_str) {
            rows.trouble(Trouble::new(TroubleKind::Incomplete, warning));
        }
        let state = body.get("state").and_then(Json::as_str).unwrap_or_default();
        let count = |key: &str| body.get(key).and_then(Json::as_u64).unwrap_or(0);
        match state {
            "DONE GATHERING RESULTS" => {
                let (records, messages) = (count("recordCount"), count("messageCount"));
                let (what, of) = if records > 0 { ("records", records) } else { ("messages", messages) };
                self.next = if of == 0 { Next::Delete } else { Next::Page { what, offset: 0, of } };
                Ok(())
            }
            "CANCELLED" | "FORCE PAUSED" => {
                let words = errors.first().and_then(Json::as_str).unwrap_or("the search was stopped at the source");
                Err(Trouble::new(TroubleKind::Failed, words).code(Some(state)))
            }
            _ => Ok(()),
        }
    }
}

/// Rows of a page, by its fields.
fn page(fields: &[Json], found: &[Json], rows: &mut Gatherer) -> Result<(), crate::Enough> {
    let text = |field: &Json, key: &str| field.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
    let specs: Vec<_> = fields.iter().map(|field| spec(text(field, "name"), kind(&text(field, "name"), &text(field, "fieldType")))).collect();
    rows.columns(specs.clone())?;
    for row in found {
        rows.begin()?;
        for (place, column) in specs.iter().enumerate() {
            let Some(value) = row.get("map").and_then(|map| map.get(&column.name)).and_then(Json::as_str) else { continue };
            // Times are in milliseconds.
            let milliseconds = value.parse().ok().filter(|_| column.kind == ColumnType::Datetime);
            match milliseconds.and_then(chrono::DateTime::from_timestamp_millis) {
                Some(instant) => rows.cell(place, model::Value::Datetime(instant)),
                None => rows.cell(place, model::Value::String(value.into())),
            }
        }
        rows.end()?;
    }
    Ok(())
}

fn kind(name: &str, field: &str) -> ColumnType {
    match (name, field) {
        ("_messagetime" | "_receipttime" | "_timeslice", _) => ColumnType::Datetime,
        (_, "int" | "long") => ColumnType::Long,
        (_, "double") => ColumnType::Real,
        (_, "boolean") => ColumnType::Bool,
        _ => ColumnType::String,
    }
}

#[cfg(test)]
mod tests {
    use model::Span;

    use super::*;
    use crate::testing::{play, question};

    fn asked() -> Question {
        let mut question = question("error | count by _sourceHost");
        let (start, end) = ("2024-05-01T00:00:00Z".parse().unwrap(), "2024-05-02T00:00:00Z".parse().unwrap());
        question.span = Some(Span::between(start, end).unwrap());
        question
    }

    #[test]
    fn a_job_is_made_looked_at_read_and_deleted() {
        let played = play(
            &SumoLogic,
            asked(),
            &[
                (202, r#"{"id":"J1","link":{}}"#),
                (200, r#"{"state":"GATHERING RESULTS","messageCount":0,"recordCount":0,"pendingWarnings":[],"pendingErrors":[]}"#),
                (200, r#"{"state":"DONE GATHERING RESULTS","messageCount":90,"recordCount":1,"pendingWarnings":["slow"]}"#),
                (200, r#"{"fields":[{"name":"_sourcehost","fieldType":"string"},{"name":"_count","fieldType":"int"},
                    {"name":"_timeslice","fieldType":"long"}],"records":[{"map":{"_count":"3","_sourcehost":"a","_timeslice":"1714521600000"}}]}"#),
                (200, ""),
            ],
        );
        assert_eq!(played.json(), json!([{ "_sourcehost": "a", "_count": 3, "_timeslice": "2024-05-01T00:00:00Z" }]));
        let crate::Body::Json(sent) = &played.requests[0].body else { panic!("JSON") };
        assert_eq!((&sent["from"], &sent["to"]), (&json!("2024-05-01T00:00:00"), &json!("2024-05-02T00:00:00")));
        assert_eq!(played.requests[3].path, "/v1/search/jobs/J1/records");
        assert_eq!(played.requests[4].method, crate::Method::Delete);
        assert_eq!(played.troubles[0].message, "slow");
    }

    #[test]
    fn a_job_that_is_stopped_says_why() {
        let stopped = r#"{"state":"CANCELLED","pendingErrors":["Out of memory"]}"#;
        let played = play(&SumoLogic, asked(), &[(202, r#"{"id":"J1"}"#), (200, stopped)]);
        assert_eq!(played.ended.unwrap_err().message, "Out of memory");
    }
}
