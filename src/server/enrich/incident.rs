//! Incidents enriched where they are: fetched with what belongs to them, and what was found written back, once.

use model::{Outcome, Verdict};
use serde::Serialize;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use super::{Enriched, render::signed_comment, report::EnrichedItem};
use crate::sentinel::{
    incidents::{
        Incident,
        change::{IncidentChange, update},
        comments::{self, Comment},
        find,
        parts::{shown_alerts, shown_entities},
    },
    named::is_id,
    object::read,
    space::{SentinelError, Space},
};

/// What a comment of this service has in its last line, before the code of what it says.
const SIGNATURE: &str = "pivotd · ";

/// Hexadecimal digits of the code.
const CODE_LENGTH: usize = 10;

/// What labels begin with that name a verdict.
const VERDICT_LABEL: &str = "pivotd:";

/// Severities, the least first.
const SEVERITIES: [&str; 4] = ["Informational", "Low", "Medium", "High"];

/// An incident with what belongs to it.
pub struct Fetched {
    /// As Azure shows it, with its entities and alerts among its properties.
    pub incident: Json,
    /// Its comments, the newest last.
    pub comments: Vec<Comment>,
}

/// What is to be written back.
#[derive(Debug, Clone, Default)]
pub struct WriteBack {
    /// The report as a comment.
    pub comment: bool,
    /// Labels to add.
    pub tags: Vec<String>,
    /// A label with the verdict.
    pub tag_verdict: bool,
    /// A severity.
    pub severity: Option<NewSeverity>,
}

/// The severity that an incident is to have.
#[derive(Debug, Clone, Copy)]
pub enum NewSeverity {
    /// This one.
    Fixed(&'static str),
    /// At least High if something is malicious, at least Medium if something is suspicious.
    OfVerdict,
}

/// Something that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Written {
    /// What: `comment`, `tags` or `severity`.
    #[schema(example = "comment")]
    pub what: &'static str,
    /// Its id, if it is a thing of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
}

/// What came of writing back.
#[derive(Default)]
pub struct WrittenBack {
    /// What was written.
    pub written: Vec<Written>,
    /// What could not be.
    pub failed: Vec<(&'static str, SentinelError)>,
    /// The incident as it is now, if it was changed.
    pub incident: Option<Json>,
}

impl WriteBack {
    /// Whether anything is to be written.
    pub fn is_wanted(&self) -> bool {
        self.comment || self.changes_incident()
    }

    fn changes_incident(&self) -> bool {
        !self.tags.is_empty() || self.tag_verdict || self.severity.is_some()
    }
}

/// Fetches an incident by its id, number or title, and at the same time what belongs to it.
pub async fn fetch(space: &Space, word: &str, with_alerts: bool) -> Result<Fetched, SentinelError> {
    let (known, id) = if is_id(word) {
        (None, word.to_owned())
    } else {
        let incident = find(space, word).await?;
        let id = read::<Incident>(incident.clone())?.id;
        (Some(incident), id)
    };
    let (mut incident, entities, alerts, comments) = futures::try_join!(
        async {
            match known {
                Some(incident) => Ok(incident),
                None => find(space, &id).await,
            }
        },
        shown_entities(space, &id),
        async { if with_alerts { shown_alerts(space, &id).await } else { Ok(Vec::new()) } },
        comments::list(space, &id),
    )?;
    if let Some(Json::Object(properties)) = incident.get_mut("properties") {
        properties.insert("relatedEntities".to_owned(), entities.into());
        if with_alerts {
            properties.insert("alerts".to_owned(), alerts.into());
        }
    }
    Ok(Fetched { incident, comments })
}

/// Writes back what is wanted and not there yet. What fails does not hold up the rest.
pub async fn write_back(space: &Space, fetched: &Fetched, enriched: &Enriched, wanted: &WriteBack) -> WrittenBack {
    let mut done = WrittenBack::default();
    // A comment changes the incident's etag: first what depends on it.
    if wanted.changes_incident() {
        change(space, fetched, enriched.sheet.verdict, wanted, &mut done).await;
    }
    if wanted.comment {
        match comment(space, fetched, enriched).await {
            Ok(Some(comment)) => done.written.push(Written { what: "comment", id: Some(comment.id) }),
            Ok(None) => {}
            Err(error) => done.failed.push(("comment", error)),
        }
    }
    done
}

async fn change(space: &Space, fetched: &Fetched, verdict: Verdict, wanted: &WriteBack, done: &mut WrittenBack) {
    let properties = |incident: &Json, key: &str| incident.pointer(&format!("/properties/{key}")).cloned();
    let severity = properties(&fetched.incident, "severity");
    let severity = wanted.severity.and_then(|new| new.of(severity.as_ref().and_then(Json::as_str), verdict));
    let mut change = IncidentChange {
        severity: severity.map(str::to_owned),
        add_labels: wanted.tags.clone(),
        ..IncidentChange::default()
    };
    if wanted.tag_verdict {
        let label = |verdict: Verdict| format!("{VERDICT_LABEL}{}", verdict.as_str());
        let all = [Verdict::Malicious, Verdict::Suspicious, Verdict::Benign, Verdict::Unknown];
        change.remove_labels = all.into_iter().filter(|other| *other != verdict).map(label).collect();
        change.add_labels.push(label(verdict));
    }
    let id = fetched.incident.get("name").and_then(Json::as_str).unwrap_or_default();
    match update(space, id, &change, Some(fetched.incident.clone())).await {
        Ok((_, false)) => {}
        Ok((incident, true)) => {
            let parts = [("tags", "labels"), ("severity", "severity")];
            let changed =
                parts.into_iter().filter(|(_, key)| properties(&incident, key) != properties(&fetched.incident, key));
            done.written.extend(changed.map(|(what, _)| Written { what, id: None }));
            done.incident = Some(incident);
        }
        Err(error) => {
            let what = if change.severity.is_some() && change.add_labels.is_empty() { "severity" } else { "tags" };
            done.failed.push((what, error));
        }
    }
}

impl NewSeverity {
    /// The severity, if it differs from the one that there is.
    fn of(self, current: Option<&str>, verdict: Verdict) -> Option<&'static str> {
        let rank = |severity: &str| SEVERITIES.iter().position(|known| *known == severity);
        let now = current.and_then(rank);
        let new = match (self, verdict) {
            (Self::Fixed(severity), _) => return Some(severity).filter(|severity| current != Some(severity)),
            (Self::OfVerdict, Verdict::Malicious) => "High",
            (Self::OfVerdict, Verdict::Suspicious) => "Medium",
            (Self::OfVerdict, _) => return None,
        };
        Some(new).filter(|new| now < rank(new))
    }
}

