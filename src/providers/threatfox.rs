//! ThreatFox: indicators of compromise, and how sure their reporters are. <https://threatfox.abuse.ch/api/>
//!
//! An address is listed as `address:port`, so it is searched for as a part, and what merely contains it is left out
//! again. Indicators older than six months expire.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, abusech,
    lenient::{List, Number, Text, Texts, Time},
    request::encoded,
};

static FACTS: Facts = Facts {
    id: "threatfox",
    title: "ThreatFox",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Md5,
        ObservableKind::Sha1,
        ObservableKind::Sha256,
    ],
    base_url: "https://threatfox-api.abuse.ch/api/v1",
    auth: Auth::Header("Auth-Key"),
    fresh: Duration::from_hours(1),
    licence_note: Some("fair use: commercial users may need a paid plan"),
    ..Facts::DEFAULT
};

pub(crate) struct ThreatFox;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    query_status: Text,
    // A text when there is nothing.
    data: List<Indicator>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Indicator {
    ioc: Text,
    ioc_type: Text,
    threat_type: Text,
    malware_printable: Text,
    malware_alias: Text,
    malware_malpedia: Text,
    confidence_level: Number,
    first_seen: Time,
    last_seen: Time,
    reference: Text,
    reporter: Text,
    tags: Texts,
    malware_samples: List<Sample>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Sample {
    sha256_hash: Text,
}

impl Indicator {
    /// Whether it is about this address, name or URL, alone or with a port.
    fn is_about(&self, value: &str) -> bool {
        let Some(rest) = self.ioc.as_deref().and_then(|ioc| ioc.strip_prefix(value)) else { return false };
        rest.strip_prefix(':').map_or(rest.is_empty(), |port| port.bytes().all(|b| b.is_ascii_digit()))
    }
}

impl Provider for ThreatFox {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let kind = question.observable.kind();
        HttpRequest::post("/")
            .json(if kind.is_hash() {
                json!({"query": "search_hash", "hash": question.value()})
            } else {
                json!({"query": "search_ioc", "search_term": question.value(), "exact_match": !kind.is_address()})
            })
            .into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let report = answer.json::<Report>();
        let status = report.as_ref().map(|report| report.query_status.clone()).unwrap_or_default();
        if let Some(reading) = abusech::failure(&status, answer) {
            return Ok(reading);
        }
        let Report { query_status: Text(Some(_)), data: List(mut found) } = report? else {
            return Err(Misread::Lacking("query_status"));
        };
        let kind = question.observable.kind();
        if kind.is_address() {
            found.retain(|indicator| indicator.is_about(question.value()));
        }
        if found.is_empty() {
            return Ok(Reading::not_found());
        }
        let confidence = found.iter().map(|indicator| indicator.confidence_level.or_zero()).fold(0.0, f64::max);
        let samples = found.iter().flat_map(|indicator| &indicator.malware_samples.0);
        let each = |text: fn(&Indicator) -> &Text| found.iter().filter_map(move |indicator| text(indicator).as_deref());
        let reading = Reading::judged(verdict(confidence))
            .score(confidence)
            .says("indicators", found.len())
            .lists("listed_as", each(|indicator| &indicator.ioc))
            .lists("indicator_types", each(|indicator| &indicator.ioc_type))
            .lists("threat_types", each(|indicator| &indicator.threat_type))
            .lists("malware_families", each(|indicator| &indicator.malware_printable))
            .lists("aliases", each(|indicator| &indicator.malware_alias).flat_map(|aliases| aliases.split(',')))
            .lists("tags", found.iter().flat_map(|indicator| &indicator.tags.0))
            .lists(
                "references",
                each(|indicator| &indicator.reference).chain(each(|indicator| &indicator.malware_malpedia)),
            )
            .lists("reporters", each(|indicator| &indicator.reporter))
            .says("first_seen", found.iter().filter_map(|indicator| indicator.first_seen.0.clone()).min())
            .says("last_seen", found.iter().filter_map(|indicator| indicator.last_seen.0.clone()).max())
            .relates_to(KindHint::Hash, samples.filter_map(|sample| sample.sha256_hash.as_deref()));
        // Of a sample, what it calls is news.
        let called = |types: &'static str| {
            let of_type = found.iter().filter(move |indicator| kind.is_hash() && indicator.ioc_type.is(types));
            of_type.filter_map(|indicator| indicator.ioc.as_deref())
        };
        Ok(reading
            .relates_to(KindHint::Address, called("ip:port").filter_map(|ioc| Some(ioc.rsplit_once(':')?.0)))
            .relates_to(KindHint::Exactly(ObservableKind::Domain), called("domain"))
            .relates_to(KindHint::Exactly(ObservableKind::Url), called("url"))
            .reference(format!(
                "https://threatfox.abuse.ch/browse.php?search=ioc%3A{}",
                encoded(question.value())
            )))
    }
}

