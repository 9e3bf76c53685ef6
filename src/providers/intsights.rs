//! Rapid7 Threat Command (IntSights): the severity of an indicator.
//! <https://api-docs.rapid7.com/threatcommand/>
//!
//! An unknown indicator is answered with 204 and no body. What the customer has whitelisted is benign.

use std::time::Duration;

use model::{ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{Flag, Number, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "intsights",
    title: "Rapid7 Threat Command",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Ipv6,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Email,
        ObservableKind::Md5,
        ObservableKind::Sha1,
        ObservableKind::Sha256,
    ],
    base_url: "https://api.ti.insight.rapid7.com",
    auth: Auth::Basic,
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

pub(crate) struct IntSights;

/// Version 3 writes field names in camel case, the older ones in Pascal case.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Indicator {
    #[serde(alias = "Value")]
    value: Text,
    #[serde(alias = "Severity")]
    severity: Text,
    #[serde(alias = "Score")]
    score: Number,
    #[serde(alias = "Whitelist", alias = "Whitelisted", alias = "whitelist")]
    whitelisted: Flag,
    #[serde(alias = "Tags")]
    tags: Texts,
    #[serde(alias = "SystemTags")]
    system_tags: Texts,
    #[serde(alias = "RelatedMalware")]
    related_malware: Texts,
    #[serde(alias = "RelatedThreatActors")]
    related_threat_actors: Texts,
    #[serde(alias = "RelatedCampaigns")]
    related_campaigns: Texts,
    #[serde(alias = "Sources", alias = "reportedFeeds")]
    sources: Texts,
    #[serde(alias = "Geolocation")]
    geolocation: Text,
    #[serde(alias = "FirstSeen")]
    first_seen: Time,
    #[serde(alias = "LastSeen")]
    last_seen: Time,
    #[serde(alias = "LastUpdate", alias = "lastUpdateDate")]
    last_update: Time,
}

impl Provider for IntSights {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/public/v3/iocs/ioc-by-value")
            .query("iocValue", question.value())
            .header("Accept", "application/json")
            .into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if answer.status == 204 {
            return Ok(Reading::not_found());
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found: Indicator = answer.json()?;
        let whitelisted = found.whitelisted.is_true();
        let Some(severity) = found.severity.as_deref() else {
            // An empty object is "unknown" too.
            return if found.value.0.is_none() && !whitelisted {
                Ok(Reading::not_found())
            } else {
                Err(Misread::Lacking("severity"))
            };
        };
        let mut reading = Reading::judged(if whitelisted { Verdict::Benign } else { verdict(severity) });
        if let Some(score) = found.score.0 {
            reading = reading.score(score);
        }
        Ok(reading
            .says("severity", found.severity)
            .says("whitelisted", found.whitelisted)
            .lists("tags", found.tags.0.iter().chain(&found.system_tags.0))
            .lists("malware_families", found.related_malware.0)
            .lists("adversaries", found.related_threat_actors.0)
            .lists("campaigns", found.related_campaigns.0)
            .lists("sources", found.sources.0)
            .says("country", found.geolocation)
            .says("first_seen", found.first_seen)
            .says("last_seen", found.last_seen)
            .says("updated_at", found.last_update))
    }
}

fn verdict(severity: &str) -> Verdict {
    match severity.to_ascii_lowercase().as_str() {
        "high" => Verdict::Malicious,
        "medium" => Verdict::Suspicious,
        "low" => Verdict::Benign,
        _ => Verdict::Unknown,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Email, Ipv4},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example};

    const HIGH: &str = r#"{"value": "example.com", "severity": "High", "score": 92.5, "whitelisted": false,
        "tags": ["phishing"], "systemTags": ["phishing", "bot"], "relatedMalware": ["ExampleBot"],
        "sources": [{"name": "A feed", "confidenceLevel": 2}], "firstSeen": "2025-04-18T18:00:00.000Z"}"#;
    const OLDER: &str = r#"{"Value": "a@example.com", "Severity": "Medium", "Score": 50, "Whitelist": "False",
        "Tags": [], "LastSeen": "2025-04-18T18:00:00.000Z"}"#;
    const LOW: &str = r#"{"value": "203.0.113.7", "severity": "Low", "score": 10}"#;
    const WHITE: &str = r#"{"value": "example.com", "severity": "High", "whitelisted": true}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("high", Domain, "example.com", &[(200, HIGH)]).means(Outcome::Hit, Verdict::Malicious),
        example("medium, in the older spelling", Email, "a@example.com", &[(200, OLDER)])
            .means(Outcome::Hit, Verdict::Suspicious),
        example("low", Ipv4, "203.0.113.7", &[(200, LOW)]).means(Outcome::Clean, Verdict::Benign),
        example("whitelisted", Domain, "example.com", &[(200, WHITE)]).means(Outcome::Clean, Verdict::Benign),
        example("unknown", Domain, "example.com", &[(204, "")]).means(Outcome::NotFound, Verdict::Unknown),
        example("empty", Domain, "example.com", &[(200, "{}")]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Domain, "example.com", &[(401, "")]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Domain, "example.com", &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a severity", Domain, "example.com", &[(200, r#"{"value": "example.com"}"#)]),
    ];

    #[test]
    fn tags_of_both_sorts_are_told_once() {
        let reading = EXAMPLES[0].read(&IntSights).unwrap();
        assert_eq!(reading.evidence["tags"], serde_json::json!(["phishing", "bot"]));
        assert_eq!(reading.evidence["sources"], serde_json::json!(["A feed"]));
    }
}
