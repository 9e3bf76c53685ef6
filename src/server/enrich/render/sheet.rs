//! What a rendered report says, before it is written in any language.

use std::collections::{BTreeMap, HashMap};

use model::{Finding, Outcome, SkipReason, Verdict};
use serde_json::Value;

use super::brought::Related;
use crate::{
    enrich::{
        Registered, Registration,
        report::{Context, EnrichedItem, PivotedEntity, Rejected, Summary},
    },
    tls::Shown,
};

/// Grounds shown for one finding.
const GROUNDS: usize = 4;

/// Characters shown of one ground.
const GROUND_LENGTH: usize = 80;

/// A name as young as this, in days, is told by its age.
const YOUNG: i64 = 60;

/// Characters shown of an instant: its day.
const DATE: usize = 10;

/// Characters shown of an observable.
const VALUE_LENGTH: usize = 200;

/// What the report is about, when it was an incident or alert.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its title.
    pub title: String,
    /// Number, severity and so on, in words.
    pub facts: Vec<String>,
    /// Accounts, hosts and others that were named and not looked up, as `kind name`.
    pub bystanders: Vec<String>,
}

/// A report ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The worst verdict.
    pub verdict: Verdict,
    /// The counts, in words.
    pub summary: String,
    /// What it is about.
    pub subject: Option<Subject>,
    /// One row for each observable, the worst first.
    pub rows: Vec<Row>,
    /// What the pivots brought.
    pub related: Vec<Related>,
    /// Lookups that gave no answer, in words, each with how often.
    pub silent: Vec<String>,
    /// What was not understood, in words.
    pub rejected: Option<String>,
}

/// One observable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its verdict.
    pub verdict: Verdict,
    /// Its score.
    pub score: Option<u8>,
    /// Its value, defanged.
    pub value: String,
    /// Its kind.
    pub kind: &'static str,
    /// Where and what it is.
    pub context: String,
    /// What the providers say.
    pub says: Vec<Says>,
}

/// What one provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    /// Name of the provider.
    pub provider: String,
    /// Its verdict and grounds.
    pub text: String,
    /// Its page.
    pub reference: Option<String>,
}

impl Sheet {
    /// Says in words what the items say in data. `titles` names the providers.
    pub fn new(
        verdict: Verdict,
        summary: &Summary,
        subject: Option<Subject>,
        items: &[EnrichedItem],
        entities: &[PivotedEntity],
        rejected: &[Rejected],
        titles: &HashMap<std::sync::Arc<str>, &'static str>,
    ) -> Self {
        let title = |finding: &Finding| {
            titles.get(&finding.provider).map_or_else(|| finding.provider.to_string(), |title| (*title).to_owned())
        };
        let mut rows: Vec<Row> = items.iter().map(|item| row(item, &title)).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.verdict), std::cmp::Reverse(row.score)));
        Self {
            verdict,
            summary: in_words(summary),
            subject,
            rows,
            related: related(items, entities),
            silent: silent(items, &title),
            rejected: (!rejected.is_empty()).then(|| match rejected.len() {
                1 => "1 value was not understood".to_owned(),
                count => format!("{count} values were not understood"),
            }),
        }
    }
}

/// What the pivots brought, about observables and then about other entities.
fn related(items: &[EnrichedItem], entities: &[PivotedEntity]) -> Vec<Related> {
    let of_items = items.iter().flat_map(|item| {
        let about = item.observable.canonical();
        item.pivots.iter().filter_map(move |result| Related::of(about, result))
    });
    let of_entities = entities.iter().flat_map(|entity| {
        let about = entity.entity.name();
        entity.pivots.iter().filter_map(move |result| Related::of(about, result))
    });
    of_items.chain(of_entities).collect()
}

fn in_words(summary: &Summary) -> String {
    let mut parts = vec![match summary.observables {
        1 => "1 observable".to_owned(),
        count => format!("{count} observables"),
    }];
    let counts = [
        (summary.malicious, "malicious"),
        (summary.suspicious, "suspicious"),
        (summary.benign, "benign"),
        (summary.unknown, "unknown"),
    ];
    parts.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
    match summary.failed_lookups {
        0 => {}
        1 => parts.push("1 lookup failed".to_owned()),
        count => parts.push(format!("{count} lookups failed")),
    }
    parts.join(", ")
}

fn row(item: &EnrichedItem, title: &dyn Fn(&Finding) -> String) -> Row {
    Row {
        verdict: item.verdict,
        score: item.score,
        value: defang(&shorten(item.observable.canonical(), VALUE_LENGTH)),
        kind: item.observable.kind().as_str(),
        context: context(&item.context),
        says: item
            .findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::Hit | Outcome::Clean))
            .map(|finding| Says {
                provider: title(finding),
                text: said(finding),
                reference: finding.reference.as_deref().map(str::to_owned),
            })
            .collect(),
    }
}

fn said(finding: &Finding) -> String {
    let mut text = finding.verdict.as_str().to_owned();
    if let Some(score) = finding.score {
        text.push_str(&format!(" {score}/100"));
    }
    let grounds: Vec<String> =
        finding.evidence.iter().filter_map(|(name, value)| ground(name, value)).take(GROUNDS).collect();
    if !grounds.is_empty() {
        text.push_str(": ");
        text.push_str(&grounds.join("; "));
    }
    text
}

