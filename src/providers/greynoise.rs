//! GreyNoise: whether an address scans the whole internet, or belongs to a service that everybody uses.
//! <https://docs.greynoise.io/reference/get_v3-community-ip>
//!
//! The usual question goes to the community API, `full` to the complete one, `quick` to its short form. "Not observed" comes as a 404 with a JSON
//! body that says so.

use std::time::Duration;

use model::{ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    Window,
    lenient::{AutonomousSystem, Flag, Number, Part, Text, Texts, Time},
};

const fn complete(name: &'static str) -> QueryType {
    QueryType { name, kinds: &[ObservableKind::Ipv4], side_effect: SideEffect::Passive }
}

static FACTS: Facts = Facts {
    id: "greynoise",
    title: "GreyNoise",
    kinds: &[ObservableKind::Ipv4],
    query_types: &[complete("full"), complete("quick")],
    base_url: "https://api.greynoise.io/v3",
    auth: Auth::OptionalHeader("key"),
    budgets: &[Window { requests: 50, per_s: 7 * 86_400 }],
    fresh: Duration::from_hours(24),
    fresh_unknown: Duration::from_hours(24),
    on_by_default: false,
    licence_note: Some("the community API is for non-commercial use, with some fifty lookups a week"),
    ..Facts::DEFAULT
};

