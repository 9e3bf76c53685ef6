//! Examples of what PassiveTotal answers, and what is read in them.

use model::{
    ObservableKind::{Domain, Ipv4},
    Outcome, Verdict,
};

use super::*;
use crate::testing::{Example, example, http, observable};

const IP: &str = "203.0.113.7";
const BAD: &str = r#"{"score": 85, "classification": "MALICIOUS", "rules": [
    {"name": "Blocklist", "description": "Observed malware", "severity": 5, "link": null}]}"#;
const UNKNOWN: &str = r#"{"score": 0, "classification": "UNKNOWN", "rules": []}"#;
const GOOD: &str = r#"{"score": 0, "classification": "GOOD", "rules": []}"#;
const CARD: &str = r#"{"type": "IP Address", "netblock": "203.0.113.0/24", "os": "n/a", "organization": "Example",
    "data_summary": {"resolutions": {"count": 21}, "articles": {"count": 1}, "projects": {"count": 0}}}"#;
const QUIET: &str = r#"{"data_summary": {"resolutions": {"count": 21}}}"#;
const SAMPLES: &str = r#"{"success": true, "results": [{"collectionDate": "2025-01-01", "source": "A source",
    "sample": "44d88612fea8a8f36de82e1278abb02f"}]}"#;
const DNS: &str = r#"{"results": [{"resolve": "192.0.2.1", "recordType": "A", "firstSeen": "2025-01-01 10:00:00"}]}"#;
const WHOIS: &str = r#"{"registrar": "Example Registrar", "registered": "1997-09-15T00:00:00.000-0700",
    "nameServers": ["ns1.example.net"]}"#;

const ARTICLES: &str = r#"{"articles": [{"title": "A campaign", "publishedDate": "2025-01-01 00:00:00", "tags": ["rat"]}],
    "totalRecords": 1}"#;
const PROJECTS: &str = r#"{"results": [{"name": "A case", "owner": "somebody@example.com"}]}"#;
const PAIRS: &str = r#"{"totalRecords": 40, "results": [{"parent": "example.com", "child": "cdn.example.net", "cause": "script.src"}]}"#;
const CERTIFICATES: &str = r#"{"results": [{"sha1": "3a", "firstSeen": "2025-01-01", "ipAddresses": ["192.0.2.1"]}]}"#;
const COMPONENTS: &str = r#"{"results": [{"category": "Server", "label": "nginx", "version": "1.18", "hostname": "example.com"}]}"#;
const COOKIES: &str = r#"{"results": [{"cookieName": "id", "cookieDomain": "example.com", "hostname": "www.example.com"}]}"#;
const TRACKERS: &str = r#"{"results": [{"attributeType": "GoogleAnalytics", "attributeValue": "UA-1", "hostname": "a.example.com"}]}"#;
const SERVICES: &str = r#"{"results": [{"portNumber": 443, "protocol": "TCP", "status": "open",
    "currentServices": [{"label": "nginx", "category": "Server"}]}]}"#;
const ARTIFACTS: &str = r#"{"artifacts": [{"query": "example.com", "type": "domain", "project": "p"}]}"#;
const SUBDOMAINS: &str = r#"{"success": true, "primaryDomain": "example.com", "subdomains": ["www", "mail"]}"#;
const UNKNOWN_FACTS: (Outcome, Verdict) = (Outcome::Hit, Verdict::Unknown);

/// The answer to a question about a set of data, which is a fact.
const fn dataset(name: &'static str, kind: ObservableKind, value: &'static str, answers: &'static [(u16, &'static str)]) -> Example {
    example(name, kind, value, answers).asked(name).means(UNKNOWN_FACTS.0, UNKNOWN_FACTS.1)
}

