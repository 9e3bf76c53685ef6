//! `dbot`: verdicts as Cortex XSOAR keeps them in an incident's context.
//!
//! <https://xsoar.pan.dev/docs/integrations/dbot>

use std::sync::Arc;

use model::{Finding, ObservableKind, Outcome, Verdict};
use serde::Serialize;

use super::found::Found;
use crate::{enrich::Rejected, lookups::Item};

/// How far a provider is to be believed is for those who configure it in XSOAR to say; this is what its integrations say
/// until then.
const RELIABILITY: &str = "C - Fairly reliable";

/// What goes into the context, and beside it what did not work.
#[derive(Debug, Serialize)]
pub(super) struct Answer<'a> {
    /// One entry for each observable and provider that answered.
    #[serde(rename = "DBotScore")]
    scores: Vec<Score<'a>>,
    /// The lookups that gave no answer.
    failed: Vec<Failed<'a>>,
    rejected: &'a [Rejected],
    complete: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Score<'a> {
    indicator: &'a str,
    #[serde(rename = "Type")]
    kind: &'static str,
    vendor: &'a str,
    score: u8,
    reliability: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Failed<'a> {
    indicator: &'a str,
    vendor: &'a str,
    outcome: Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a Arc<str>>,
}

/// The answer in this format.
pub(super) fn answer(found: &Found) -> Answer<'_> {
    let said = || found.items.iter().flat_map(|item| item.findings.iter().map(move |finding| (item, finding)));
    let answered = said().filter(|(_, finding)| finding.outcome.is_answer());
    let failed = said().filter(|(_, finding)| !finding.outcome.is_answer());
    Answer {
        scores: answered.map(|(item, finding)| score(item, finding)).collect(),
        failed: failed
            .map(|(item, finding)| Failed {
                indicator: item.observable.canonical(),
                vendor: &finding.provider,
                outcome: finding.outcome,
                reason: finding.reason.as_ref(),
            })
            .collect(),
        rejected: &found.rejected,
        complete: found.complete,
    }
}

fn score<'a>(item: &'a Item, finding: &'a Finding) -> Score<'a> {
    Score {
        indicator: item.observable.canonical(),
        kind: kind(item.observable.kind()),
        vendor: &finding.provider,
        score: match finding.verdict {
            Verdict::Unknown => 0,
            Verdict::Benign => 1,
            Verdict::Suspicious => 2,
            Verdict::Malicious => 3,
        },
        reliability: RELIABILITY,
        message: (finding.outcome == Outcome::NotFound).then_some("No results found"),
    }
}

/// XSOAR's type of an indicator.
const fn kind(kind: ObservableKind) -> &'static str {
    match kind {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => "ip",
        ObservableKind::Domain | ObservableKind::Hostname => "domain",
        ObservableKind::Url => "url",
        ObservableKind::Email => "email",
        ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 => "file",
        ObservableKind::WindowsPath | ObservableKind::LinuxPath => "custom",
    }
}
