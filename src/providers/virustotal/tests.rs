//! Examples of what VirusTotal answers, and what is read in them.

use model::{
    ObservableKind::{Domain, Ipv4, Sha256, Url},
    Outcome, Verdict,
};

use serde_json::json;

use super::*;
use crate::SearchReading;
use crate::testing::{Example, example, http, observable};

const IP: &str = "203.0.113.7";
const HASH: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
const FILE: &str = r#"{"data": {"type": "file", "attributes": {
    "last_analysis_stats": {"malicious": 3, "suspicious": 0, "harmless": 0, "undetected": 60, "type-unsupported": 4},
    "last_analysis_results": {"Alpha": {"category": "malicious"}, "Beta": {"category": "undetected"}},
    "popular_threat_classification": {"suggested_threat_label": "trojan.example/test"},
    "names": ["a.exe", "b.exe"], "meaningful_name": "a.exe", "type_description": "Win32 EXE", "size": 68,
    "md5": "44d88612fea8a8f36de82e1278abb02f",
    "sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
    "first_submission_date": 1715000000, "reputation": -12, "tags": ["peexe"]}}}"#;
const ONE: &str = r#"{"data": {"attributes": {"last_analysis_stats": {"malicious": "1", "harmless": 80}}}}"#;
const SUSPECTED: &str = r#"{"data": {"attributes": {"last_analysis_stats": {"malicious": 0, "suspicious": 2}}}}"#;
const CLEAN: &str = r#"{"data": {"attributes": {"last_analysis_stats": {"malicious": 0, "harmless": 60},
    "categories": {"Alpha": "search engines"}, "registrar": "Example Registrar",
    "last_dns_records": [{"type": "A", "value": "192.0.2.1"}, {"type": "MX", "value": "mail.example.com"}]}}}"#;
const UNJUDGED: &str = r#"{"data": {"attributes": {"last_analysis_stats": {"malicious": 0, "harmless": 0}}}}"#;
const FILES: &str = r#"{"meta": {"count": 3, "cursor": "abc"}, "data": [
    {"type": "file", "id": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"}, {"type": "file"}]}"#;
const MORE_FILES: &str = r#"{"meta": {}, "data": [
    {"type": "file", "id": "131f95c51cc819465fa1797f6ccacf9d494aaaff46fa3eac73ae63ffbdfd8267"}]}"#;
const URLS: &str = r#"{"data": [{"type": "url", "id": "380269259e1f607fb07769fee779f0dc3144924f865e76a3c05c8898295d02f8",
    "context_attributes": {"url": "http://203.0.113.7/a"}}, {"type": "comment", "id": "x"}, 7]}"#;
const RESOLUTIONS: &str = r#"{"meta": {"count": 1}, "data": [{"type": "resolution", "id": "203.0.113.7evil.example.com",
    "attributes": {"host_name": "evil.example.com", "ip_address": "203.0.113.7", "date": 1715000000, "resolver": "r"}}]}"#;
const CERTIFICATES: &str = r#"{"data": [{"type": "ssl_cert", "id": "ab12", "attributes": {
    "subject": {"CN": "www.example.com"}, "issuer": {"O": "Example CA"},
    "validity": {"not_before": "2024-01-01 00:00:00", "not_after": "2025-01-01 00:00:00"},
    "extensions": {"subject_alternative_name": ["*.example.com", "www.example.com", "example.net"]}}}]}"#;
const REGISTRATIONS: &str = r#"{"data": [{"type": "whois", "id": "w", "attributes": {
    "first_seen_date": 1715000000, "registrar_name": "Example Registrar"}}]}"#;
const RULES: &str = r#"{"data": {"type": "sigma_analysis", "id": "s", "attributes": {"severity_stats": {"high": 1, "low": 0},
    "rule_matches": [{"rule_title": "Suspicious Thing", "rule_level": "high"}]}}}"#;
const PARENT: &str = r#"{"data": {"type": "domain", "id": "example.com"}}"#;
const BEHAVED: &str = r#"{"data": {"verdicts": ["MALWARE"], "mitre_attack_techniques": [{"id": "T1055"}, {"x": 1}],
    "command_executions": ["cmd /c whoami"],
    "processes_tree": [{"process_id": "7", "name": "a.exe", "children": [{"name": "b.exe"}]}],
    "registry_keys_set": [{"key": "HKLM\\Run", "value": "a.exe"}, {"key": "HKLM\\Other"}],
    "files_dropped": [{"path": "c:\\t.tmp", "sha256": "131f95c51cc819465fa1797f6ccacf9d494aaaff46fa3eac73ae63ffbdfd8267"}],
    "dns_lookups": [{"hostname": "evil.example.com", "resolved_ips": ["203.0.113.7"]}],
    "ip_traffic": [{"destination_ip": "203.0.113.8", "destination_port": 443, "transport_layer_protocol": "TCP"}],
    "http_conversations": [{"url": "http://evil.example.com/gate"}]}}"#;