/// Reporters who are less sure than not make it suspicious.
fn verdict(confidence: f64) -> Verdict {
    if confidence >= 50.0 { Verdict::Malicious } else { Verdict::Suspicious }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Md5},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const HASH: &str = "44d88612fea8a8f36de82e1278abb02f";
    const LISTED: &str = r#"{"query_status": "ok", "data": [
        {"id": "12", "ioc": "203.0.113.7:443", "threat_type": "botnet_cc", "ioc_type": "ip:port",
         "malware_printable": "Example Bot", "malware_alias": "ExBot,EB", "confidence_level": 75,
         "first_seen": "2025-12-06 09:10:23 UTC", "last_seen": null, "tags": null, "reporter": "somebody",
         "malware_samples": [{"sha256_hash": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}]},
        {"id": "13", "ioc": "203.0.113.70:443", "confidence_level": 100}]}"#;
    const ANOTHER: &str = r#"{"query_status": "ok", "data": [{"ioc": "203.0.113.70:443", "confidence_level": 100}]}"#;
    const UNSURE: &str = r#"{"query_status": "ok", "data": [{"ioc": "example.com", "confidence_level": "25"}]}"#;
    const CALLED: &str = r#"{"query_status": "ok", "data": [
        {"ioc": "192.0.2.1:8080", "ioc_type": "ip:port", "confidence_level": 100}]}"#;
    const UNKNOWN: &str = r#"{"query_status": "no_result", "data": "Your search did not yield any results"}"#;
    const ILLEGAL: &str = r#"{"query_status": "illegal_search_term", "data": "not valid"}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Ipv4, IP, &[(200, LISTED)]).means(Outcome::Hit, Verdict::Malicious),
        example("another one listed", Ipv4, IP, &[(200, ANOTHER)]).means(Outcome::NotFound, Verdict::Unknown),
        example("unsure", Domain, "example.com", &[(200, UNSURE)]).means(Outcome::Hit, Verdict::Suspicious),
        example("sample", Md5, HASH, &[(200, CALLED)]).means(Outcome::Hit, Verdict::Malicious),
        example("unknown", Ipv4, IP, &[(200, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("illegal", Ipv4, IP, &[(200, ILLEGAL)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(200, r#"{"query_status": "unknown_auth_key"}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a status", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn only_the_address_itself_counts() {
        let reading = EXAMPLES[0].read(&ThreatFox).unwrap();
        assert_eq!(reading.evidence["listed_as"], json!(["203.0.113.7:443"]));
        assert_eq!(reading.score, Some(75));
    }

    #[test]
    fn a_sample_relates_what_it_calls() {
        let sample = EXAMPLES.iter().find(|example| example.name == "sample").unwrap();
        assert_eq!(sample.read(&ThreatFox).unwrap().related[0].canonical(), "192.0.2.1");
    }

    #[test]
    fn a_name_is_searched_for_exactly() {
        let name = observable(Domain, "example.com");
        let Request::Http(request) = ThreatFox.ask(&Question::usual(&name)) else { panic!("not HTTP") };
        let expected = json!({"query": "search_ioc", "search_term": "example.com", "exact_match": true});
        assert_eq!(request.body, crate::Body::Json(expected));
    }
}
