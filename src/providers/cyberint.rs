//! Cyberint (Check Point Infinity External Risk Management): the risk of an indicator. Every customer has an address of
//! their own, `https://<customer>.cyberint.io`.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{Flag, List, Number, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "cyberint",
    title: "Cyberint",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Domain, ObservableKind::Url, ObservableKind::Sha256],
    auth: Auth::Cookie("access_token"),
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

pub(crate) struct Cyberint;

#[derive(Deserialize)]
struct Report {
    data: Option<Data>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    risk: Option<Risk>,
    enrichment: Part<Enrichment>,
    benign: Flag,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Risk {
    malicious_score: Number,
    occurrences_count: Number,
    detected_activities: List<Activity>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Activity {
    r#type: Text,
    description: Text,
    observation_date: Time,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Enrichment {
    first_seen: Time,
    geo: Part<Geo>,
    asn: Part<Asn>,
    filenames: Texts,
    hostnames: Texts,
    ips: Texts,
    suspicious_domains: Texts,
    suspicious_urls: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Geo {
    country: Text,
    city: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asn {
    number: Number,
    organization: Text,
}

impl Provider for Cyberint {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let path = match question.observable.kind() {
            ObservableKind::Ipv4 => "/ioc/api/v1/ipv4",
            ObservableKind::Url => "/ioc/api/v1/url",
            ObservableKind::Sha256 => "/ioc/api/v1/file/sha256",
            _ => "/ioc/api/v1/domain",
        };
        HttpRequest::get(path).query("value", question.value()).into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Report { data: Some(Data { risk: Some(risk), enrichment: Part(more), benign }) } = answer.json()? else {
            return Ok(Reading::not_found());
        };
        let score = risk.malicious_score.required("data.risk.malicious_score")?;
        let activities = &risk.detected_activities.0;
        Ok(Reading::judged(verdict(score))
            .score(score)
            .says("occurrences", risk.occurrences_count)
            .lists("activities", activities.iter().filter_map(|activity| activity.r#type.as_deref()))
            .lists("descriptions", activities.iter().filter_map(|activity| activity.description.as_deref()))
            .says("last_seen", activities.iter().filter_map(|activity| activity.observation_date.0.clone()).max())
            .says("first_seen", more.first_seen)
            .says("said_to_be_benign", benign)
            .says("country", more.geo.0.country)
            .says("city", more.geo.0.city)
            .says("asn", more.asn.0.number)
            .says("as_owner", more.asn.0.organization)
            .lists("names", more.filenames.0)
            .relates_to(KindHint::Address, more.ips.0)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), more.hostnames.0)
            .relates_to(KindHint::Exactly(ObservableKind::Domain), more.suspicious_domains.0)
            .relates_to(KindHint::Exactly(ObservableKind::Url), more.suspicious_urls.0))
    }
}

/// More than 50 is malicious, more than 0 suspicious.
fn verdict(score: f64) -> Verdict {
    match score {
        score if score > 50.0 => Verdict::Malicious,
        score if score > 0.0 => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Sha256},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const HASH: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
    const HIT: &str = r#"{"data": {"entity": {"type": "domain", "value": "example.com"}, "benign": false,
        "risk": {"malicious_score": 90, "occurrences_count": 3, "detected_activities": [
            {"type": "phishing_website", "observation_date": "2025-12-01T10:00:00", "description": "Phishing kit"}]},
        "enrichment": {"ips": ["192.0.2.1"], "geo": {"country": "NL", "city": null}, "asn": null}}}"#;
    const SOME: &str = r#"{"data": {"risk": {"malicious_score": 10}}}"#;
    const NONE: &str = r#"{"data": {"risk": {"malicious_score": 0, "detected_activities": null}}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("hit", Domain, "example.com", &[(200, HIT)]).means(Outcome::Hit, Verdict::Malicious),
        example("some risk", Ipv4, "203.0.113.7", &[(200, SOME)]).means(Outcome::Hit, Verdict::Suspicious),
        example("no risk", Ipv4, "203.0.113.7", &[(200, NONE)]).means(Outcome::Clean, Verdict::Benign),
        example("unknown", Sha256, HASH, &[(200, r#"{"data": null}"#)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Domain, "example.com", &[(401, "{}")]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Domain, "example.com", &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a score", Domain, "example.com", &[(200, r#"{"data": {"risk": {}}}"#)]),
    ];

    #[test]
    fn each_kind_has_its_own_path() {
        let hash = observable(Sha256, HASH);
        let Request::Http(request) = Cyberint.ask(&Question::usual(&hash)) else { panic!("not HTTP") };
        assert_eq!(request.path, "/ioc/api/v1/file/sha256");
    }
}
