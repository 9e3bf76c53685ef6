//! AlienVault OTX: the pulses (collections of indicators) in which others have named an observable.
//! <https://otx.alienvault.com/assets/static/external_api.html>
//!
//! Whatever OTX itself lists as known good, or as somebody's accepted false positive, is benign in however many pulses
//! it sits: public resolvers and content networks sit in hundreds.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    Window,
    lenient::{AutonomousSystem, List, Number, Text, Texts, Time},
};

const NETWORK_KINDS: &[ObservableKind] =
    &[ObservableKind::Ipv4, ObservableKind::Ipv6, ObservableKind::Domain, ObservableKind::Hostname];

static FACTS: Facts = Facts {
    id: "otx",
    title: "AlienVault OTX",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Ipv6,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Md5,
        ObservableKind::Sha1,
        ObservableKind::Sha256,
    ],
    query_types: &[
        QueryType { name: "geo", kinds: NETWORK_KINDS, side_effect: SideEffect::Passive },
        QueryType { name: "passivedns", kinds: NETWORK_KINDS, side_effect: SideEffect::Passive },
    ],
    base_url: "https://otx.alienvault.com/api/v1",
    auth: Auth::Header("X-OTX-API-KEY"),
    budgets: &[Window { requests: 10_000, per_s: 3_600 }],
    // Slow for addresses that many have named.
    timeout: Duration::from_secs(30),
    fresh: Duration::from_hours(6),
    ..Facts::DEFAULT
};

pub(crate) struct Otx;

