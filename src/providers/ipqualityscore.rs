//! IPQualityScore: fraud scores of addresses, URLs and mail addresses.
//! <https://www.ipqualityscore.com/documentation/overview>
//!
//! Errors come with status 200 and `success: false`; their kind is told by the message alone. The key goes into a
//! header, never into the path.

use std::time::Duration;

use model::{ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{Flag, Number, Text, Texts},
};

static FACTS: Facts = Facts {
    id: "ipqualityscore",
    title: "IPQualityScore",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Ipv6,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Email,
    ],
    base_url: "https://www.ipqualityscore.com/api/json",
    auth: Auth::Header("IPQS-KEY"),
    budgets: &[Window { requests: 35, per_s: 86_400 }, Window { requests: 1_000, per_s: 31 * 86_400 }],
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

pub(crate) struct IpQualityScore;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    success: Flag,
    message: Text,
    // addresses and mail addresses
    fraud_score: Number,
    recent_abuse: Flag,
    // addresses
    country_code: Text,
    region: Text,
    city: Text,
    #[serde(rename = "ISP")]
    isp: Text,
    #[serde(rename = "ASN")]
    asn: Number,
    organization: Text,
    host: Text,
    connection_type: Text,
    abuse_velocity: Text,
    abuse_events: Texts,
    latitude: Number,
    longitude: Number,
    proxy: Flag,
    active_vpn: Flag,
    active_tor: Flag,
    mobile: Flag,
    bot_status: Flag,
    is_crawler: Flag,
    // URLs
    risk_score: Number,
    r#unsafe: Flag,
    malware: Flag,
    phishing: Flag,
    spamming: Flag,
    suspicious: Flag,
    parking: Flag,
    category: Text,
    domain_rank: Number,
    // mail addresses
    valid: Flag,
    disposable: Flag,
    leaked: Flag,
    honeypot: Flag,
}

impl Provider for IpQualityScore {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        match question.observable.kind() {
            ObservableKind::Ipv4 | ObservableKind::Ipv6 => HttpRequest::get("/ip")
                .query("ip", question.value())
                .query("strictness", "0")
                .query("allow_public_access_points", "true"),
            ObservableKind::Email => HttpRequest::get("/email").query("email", question.value()),
            _ => HttpRequest::get("/url").query("url", question.value()).query("strictness", "0"),
        }
        .into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let report = answer.json::<Report>();
        if let Ok(Report { success: Flag(Some(false)), message, .. }) = &report {
            return Ok(failure(message.as_deref().unwrap_or_default()));
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found = report?;
        let score = if found.risk_score.0.is_some() { found.risk_score } else { found.fraud_score };
        let score = score.required("fraud_score")?;
        let bad = found.malware.is_true() || found.phishing.is_true();
        let reading = Reading::judged(if bad { Verdict::Malicious } else { verdict(score) }).score(score);
        Ok(grounds(reading, found, question))
    }
}

/// What an error means, by the words of its message.
fn failure(message: &str) -> Reading {
    let message = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["quota", "exceeded", "insufficient credit", "too many"]) {
        Reading::rate_limited("the key's quota is used up")
    } else if says(&["key", "unauthorized", "account"]) {
        Reading::unauthorized("the provider refused the credentials")
    } else if says(&["invalid"]) {
        Reading::unsupported("the provider does not accept this value")
    } else {
        Reading::failed("the provider reports an error")
    }
}

