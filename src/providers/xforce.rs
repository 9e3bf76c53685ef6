//! IBM X-Force Exchange: risk scores of addresses, names and URLs, and known malware.
//! <https://api.xforce.ibmcloud.com/doc/>
//!
//! Scores go from 1 to 10. Malware that X-Force knows is malicious whatever risk it states.

mod shapes;

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde_json::{Value, json};
use shapes::{Known, Origins, Report, Resolutions, Seen, Whois};

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    Window,
    lenient::{List, Number, Part},
};

const ADDRESSES: &[ObservableKind] = &[ObservableKind::Ipv4, ObservableKind::Ipv6];
const HOSTS: &[ObservableKind] =
    &[ObservableKind::Ipv4, ObservableKind::Ipv6, ObservableKind::Domain, ObservableKind::Hostname];
const LOCATIONS: &[ObservableKind] = &[
    ObservableKind::Ipv4,
    ObservableKind::Ipv6,
    ObservableKind::Domain,
    ObservableKind::Hostname,
    ObservableKind::Url,
];

static FACTS: Facts = Facts {
    id: "xforce",
    title: "IBM X-Force Exchange",
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
        QueryType { name: "rep", kinds: ADDRESSES, side_effect: SideEffect::Passive },
        QueryType { name: "malware", kinds: LOCATIONS, side_effect: SideEffect::Passive },
        QueryType { name: "whois", kinds: HOSTS, side_effect: SideEffect::Passive },
        QueryType { name: "passivedns", kinds: HOSTS, side_effect: SideEffect::Passive },
    ],
    base_url: "https://api.xforce.ibmcloud.com",
    auth: Auth::Basic,
    budgets: &[Window { requests: 5_000, per_s: 31 * 86_400 }],
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

pub(crate) struct XForce;

impl Provider for XForce {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let kind = question.observable.kind();
        let collection = match question.query_type {
            Some("rep") => "/ipr/history",
            Some("malware") if kind.is_address() => "/ipr/malware",
            Some("malware") => "/url/malware",
            Some("whois") => "/whois",
            Some("passivedns") => "/resolve",
            _ if kind.is_address() => "/ipr",
            _ if kind.is_hash() => "/malware",
            _ => "/url",
        };
        HttpRequest::get(collection).segment(question.value()).header("Accept", "application/json").into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let kind = question.observable.kind();
        let reading = match question.query_type {
            Some("malware") => seen(answer)?,
            Some("whois") => whois(answer)?,
            Some("passivedns") => resolutions(answer)?,
            _ if kind.is_hash() => known(answer)?,
            _ => assessment(answer)?,
        };
        let page = match kind {
            kind if kind.is_address() => "https://exchange.xforce.ibmcloud.com/ip",
            kind if kind.is_hash() => "https://exchange.xforce.ibmcloud.com/malware",
            _ => "https://exchange.xforce.ibmcloud.com/url",
        };
        Ok(reading.page(page, question.value()))
    }
}

fn assessment(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let Report { result, top, tags } = answer.json()?;
    let found = result.map_or(top, |Part(inner)| inner);
    // The history of an address has the score of today in its last line alone.
    let score = found.score.0.or_else(|| found.history.0.last().and_then(|past| past.score.0));
    let reading = match score {
        Some(score) => Reading::judged(verdict(score)).score(score * 10.0),
        None if found.cats.0.is_empty() && found.history.0.is_empty() => return Ok(Reading::not_found()),
        None => Reading::facts(),
    };
    Ok(reading
        .says("risk", Number(score))
        .lists("categories", found.cats.0.keys())
        .says("reason", found.reason)
        .says("reason_description", found.reason_description)
        .lists("tags", &tags.0)
        .says("country", found.geo.0.country)
        .says("country_code", found.geo.0.countrycode)
        .says("changes", Some(found.history.0.len()).filter(|changes| *changes > 0))
        .says("last_changed_at", found.history.0.into_iter().filter_map(|past| past.created.0).max()))
}

