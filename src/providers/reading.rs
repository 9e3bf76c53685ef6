//! What a reader makes of a provider's answer.

use std::sync::Arc;

use model::{Evidence, Finding, KindHint, Observable, Outcome, Verdict};
use serde_json::Value;

use crate::request::encoded;

/// At most so many related observables are passed on: some answers name thousands.
const MAX_RELATED: usize = 100;

/// At most so many items of a list are given as grounds.
const MAX_ITEMS: usize = 25;

/// At most so many characters of a text are given as grounds.
const MAX_CHARS: usize = 1_000;

/// What an answer means: outcome, verdict, grounds. Built by the reader, then shared between all who ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// How the lookup ended.
    pub outcome: Outcome,
    /// How bad it is.
    pub verdict: Verdict,
    /// 0 to 100.
    pub score: Option<u8>,
    /// The grounds.
    pub evidence: Evidence,
    /// Observables that the provider connects with this one.
    pub related: Vec<Observable>,
    /// A page for people: an address, or a path on the provider's own server where only the settings know the server.
    pub reference: Option<String>,
    /// Why there is no answer.
    pub reason: Option<String>,
    /// When to ask again, if the body says so. The runner reads the headers.
    pub retry_after_s: Option<u64>,
}

impl Reading {
    fn new(outcome: Outcome, verdict: Verdict) -> Self {
        Self {
            outcome,
            verdict,
            score: None,
            evidence: Evidence::new(),
            related: Vec::new(),
            reference: None,
            reason: None,
            retry_after_s: None,
        }
    }

    /// The provider knows it and judges it: benign is clean, everything else a hit.
    pub fn judged(verdict: Verdict) -> Self {
        Self::new(if verdict == Verdict::Benign { Outcome::Clean } else { Outcome::Hit }, verdict)
    }

    /// The provider gives facts, not a judgement.
    pub fn facts() -> Self {
        Self::new(Outcome::Hit, Verdict::Unknown)
    }

    /// The provider does not know it.
    pub fn not_found() -> Self {
        Self::new(Outcome::NotFound, Verdict::Unknown).because("not known to the provider")
    }

