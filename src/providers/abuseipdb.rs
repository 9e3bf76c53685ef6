//! AbuseIPDB: what others have reported about an address. <https://docs.abuseipdb.com/#check-endpoint>
//!
//! An address that AbuseIPDB lists as safe is benign whatever its score. An address that nobody ever reported is not
//! unknown to AbuseIPDB: it answers with a score of zero.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{Flag, List, Number, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "abuseipdb",
    title: "AbuseIPDB",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://api.abuseipdb.com/api/v2",
    auth: Auth::Header("Key"),
    budgets: &[Window { requests: 1_000, per_s: 86_400 }],
    fresh: Duration::from_hours(6),
    ..Facts::DEFAULT
};

/// Reports older than this say little about who holds the address now.
const MAX_AGE_DAYS: &str = "90";

pub(crate) struct AbuseIpDb;

#[derive(Deserialize)]
struct Report {
    #[serde(default)]
    data: Check,
    #[serde(default)]
    errors: List<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Check {
    abuse_confidence_score: Number,
    total_reports: Number,
    num_distinct_users: Number,
    is_whitelisted: Flag,
    is_tor: Flag,
    country_code: Text,
    usage_type: Text,
    isp: Text,
    domain: Text,
    hostnames: Texts,
    last_reported_at: Time,
}

#[derive(Deserialize)]
struct Failure {
    status: u16,
}

impl Provider for AbuseIpDb {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/check")
            .query("ipAddress", question.value())
            .query("maxAgeInDays", MAX_AGE_DAYS)
            .header("Accept", "application/json")
            .into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Report { data, errors } = answer.json()?;
        if let Some(reading) = errors.0.first().and_then(|failure| Reading::of_status(failure.status)) {
            return Ok(reading);
        }
        let score = data.abuse_confidence_score.required("abuseConfidenceScore")?;
        Ok(Reading::judged(verdict(score, data.is_whitelisted.is_true()))
            .score(score)
            .says("reports", data.total_reports)
            .says("reporters", data.num_distinct_users)
            .says("last_reported_at", data.last_reported_at)
            .says("country_code", data.country_code)
            .says("usage", data.usage_type)
            .says("isp", data.isp)
            .says("domain", data.domain.clone())
            .lists("hostnames", &data.hostnames.0)
            .says("listed_as_safe", data.is_whitelisted)
            .says("tor", data.is_tor)
            .relates_to(KindHint::Exactly(ObservableKind::Domain), data.domain.0)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), data.hostnames.0)
            .page("https://www.abuseipdb.com/check", question.value()))
    }
}

/// More than 50 is malicious, more than 0 suspicious.
fn verdict(score: f64, listed_as_safe: bool) -> Verdict {
    match score {
        _ if listed_as_safe => Verdict::Benign,
        score if score > 50.0 => Verdict::Malicious,
        score if score > 0.0 => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{Observable, ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const HIT: &str = r#"{"data": {"ipAddress": "203.0.113.7", "isWhitelisted": null, "abuseConfidenceScore": 93,
        "countryCode": "NL", "usageType": "Data Center", "isp": "Example Hosting", "domain": "example.com",
        "hostnames": ["a.example.com"], "isTor": false, "totalReports": 17, "numDistinctUsers": 9,
        "lastReportedAt": "2026-03-02T07:41:09+00:00"}}"#;
    const ONE_REPORT: &str = r#"{"data": {"abuseConfidenceScore": "7", "hostnames": "b.example.com"}}"#;
    const SAFE: &str = r#"{"data": {"abuseConfidenceScore": 88, "isWhitelisted": true, "totalReports": 40}}"#;
    const CLEAN: &str = r#"{"data": {"abuseConfidenceScore": 0, "totalReports": 0, "lastReportedAt": null}}"#;
    const LIMITED: &str = r#"{"errors": [{"detail": "Daily rate limit of 1000 requests exceeded", "status": 429}]}"#;
    const REFUSED: &str = r#"{"errors": [{"detail": "Authentication failed.", "status": 401}]}"#;
    const INVALID: &str = r#"{"errors": [{"detail": "The ip address must be valid.", "status": 422}]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("hit", Ipv4, IP, &[(200, HIT)]).means(Outcome::Hit, Verdict::Malicious),
        example("one report, loosely typed", Ipv4, IP, &[(200, ONE_REPORT)]).means(Outcome::Hit, Verdict::Suspicious),
        example("listed as safe", Ipv4, IP, &[(200, SAFE)]).means(Outcome::Clean, Verdict::Benign),
        example("never reported", Ipv4, IP, &[(200, CLEAN)]).means(Outcome::Clean, Verdict::Benign),
        example("limited", Ipv4, IP, &[(429, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("limited at 200", Ipv4, IP, &[(200, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("invalid", Ipv4, IP, &[(422, INVALID)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("without a score", Ipv4, IP, &[(200, r#"{"data": {"totalReports": 3}}"#)]),
        example("not json", Ipv4, IP, &[(200, "<html>maintenance</html>")]),
    ];

    #[test]
    fn a_score_of_50_is_not_yet_malicious() {
        assert_eq!(verdict(50.0, false), Verdict::Suspicious);
        assert_eq!(verdict(51.0, false), Verdict::Malicious);
    }

    #[test]
    fn names_of_the_address_are_related() {
        let reading = EXAMPLES[0].read(&AbuseIpDb).unwrap();
        assert_eq!(reading.related.iter().map(Observable::canonical).collect::<Vec<_>>(), ["example.com", "a.example.com"]);
        assert_eq!(reading.reference.as_deref(), Some("https://www.abuseipdb.com/check/203.0.113.7"));
        assert_eq!(reading.evidence["last_reported_at"], "2026-03-02T07:41:09Z");
    }
}
