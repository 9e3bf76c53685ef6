//! Recorded examples: what the provider was once answered, and what its definition must make of it.

use bytes::Bytes;
use model::{Observable, Outcome, Verdict};
use serde_json::Value;

use super::Custom;
use crate::{Answer, HttpAnswer, Listing, Provider, Question, Request};

/// What was asked, what was answered, what it means.
pub struct Example {
    /// A name for people.
    pub name: String,
    /// What was asked about.
    pub observable: Observable,
    /// The answers in the order of the requests; for a list, its file.
    pub answers: Vec<HttpAnswer>,
    /// What it means.
    pub expected: Expected,
}

/// What an example means. What is absent may be anything.
pub struct Expected {
    /// How the lookup ended.
    pub outcome: Outcome,
    /// How bad it is.
    pub verdict: Option<Verdict>,
    /// 0 to 100.
    pub score: Option<u8>,
    /// Some of the grounds: texts as they are, everything else as JSON.
    pub evidence: Vec<(String, String)>,
}

impl Example {
    /// What it means otherwise than it should, if it does.
    pub(super) fn failure(&self, custom: &Custom) -> Option<String> {
        let name = &self.name;
        let question = Question::usual(&self.observable);
        if custom.ask(&question) == Request::Nothing {
            return Some(format!("{name}: there is no request for this value"));
        }
        let answers: Vec<Answer> = match custom.list() {
            Some(list) => {
                let file = self.answers.first().map_or(&[][..], |answer| &answer.body);
                vec![Answer::Listing(Listing::of(file, list, &self.observable))]
            }
            None => self.answers.iter().cloned().map(Answer::Http).collect(),
        };
        let reading = match custom.read(&question, &answers) {
            Ok(reading) => reading,
            // A misreading is an error of the provider, as it is when the service runs.
            Err(_) if self.expected.outcome == Outcome::Error => return None,
            Err(misread) => return Some(format!("{name}: {misread}")),
        };
        let Expected { outcome, verdict, score, evidence } = &self.expected;
        let differs = |what: &str, is: &str, should: &str| Some(format!("{name}: {what} is {is}, not {should}"));
        if reading.outcome != *outcome {
            return differs("outcome", reading.outcome.as_str(), outcome.as_str());
        }
        if let Some(verdict) = verdict.filter(|verdict| *verdict != reading.verdict) {
            return differs("verdict", reading.verdict.as_str(), verdict.as_str());
        }
        if let Some(score) = score.filter(|score| Some(*score) != reading.score) {
            let is = reading.score.map_or_else(|| "absent".to_owned(), |score| score.to_string());
            return differs("score", &is, &score.to_string());
        }
        evidence.iter().find_map(|(ground, should)| {
            let is = reading.evidence.get(ground).map_or_else(|| "absent".to_owned(), shown);
            if is == *should { None } else { differs(&format!("evidence.{ground}"), &is, should) }
        })
    }
}

impl Example {
    /// An answer of an example.
    pub fn answer(status: u16, headers: Vec<(String, String)>, body: impl Into<Bytes>) -> HttpAnswer {
        HttpAnswer { status, headers, body: body.into() }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