#[derive(Deserialize)]
struct General {
    pulse_info: PulseInfo,
    #[serde(default)]
    validation: List<Validation>,
    #[serde(default)]
    false_positive: List<FalsePositive>,
    #[serde(default)]
    asn: AutonomousSystem,
    #[serde(default)]
    country_code: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PulseInfo {
    count: Number,
    pulses: List<Pulse>,
    references: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Pulse {
    name: Text,
    tags: Texts,
    references: Texts,
    malware_families: Texts,
    attack_ids: Texts,
    adversary: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Validation {
    source: Text,
    message: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct FalsePositive {
    assessment: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    asn: AutonomousSystem,
    country_code: Text,
    country_name: Text,
    region: Text,
    city: Text,
    postal_code: Text,
    latitude: Number,
    longitude: Number,
}

#[derive(Deserialize)]
struct PassiveDns {
    passive_dns: List<DnsRecord>,
    #[serde(default)]
    count: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DnsRecord {
    address: Text,
    hostname: Text,
    record_type: Text,
    first: Time,
    last: Time,
    asn: AutonomousSystem,
}

/// The type of an observable: in the API, and in the web interface.
const fn kind_names(kind: ObservableKind) -> (&'static str, &'static str) {
    match kind {
        ObservableKind::Ipv4 => ("IPv4", "ip"),
        ObservableKind::Ipv6 => ("IPv6", "ip"),
        ObservableKind::Domain => ("domain", "domain"),
        ObservableKind::Url => ("url", "url"),
        kind if kind.is_hash() => ("file", "file"),
        _ => ("hostname", "hostname"),
    }
}

impl Provider for Otx {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (kind, _) = kind_names(question.observable.kind());
        let section = match question.query_type {
            Some("geo") => "geo",
            Some("passivedns") => "passive_dns",
            _ => "general",
        };
        HttpRequest::get("/indicators").segment(kind).segment(question.value()).segment(section).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let reading = match question.query_type {
            Some("geo") => geo(answer)?,
            Some("passivedns") => passive_dns(answer, question)?,
            _ => general(answer)?,
        };
        let (_, kind) = kind_names(question.observable.kind());
        Ok(reading.page(&format!("https://otx.alienvault.com/indicator/{kind}"), question.value()))
    }
}

fn general(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let General { pulse_info, validation, false_positive, asn, country_code } = answer.json()?;
    let count = pulse_info.count.required("pulse_info.count")?;
    let known_good = validation.0.iter().any(|entry| entry.source.is("whitelist"))
        || false_positive.0.iter().any(|entry| entry.assessment.is("accepted"));
    let pulses = &pulse_info.pulses.0;
    let each = |texts: fn(&Pulse) -> &Texts| pulses.iter().flat_map(move |pulse| &texts(pulse).0);
    Ok(Reading::judged(verdict(count, known_good))
        .says("pulse_count", pulse_info.count)
        .lists("pulses", pulses.iter().filter_map(|pulse| pulse.name.as_deref()))
        .lists("tags", each(|pulse| &pulse.tags))
        .lists("references", pulse_info.references.0.iter().chain(each(|pulse| &pulse.references)))
        .lists("malware_families", each(|pulse| &pulse.malware_families))
        .lists("attack_techniques", each(|pulse| &pulse.attack_ids))
        .lists("adversaries", pulses.iter().filter_map(|pulse| pulse.adversary.as_deref()))
        .lists("validation", validation.0.iter().filter_map(|entry| entry.message.as_deref()))
        .says("asn", asn.number)
        .says("as_owner", asn.owner)
        .says("country_code", country_code))
}

/// Two or more pulses are malicious, one is suspicious.
fn verdict(pulses: f64, known_good: bool) -> Verdict {
    match pulses {
        _ if known_good => Verdict::Benign,
        2.0.. => Verdict::Malicious,
        1.0.. => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

fn geo(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let place: Place = answer.json()?;
    let reading = Reading::facts()
        .says("country_code", place.country_code)
        .says("country_name", place.country_name)
        .says("region", place.region)
        .says("city", place.city)
        .says("postal_code", place.postal_code)
        .says("latitude", place.latitude)
        .says("longitude", place.longitude)
        .says("asn", place.asn.number)
        .says("as_owner", place.asn.owner);
    Ok(if reading.evidence.is_empty() { Reading::not_found() } else { reading })
}

fn passive_dns(answer: &HttpAnswer, question: &Question<'_>) -> Result<Reading, Misread> {
    let PassiveDns { passive_dns: List(records), count } = answer.json()?;
    if records.is_empty() {
        return Ok(Reading::not_found());
    }
    // Of an address the names are news, of a name the addresses.
    let (hint, other): (_, fn(&DnsRecord) -> &Text) = if question.observable.kind().is_address() {
        (KindHint::Exactly(ObservableKind::Hostname), |record| &record.hostname)
    } else {
        (KindHint::Address, |record| &record.address)
    };
    let rows: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "hostname": record.hostname.0,
                "address": record.address.0,
                "type": record.record_type.0,
                "first_seen": record.first.0,
                "last_seen": record.last.0,
                "asn": record.asn.number,
            })
        })
        .collect();
    Ok(Reading::facts()
        .says("record_count", count)
        .says("records", rows)
        .relates_to(hint, records.iter().filter_map(|record| other(record).as_deref())))
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Md5, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const TWO: &str = r#"{"pulse_info": {"count": 2, "pulses": [
        {"name": "Scanners", "tags": ["ssh", "scan"], "references": ["https://example.com/report"], "adversary": "",
         "malware_families": [{"id": "x", "display_name": "ExampleBot"}], "attack_ids": [{"id": "T1110", "name": "Brute Force"}]},
        {"name": "Honeypot", "tags": ["ssh"], "malware_families": ["OtherBot"], "adversary": "Somebody"}]},
        "validation": [], "false_positive": [], "asn": "AS64500 Example", "country_code": "NL"}"#;
    const ONE: &str = r#"{"pulse_info": {"count": "1", "pulses": null}}"#;
    const GOOD: &str = r#"{"pulse_info": {"count": 50, "pulses": []},
        "validation": [{"source": "whitelist", "message": "Whitelisted domain example.com"}]}"#;
    const NONE: &str = r#"{"pulse_info": {"count": 0, "pulses": []}}"#;
    const PLACE: &str = r#"{"asn": "AS64500 Example", "city": null, "country_code": "NL", "latitude": 52.1}"#;
    const NOWHERE: &str = r#"{"city": null, "latitude": null}"#;
    const DNS: &str = r#"{"passive_dns": [{"address": "192.0.2.1", "hostname": "example.com", "record_type": "A",
        "first": "2025-01-02T03:04:05", "last": "2025-02-03T04:05:06", "asn": "AS64500 Example"}], "count": 1}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("two pulses", Ipv4, IP, &[(200, TWO)]).means(Outcome::Hit, Verdict::Malicious),
        example("one pulse", Url, "http://example.com/a", &[(200, ONE)]).means(Outcome::Hit, Verdict::Suspicious),
        example("known good", Domain, "example.com", &[(200, GOOD)]).means(Outcome::Clean, Verdict::Benign),
        example("no pulse", Ipv4, IP, &[(200, NONE)]).means(Outcome::Clean, Verdict::Benign),
        example("place", Ipv4, IP, &[(200, PLACE)]).asked("geo").means(Outcome::Hit, Verdict::Unknown),
        example("no place", Ipv4, IP, &[(200, NOWHERE)]).asked("geo").means(Outcome::NotFound, Verdict::Unknown),
        example("names", Domain, "example.com", &[(200, DNS)]).asked("passivedns").means(Outcome::Hit, Verdict::Unknown),
        example("no names", Ipv4, IP, &[(200, r#"{"passive_dns": [], "count": 0}"#)])
            .asked("passivedns")
            .means(Outcome::NotFound, Verdict::Unknown),
        example("unknown", Md5, "44d88612fea8a8f36de82e1278abb02f", &[(404, r#"{"detail": "endpoint not found"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("invalid", Ipv4, IP, &[(400, r#"{"detail": "bad"}"#)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(403, r#"{"detail": "key"}"#)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without pulses", Ipv4, IP, &[(200, r#"{"indicator": "203.0.113.7"}"#)]),
        example("not json", Ipv4, IP, &[(200, "<html>")]),
    ];

    #[test]
    fn a_url_is_one_segment_of_the_path() {
        let url = observable(Url, "http://example.com/a?b=c");
        let Request::Http(request) = Otx.ask(&Question::usual(&url)) else { panic!("not HTTP") };
        assert_eq!(request.path, "/indicators/url/http%3A%2F%2Fexample.com%2Fa%3Fb%3Dc/general");
    }

    #[test]
    fn what_the_pulses_say_is_told_once() {
        let reading = EXAMPLES[0].read(&Otx).unwrap();
        assert_eq!(reading.evidence["tags"], json!(["ssh", "scan"]));
        assert_eq!(reading.evidence["malware_families"], json!(["ExampleBot", "OtherBot"]));
        assert_eq!(reading.evidence["adversaries"], json!(["Somebody"]));
    }

    #[test]
    fn passive_dns_of_a_name_relates_its_addresses() {
        let names = EXAMPLES.iter().find(|example| example.name == "names").unwrap();
        assert_eq!(names.read(&Otx).unwrap().related[0].canonical(), "192.0.2.1");
    }
}