    /// The provider does not answer for this value.
    pub fn unsupported(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Unsupported, Verdict::Unknown).because(reason)
    }

    /// The provider refused the credentials.
    pub fn unauthorized(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Unauthorized, Verdict::Unknown).because(reason)
    }

    /// The provider's own limit is reached.
    pub fn rate_limited(reason: impl Into<String>) -> Self {
        Self::new(Outcome::RateLimited, Verdict::Unknown).because(reason)
    }

    /// The provider failed.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Error, Verdict::Unknown).because(reason)
    }

    /// The provider still works on it.
    pub fn unfinished(reason: impl Into<String>) -> Self {
        Self::new(Outcome::Timeout, Verdict::Unknown).because(reason)
    }

    /// What a status means with most providers, where nothing else is known: `None` for success.
    pub fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            200..=299 => return None,
            400 | 413 | 414 | 422 => Self::unsupported("the provider does not accept this value"),
            401 | 403 => Self::unauthorized("the provider refused the credentials"),
            402 | 429 => Self::rate_limited("the provider's own limit is reached"),
            404 | 410 => Self::not_found(),
            status => Self::failed(format!("the provider answered with status {status}")),
        })
    }

    /// Says why.
    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Sets the score, clamped to 0–100.
    #[must_use]
    pub fn score(mut self, score: f64) -> Self {
        if score.is_finite() {
            // In range after the clamp.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let score = score.clamp(0.0, 100.0).round() as u8;
            self.score = Some(score);
        }
        self
    }

    /// Adds a ground, cut to what people read, unless it is absent, null, or an empty text, list or object.
    #[must_use]
    pub fn says(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = cut(value.into());
        let empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !empty {
            self.evidence.insert(name.to_owned(), value);
        }
        self
    }

    /// Adds a ground that is a list of texts, each once, as many as people read.
    #[must_use]
    pub fn lists<S: AsRef<str>>(self, name: &str, values: impl IntoIterator<Item = S>) -> Self {
        let mut distinct: Vec<Value> = Vec::new();
        for value in values {
            let text = value.as_ref().trim();
            if !text.is_empty() && !distinct.iter().any(|seen| seen == text) {
                distinct.push(text.into());
                if distinct.len() == MAX_ITEMS {
                    break;
                }
            }
        }
        self.says(name, distinct)
    }

    /// Adds related observables of a known family. Values that are none are left out.
    #[must_use]
    pub fn relates_to<S: AsRef<str>>(mut self, hint: KindHint, values: impl IntoIterator<Item = S>) -> Self {
        for value in values {
            if self.related.len() == MAX_RELATED {
                break;
            }
            if let Ok(observable) = Observable::parse(value.as_ref(), Some(hint))
                && !self.related.contains(&observable)
            {
                self.related.push(observable);
            }
        }
        self
    }

    /// Sets the page for people. It must be built from the canonical value, never from the request's address.
    #[must_use]
    pub fn reference(mut self, url: impl Into<String>) -> Self {
        self.reference = Some(url.into());
        self
    }

    /// Sets the page for people, if there is an answer to show: this address, `/`, and the value as one path segment.
    #[must_use]
    pub fn page(self, address: &str, value: &str) -> Self {
        if self.outcome.is_answer() { self.reference(format!("{address}/{}", encoded(value))) } else { self }
    }

    /// Turns it into a finding of this provider.
    pub fn into_finding(self, provider: Arc<str>) -> Finding {
        Finding {
            provider,
            outcome: self.outcome,
            verdict: self.verdict,
            score: self.score,
            evidence: Arc::new(self.evidence),
            related: if self.related.is_empty() { None } else { Some(self.related.into()) },
            reference: self.reference.map(Into::into),
            raw: None,
            reason: self.reason.map(Into::into),
            retry_after_s: self.retry_after_s,
            cache: None,
            elapsed_ms: 0,
        }
    }
}

/// Cuts texts and lists, also those inside, to what people read.
fn cut(value: Value) -> Value {
    match value {
        Value::String(mut text) => {
            if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
                text.truncate(end);
            }
            Value::String(text)
        }
        Value::Array(items) => items.into_iter().take(MAX_ITEMS).map(cut).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().take(MAX_ITEMS).map(|(name, value)| (name, cut(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_score_stays_between_0_and_100() {
        for (score, kept) in [(-3.0, Some(0)), (42.4, Some(42)), (1e9, Some(100)), (f64::NAN, None)] {
            assert_eq!(Reading::facts().score(score).score, kept);
        }
    }

    #[test]
    fn grounds_are_neither_empty_nor_endless() {
        let reading = Reading::facts()
            .says("absent", Value::Null)
            .says("empty", Vec::<Value>::new())
            .says("zero", 0)
            .says("long", "ä".repeat(5_000))
            .says("many", json!({"rows": vec![1; 5_000]}))
            .lists("tags", ["a", " a ", "", "b"]);
        assert_eq!(reading.evidence.keys().collect::<Vec<_>>(), ["zero", "long", "many", "tags"]);
        assert_eq!(reading.evidence["long"].as_str().unwrap().chars().count(), MAX_CHARS);
        assert_eq!(reading.evidence["many"]["rows"].as_array().unwrap().len(), MAX_ITEMS);
        assert_eq!(reading.evidence["tags"], json!(["a", "b"]));
    }

    #[test]
    fn a_value_stays_one_segment_of_the_page_for_people() {
        let reading = Reading::facts().page("https://example.com/look", "http://a/?b#c\r\n");
        assert_eq!(reading.reference.as_deref(), Some("https://example.com/look/http%3A%2F%2Fa%2F%3Fb%23c%0D%0A"));
    }
}
