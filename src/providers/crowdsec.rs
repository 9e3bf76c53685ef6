//! CrowdSec: what its community's sensors have seen an address do. <https://docs.crowdsec.net/u/cti_api/intro>
//!
//! The overall score goes from 0 to 5. An address whose reputation CrowdSec calls safe is benign whatever its score.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{Number, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "crowdsec",
    title: "CrowdSec CTI",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://cti.api.crowdsec.net/v2",
    auth: Auth::Header("x-api-key"),
    budgets: &[Window { requests: 50, per_s: 86_400 }],
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

pub(crate) struct CrowdSec;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Smoke {
    scores: Part<Scores>,
    reputation: Text,
    confidence: Text,
    background_noise_score: Number,
    as_name: Text,
    as_num: Number,
    ip_range: Text,
    reverse_dns: Text,
    location: Part<Location>,
    history: Part<History>,
    behaviors: Texts,
    attack_details: Texts,
    classifications: Part<Classifications>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scores {
    overall: Part<Score>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Score {
    total: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Location {
    country: Text,
    city: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct History {
    first_seen: Time,
    last_seen: Time,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Classifications {
    false_positives: Texts,
    classifications: Texts,
}

impl Provider for CrowdSec {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/smoke").segment(question.value()).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let smoke: Smoke = answer.json()?;
        let total = smoke.scores.0.overall.0.total;
        let score = total.required("scores.overall.total")?;
        Ok(Reading::judged(verdict(score, smoke.reputation.is("safe")))
            .score(score * 20.0)
            .says("overall_score", total)
            .says("background_noise", smoke.background_noise_score)
            .says("reputation", smoke.reputation)
            .says("confidence", smoke.confidence)
            .says("first_seen", smoke.history.0.first_seen)
            .says("last_seen", smoke.history.0.last_seen)
            .lists("behaviors", &smoke.behaviors.0)
            .lists("attacks", &smoke.attack_details.0)
            .lists("classifications", &smoke.classifications.0.classifications.0)
            .lists("false_positives", &smoke.classifications.0.false_positives.0)
            .says("asn", smoke.as_num)
            .says("as_owner", smoke.as_name)
            .says("network", smoke.ip_range)
            .says("reverse_dns", smoke.reverse_dns.clone())
            .says("country_code", smoke.location.0.country)
            .says("city", smoke.location.0.city)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), smoke.reverse_dns.0)
            .page("https://app.crowdsec.net/cti", question.value()))
    }
}

/// Up to 2 of 5 is benign, up to 3 suspicious.
fn verdict(total: f64, safe: bool) -> Verdict {
    match total {
        _ if safe => Verdict::Benign,
        total if total <= 2.0 => Verdict::Benign,
        total if total <= 3.0 => Verdict::Suspicious,
        _ => Verdict::Malicious,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const HIT: &str = r#"{"ip": "203.0.113.7", "ip_range": "203.0.113.0/24", "as_name": "EXAMPLE", "as_num": 64500,
        "location": {"country": "NL", "city": null}, "reverse_dns": "a.example.com", "reputation": "malicious",
        "behaviors": [{"name": "ssh:bruteforce", "label": "SSH Bruteforce", "description": "x"}],
        "history": {"first_seen": "2025-04-18T18:00:00+00:00", "last_seen": "2026-01-02T13:00:00+00:00"},
        "classifications": {"false_positives": [], "classifications": []}, "attack_details": [],
        "scores": {"overall": {"aggressiveness": 5, "threat": 4, "trust": 5, "anomaly": 1, "total": 4}}}"#;
    const MIDDLE: &str = r#"{"location": null, "scores": {"overall": {"total": "3"}}}"#;
    const SAFE: &str = r#"{"reputation": "safe", "scores": {"overall": {"total": 4}}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("hit", Ipv4, IP, &[(200, HIT)]).means(Outcome::Hit, Verdict::Malicious),
        example("in the middle", Ipv4, IP, &[(200, MIDDLE)]).means(Outcome::Hit, Verdict::Suspicious),
        example("safe", Ipv4, IP, &[(200, SAFE)]).means(Outcome::Clean, Verdict::Benign),
        example("unknown", Ipv4, IP, &[(404, r#"{"message": "IP address information not found"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(403, r#"{"message": "Forbidden"}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without scores", Ipv4, IP, &[(200, r#"{"ip": "203.0.113.7"}"#)]),
        example("not json", Ipv4, IP, &[(200, "ok")]),
    ];

    #[test]
    fn labels_say_what_it_did_and_the_score_is_of_a_hundred() {
        let reading = EXAMPLES[0].read(&CrowdSec).unwrap();
        assert_eq!(reading.evidence["behaviors"], serde_json::json!(["SSH Bruteforce"]));
        assert_eq!(reading.score, Some(80));
        assert_eq!(reading.related[0].canonical(), "a.example.com");
    }
}