pub(crate) const EXAMPLES: &[Example] = &[
    example("bad", Ipv4, IP, &[(200, BAD), (200, QUIET)]).means(Outcome::Hit, Verdict::Malicious),
    example("named in an article", Ipv4, IP, &[(200, UNKNOWN), (200, CARD)])
        .means(Outcome::Hit, Verdict::Malicious),
    example("not classified", Ipv4, IP, &[(200, UNKNOWN), (200, QUIET)]).means(Outcome::Hit, Verdict::Unknown),
    example("good", Ipv4, IP, &[(200, GOOD), (200, QUIET)]).means(Outcome::Clean, Verdict::Benign),
    example("without a card", Ipv4, IP, &[(200, BAD), (500, "")]).means(Outcome::Hit, Verdict::Malicious),
    example("reputation", Ipv4, IP, &[(200, BAD)]).asked("rep").means(Outcome::Hit, Verdict::Malicious),
    example("summary", Ipv4, IP, &[(200, QUIET)]).asked("summary").means(Outcome::Hit, Verdict::Unknown),
    example("malware", Ipv4, IP, &[(200, SAMPLES)]).asked("malware").means(Outcome::Hit, Verdict::Malicious),
    example("no malware", Ipv4, IP, &[(200, r#"{"results": []}"#)])
        .asked("malware")
        .means(Outcome::NotFound, Verdict::Unknown),
    example("passive DNS", Domain, "example.com", &[(200, DNS)])
        .asked("passivedns")
        .means(Outcome::Hit, Verdict::Unknown),
    example("whois", Domain, "example.com", &[(200, WHOIS)]).asked("whois").means(Outcome::Hit, Verdict::Unknown),
    dataset("articles", Domain, "example.com", &[(200, ARTICLES)]).means(Outcome::Hit, Verdict::Malicious),
    dataset("projects", Domain, "example.com", &[(200, PROJECTS)]).means(Outcome::Hit, Verdict::Suspicious),
    dataset("hostpairchildren", Domain, "example.com", &[(200, PAIRS)]),
    dataset("hostpairparents", Domain, "example.com", &[(200, PAIRS)]),
    dataset("certificates", Ipv4, IP, &[(200, CERTIFICATES)]),
    dataset("components", Domain, "example.com", &[(200, COMPONENTS)]),
    dataset("cookies", Domain, "example.com", &[(200, COOKIES)]),
    dataset("trackers", Domain, "example.com", &[(200, TRACKERS)]),
    dataset("services", Ipv4, IP, &[(200, SERVICES)]),
    dataset("artifacts", Domain, "example.com", &[(200, ARTIFACTS)]),
    dataset("subdomains", Domain, "example.com", &[(200, SUBDOMAINS)]),
    example("without records", Ipv4, IP, &[(200, "{}")]).asked("services"),
    example("refused", Ipv4, IP, &[(401, "{}")]).means(Outcome::Unauthorized, Verdict::Unknown),
    example("limited", Ipv4, IP, &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
    example("without a classification", Ipv4, IP, &[(200, r#"{"score": 85}"#)]),
];

#[test]
fn the_card_is_asked_for_only_after_a_reputation() {
    let observable = EXAMPLES[0].observable();
    let question = Question::usual(&observable);
    let Some(Request::Http(request)) = RiskIq.follow_up(&question, &[http(200, BAD)]) else { panic!("no card") };
    assert_eq!(request.path, "/cards/summary");
    assert_eq!(RiskIq.follow_up(&question, &[http(429, "")]), None);
    assert_eq!(RiskIq.follow_up(&question, &[http(200, BAD), http(200, CARD)]), None);
}

#[test]
fn sets_of_data_are_told_and_related() {
    let reading = |name: &str| EXAMPLES.iter().find(|example| example.name == name).unwrap().read(&RiskIq).unwrap();
    let related = |name: &str| reading(name).related.iter().map(|o| o.canonical().to_owned()).collect::<Vec<_>>();
    assert_eq!(related("hostpairchildren"), ["cdn.example.net"]);
    assert_eq!(reading("hostpairchildren").evidence["record_count"], 40);
    assert_eq!(related("subdomains"), ["www.example.com", "mail.example.com"]);
    assert_eq!(related("malware"), ["44d88612fea8a8f36de82e1278abb02f"]);
    assert_eq!(reading("services").evidence["records"][0]["services"], serde_json::json!(["nginx"]));
    assert_eq!(reading("articles").evidence["records"][0]["published_at"], "2025-01-01T00:00:00Z");
}

#[test]
fn every_question_is_asked_in_a_place_of_its_own() {
    let domain = observable(Domain, "example.com");
    let places = datasets::QUERY_TYPES.iter().filter(|question| question.name != "rep").map(|query_type| {
        let question = Question { query_type: Some(query_type.name), ..Question::usual(&domain) };
        let Request::Http(request) = RiskIq.ask(&question) else { panic!("not HTTP") };
        assert_ne!(request.path, REPUTATION, "{}", query_type.name);
        format!("{}{:?}", request.path, request.query)
    });
    let distinct: std::collections::BTreeSet<_> = places.collect();
    assert_eq!(distinct.len(), datasets::QUERY_TYPES.len() - 1);
    assert!(datasets::QUERY_TYPES.is_sorted_by(|a, b| a.name < b.name));
}