/// 80 and more is malicious, more than 50 suspicious.
fn verdict(score: f64) -> Verdict {
    match score {
        80.0.. => Verdict::Malicious,
        score if score > 50.0 => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

fn grounds(reading: Reading, found: Report, question: &Question<'_>) -> Reading {
    // Fields that the plan does not include say so in place of a value.
    let known = |text: Text| text.0.filter(|text| text != "N/A" && !text.starts_with("Premium required"));
    let reading = reading
        .says("country_code", known(found.country_code))
        .says("state", known(found.region))
        .says("city", known(found.city))
        .says("latitude", found.latitude)
        .says("longitude", found.longitude)
        .says("isp", known(found.isp))
        .says("asn", found.asn)
        .says("organization", known(found.organization))
        .says("reverse_dns", known(found.host))
        .says("connection", known(found.connection_type))
        .says("abuse_velocity", known(found.abuse_velocity))
        .lists("abuse_events", found.abuse_events.0)
        .says("recent_abuse", found.recent_abuse)
        .says("proxy", found.proxy)
        .says("vpn", found.active_vpn)
        .says("tor", found.active_tor)
        .says("mobile", found.mobile)
        .says("bot", found.bot_status)
        .says("crawler", found.is_crawler)
        .says("unsafe", found.r#unsafe)
        .says("malware", found.malware)
        .says("phishing", found.phishing)
        .says("spamming", found.spamming)
        .says("suspicious", found.suspicious)
        .says("parked", found.parking)
        .says("category", known(found.category))
        .says("domain_rank", found.domain_rank)
        .says("deliverable", found.valid)
        .says("disposable", found.disposable)
        .says("leaked", found.leaked)
        .says("honeypot", found.honeypot);
    if question.observable.kind().is_address() {
        reading.page("https://www.ipqualityscore.com/free-ip-lookup-proxy-vpn-test/lookup", question.value())
    } else {
        reading
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Email, Ipv4, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const BAD: &str = r#"{"success": true, "message": "Success", "fraud_score": 93, "country_code": "NL",
        "region": "Limburg", "city": "Heerlen", "ISP": "Example ISP", "ASN": 64500, "organization": "N/A",
        "proxy": true, "active_vpn": "Premium required.", "active_tor": false, "recent_abuse": true,
        "connection_type": "Premium required.", "abuse_events": ["Open Proxies"]}"#;
    const MIDDLE: &str = r#"{"success": true, "fraud_score": "79", "valid": true, "disposable": true}"#;
    const PHISH: &str = r#"{"success": true, "unsafe": true, "phishing": true, "risk_score": 40, "domain": "example.com"}"#;
    const GOOD: &str = r#"{"success": true, "unsafe": false, "phishing": false, "risk_score": 0}"#;
    const LIMITED: &str = r#"{"success": false, "message": "You have exceeded your request quota of 35 per day."}"#;
    const REFUSED: &str = r#"{"success": false, "message": "Invalid or unauthorized key. Please check the API key."}"#;
    const INVALID: &str = r#"{"success": false, "message": "Invalid IPv4 address, IPv6 address or hostname."}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("bad", Ipv4, IP, &[(200, BAD)]).means(Outcome::Hit, Verdict::Malicious),
        example("middle", Email, "a@example.com", &[(200, MIDDLE)]).means(Outcome::Hit, Verdict::Suspicious),
        example("phishing", Url, "http://example.com/a", &[(200, PHISH)]).means(Outcome::Hit, Verdict::Malicious),
        example("good", Url, "http://example.com/a", &[(200, GOOD)]).means(Outcome::Clean, Verdict::Benign),
        example("limited", Ipv4, IP, &[(200, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(200, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("invalid", Ipv4, IP, &[(200, INVALID)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("without a score", Ipv4, IP, &[(200, r#"{"success": true}"#)]),
    ];

    #[test]
    fn the_value_is_a_parameter_and_the_path_is_constant() {
        let url = observable(Url, "http://example.com/a?b");
        let Request::Http(request) = IpQualityScore.ask(&Question::usual(&url)) else { panic!("not HTTP") };
        assert_eq!(request.path, "/url");
        assert_eq!(request.query[0], ("url", "http://example.com/a?b".to_owned()));
    }

    #[test]
    fn city_and_region_are_not_mixed_up_and_what_costs_more_is_left_out() {
        let reading = EXAMPLES[0].read(&IpQualityScore).unwrap();
        assert_eq!((&reading.evidence["city"], &reading.evidence["state"]), (&"Heerlen".into(), &"Limburg".into()));
        for absent in ["organization", "connection", "vpn"] {
            assert!(!reading.evidence.contains_key(absent), "{absent}");
        }
    }
}
