//! VirusTotal: what some ninety engines say about an address, a name, a URL or a file.
//! <https://docs.virustotal.com/reference/overview>
//!
//! An object that no engine has judged is known to VirusTotal and nothing more: its verdict is unknown, not benign.

mod behaviour;
mod questions;
mod relationships;
mod report;
mod search;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use model::ObservableKind;
use serde::Deserialize;

use self::{questions::BEHAVIOUR, report::Object};
use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, Question, Reading, Request, Search, Window,
    lenient::{Part, Text},
};

static FACTS: Facts = Facts {
    id: "virustotal",
    title: "VirusTotal",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Ipv6,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Md5,
        ObservableKind::Sha1,
        ObservableKind::Sha256,
    ],
    query_types: questions::ALL,
    base_url: "https://www.virustotal.com/api/v3",
    auth: Auth::Header("x-apikey"),
    budgets: &[
        Window { requests: 4, per_s: 60 },
        Window { requests: 500, per_s: 86_400 },
        Window { requests: 15_500, per_s: 31 * 86_400 },
    ],
    fresh: Duration::from_hours(12),
    licence_note: Some("the free key must not be used in commercial products, services or business workflows"),
    ..Facts::DEFAULT
};

pub(crate) struct VirusTotal;

#[derive(Deserialize)]
struct Report {
    data: Option<Object>,
}

#[derive(Deserialize)]
struct Refusal {
    error: Part<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    code: Text,
}

/// Where an object lies: in the API, in the web interface, and its id in both.
fn place(question: &Question<'_>) -> (&'static str, &'static str, String) {
    let value = question.value();
    match question.observable.kind() {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => ("/ip_addresses", "ip-address", value.to_owned()),
        ObservableKind::Url => ("/urls", "url", BASE64_URL_SAFE_NO_PAD.encode(value)),
        kind if kind.is_hash() => ("/files", "file", value.to_owned()),
        _ => ("/domains", "domain", value.to_owned()),
    }
}

impl Provider for VirusTotal {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (collection, _, id) = place(question);
        match question.query_type {
            None => HttpRequest::get(collection).segment(&id).into(),
            Some(BEHAVIOUR) => HttpRequest::get(collection).segment(&id).then("/behaviour_summary").into(),
            Some(relationship) => relationships::ask(question, relationship, None).into(),
        }
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        let relationship = question.query_type.filter(|name| *name != BEHAVIOUR)?;
        relationships::follow_up(question, relationship, answers).map(Into::into)
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = refusal(answer) {
            return Ok(reading);
        }
        let reading = match question.query_type {
            None => report::read(answer.json::<Report>()?.data.ok_or(Misread::Lacking("data"))?, question)?,
            Some(BEHAVIOUR) => behaviour::read(question, answer)?,
            Some(relationship) => relationships::read(question, relationship, answers)?,
        };
        let (_, page, id) = place(question);
        Ok(reading.page(&format!("https://www.virustotal.com/gui/{page}"), &id))
    }

    fn can_do_without(&self, answers: &[Answer]) -> bool {
        // The pages so far stand for themselves.
        !answers.is_empty()
    }

    fn search(&self) -> Option<&dyn Search> {
        Some(self)
    }
}

/// What an answer means that brings nothing to read.
fn refusal(answer: &HttpAnswer) -> Option<Reading> {
    match answer.json() {
        Ok(Refusal { error: Part(Failure { code: Text(Some(code)) }) }) => Some(failure(&code, answer.status)),
        _ => answer.usual_meaning(),
    }
}

/// What an error in the body means, at whatever status it comes. <https://docs.virustotal.com/reference/errors>
fn failure(code: &str, status: u16) -> Reading {
    match code {
        "NotFoundError" => Reading::not_found(),
        "QuotaExceededError" | "TooManyRequestsError" => Reading::rate_limited("the key's quota is used up"),
        "WrongCredentialsError" | "AuthenticationRequiredError" | "UserNotActiveError" => {
            Reading::unauthorized("the provider refused the credentials")
        }
        "ForbiddenError" => Reading::unauthorized("the key may not see this"),
        "BadRequestError" | "InvalidArgumentError" => Reading::unsupported("the provider does not accept this value"),
        _ => Reading::of_status(status).unwrap_or_else(|| Reading::failed("the provider reports an error")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
