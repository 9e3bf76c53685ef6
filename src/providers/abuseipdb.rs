//! AbuseIPDB: what others have reported about an address. <https://docs.abuseipdb.com/#check-endpoint>
//!
//! An address that AbuseIPDB lists as safe is benign whatever its score.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window};

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
const MAX_AGE_DAYS: u32 = 90;

pub(crate) struct AbuseIpDb;

#[derive(Deserialize)]
struct Report {
    data: Check,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Check {
    abuse_confidence_score: f64,
    total_reports: Option<u64>,
    num_distinct_users: Option<u64>,
    is_whitelisted: Option<bool>,
    is_tor: Option<bool>,
    country_code: Option<String>,
    usage_type: Option<String>,
    isp: Option<String>,
    domain: Option<String>,
    #[serde(default)]
    hostnames: Vec<String>,
    last_reported_at: Option<String>,
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
        let Report { data } = answer.json()?;
        Ok(Reading::judged(data.verdict())
            .score(data.abuse_confidence_score)
            .says("reports", data.total_reports)
            .says("reporters", data.num_distinct_users)
            .says("last_reported_at", data.last_reported_at)
            .says("country_code", data.country_code)
            .says("usage", data.usage_type)
            .says("isp", data.isp)
            .says("domain", data.domain.clone())
            .says("hostnames", data.hostnames.clone())
            .says("listed_as_safe", data.is_whitelisted)
            .says("tor", data.is_tor)
            .relates_to(KindHint::Exactly(ObservableKind::Domain), data.domain)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), data.hostnames)
            .reference(format!("https://www.abuseipdb.com/check/{}", question.value())))
    }
}

impl Check {
    /// More than 50 is malicious, more than 0 suspicious.
    fn verdict(&self) -> Verdict {
        match self.abuse_confidence_score {
            _ if self.is_whitelisted == Some(true) => Verdict::Benign,
            score if score > 50.0 => Verdict::Malicious,
            score if score > 0.0 => Verdict::Suspicious,
            _ => Verdict::Benign,
        }
    }
}
