//! Examples of what Defender TI answers, and what is read in them.

use model::{
    ObservableKind::{self, Domain, Ipv4},
    Outcome, Verdict,
};
use serde_json::json;

use super::*;
use crate::testing::{Example, example, http, observable};

const NAME: &str = "example.com";
const IP: &str = "203.0.113.7";
const BAD: &str = r#"{"classification": "malicious", "score": 97, "rules": [{"name": "Blocklist", "description": "On a list", "severity": "high"}]}"#;
const SUSPECTED: &str = r#"{"classification": "suspicious", "score": 70, "rules": []}"#;
const NEUTRAL: &str = r#"{"classification": "neutral", "score": 1, "rules": []}"#;
const UNKNOWN: &str = r#"{"classification": "unknown", "score": 0, "rules": []}"#;
const NO_SUCH_HOST: &str = r#"{"error": {"code": "NotFound", "message": "No host"}}"#;
const ARTICLES: &str = r#"{"value": [{"id": "a1", "title": "A campaign", "createdDateTime": "2025-03-03T18:20:22.677Z",
    "summary": {"content": "What happened"}, "tags": ["Rat"]}]}"#;
const DNS: &str = r#"{"@odata.nextLink": "https://graph.microsoft.com/v1.0/x?$skip=1", "value": [{"recordType": "A",
    "firstSeenDateTime": "2022-04-18T10:31:12Z", "parentHost": {"id": "example.com"}, "artifact": {"id": "192.0.2.1"}}]}"#;
const MORE_DNS: &str = r#"{"value": [{"recordType": "A", "artifact": {"id": "192.0.2.2"}}, 7]}"#;
const PAIRS: &str = r#"{"value": [{"linkKind": "script", "parentHost": {"id": "example.com"}, "childHost": {"id": "cdn.example.net"}}]}"#;
const COOKIES: &str = r#"{"value": [{"name": "OIDC", "domain": "www.example.com", "host": {"id": "www.example.com"}}]}"#;
const COMPONENTS: &str = r#"{"value": [{"name": "nginx", "category": "Server", "version": "1.18", "host": {"id": "example.com"}}]}"#;
const TRACKERS: &str = r#"{"value": [{"kind": "GoogleAnalyticsId", "value": "UA-1", "host": {"id": "a.example.com"}}]}"#;
const PORTS: &str = r#"{"@odata.count": 12, "value": [{"port": 443, "protocol": "tcp", "status": "open", "timesObserved": 9,
    "services": [{"isRecent": true, "component": {"name": "nginx"}}]}]}"#;
const SUBDOMAINS: &str = r#"{"value": [{"id": "8e03a695", "firstSeenDateTime": "2022-04-18T10:31:12Z", "host": {"id": "www.example.com"}}]}"#;
const CERTIFICATES: &str = r#"{"value": [{"lastSeenDateTime": "2023-04-02T00:00:00.000Z", "sslCertificate": {
    "sha1": "fb96551505f1edb24dd3b36fcffdb765833b8118", "issuer": {"commonName": "Example CA"},
    "subject": {"commonName": "example.com", "alternateName": ["www.example.com", "*.example.com"]}}}]}"#;
const WHOIS: &str = r#"{"registrationDateTime": "2022-07-30T09:43:19Z", "domainStatus": "client update prohibited,client hold",
    "registrar": {"organization": "Example Registrar", "address": null}, "registrant": {"name": "Ada", "address": {"countryOrRegion": "US"}},
    "abuse": {"email": "abuse@example.net"}, "nameservers": [{"host": {"id": "ns1.example.net"}}]}"#;

/// The answer to a question about a set of data, which is a fact.
const fn dataset(name: &'static str, kind: ObservableKind, value: &'static str, answers: &'static [(u16, &'static str)]) -> Example {
    example(name, kind, value, answers).asked(name).means(Outcome::Hit, Verdict::Unknown)
}

