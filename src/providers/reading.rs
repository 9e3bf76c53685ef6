//! What a reader makes of a provider's answer.

use std::sync::Arc;

use model::{Evidence, Finding, KindHint, Observable, Outcome, Verdict};
use serde_json::Value;

/// At most so many related observables are passed on: some answers name thousands.
const MAX_RELATED: usize = 100;

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
    /// A page for people.
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

    /// Adds a ground, unless it is absent, null, or an empty text, list or object.
    #[must_use]
    pub fn says(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
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
