//! What a lookup found, as the conversions into other people's formats see it.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use model::{Finding, Outcome, Pap, Tlp, Verdict};
use uuid::Uuid;

use crate::{enrich::Rejected, lookups::Item};

/// What a lookup found, and under which labels.
#[derive(Debug)]
pub(super) struct Found {
    /// What is known, in the order asked.
    pub(super) items: Vec<Item>,
    /// What could not be read.
    pub(super) rejected: Vec<Rejected>,
    /// Whether every lookup ended before the deadline.
    pub(super) complete: bool,
    /// Which of the providers' questions was asked.
    pub(super) query_type: Option<String>,
    /// How far the observables may travel.
    pub(super) tlp: Tlp,
    /// What may be noticed.
    pub(super) pap: Option<Pap>,
    /// The providers' names, by id.
    pub(super) titles: HashMap<Arc<str>, &'static str>,
    /// When it was found.
    pub(super) at: DateTime<Utc>,
    /// A number that no other answer has.
    pub(super) id: Uuid,
}

impl Found {
    /// The provider's name.
    pub(super) fn title<'a>(&self, id: &'a Arc<str>) -> &'a str {
        self.titles.get(id).copied().unwrap_or(id)
    }
}

/// Whether the provider knows the observable.
pub(super) fn is_known(finding: &Finding) -> bool {
    matches!(finding.outcome, Outcome::Hit | Outcome::Clean)
}

/// What the provider says, in a few words: `malicious (75)`, `not_found`, `skipped: tlp`.
pub(super) fn in_words(finding: &Finding) -> String {
    match (finding.outcome, &finding.reason) {
        (Outcome::Hit | Outcome::Clean, _) => verdict_in_words(finding.verdict, finding.score),
        (Outcome::Skipped, Some(reason)) => format!("skipped: {reason}"),
        (outcome, _) => outcome.as_str().to_owned(),
    }
}

/// A verdict, with its score if there is one.
pub(super) fn verdict_in_words(verdict: Verdict, score: Option<u8>) -> String {
    score.map_or_else(|| verdict.as_str().to_owned(), |score| format!("{} ({score})", verdict.as_str()))
}
