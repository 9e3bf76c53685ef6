//! `misp`: an event in MISP's core format, ready to be added or pulled.
//!
//! <https://www.misp-standard.org/rfc/misp-standard-core.html>

use std::collections::HashSet;

use model::{ObservableKind, Verdict};
use serde::Serialize;
use uuid::Uuid;

use super::found::{Found, in_words, verdict_in_words};
use crate::{enrich::Rejected, lookups::Item};

/// An event: its attributes are the observables; what each provider says is in their comments.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    #[serde(rename = "Event")]
    event: Event,
}

/// Numbers are texts in this format.
#[derive(Debug, Serialize)]
struct Event {
    uuid: Uuid,
    info: String,
    date: String,
    timestamp: String,
    /// 1 high, 2 medium, 3 low, 4 undefined.
    threat_level_id: &'static str,
    /// 1 ongoing: lookups are missing; 2 complete.
    analysis: &'static str,
    /// 0: this organisation only, until somebody decides otherwise.
    distribution: &'static str,
    published: bool,
    #[serde(rename = "Attribute")]
    attributes: Vec<Attribute>,
    #[serde(rename = "Tag")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    uuid: Uuid,
    #[serde(rename = "type")]
    kind: &'static str,
    category: &'static str,
    value: String,
    /// Whether sensors may be fed with it.
    to_ids: bool,
    comment: String,
    timestamp: String,
    /// 5: as the event.
    distribution: &'static str,
    #[serde(rename = "Tag", skip_serializing_if = "Vec::is_empty")]
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
struct Tag {
    name: String,
}

impl Tag {
    fn new(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

/// The answer in this format.
pub(super) fn answer(found: &Found) -> Answer {
    let worst = found.items.iter().map(|item| item.verdict).max().unwrap_or_default();
    let mut seen = HashSet::new();
    let once = found.items.iter().filter(|item| seen.insert(&item.observable));
    let attributes = once.map(|item| attribute(found, item));
    let tlp = Tag::new(format!("tlp:{}", found.tlp));
    let pap = found.pap.map(|pap| Tag::new(format!("PAP:{}", pap.as_str().to_uppercase())));
    Answer {
        event: Event {
            uuid: found.id,
            info: format!("pivotd: lookup of {} observables", found.items.len()),
            date: found.at.format("%Y-%m-%d").to_string(),
            timestamp: found.at.timestamp().to_string(),
            threat_level_id: match worst {
                Verdict::Malicious => "1",
                Verdict::Suspicious => "2",
                Verdict::Benign => "3",
                Verdict::Unknown => "4",
            },
            analysis: if found.complete { "2" } else { "1" },
            distribution: "0",
            published: false,
            attributes: attributes.chain(found.rejected.iter().map(|rejected| unread(found, rejected))).collect(),
            tags: std::iter::once(tlp).chain(pap).collect(),
        },
    }
}

fn attribute(found: &Found, item: &Item) -> Attribute {
    let observable = &item.observable;
    let (kind, category) = kind(observable.kind());
    let said = item.findings.iter().map(|finding| format!("{}: {}", &finding.provider, in_words(finding)));
    let mut comment = verdict_in_words(item.verdict, item.score);
    for says in said {
        comment.push_str("; ");
        comment.push_str(&says);
    }
    Attribute {
        // Of this event: MISP takes each number once, in whatever event it is.
        uuid: Uuid::new_v5(&found.id, format!("{kind}|{}", observable.canonical()).as_bytes()),
        kind,
        category,
        value: observable.canonical().to_owned(),
        to_ids: item.verdict == Verdict::Malicious,
        comment,
        timestamp: found.at.timestamp().to_string(),
        distribution: "5",
        tags: verdict_tags(item.verdict),
    }
}

/// What could not be read is there for people.
fn unread(found: &Found, rejected: &Rejected) -> Attribute {
    Attribute {
        uuid: Uuid::new_v5(&found.id, format!("comment|{}", rejected.value).as_bytes()),
        kind: "comment",
        category: "Other",
        value: rejected.value.clone(),
        to_ids: false,
        comment: format!("not looked up: {}", rejected.reason),
        timestamp: found.at.timestamp().to_string(),
        distribution: "5",
        tags: Vec::new(),
    }
}

/// The verdict in our words and, where MISP has one, in its own.
fn verdict_tags(verdict: Verdict) -> Vec<Tag> {
    let threat_level = match verdict {
        Verdict::Unknown => None,
        Verdict::Benign => Some("no-risk"),
        Verdict::Suspicious => Some("medium-risk"),
        Verdict::Malicious => Some("high-risk"),
    };
    let ours = Tag::new(format!("pivotd:verdict=\"{}\"", verdict.as_str()));
    let theirs = threat_level.map(|level| Tag::new(format!("misp:threat-level=\"{level}\"")));
    std::iter::once(ours).chain(theirs).collect()
}

/// Type and category of an attribute.
const fn kind(kind: ObservableKind) -> (&'static str, &'static str) {
    match kind {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => ("ip-dst", "Network activity"),
        ObservableKind::Domain => ("domain", "Network activity"),
        ObservableKind::Hostname => ("hostname", "Network activity"),
        ObservableKind::Url => ("url", "Network activity"),
        ObservableKind::Email => ("email", "Payload delivery"),
        ObservableKind::Md5 => ("md5", "Payload delivery"),
        ObservableKind::Sha1 => ("sha1", "Payload delivery"),
        ObservableKind::Sha256 => ("sha256", "Payload delivery"),
        ObservableKind::WindowsPath | ObservableKind::LinuxPath => ("filename", "Payload delivery"),
    }
}
