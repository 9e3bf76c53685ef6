//! Shodan: what answers at an address. <https://developer.shodan.io/api>
//!
//! Ports and versions are facts, and vulnerabilities are guessed from versions: neither is a verdict. What Shodan tags
//! as malware or as a command-and-control server is malicious, what it tags as compromised is suspicious.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{AutonomousSystem, List, Number, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "shodan",
    title: "Shodan",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://api.shodan.io",
    auth: Auth::Query("key"),
    budgets: &[Window { requests: 1, per_s: 1 }],
    fresh: Duration::from_hours(24),
    ..Facts::DEFAULT
};

pub(crate) struct Shodan;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host {
    ip_str: Text,
    ports: List<Number>,
    tags: Texts,
    // A list, or an object by CVE when not minified.
    vulns: Texts,
    hostnames: Texts,
    domains: Texts,
    os: Text,
    org: Text,
    isp: Text,
    asn: AutonomousSystem,
    country_code: Text,
    city: Text,
    last_update: Time,
}

impl Provider for Shodan {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/shodan/host").segment(question.value()).query("minify", "true").into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let host: Host = answer.json()?;
        if host.ip_str.0.is_none() && host.ports.0.is_empty() {
            return Err(Misread::Lacking("ports"));
        }
        Ok(Reading::judged(verdict(&host.tags.0))
            .says("ports", host.ports)
            .lists("tags", host.tags.0)
            .lists("vulnerabilities", host.vulns.0)
            .lists("hostnames", &host.hostnames.0)
            .says("os", host.os)
            .says("organization", host.org)
            .says("isp", host.isp)
            .says("asn", host.asn.number)
            .says("country_code", host.country_code)
            .says("city", host.city)
            .says("last_seen", host.last_update)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), host.hostnames.0)
            .relates_to(KindHint::Exactly(ObservableKind::Domain), host.domains.0)
            .page("https://www.shodan.io/host", question.value()))
    }
}

/// What Shodan's tags say.
pub(crate) fn verdict(tags: &[String]) -> Verdict {
    let tagged = |tag: &str| tags.iter().any(|own| own.eq_ignore_ascii_case(tag));
    if tagged("malware") || tagged("c2") {
        Verdict::Malicious
    } else if tagged("compromised") {
        Verdict::Suspicious
    } else {
        Verdict::Unknown
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const HOST: &str = r#"{"ip_str": "203.0.113.7", "hostnames": ["mail.example.net"], "domains": ["example.net"],
        "country_code": "SE", "city": "Uppsala", "org": "Example Hosting AB", "asn": "AS64500", "os": null,
        "last_update": "2026-02-20T04:11:27.402115", "ports": [25, 443], "vulns": ["CVE-2019-0708"], "tags": ["vpn"]}"#;
    const C2: &str = r#"{"ip_str": "203.0.113.7", "ports": [443], "tags": ["c2", "cloud"]}"#;
    const COMPROMISED: &str = r#"{"ip_str": "203.0.113.7", "ports": null, "tags": "compromised"}"#;
    const UNKNOWN: &str = r#"{"error": "No information available for that IP."}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("host", Ipv4, IP, &[(200, HOST)]).means(Outcome::Hit, Verdict::Unknown),
        example("command and control", Ipv4, IP, &[(200, C2)]).means(Outcome::Hit, Verdict::Malicious),
        example("compromised", Ipv4, IP, &[(200, COMPROMISED)]).means(Outcome::Hit, Verdict::Suspicious),
        example("unknown", Ipv4, IP, &[(404, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused by a page", Ipv4, IP, &[(401, "<html>")]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, r#"{"error": "Request rate limit reached"}"#)])
            .means(Outcome::RateLimited, Verdict::Unknown),
        example("nothing said", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn names_of_the_address_are_related() {
        let reading = EXAMPLES[0].read(&Shodan).unwrap();
        assert_eq!(reading.related.len(), 2);
        assert_eq!(reading.evidence["asn"], 64_500);
    }
}