pub(crate) struct GreyNoise;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Community {
    noise: Flag,
    riot: Flag,
    classification: Text,
    name: Text,
    last_seen: Time,
    #[serde(rename = "rate-limit")]
    rate_limit: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Full {
    business_service_intelligence: Part<Service>,
    internet_scanner_intelligence: Part<Scanner>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    found: Flag,
    category: Text,
    name: Text,
    description: Text,
    trust_level: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scanner {
    found: Flag,
    classification: Text,
    actor: Text,
    first_seen: Time,
    last_seen: Time,
    tags: Texts,
    cves: Texts,
    bot: Flag,
    tor: Flag,
    vpn: Flag,
    vpn_service: Text,
    spoofable: Flag,
    metadata: Part<Metadata>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    asn: AutonomousSystem,
    organization: Text,
    category: Text,
    source_country_code: Text,
    source_city: Text,
    rdns: Text,
    os: Text,
    sensor_hits: Number,
}

impl Provider for GreyNoise {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let collection = if question.query_type.is_some() { "/ip" } else { "/community" };
        let request = HttpRequest::get(collection).segment(question.value()).header("Accept", "application/json");
        if question.query_type == Some("quick") { request.query("quick", "true").into() } else { request.into() }
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let reading = if question.query_type.is_some() { full(answer)? } else { community(answer)? };
        Ok(reading.page("https://viz.greynoise.io/ip", question.value()))
    }
}

fn community(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let said = answer.json::<Community>();
    if let Ok(Community { rate_limit: Text(Some(_)), .. }) = said {
        return Ok(Reading::rate_limited("the allowance of the plan is used up"));
    }
    if let Some(reading) = answer.usual_meaning() {
        return Ok(reading);
    }
    let said = said?;
    let noise = said.noise.0.ok_or(Misread::Lacking("noise"))?;
    let riot = said.riot.is_true();
    if !noise && !riot {
        return Ok(Reading::not_found());
    }
    Ok(Reading::judged(if riot { Verdict::Benign } else { classified(&said.classification) })
        .says("classification", said.classification)
        .says("name", said.name)
        .says("noise", noise)
        .says("common_service", riot)
        .says("last_seen", said.last_seen))
}

fn full(answer: &HttpAnswer) -> Result<Reading, Misread> {
    if let Some(reading) = answer.usual_meaning() {
        return Ok(reading);
    }
    let Full { business_service_intelligence: Part(service), internet_scanner_intelligence: Part(scanner) } =
        answer.json()?;
    if service.found.0.is_none() && scanner.found.0.is_none() {
        return Err(Misread::Lacking("internet_scanner_intelligence.found"));
    }
    let metadata = scanner.metadata.0;
    let verdict = match (service.found.is_true(), scanner.found.is_true()) {
        (false, false) => return Ok(Reading::not_found()),
        (false, true) => classified(&scanner.classification),
        (true, false) => Verdict::Benign,
        // Anybody can rent a host from a service of the second level of trust.
        (true, true) if !service.trust_level.is("1") => classified(&scanner.classification).max(Verdict::Benign),
        (true, true) => Verdict::Benign,
    };
    Ok(Reading::judged(verdict)
        .says("classification", scanner.classification)
        .says("actor", scanner.actor)
        .says("first_seen", scanner.first_seen)
        .says("last_seen", scanner.last_seen)
        .lists("tags", &scanner.tags.0)
        .lists("cves", &scanner.cves.0)
        .says("bot", scanner.bot)
        .says("tor", scanner.tor)
        .says("vpn", scanner.vpn)
        .says("vpn_service", scanner.vpn_service)
        .says("spoofable", scanner.spoofable)
        .says("asn", metadata.asn.number)
        .says("organization", metadata.organization)
        .says("network_category", metadata.category)
        .says("country_code", metadata.source_country_code)
        .says("city", metadata.source_city)
        .says("reverse_dns", metadata.rdns)
        .says("os", metadata.os)
        .says("sensor_hits", metadata.sensor_hits)
        .says("common_service", service.found)
        .says("service", service.name)
        .says("service_category", service.category)
        .says("service_description", service.description)
        .says("trust_level", service.trust_level))
}

/// Scanning alone is no reason for a verdict.
fn classified(classification: &Text) -> Verdict {
    match classification.as_deref() {
        Some("malicious") => Verdict::Malicious,
        Some("suspicious") => Verdict::Suspicious,
        Some("benign") => Verdict::Benign,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const BAD: &str = r#"{"ip": "203.0.113.7", "noise": true, "riot": false, "classification": "malicious",
        "name": "unknown", "link": "https://viz.greynoise.io/ip/203.0.113.7", "last_seen": "2026-01-02", "message": "Success"}"#;
    const SCAN: &str = r#"{"noise": true, "riot": false, "classification": "unknown", "last_seen": "2026-01-02"}"#;
    const SERVICE: &str = r#"{"noise": false, "riot": true, "classification": "benign", "name": "Example DNS"}"#;
    const UNSEEN: &str = r#"{"ip": "203.0.113.7", "noise": false, "riot": false, "message": "IP not observed"}"#;
    const LIMITED: &str = r#"{"plan": "unauthenticated", "rate-limit": "25-lookups/week", "message": "limit"}"#;
    const FULL_BAD: &str = r#"{"ip": "203.0.113.7", "business_service_intelligence": {"found": false},
        "internet_scanner_intelligence": {"found": true, "classification": "malicious", "actor": "unknown",
        "first_seen": "2025-11-02", "last_seen": "2026-01-02", "bot": true, "cves": ["CVE-2021-38645"],
        "tags": [{"slug": "ssh", "name": "SSH Bruteforcer", "intention": "malicious"}],
        "metadata": {"asn": "AS64500", "organization": "Example", "source_country_code": "NL"}}}"#;
    const FULL_RENTED: &str = r#"{"business_service_intelligence": {"found": true, "name": "Example Cloud", "trust_level": "2"},
        "internet_scanner_intelligence": {"found": true, "classification": "suspicious"}}"#;
    const FULL_SERVICE: &str = r#"{"business_service_intelligence": {"found": true, "name": "Example DNS", "trust_level": "1"},
        "internet_scanner_intelligence": {"found": true, "classification": "malicious"}}"#;
    const FULL_UNSEEN: &str = r#"{"business_service_intelligence": {"found": false},
        "internet_scanner_intelligence": {"found": false}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("malicious", Ipv4, IP, &[(200, BAD)]).means(Outcome::Hit, Verdict::Malicious),
        example("scanner", Ipv4, IP, &[(200, SCAN)]).means(Outcome::Hit, Verdict::Unknown),
        example("common service", Ipv4, IP, &[(200, SERVICE)]).means(Outcome::Clean, Verdict::Benign),
        example("unseen", Ipv4, IP, &[(404, UNSEEN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("unseen at 200", Ipv4, IP, &[(200, UNSEEN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("page at 404", Ipv4, IP, &[(404, "<html>")]).means(Outcome::Error, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, r#"{"message": "key"}"#)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("not routable", Ipv4, IP, &[(400, UNSEEN)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("not json", Ipv4, IP, &[(200, "[]]")]),
        example("without noise", Ipv4, IP, &[(200, r#"{"message": "Success"}"#)]),
        example("full", Ipv4, IP, &[(200, FULL_BAD)]).asked("full").means(Outcome::Hit, Verdict::Malicious),
        example("full, rented", Ipv4, IP, &[(200, FULL_RENTED)]).asked("full").means(Outcome::Hit, Verdict::Suspicious),
        example("full, service", Ipv4, IP, &[(200, FULL_SERVICE)]).asked("full").means(Outcome::Clean, Verdict::Benign),
        example("full, unseen", Ipv4, IP, &[(200, FULL_UNSEEN)]).asked("full").means(Outcome::NotFound, Verdict::Unknown),
        example("full, without sections", Ipv4, IP, &[(200, "{}")]).asked("full"),
    ];

    #[test]
    fn the_full_answer_names_its_tags() {
        let full = EXAMPLES.iter().find(|example| example.name == "full").unwrap();
        assert_eq!(full.read(&GreyNoise).unwrap().evidence["tags"], serde_json::json!(["SSH Bruteforcer"]));
    }
}