/// Writes the report as a comment, unless the last one says the same.
async fn comment(space: &Space, fetched: &Fetched, enriched: &Enriched) -> Result<Option<Comment>, SentinelError> {
    let code = code(&enriched.items);
    if fetched.comments.iter().rev().find_map(|comment| signature(&comment.message)) == Some(code.as_str()) {
        return Ok(None);
    }
    let incident: Incident = read(fetched.incident.clone())?;
    let text = signed_comment(&enriched.sheet, &format!("<p>{SIGNATURE}{code}</p>"));
    comments::write(space, &incident, &text).await.map(Some)
}

/// A code for what was found: the same as long as everybody who answers says the same.
fn code(items: &[EnrichedItem]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        let observable = format!("{}\u{1f}{}", item.observable.kind().as_str(), item.observable.canonical());
        lines.push(format!("{observable}\u{1f}{}", item.verdict.as_str()));
        let answered = item.findings.iter();
        let answered = answered.filter(|finding| matches!(finding.outcome, Outcome::Hit | Outcome::Clean));
        lines.extend(answered.map(|finding| {
            format!("{observable}\u{1f}{}\u{1f}{}\u{1f}{:?}", finding.provider, finding.verdict.as_str(), finding.score)
        }));
    }
    lines.sort_unstable();
    let digest = Sha256::digest(lines.join("\n"));
    hex::encode(digest).chars().take(CODE_LENGTH).collect()
}

/// The code in a comment of this service.
fn signature(message: &str) -> Option<&str> {
    let (_, rest) = message.rsplit_once(SIGNATURE)?;
    rest.get(..CODE_LENGTH).filter(|code| code.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_follows_the_verdict_upwards_only() {
        let of = |current, verdict| NewSeverity::OfVerdict.of(Some(current), verdict);
        assert_eq!(of("Low", Verdict::Malicious), Some("High"));
        assert_eq!(of("Low", Verdict::Suspicious), Some("Medium"));
        assert_eq!(of("High", Verdict::Suspicious), None);
        assert_eq!(of("Informational", Verdict::Benign), None);
        assert_eq!(NewSeverity::Fixed("Low").of(Some("High"), Verdict::Malicious), Some("Low"));
        assert_eq!(NewSeverity::Fixed("Low").of(Some("Low"), Verdict::Malicious), None);
    }

    #[test]
    fn a_signature_is_found_in_whatever_sentinel_makes_of_a_comment() {
        assert_eq!(signature("<p>x</p><p>pivotd · 0123456789</p>"), Some("0123456789"));
        assert_eq!(signature("x pivotd · abcdef0123 "), Some("abcdef0123"));
        for other in ["", "pivotd", "pivotd · 123", "pivotd · not-a-code", "pivotd · 012345678é"] {
            assert_eq!(signature(other), None, "{other}");
        }
        assert_eq!(code(&[]).len(), CODE_LENGTH);
    }
}
