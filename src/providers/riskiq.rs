//! RiskIQ PassiveTotal: reputation, and what is known around an address or a name.
//! <https://api.riskiq.net/api/pt_started.html>
//!
//! The usual question asks for the reputation and then for the summary card, since samples or articles that name an
//! observable are grounds by themselves.

use std::{collections::BTreeMap, time::Duration};

use model::{KindHint, ObservableKind, Verdict};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    lenient::{AutonomousSystem, List, Number, Part, Text, Texts, Time},
};

const KINDS: &[ObservableKind] = &[ObservableKind::Ipv4, ObservableKind::Domain, ObservableKind::Hostname];

const fn passive(name: &'static str) -> QueryType {
    QueryType { name, kinds: KINDS, side_effect: SideEffect::Passive }
}

static FACTS: Facts = Facts {
    id: "riskiq",
    title: "RiskIQ PassiveTotal",
    kinds: KINDS,
    query_types: &[passive("rep"), passive("summary"), passive("malware"), passive("passivedns"), passive("whois")],
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

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Results<T> {
    results: List<T>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Sample {
    sample: Text,
    source: Text,
    collection_date: Time,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Resolution {
    resolve: Text,
    record_type: Text,
    first_seen: Time,
    last_seen: Time,
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
        let path = match question.query_type {
            Some("summary") => "/cards/summary",
            Some("malware") => "/enrichment/malware",
            Some("passivedns") => "/dns/passive",
            Some("whois") => "/whois",
            _ => "/reputation",
        };
        HttpRequest::get(path).query("query", question.value()).into()
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
            Some("malware") => malware(answer)?,
            Some("passivedns") => resolutions(answer)?,
            Some("whois") => whois(answer.json()?),
            _ => reputation(answer.json()?, answers.get(1))?,
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

fn malware(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let Results::<Sample> { results: List(samples) } = answer.json()?;
    if samples.is_empty() {
        return Ok(Reading::not_found());
    }
    Ok(Reading::judged(Verdict::Malicious)
        .says("samples", samples.len())
        .lists("sources", samples.iter().filter_map(|sample| sample.source.as_deref()))
        .says("last_seen", samples.iter().filter_map(|sample| sample.collection_date.0.clone()).max())
        .relates_to(KindHint::Hash, samples.iter().filter_map(|sample| sample.sample.as_deref())))
}

fn resolutions(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let Results::<Resolution> { results: List(records) } = answer.json()?;
    if records.is_empty() {
        return Ok(Reading::not_found());
    }
    let rows: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "value": record.resolve.0,
                "type": record.record_type.0,
                "first_seen": record.first_seen.0,
                "last_seen": record.last_seen.0,
            })
        })
        .collect();
    let values = || records.iter().filter_map(|record| record.resolve.as_deref());
    Ok(Reading::facts()
        .says("record_count", records.len())
        .says("records", rows)
        .relates_to(KindHint::Address, values())
        .relates_to(KindHint::Exactly(ObservableKind::Domain), values()))
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
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, http};

    const IP: &str = "203.0.113.7";
    const BAD: &str = r#"{"score": 85, "classification": "MALICIOUS", "rules": [
        {"name": "Blocklist", "description": "Observed malware", "severity": 5, "link": null}]}"#;
    const UNKNOWN: &str = r#"{"score": 0, "classification": "UNKNOWN", "rules": []}"#;
    const GOOD: &str = r#"{"score": 0, "classification": "GOOD", "rules": []}"#;
    const CARD: &str = r#"{"type": "IP Address", "netblock": "203.0.113.0/24", "os": "n/a", "organization": "Example",
        "data_summary": {"resolutions": {"count": 21}, "articles": {"count": 1}, "projects": {"count": 0}}}"#;
    const QUIET: &str = r#"{"data_summary": {"resolutions": {"count": 21}}}"#;
    const SAMPLES: &str = r#"{"success": true, "results": [{"collectionDate": "2025-01-01", "source": "A source",
        "sample": "44d88612fea8a8f36de82e1278abb02f"}]}"#;
    const DNS: &str = r#"{"results": [{"resolve": "192.0.2.1", "recordType": "A", "firstSeen": "2025-01-01 10:00:00"}]}"#;
    const WHOIS: &str = r#"{"registrar": "Example Registrar", "registered": "1997-09-15T00:00:00.000-0700",
        "nameServers": ["ns1.example.net"]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("bad", Ipv4, IP, &[(200, BAD), (200, QUIET)]).means(Outcome::Hit, Verdict::Malicious),
        example("named in an article", Ipv4, IP, &[(200, UNKNOWN), (200, CARD)])
            .means(Outcome::Hit, Verdict::Malicious),
        example("not classified", Ipv4, IP, &[(200, UNKNOWN), (200, QUIET)]).means(Outcome::Hit, Verdict::Unknown),
        example("good", Ipv4, IP, &[(200, GOOD), (200, QUIET)]).means(Outcome::Clean, Verdict::Benign),
        example("without a card", Ipv4, IP, &[(200, BAD), (500, "")]).means(Outcome::Hit, Verdict::Malicious),
        example("reputation", Ipv4, IP, &[(200, BAD)]).asked("rep").means(Outcome::Hit, Verdict::Malicious),
        example("summary", Ipv4, IP, &[(200, QUIET)]).asked("summary").means(Outcome::Hit, Verdict::Unknown),
        example("malware", Ipv4, IP, &[(200, SAMPLES)]).asked("malware").means(Outcome::Hit, Verdict::Malicious),
        example("no malware", Ipv4, IP, &[(200, r#"{"results": []}"#)])
            .asked("malware")
            .means(Outcome::NotFound, Verdict::Unknown),
        example("passive DNS", Domain, "example.com", &[(200, DNS)])
            .asked("passivedns")
            .means(Outcome::Hit, Verdict::Unknown),
        example("whois", Domain, "example.com", &[(200, WHOIS)]).asked("whois").means(Outcome::Hit, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, "{}")]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a classification", Ipv4, IP, &[(200, r#"{"score": 85}"#)]),
    ];

    #[test]
    fn the_card_is_asked_for_only_after_a_reputation() {
        let observable = EXAMPLES[0].observable();
        let question = Question::usual(&observable);
        let Some(Request::Http(request)) = RiskIq.follow_up(&question, &[http(200, BAD)]) else { panic!("no card") };
        assert_eq!(request.path, "/cards/summary");
        assert_eq!(RiskIq.follow_up(&question, &[http(429, "")]), None);
        assert_eq!(RiskIq.follow_up(&question, &[http(200, BAD), http(200, CARD)]), None);
    }
}