/// 5 and more is malicious, 2 and more suspicious.
fn verdict(score: f64) -> Verdict {
    match score {
        5.0.. => Verdict::Malicious,
        2.0.. => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

fn known(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let Known { malware } = answer.json()?;
    let Origins { servers, external: Part(external) } = malware.origins.0;
    let servers = &servers.0.rows.0;
    Ok(Reading::judged(Verdict::Malicious)
        .says("risk", malware.risk)
        .lists("malware_families", malware.family.0.iter().chain(&external.family.0))
        .says("malware_type", external.malware_type)
        .says("platform", external.platform)
        .says("detection_coverage", external.detection_coverage)
        .says("first_seen", malware.created)
        .relates_to(KindHint::Address, servers.iter().filter_map(|server| server.ip.as_deref()))
        .relates_to(
            KindHint::Exactly(ObservableKind::Domain),
            servers.iter().filter_map(|server| server.domain.as_deref()),
        )
        .relates_to(KindHint::Exactly(ObservableKind::Url), servers.iter().filter_map(|server| server.uri.as_deref())))
}

fn seen(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let Seen { malware: List(samples) } = answer.json()?;
    if samples.is_empty() {
        return Ok(Reading::not_found());
    }
    // Digests come as 0x474B….
    let digests = samples.iter().filter_map(|sample| sample.md5.as_deref()).map(|md5| md5.trim_start_matches("0x"));
    Ok(Reading::judged(Verdict::Malicious)
        .says("samples", samples.len())
        .lists("malware_families", samples.iter().flat_map(|sample| &sample.family.0))
        .lists("types", samples.iter().filter_map(|sample| sample.r#type.as_deref()))
        .says("first_seen", samples.iter().filter_map(|sample| sample.firstseen.0.clone()).min())
        .says("last_seen", samples.iter().filter_map(|sample| sample.lastseen.0.clone()).max())
        .relates_to(KindHint::Exactly(ObservableKind::Md5), digests))
}

fn whois(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let record: Whois = answer.json()?;
    let registrant = record.contact.0.iter().find(|contact| contact.r#type.is("registrant"));
    let reading = Reading::facts()
        .says("created_at", record.created_date)
        .says("updated_at", record.updated_date)
        .says("expires_at", record.expires_date)
        .says("registrar", record.registrar_name)
        .says("abuse_contact", record.contact_email)
        .says("organization", registrant.and_then(|contact| contact.organization.0.clone()))
        .says("country", registrant.and_then(|contact| contact.country.0.clone()));
    Ok(if reading.evidence.is_empty() { Reading::not_found() } else { reading })
}

fn resolutions(answer: &HttpAnswer) -> Result<Reading, Misread> {
    let found: Resolutions = answer.json()?;
    let passive = &found.passive.0.records.0;
    let rows: Vec<Value> = passive
        .iter()
        .map(|record| {
            json!({
                "value": record.value.0,
                "type": record.record_type.0,
                "first_seen": record.first.0,
                "last_seen": record.last.0,
            })
        })
        .collect();
    let reading = Reading::facts()
        .lists("addresses", found.a.0.iter().chain(&found.aaaa.0))
        .lists("mail_exchangers", &found.mx.0)
        .lists("reverse_dns", &found.reverse.0)
        .says("records", rows);
    if reading.evidence.is_empty() {
        return Ok(Reading::not_found());
    }
    let values = || passive.iter().filter_map(|record| record.value.as_deref());
    Ok(reading
        .says("record_count", found.total_rows)
        .relates_to(KindHint::Address, found.a.0.iter().chain(&found.aaaa.0))
        .relates_to(KindHint::Address, values())
        .relates_to(KindHint::Exactly(ObservableKind::Domain), values()))
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Hostname, Ipv4, Md5, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const HASH: &str = "44d88612fea8a8f36de82e1278abb02f";
    const BAD: &str = r#"{"ip": "203.0.113.7", "cats": {"Botnet Command and Control Server": 86}, "score": 8.6,
        "geo": {"country": "Netherlands", "countrycode": "NL"}, "reason": "Content found on multihost",
        "history": [{"created": "2025-03-22T07:26:00.000Z", "score": 1}], "tags": []}"#;
    const MIDDLE: &str = r#"{"result": {"url": "example.com", "cats": {"Gambling": true}, "score": "2.9"}, "tags": null}"#;
    const GOOD: &str = r#"{"result": {"url": "example.com", "cats": {"News": true}, "score": 1}}"#;
    const UNSCORED: &str = r#"{"result": {"url": "example.com", "cats": {"News": true}, "score": null}}"#;
    const EMPTY: &str = r#"{"result": {"url": "example.com", "cats": {}}}"#;
    const FAMILY: &str = r#"{"malware": {"type": "md5", "md5": "0x44D88612FEA8A8F36DE82E1278ABB02F", "risk": "low",
        "family": ["tsunami"], "created": "2024-10-20T23:19:00Z", "origins": {"emails": {}, "CnCServers":
        {"rows": [{"domain": "example.com", "ip": "192.0.2.1", "uri": "http://example.com/v.html"}]}}}}"#;
    const SAMPLES: &str = r#"{"malware": [{"type": "WEB", "md5": "0x44D88612FEA8A8F36DE82E1278ABB02F",
        "family": ["tsunami"], "firstseen": "2024-10-20T23:19:00Z", "lastseen": "2025-10-20T23:19:00Z"}]}"#;
    const WHOIS: &str = r#"{"createdDate": "1997-09-15T07:00:00.000Z", "registrarName": "Example Registrar",
        "contact": [{"type": "registrant", "organization": "Example LLC", "country": "Netherlands"}]}"#;
    const DNS: &str = r#"{"A": ["192.0.2.1"], "AAAA": [], "TXT": [], "Passive": {"records":
        [{"value": "192.0.2.2", "recordType": "A", "first": "2025-11-11T15:50:00Z"}]}, "total_rows": 2}"#;
    const UNKNOWN: &str = r#"{"error": "Not found."}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("bad", Ipv4, IP, &[(200, BAD)]).means(Outcome::Hit, Verdict::Malicious),
        example("middle", Hostname, "www.example.com", &[(200, MIDDLE)]).means(Outcome::Hit, Verdict::Suspicious),
        example("good", Url, "http://example.com/a?b", &[(200, GOOD)]).means(Outcome::Clean, Verdict::Benign),
        example("not scored", Domain, "example.com", &[(200, UNSCORED)]).means(Outcome::Hit, Verdict::Unknown),
        example("empty", Domain, "example.com", &[(200, EMPTY)]).means(Outcome::NotFound, Verdict::Unknown),
        example("malware", Md5, HASH, &[(200, FAMILY)]).means(Outcome::Hit, Verdict::Malicious),
        example("history", Ipv4, IP, &[(200, r#"{"history": [{"score": 7}, {"score": 3}]}"#)])
            .asked("rep")
            .means(Outcome::Hit, Verdict::Suspicious),
        example("samples", Ipv4, IP, &[(200, SAMPLES)]).asked("malware").means(Outcome::Hit, Verdict::Malicious),
        example("no samples", Domain, "example.com", &[(200, r#"{"malware": []}"#)])
            .asked("malware")
            .means(Outcome::NotFound, Verdict::Unknown),
        example("whois", Domain, "example.com", &[(200, WHOIS)]).asked("whois").means(Outcome::Hit, Verdict::Unknown),
        example("passive DNS", Domain, "example.com", &[(200, DNS)])
            .asked("passivedns")
            .means(Outcome::Hit, Verdict::Unknown),
        example("no passive DNS", Ipv4, IP, &[(200, r#"{"Passive": {"records": []}}"#)])
            .asked("passivedns")
            .means(Outcome::NotFound, Verdict::Unknown),
        example("unknown", Md5, HASH, &[(404, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, r#"{"error": "Not authorized."}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(402, r#"{"error": "quota"}"#)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without malware", Md5, HASH, &[(200, r#"{"tags": []}"#)]),
    ];

    #[test]
    fn a_score_of_five_is_malicious_and_of_two_suspicious() {
        assert_eq!([1.9, 2.0, 4.9, 5.0].map(verdict).map(Verdict::as_str), [
            "benign",
            "suspicious",
            "suspicious",
            "malicious"
        ]);
    }

    #[test]
    fn malware_names_its_servers() {
        let malware = EXAMPLES.iter().find(|example| example.name == "malware").unwrap().read(&XForce).unwrap();
        assert_eq!(malware.related.len(), 3);
        assert_eq!(malware.evidence["malware_families"], json!(["tsunami"]));
    }

    #[test]
    fn a_url_is_one_segment() {
        let url = observable(Url, "http://example.com/a?b");
        let question = Question { query_type: Some("malware"), ..Question::usual(&url) };
        let Request::Http(request) = XForce.ask(&question) else { panic!("not HTTP") };
        assert_eq!(request.path, "/url/malware/http%3A%2F%2Fexample.com%2Fa%3Fb");
    }
}