/// A ground in words. Nested objects say too much for a comment.
fn ground(name: &str, value: &Value) -> Option<String> {
    let text = match value {
        Value::Null | Value::Object(_) => return None,
        Value::String(text) => text.clone(),
        Value::Bool(true) => return Some(name.replace('_', " ")),
        Value::Bool(false) => return None,
        Value::Number(number) => number.to_string(),
        Value::Array(items) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).take(4).collect();
            if words.is_empty() {
                return None;
            }
            let more = items.len() - words.len();
            if more == 0 { words.join(", ") } else { format!("{} and {more} more", words.join(", ")) }
        }
    };
    Some(format!("{} {}", name.replace('_', " "), shorten(&text, GROUND_LENGTH)))
}

fn context(context: &Context) -> String {
    let mut parts: Vec<String> = Vec::new();
    if let Some(ip_type) = context.ip_type {
        parts.push(ip_type.as_str().replace('_', " "));
    }
    if let Some(geo) = &context.geo {
        let place = [geo.city.as_deref(), geo.country_name.as_deref().or(geo.country_code.as_deref())];
        let place: Vec<&str> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            parts.push(place.join(", "));
        }
    }
    if let Some(asn) = &context.asn {
        parts.push(match &asn.organization {
            Some(organization) => format!("AS{} {organization}", asn.asn),
            None => format!("AS{}", asn.asn),
        });
    }
    if let Some(domain) = &context.domain {
        parts.push(format!("registered as {}", defang(&domain.registrable)));
    }
    parts.extend(context.whois.as_ref().and_then(registered));
    if let Some(dns) = &context.dns {
        let found: Vec<String> = dns.addresses.iter().chain(&dns.names).take(2).map(|value| defang(value)).collect();
        if !found.is_empty() {
            parts.push(format!("resolves to {}", found.join(", ")));
        }
    }
    parts.extend(context.tls.as_ref().and_then(shown));
    parts.join(" · ")
}

/// What is worth knowing of a certificate: who vouches for it, or why nobody does.
fn shown(shown: &Shown) -> Option<String> {
    let certificate = shown.certificate.as_ref()?;
    let issuer = certificate.details.as_ref().map_or("", |details| details.issuer.as_str());
    Some(match (shown.on_abuse_list, shown.distrust) {
        (Some(true), _) => "certificate of malware (abuse.ch)".to_owned(),
        (_, Some(distrust)) => format!("certificate not trusted ({})", distrust.replace('_', " ")),
        _ => format!("certificate from {issuer}"),
    })
}

/// Since when it is registered, with whom and for whom.
fn registered(registration: &Registration) -> Option<String> {
    let Registered { name, registrar, registrant, created, .. } = &registration.registered;
    let mut words = Vec::new();
    match (name, registration.age_days, created) {
        // How old a network is tells nothing.
        (Some(network), ..) => words.push(format!("network {network}")),
        (None, Some(0), _) => words.push("registered today".to_owned()),
        (None, Some(1), _) => words.push("registered yesterday".to_owned()),
        (None, Some(days), _) if days <= YOUNG => words.push(format!("registered {days} days ago")),
        (None, _, Some(created)) => words.push(format!("registered {}", created.get(..DATE).unwrap_or(created))),
        (None, ..) => {}
    }
    words.extend(registrar.as_ref().map(|registrar| format!("with {registrar}")));
    words.extend(registrant.as_ref().map(|registrant| format!("for {registrant}")));
    (!words.is_empty()).then(|| shorten(&words.join(" "), GROUND_LENGTH))
}

/// Who gave no answer and why, each with how often.
fn silent(items: &[EnrichedItem], title: &dyn Fn(&Finding) -> String) -> Vec<String> {
    let mut counts: BTreeMap<(String, &str, String), usize> = BTreeMap::new();
    for finding in items.iter().flat_map(|item| &item.findings) {
        let reason = finding.reason.as_deref().unwrap_or_default();
        // That a private address is nobody's business is no gap in the report.
        let is_missing = finding.outcome == Outcome::Skipped && reason != SkipReason::NotGlobal.as_str();
        if finding.outcome.is_failure() || is_missing {
            let reason = reason.to_owned();
            *counts.entry((title(finding), finding.outcome.as_str(), reason)).or_default() += 1;
        }
    }
    counts
        .into_iter()
        .map(|((provider, outcome, reason), count)| {
            let times = if count == 1 { String::new() } else { format!(" ({count} times)") };
            format!("{provider}: {} – {}{times}", outcome.replace('_', " "), reason.replace('_', " "))
        })
        .collect()
}

/// Makes a value harmless to click on: `hxxps://evil[.]example/a.js`.
pub(super) fn defang(value: &str) -> String {
    match value.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
            format!("{}://{}{path}", scheme.replace("http", "hxxp"), host.replace('.', "[.]"))
        }
        None if value.contains(['/', '\\']) => value.to_owned(),
        None => value.replace('.', "[.]"),
    }
}

/// At most so many characters, and a sign that there were more.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_clicked_on_is_defanged_and_paths_stay_readable() {
        for (value, harmless) in [
            ("https://evil.example/a.js?b=c.d", "hxxps://evil[.]example/a.js?b=c.d"),
            ("ftp://evil.example", "ftp://evil[.]example"),
            ("evil.example", "evil[.]example"),
            ("user@evil.example", "user@evil[.]example"),
            ("198.51.100.7", "198[.]51[.]100[.]7"),
            ("2001:db8::1", "2001:db8::1"),
            ("c:\\a\\b.exe", "c:\\a\\b.exe"),
            ("/etc/a.conf", "/etc/a.conf"),
        ] {
            assert_eq!(defang(value), harmless);
        }
    }

    #[test]
    fn long_texts_end_between_characters() {
        assert_eq!(shorten("äöü", 2), "äö…");
        assert_eq!(shorten("äöü", 3), "äöü");
    }
}