pub(crate) const EXAMPLES: &[Example] = &[
    example("bad", Ipv4, IP, &[(200, BAD)]).means(Outcome::Hit, Verdict::Malicious),
    example("suspected", Domain, NAME, &[(200, SUSPECTED)]).asked("rep").means(Outcome::Hit, Verdict::Suspicious),
    example("neutral", Domain, NAME, &[(200, NEUTRAL)]).means(Outcome::Clean, Verdict::Benign),
    example("not classified", Domain, NAME, &[(200, UNKNOWN)]).means(Outcome::Hit, Verdict::Unknown),
    example("unknown", Domain, NAME, &[(404, NO_SUCH_HOST)]).means(Outcome::NotFound, Verdict::Unknown),
    example("refused", Domain, NAME, &[(403, r#"{"error": {"code": "Forbidden"}}"#)]).means(Outcome::Unauthorized, Verdict::Unknown),
    example("limited", Domain, NAME, &[(429, r#"{"error": {"code": "TooManyRequests"}}"#)]).means(Outcome::RateLimited, Verdict::Unknown),
    example("without a classification", Domain, NAME, &[(200, r#"{"score": 7}"#)]),
    dataset("articles", Domain, NAME, &[(200, ARTICLES)]),
    dataset("certificates", Domain, NAME, &[(200, CERTIFICATES)]),
    dataset("components", Domain, NAME, &[(200, COMPONENTS)]),
    dataset("cookies", Domain, NAME, &[(200, COOKIES)]),
    dataset("hostpairs", Domain, NAME, &[(200, PAIRS)]),
    dataset("hostpairchildren", Domain, NAME, &[(200, PAIRS)]),
    dataset("hostpairparents", Domain, NAME, &[(200, PAIRS)]),
    dataset("passivedns", Domain, NAME, &[(200, DNS), (200, MORE_DNS)]),
    dataset("passivednsreverse", Ipv4, IP, &[(200, MORE_DNS)]),
    dataset("services", Ipv4, IP, &[(200, PORTS)]),
    dataset("subdomains", Domain, NAME, &[(200, SUBDOMAINS)]),
    dataset("trackers", Domain, NAME, &[(200, TRACKERS)]),
    dataset("whois", Domain, NAME, &[(200, WHOIS)]),
    dataset("cookies", Domain, NAME, &[(200, r#"{"value": []}"#)]).means(Outcome::NotFound, Verdict::Unknown),
    dataset("whois", Domain, NAME, &[(200, "{}")]).means(Outcome::NotFound, Verdict::Unknown),
    example("without a value", Domain, NAME, &[(200, "{}")]).asked("cookies"),
];

fn reading(name: &str) -> Reading {
    EXAMPLES.iter().find(|example| example.name == name).unwrap().read(&DefenderTi).unwrap()
}

fn related(name: &str) -> Vec<String> {
    reading(name).related.iter().map(|observable| observable.canonical().to_owned()).collect()
}

#[test]
fn pages_follow_the_link_until_there_is_none_or_enough() {
    let domain = observable(Domain, NAME);
    let question = Question { query_type: Some("passivedns"), ..Question::usual(&domain) };
    let next = |answers: &[Answer]| DefenderTi.follow_up(&question, answers);
    let Some(Request::Http(second)) = next(&[http(200, DNS)]) else { panic!("no second page") };
    assert_eq!(second.path, "https://graph.microsoft.com/v1.0/x?$skip=1");
    assert_eq!(next(&[http(200, DNS), http(200, MORE_DNS)]), None);
    assert_eq!(next(&[http(200, DNS), http(200, DNS), http(200, DNS)]), None);
    assert_eq!(next(&[http(200, r#"{"value": [], "@odata.nextLink": "file:///etc"}"#)]), None);
    assert_eq!(DefenderTi.follow_up(&Question::usual(&domain), &[http(200, DNS)]), None);
}

#[test]
fn every_question_is_asked_in_a_place_of_its_own() {
    let domain = observable(Domain, NAME);
    let places = datasets::QUERY_TYPES.iter().filter(|question| question.name != "rep").map(|query_type| {
        let question = Question { query_type: Some(query_type.name), ..Question::usual(&domain) };
        let Request::Http(request) = DefenderTi.ask(&question) else { panic!("not HTTP") };
        assert!(!request.path.ends_with("/reputation"), "{}", query_type.name);
        request.path
    });
    let distinct: std::collections::BTreeSet<_> = places.collect();
    assert_eq!(distinct.len(), datasets::QUERY_TYPES.len() - 1);
    assert!(datasets::QUERY_TYPES.is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn articles_are_found_by_one_term() {
    let domain = observable(Domain, NAME);
    let question = Question { query_type: Some("articles"), ..Question::usual(&domain) };
    let Request::Http(request) = DefenderTi.ask(&question) else { panic!("not HTTP") };
    assert_eq!(request.query, [("$search", "\"example.com\"".to_owned())]);
    assert_eq!(reading("articles").evidence["records"][0]["summary"], "What happened");
}

#[test]
fn sets_of_data_are_told_and_related() {
    assert_eq!(related("passivedns"), ["192.0.2.1", "192.0.2.2"]);
    assert_eq!(reading("passivedns").evidence["has_more"], false);
    assert_eq!(related("hostpairs"), ["cdn.example.net"]);
    assert_eq!(related("subdomains"), ["www.example.com"]);
    assert_eq!(related("certificates"), ["www.example.com"]);
    let ports = reading("services").evidence;
    assert_eq!((&ports["record_count"], &ports["records"][0]["service"]), (&json!(12), &json!("nginx")));
    let whois = reading("whois").evidence;
    assert_eq!((&whois["registrar"], &whois["registrant"]), (&json!("Example Registrar"), &json!("Ada")));
    assert_eq!(whois["status"], json!(["client update prohibited", "client hold"]));
}