const UNKNOWN: &str = r#"{"error": {"code": "NotFoundError", "message": "not found"}}"#;
const LIMITED: &str = r#"{"error": {"code": "QuotaExceededError", "message": "Quota exceeded"}}"#;
const PREMIUM: &str = r#"{"error": {"code": "ForbiddenError", "message": "You are not authorized"}}"#;
const REFUSED: &str = r#"{"error": {"code": "WrongCredentialsError", "message": "Wrong API key"}}"#;

const NONE: (Outcome, Verdict) = (Outcome::NotFound, Verdict::Unknown);

/// The answer to a question about a relationship, which is a fact.
const fn related(name: &'static str, kind: ObservableKind, value: &'static str, answers: &'static [(u16, &'static str)]) -> Example {
    example(name, kind, value, answers).asked(name).means(Outcome::Hit, Verdict::Unknown)
}

pub(crate) const EXAMPLES: &[Example] = &[
    example("file", Sha256, HASH, &[(200, FILE)]).means(Outcome::Hit, Verdict::Malicious),
    example("one engine", Ipv4, IP, &[(200, ONE)]).means(Outcome::Hit, Verdict::Suspicious),
    example("suspicion alone", Ipv4, IP, &[(200, SUSPECTED)]).means(Outcome::Hit, Verdict::Suspicious),
    example("clean", Domain, "example.com", &[(200, CLEAN)]).means(Outcome::Clean, Verdict::Benign),
    example("judged by nobody", Ipv4, IP, &[(200, UNJUDGED)]).means(Outcome::Hit, Verdict::Unknown),
    example("unknown", Url, "http://example.com/a?b", &[(404, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
    example("limited", Ipv4, IP, &[(429, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
    example("limited without a body", Ipv4, IP, &[(204, "")]).means(Outcome::Error, Verdict::Unknown),
    example("refused", Ipv4, IP, &[(401, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
    example("without stats", Ipv4, IP, &[(200, r#"{"data": {"attributes": {"asn": 1}}}"#)]),
    example("not json", Ipv4, IP, &[(200, "<html>")]),
    related("communicating_files", Ipv4, IP, &[(200, FILES), (200, MORE_FILES)]),
    related("communicating_files", Ipv4, IP, &[(200, FILES), (429, LIMITED)]),
    related("urls", Ipv4, IP, &[(200, URLS)]),
    related("resolutions", Ipv4, IP, &[(200, RESOLUTIONS)]),
    related("historical_ssl_certificates", Domain, "example.com", &[(200, CERTIFICATES)]),
    related("historical_whois", Domain, "example.com", &[(200, REGISTRATIONS)]),
    related("sigma_analysis", Sha256, HASH, &[(200, RULES)]),
    related("parent", Domain, "www.example.com", &[(200, PARENT)]),
    related("behaviour", Sha256, HASH, &[(200, BEHAVED)]),
    related("subdomains", Domain, "example.com", &[(200, r#"{"data": []}"#)]).means(NONE.0, NONE.1),
    related("network_location", Url, "http://example.com/", &[(200, r#"{"data": null}"#)]).means(NONE.0, NONE.1),
    related("behaviour", Sha256, HASH, &[(200, r#"{"data": {}}"#)]).means(NONE.0, NONE.1),
    related("urls", Ipv4, IP, &[(403, PREMIUM)]).means(Outcome::Unauthorized, Verdict::Unknown),
    example("a relationship without data", Ipv4, IP, &[(200, "{}")]).asked("urls"),
    example("data of another shape", Ipv4, IP, &[(200, r#"{"data": "none"}"#)]).asked("urls"),
    example("behaviour without data", Sha256, HASH, &[(200, "{}")]).asked("behaviour"),
];

#[test]
fn a_url_is_asked_by_its_unpadded_base64() {
    let url = observable(Url, "http://example.com/a?b");
    let Request::Http(request) = VirusTotal.ask(&Question::usual(&url)) else { panic!("not HTTP") };
    assert_eq!(request.path, "/urls/aHR0cDovL2V4YW1wbGUuY29tL2E_Yg");
}

#[test]
fn a_file_gives_its_accusers_and_its_other_digests() {
    let reading = EXAMPLES[0].read(&VirusTotal).unwrap();
    assert_eq!(reading.evidence["malicious_engines"], json!(["Alpha"]));
    assert_eq!(reading.evidence["stats"]["malicious"], 3);
    assert_eq!(reading.evidence["first_seen"], "2024-05-06T12:53:20Z");
    assert_eq!(reading.related.len(), 1);
    assert_eq!(reading.related[0].canonical(), "44d88612fea8a8f36de82e1278abb02f");
}

fn reading(relationship: &str) -> Reading {
    EXAMPLES.iter().find(|example| example.name == relationship).unwrap().read(&VirusTotal).unwrap()
}

fn names(reading: &Reading) -> Vec<&str> {
    reading.related.iter().map(model::Observable::canonical).collect()
}

#[test]
fn pages_follow_the_cursor_until_there_is_none_or_enough() {
    let address = observable(Ipv4, IP);
    let question = Question { query_type: Some("communicating_files"), ..Question::usual(&address) };
    let Request::Http(first) = VirusTotal.ask(&question) else { panic!("not HTTP") };
    assert_eq!(first.path, "/ip_addresses/203.0.113.7/relationships/communicating_files");
    assert_eq!(first.query, [("limit", "40".to_owned())]);
    let next = |answers: &[Answer]| VirusTotal.follow_up(&question, answers);
    let Some(Request::Http(second)) = next(&[http(200, FILES)]) else { panic!("no second page") };
    assert_eq!(second.query[1], ("cursor", "abc".to_owned()));
    assert_eq!(next(&[http(200, FILES), http(200, MORE_FILES)]), None);
    assert_eq!(next(&[http(429, LIMITED)]), None);
    assert_eq!(next(&[http(200, FILES), http(200, FILES), http(200, FILES)]), None);
    assert_eq!(VirusTotal.follow_up(&Question::usual(&address), &[http(200, FILES)]), None);
}

#[test]
fn a_relationship_to_one_has_no_pages_and_what_says_more_than_its_id_is_told_whole() {
    for (name, value, path, pages) in [
        ("parent", "www.example.com", "/domains/www.example.com/relationships/parent", 0),
        ("resolutions", "example.com", "/domains/example.com/resolutions", 1),
        ("siblings", "example.com", "/domains/example.com/relationships/siblings", 1),
    ] {
        let domain = observable(Domain, value);
        let question = Question { query_type: Some(name), ..Question::usual(&domain) };
        let Request::Http(request) = VirusTotal.ask(&question) else { panic!("not HTTP") };
        assert_eq!((request.path.as_str(), request.query.len()), (path, pages));
    }
}

#[test]
fn what_is_related_is_named_and_counted() {
    let files = reading("communicating_files");
    assert_eq!((&files.evidence["count"], &files.evidence["returned"]), (&json!(3), &json!(3)));
    assert_eq!(files.evidence["has_more"], false);
    assert_eq!(names(&files).len(), 2);
    assert_eq!(names(&reading("urls")), ["http://203.0.113.7/a"]);
    assert_eq!(names(&reading("parent")), ["example.com"]);
    let cut_short = EXAMPLES.iter().filter(|example| example.name == "communicating_files").nth(1).unwrap();
    assert_eq!(cut_short.read(&VirusTotal).unwrap().evidence["has_more"], true);
}

#[test]
fn records_are_told() {
    let resolutions = reading("resolutions");
    assert_eq!(resolutions.evidence["records"][0]["date"], "2024-05-06T12:53:20Z");
    assert_eq!(names(&resolutions), ["evil.example.com"]);
    let certificates = reading("historical_ssl_certificates");
    assert_eq!(certificates.evidence["records"][0]["issuer"], "Example CA");
    assert_eq!(certificates.evidence["records"][0]["thumbprint"], "ab12");
    assert_eq!(names(&certificates), ["www.example.com", "example.net"]);
    assert_eq!(reading("historical_whois").evidence["records"][0], json!({"first_seen": "2024-05-06T12:53:20Z", "registrar": "Example Registrar"}));
    assert_eq!(reading("sigma_analysis").evidence["records"][0]["rules"][0]["title"], "Suspicious Thing");
}

#[test]
fn behaviour_tells_what_was_started_and_who_was_called() {
    let behaviour = reading("behaviour");
    assert_eq!(behaviour.evidence["techniques"], json!(["T1055"]));
    assert_eq!(behaviour.evidence["process_tree"][0]["children"], json!([{"name": "b.exe"}]));
    assert_eq!(behaviour.evidence["registry_keys_set"], json!(["HKLM\\Run = a.exe", "HKLM\\Other"]));
    assert_eq!(behaviour.evidence["connections"], json!(["203.0.113.8 port 443 tcp"]));
    assert_eq!(names(&behaviour)[..3], ["evil.example.com", "203.0.113.8", "203.0.113.7"]);
    assert_eq!(behaviour.related.len(), 5);
}

const HITS: &str = r#"{"meta": {"total_hits": 41, "cursor": "next"}, "data": [
    {"type": "file", "id": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
     "attributes": {"last_analysis_stats": {"malicious": 9, "harmless": 1}}},
    {"type": "url", "id": "x", "attributes": {"url": "http://203.0.113.7/a", "last_analysis_stats": {"malicious": 0, "harmless": 3}}},
    {"type": "collection", "id": "alienvault_1"}, {"type": "file", "id": "275a021b", "attributes": {}}]}"#;

#[test]
fn a_search_finds_observables_with_their_verdicts() {
    let search = VirusTotal.search().unwrap();
    let SearchReading { reading, found } = search.read_search(50, &[http(200, HITS), http(429, LIMITED)]).unwrap();
    assert_eq!((&reading.evidence["total"], &reading.evidence["has_more"]), (&json!(41), &json!(true)));
    let told: Vec<_> = found.iter().map(|(observable, reading)| (observable.kind(), reading.verdict)).collect();
    assert_eq!(told, [(Sha256, Verdict::Malicious), (Url, Verdict::Benign)]);
    assert_eq!(search.read_search(1, &[http(200, HITS)]).unwrap().found.len(), 1);
    for (status, body, outcome) in [
        (200, r#"{"data": []}"#, Outcome::NotFound),
        (403, PREMIUM, Outcome::Unauthorized),
        (429, LIMITED, Outcome::RateLimited),
    ] {
        assert_eq!(search.read_search(9, &[http(status, body)]).unwrap().reading.outcome, outcome);
    }
    assert!(search.read_search(9, &[http(200, "<html>")]).is_err());
}

#[test]
fn a_search_is_asked_for_page_by_page_until_there_is_enough() {
    let search = VirusTotal.search().unwrap();
    let asked = |limit, answers: &[Answer]| match search.ask_search("type:peexe p:10+", limit, answers) {
        Some(Request::Http(request)) => Some(request.query),
        _ => None,
    };
    assert_eq!(asked(50, &[]).unwrap(), [("query", "type:peexe p:10+".to_owned()), ("limit", "20".to_owned())]);
    let third = asked(50, &[http(200, HITS), http(200, HITS)]).unwrap();
    assert_eq!(third[1..], [("limit", "10".to_owned()), ("cursor", "next".to_owned())]);
    assert_eq!(asked(20, &[http(200, HITS)]), None);
    assert_eq!(asked(50, &[http(200, r#"{"data": []}"#)]), None);
    assert_eq!(asked(50, &[http(429, LIMITED)]), None);
    assert_eq!(asked(usize::MAX, &vec![http(200, HITS); 5]), None, "a hundred are enough");
}

#[test]
fn no_page_of_a_search_makes_its_reader_panic() {
    let mut mutations = crate::mutations::Mutations::of(HITS.as_bytes());
    for _ in 0..10_000 {
        let _ = VirusTotal.read_search(50, &[http(200, mutations.mutate())]);
    }
}

#[test]
fn questions_are_in_order_and_each_is_there_once() {
    assert!(questions::ALL.is_sorted_by(|a, b| a.name < b.name));
}

/// What VirusTotal once answered lies beside the project and is not part of it.
#[test]
fn recorded_behaviour_and_relationships_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/apis");
    let recorded = |name: &str| std::fs::read_to_string(format!("{folder}/{name}.json"));
    let (Ok(behaviour), Ok(links)) = (recorded("vt3_behavior_ms_sysinternals"), recorded("vt3_related_links")) else {
        eprintln!("skipped: no recorded answers in {folder}");
        return;
    };
    let (file, address) = (observable(Sha256, HASH), observable(Ipv4, IP));
    let one = serde_json::from_str::<serde_json::Value>(&behaviour).unwrap()["attributes"].take();
    let asked = Question { query_type: Some("behaviour"), ..Question::usual(&file) };
    let reading = VirusTotal.read(&asked, &[http(200, json!({"data": one}).to_string())]).unwrap();
    assert_eq!(reading.evidence["process_tree"][0]["process_id"], "3308");
    assert_eq!(reading.evidence["connections"][0], "185.65.135.234 port 58899 tcp");
    assert!(names(&reading).contains(&"sanctam.net"));

    let asked = Question { query_type: Some("urls"), ..Question::usual(&address) };
    let reading = VirusTotal.read(&asked, &[http(200, format!("{{\"data\": {links}}}"))]).unwrap();
    assert_eq!(names(&reading), ["http://218.54.47.77/", "http://218.54.47.76/", "http://218.54.47.74/"]);
}
