//! RiskIQ PassiveTotal: reputation, and what is known around an address or a name.
//! <https://api.riskiq.net/api/pt_started.html>
//!
//! The usual question asks for the reputation and then for the summary card, since samples or articles that name an
//! observable are grounds by themselves.

mod datasets;

use std::{collections::BTreeMap, time::Duration};

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::Value;

use self::datasets::Dataset;
use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{AutonomousSystem, List, Number, Part, Text, Texts, Time},
};

const KINDS: &[ObservableKind] = &[ObservableKind::Ipv4, ObservableKind::Domain, ObservableKind::Hostname];

/// Where the usual question is asked.
const REPUTATION: &str = "/reputation";

static FACTS: Facts = Facts {
    id: "riskiq",
    title: "RiskIQ PassiveTotal",
    kinds: KINDS,
    query_types: datasets::QUERY_TYPES,
    base_url: "https://api.passivetotal.org/v2",
    auth: Auth::Basic,
    fresh: Duration::from_hours(12),
    on_by_default: false,
    licence_note: Some("the service is being retired in favour of Microsoft Defender Threat Intelligence"),
    ..Facts::DEFAULT
};

pub(crate) struct RiskIq;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reputation {
    score: Number,
    classification: Text,
    rules: List<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rule {
    name: Text,
    description: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary {
    netblock: Text,
    os: Text,
    organization: Text,
    asn: AutonomousSystem,
    hosting_provider: Text,
    data_summary: Option<Part<BTreeMap<String, Count>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Count {
    count: Number,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Subdomains {
    primary_domain: Text,
    subdomains: Option<Texts>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Whois {
    registrar: Text,
    registered: Time,
    registry_updated_at: Time,
    expires_at: Time,
    organization: Text,
    name_servers: Texts,
}

impl Provider for RiskIq {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (path, parameter) = match question.query_type {
            Some("summary") => ("/cards/summary", None),
            Some("subdomains") => ("/enrichment/subdomains", None),
            Some("whois") => ("/whois", None),
            Some(name) => datasets::named(name).map_or((REPUTATION, None), |dataset| (dataset.path, dataset.parameter)),
            None => (REPUTATION, None),
        };
        let request = HttpRequest::get(path).query("query", question.value());
        match parameter {
            Some((name, value)) => request.query(name, value).into(),
            None => request.into(),
        }
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        let [reputation] = answers else { return None };
        let goes_on = question.query_type.is_none() && reputation.http().ok()?.usual_meaning().is_none();
        goes_on.then(|| HttpRequest::get("/cards/summary").query("query", question.value()).into())
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let reading = match question.query_type {
            Some("summary") => summary(Reading::facts(), answer.json()?)?,
            Some("subdomains") => subdomains(answer.json()?)?,
            Some("whois") => whois(answer.json()?),
            name => match name.and_then(datasets::named) {
                Some(dataset) => records(dataset, answer, question)?,
                None => reputation(answer.json()?, answers.get(1))?,
            },
        };
        Ok(reading.page("https://community.riskiq.com/search", question.value()))
    }
}

fn reputation(found: Reputation, card: Option<&Answer>) -> Result<Reading, Misread> {
    let verdict = match found.classification.as_deref().ok_or(Misread::Lacking("classification"))? {
        "MALICIOUS" => Verdict::Malicious,
        "SUSPICIOUS" => Verdict::Suspicious,
        "GOOD" => Verdict::Benign,
        _ => Verdict::Unknown,
    };
    let rules = &found.rules.0;
    let reading = Reading::judged(verdict)
        .says("classification", found.classification)
        .lists("rules", rules.iter().filter_map(|rule| rule.name.as_deref()))
        .lists("descriptions", rules.iter().filter_map(|rule| rule.description.as_deref()));
    let reading = if let Some(score) = found.score.0 { reading.score(score) } else { reading };
    // Without a readable card the reputation stands for itself.
    match card.and_then(|card| card.http().ok()).filter(|card| card.usual_meaning().is_none()) {
        Some(card) => card.json().map_or(Ok(reading.clone()), |card| summary(reading, card)),
        None => Ok(reading),
    }
}

/// Adds the card: samples and articles are malicious, projects of others suspicious, whatever the reputation.
fn summary(reading: Reading, card: Summary) -> Result<Reading, Misread> {
    let counts = card.data_summary.ok_or(Misread::Lacking("data_summary"))?.0;
    let count = |name: &str| counts.get(name).map_or(0.0, |entry| entry.count.or_zero());
    let floor = if count("malware_hashes") + count("hashes") + count("articles") > 0.0 {
        Verdict::Malicious
    } else if count("projects") > 0.0 {
        Verdict::Suspicious
    } else {
        Verdict::Unknown
    };
    let known: serde_json::Map<String, Value> = counts
        .iter()
        .filter(|(_, entry)| entry.count.or_zero() > 0.0)
        .map(|(name, entry)| (name.clone(), entry.count.into()))
        .collect();
    let worst = Reading::judged(reading.verdict.max(floor));
    Ok(Reading { outcome: worst.outcome, verdict: worst.verdict, ..reading }
        .says("counts", known)
        .says("network", card.netblock)
        .says("asn", card.asn.number)
        .says("as_owner", card.asn.owner)
        .says("organization", card.organization)
        .says("hosting_provider", card.hosting_provider)
        .says("os", card.os.0.filter(|os| os != "n/a")))
}

/// Reads a set of records. Samples and articles are malicious and projects of others suspicious, as in the summary.
fn records(dataset: &Dataset, answer: &HttpAnswer, question: &Question<'_>) -> Result<Reading, Misread> {
    let body: Value = answer.json()?;
    let rows = body.pointer(dataset.rows).and_then(Value::as_array).ok_or(Misread::Lacking("records"))?;
    let count = body.get("totalRecords").and_then(Value::as_u64);
    let reading = dataset.records.read(rows, count, question);
    let verdict = match dataset.name {
        _ if rows.is_empty() => return Ok(reading),
        "malware" | "articles" => Verdict::Malicious,
        "projects" => Verdict::Suspicious,
        _ => Verdict::Unknown,
    };
    Ok(Reading { verdict, ..reading })
}

fn subdomains(found: Subdomains) -> Result<Reading, Misread> {
    let Texts(labels) = found.subdomains.ok_or(Misread::Lacking("subdomains"))?;
    let Some(parent) = found.primary_domain.0.filter(|_| !labels.is_empty()) else { return Ok(Reading::not_found()) };
    let names: Vec<String> = labels.iter().map(|label| format!("{label}.{parent}")).collect();
    Ok(Reading::facts()
        .says("record_count", names.len())
        .lists("subdomains", &names)
        .relates_to(KindHint::Exactly(ObservableKind::Domain), names))
}

fn whois(record: Whois) -> Reading {
    let reading = Reading::facts()
        .says("registrar", record.registrar)
        .says("created_at", record.registered)
        .says("updated_at", record.registry_updated_at)
        .says("expires_at", record.expires_at)
        .says("organization", record.organization)
        .lists("name_servers", record.name_servers.0);
    if reading.evidence.is_empty() { Reading::not_found() } else { reading }
}

#[cfg(test)]
pub(crate) mod tests;
