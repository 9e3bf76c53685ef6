//! What vendors really answered: every recorded answer is read, and what is read is held fast.
//!
//! The recordings lie beside the project and are not part of it. Where they are missing these tests say so and pass.

use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    thread,
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use model::{
    ObservableKind::{self, *},
    Outcome::{self, *},
    Verdict::{self, *},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    ALL, Provider, geo,
    mutations::Mutations,
    retry_after,
    testing::{observable, read},
};

/// Kind, value and query type of a question; outcome and verdict of its answer.
type Meaning = (ObservableKind, &'static str, Option<&'static str>, Outcome, Verdict);

/// What each recording is an answer to, and what it means. `Err`: why nobody reads it.
#[rustfmt::skip]
const MEANINGS: &[(&str, Result<Meaning, &str>)] = &[
    ("abuseipdb/check_block_ok", Err("networks are not asked about")),
    ("abuseipdb/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("abuseipdb/notfound", Ok((Ipv4, "38.75.137.9", None, Clean, Benign))),
    ("abuseipdb/ok", Ok((Ipv4, "180.126.219.126", None, Hit, Suspicious))),
    ("abuseipdb/ok_whitelisted", Ok((Ipv4, "1.1.1.1", None, Clean, Benign))),
    ("abuseipdb/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("crowdsec/notfound", Ok((Ipv4, IP, None, NotFound, Unknown))),
    ("crowdsec/ok", Ok((Ipv4, "1.1.1.1", None, Clean, Benign))),
    ("crowdsec/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("crowdsec/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("crtsh/notfound", Ok((Domain, "example.com", None, NotFound, Unknown))),
    ("crtsh/ok", Ok((Domain, "example.com", None, Hit, Unknown))),
    ("cymru/bulk_ok", Ok((Ipv4, IP, None, Hit, Unknown))),
    ("cymru/dns_asn_ok", Err("read by a test of its own: it is a record, not a text")),
    ("cymru/dns_origin_ok", Err("read by a test of its own: it is a record, not a text")),
    ("cymru/verbose_ok", Ok((Ipv4, "13.107.4.50", None, Hit, Unknown))),
    ("defender_ti/ratelimited", Ok((Domain, "contoso.com", None, RateLimited, Unknown))),
    ("defender_ti/reputation_ok", Ok((Domain, "contoso.com", None, Hit, Suspicious))),
    ("greynoise/community_ok", Ok((Ipv4, "1.2.3.4", None, Clean, Benign))),
    ("greynoise/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("greynoise/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("greynoise/v2_context_ip_ok", Err("retired with version 2")),
    ("greynoise/v2_quick_ip_ok", Err("retired with version 2")),
    ("greynoise/v2_riot_ip_ok", Err("retired with version 2")),
    ("greynoise/v3_ip_ok", Ok((Ipv4, IP, Some("full"), Clean, Benign))),
    ("internetdb/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("internetdb/notfound", Ok((Ipv4, IP, None, NotFound, Unknown))),
    ("internetdb/ok", Ok((Ipv4, "203.0.113.88", None, Hit, Unknown))),
    ("ip_api/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("ip_api/ok", Ok((Ipv4, "24.48.0.1", None, Hit, Unknown))),
    ("ip_api/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("ipinfo/base_ok", Ok((Ipv4, IP, None, Hit, Unknown))),
    ("ipinfo/free_ok", Ok((Ipv4, IP, None, Hit, Unknown))),
    ("ipinfo/invalid", Ok((Ipv4, IP, None, NotFound, Unknown))),
    ("ipinfo/ipv6_ok", Ok((Ipv6, "2607:fb91:2a0:80af:11ad:f056:42f2:b8c2", None, Hit, Unknown))),
    ("ipinfo/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("ipinfo/standard_ok", Ok((Ipv4, IP, None, Hit, Unknown))),
    ("ipinfo/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("ipqualityscore/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("ipqualityscore/ok", Ok((Ipv4, IP, None, Hit, Malicious))),
    ("ipqualityscore/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("ipstack/bulk_not_allowed", Err("one address is asked about at a time")),
    ("ipstack/inactive", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("ipstack/ok", Ok((Ipv4, "155.52.187.7", None, Hit, Unknown))),
    ("ipstack/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("ipstack/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("malwarebazaar/invalid", Ok((Md5, "1fd35d9dc2eb919088f4eb48ab18b5a8", None, Unsupported, Unknown))),
    ("malwarebazaar/ok", Ok((Md5, "2f6432c5af8d10b04caed90d410ec7ad", None, Hit, Malicious))),
    ("malwarebazaar/unauthorized", Ok((Md5, "1fd35d9dc2eb919088f4eb48ab18b5a8", None, Unauthorized, Unknown))),
    ("openpagerank/notfound", Ok((Domain, "unknowndomain.com", None, Hit, Suspicious))),
    ("openpagerank/ok", Ok((Domain, "google.com", None, Clean, Benign))),
    ("openpagerank/unauthorized", Ok((Domain, "google.com", None, Unauthorized, Unknown))),
    ("otx/file_ok", Ok((Md5, "1fd35d9dc2eb919088f4eb48ab18b5a8", None, Hit, Suspicious))),
    ("otx/hostname_passive_dns_ok", Ok((Hostname, "example.com", Some("passivedns"), Hit, Unknown))),
    ("otx/ip_geo_ok", Ok((Ipv4, IP, Some("geo"), Hit, Unknown))),
    ("otx/ip_ok", Ok((Ipv4, "186.180.44.234", None, Hit, Malicious))),
    ("otx/malformed_ip", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("otx/notfound", Ok((Sha1, "a9ffd8047677bc2612cc97596c0c2386817ce80d", None, NotFound, Unknown))),
    ("otx/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("otx/url_ok", Ok((Url, "http://example.com", None, Hit, Suspicious))),
    ("pulsedive/active_dns_ok", Err("links are not asked for")),
    ("pulsedive/analyze_processing", Ok((Domain, "parkingcrew.net", Some("analyse"), Timeout, Unknown))),
    ("pulsedive/notfound", Ok((Domain, "parkingcrew.net", None, NotFound, Unknown))),
    ("pulsedive/ok", Ok((Domain, "parkingcrew.net", None, Hit, Suspicious))),
    ("pulsedive/ratelimited", Ok((Domain, "parkingcrew.net", None, RateLimited, Unknown))),
    ("rdap/asn_ok", Err("read by a test of its own: an autonomous system is no observable")),
    ("rdap/bootstrap_asn", Err("names registries")),
    ("rdap/bootstrap_dns", Err("names registries")),
    ("rdap/bootstrap_ipv4", Err("names registries")),
    ("rdap/bootstrap_ipv6", Err("names registries")),
    ("rdap/domain_ok", Ok((Domain, "example.com", None, Hit, Unknown))),
    ("rdap/domain_ok_lemonde_fr", Ok((Domain, "lemonde.fr", None, Hit, Unknown))),
    ("rdap/domain_ok_microsoft_click", Ok((Domain, "microsoft.click", None, Hit, Unknown))),
    ("rdap/ip_ok", Ok((Ipv4, "1.1.1.1", None, Hit, Unknown))),
    ("rdap/malformed_dns_bad_url", Err("names registries")),
    ("rdap/malformed_dns_empty", Err("names registries")),
    ("rdap/malformed_dns_syntax_error", Err("names registries")),
    ("rdap/notfound", Ok((Domain, "example.com", None, NotFound, Unknown))),
    ("rdap/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("riskiq/malware_ok", Ok((Ipv4, IP, Some("malware"), Hit, Malicious))),
    ("riskiq/reputation_ok", Ok((Ipv4, IP, None, Hit, Malicious))),
    ("riskiq/summary_ok", Ok((Ipv4, IP, Some("summary"), Hit, Malicious))),
    ("shodan/notfound", Ok((Ipv4, IP, None, NotFound, Unknown))),
    ("shodan/ok", Ok((Ipv4, "203.0.113.88", None, Hit, Unknown))),
    ("shodan/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("threatfox/invalid", Ok((Ipv4, IP, None, Unsupported, Unknown))),
    ("threatfox/ok", Ok((Ipv4, "139.180.203.104", None, Hit, Malicious))),
    ("threatfox/recent_ok", Ok((Domain, "gaga.com", None, Hit, Malicious))),
    ("tor/bulk_exit_list_ok", Ok((Ipv4, "185.220.101.46", None, Hit, Suspicious))),
    ("tor/exit_addresses_ok", Ok((Ipv4, "185.220.101.47", None, Hit, Suspicious))),
    ("urlhaus/invalid", Ok((Url, "http://example.com", None, Unsupported, Unknown))),
    ("urlhaus/notfound", Ok((Domain, "example.com", None, NotFound, Unknown))),
    ("urlhaus/unauthorized", Ok((Url, "http://example.com", None, Unauthorized, Unknown))),
    ("urlhaus/url_ok", Ok((Url, "http://sskymedia.com/VMYB-ht_JAQo-gi/INV/", None, Hit, Malicious))),
    ("urlscan/notfound", Ok((Domain, "nosuch.example.com", None, NotFound, Unknown))),
    ("urlscan/result_ok", Ok((Url, "https://stackoverflow.com/", Some("scan"), Hit, Unknown))),
    ("urlscan/result_pending", Ok((Url, "https://stackoverflow.com/", Some("scan"), Timeout, Unknown))),
    ("urlscan/search_ok", Ok((Domain, "example.com", None, Hit, Unknown))),
    ("urlscan/unauthorized", Ok((Domain, "example.com", None, Unauthorized, Unknown))),
    ("virustotal/file_ok", Ok((Sha256, "4bc00f7d638e042da764e8648c03c0db46700599dd4f08d117e3e9e8b538519b", None, Hit, Malicious))),
    ("virustotal/ip_ok", Ok((Ipv4, "138.128.150.133", None, Hit, Malicious))),
    ("virustotal/missingkey", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("virustotal/notfound", Ok((Url, "http://soclosebutyetqq.com/69.exe", None, NotFound, Unknown))),
    ("virustotal/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("virustotal/url_ok", Ok((Url, "http://soclosebutyetqq.com/69.exe", None, Hit, Malicious))),
    ("xforce/file_ok", Ok((Md5, "474b9ccf5ab9d72ca8a333889bbb34f0", None, Hit, Malicious))),
    ("xforce/ip_ok", Ok((Ipv4, "8.8.8.8", None, Clean, Benign))),
    ("xforce/notfound", Ok((Url, "http://nosuch.example.com/", None, NotFound, Unknown))),
    ("xforce/ratelimited", Ok((Ipv4, IP, None, RateLimited, Unknown))),
    ("xforce/resolve_ok", Ok((Domain, "ibm.com", Some("passivedns"), Hit, Unknown))),
    ("xforce/unauthorized", Ok((Ipv4, IP, None, Unauthorized, Unknown))),
    ("xforce/url_ok", Ok((Url, "https://www.google.com", None, Clean, Benign))),
    ("xforce/whois_ok", Ok((Domain, "google.com", Some("whois"), Hit, Unknown))),
];

const IP: &str = "8.8.8.8";

/// What comes before the recorded answer: the result of a scan is the second one.
const SUBMISSION: (u16, &[u8]) = (200, br#"{"uuid": "83755629-3473-4512-bd05-c37baefa31a8"}"#);

/// A line of the index of recordings.
#[derive(Deserialize)]
struct Recording {
    provider: String,
    case: String,
    file: PathBuf,
    status: u16,
    headers: BTreeMap<String, String>,
}

impl Recording {
    fn all() -> Option<Vec<Self>> {
        let Ok(index) = fs::read(Self::folder().join("INDEX.json")) else {
            eprintln!("skipped: no recorded answers in {}", Self::folder().display());
            return None;
        };
        Some(serde_json::from_slice(&index).unwrap())
    }

    fn folder() -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/fixtures/providers"))
    }

    fn name(&self) -> String {
        format!("{}/{}", self.provider, self.case)
    }

    fn body(&self) -> Vec<u8> {
        fs::read(Self::folder().join(&self.file)).unwrap()
    }

    /// The answers that lead to this one, and this one with a body.
    fn answers<'a>(&self, query_type: Option<&str>, body: &'a [u8]) -> Vec<(u16, &'a [u8])> {
        let before = (query_type == Some("scan")).then_some(SUBMISSION);
        before.into_iter().chain([(self.status, body)]).collect()
    }

    /// The one who gave it, if he is asked at all.
    fn provider(&self) -> Option<&'static dyn Provider> {
        ALL.iter().copied().find(|provider| provider.facts().id == self.provider)
    }
}

#[test]
fn every_recorded_answer_means_what_it_should() {
    let Some(recordings) = Recording::all() else { return };
    let mut findings: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for recording in &recordings {
        let (Some(provider), name) = (recording.provider(), recording.name()) else { continue };
        let (_, meaning) = MEANINGS
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap_or_else(|| panic!("{name} is recorded but nobody says what it means"));
        let Ok((kind, value, query_type, outcome, verdict)) = meaning else { continue };
        let observable = observable(*kind, value);
        assert!(provider.facts().answers(*kind, *query_type), "{name}");
        let reading = read(provider, &observable, *query_type, &recording.answers(*query_type, &recording.body()))
            .unwrap_or_else(|misread| panic!("{name}: {misread}"));
        assert_eq!((reading.outcome, reading.verdict), (*outcome, *verdict), "{name}");
        let finding = reading.into_finding(recording.provider.as_str().into());
        findings
            .entry(&recording.provider)
            .or_default()
            .insert(&recording.case, serde_json::to_value(finding).unwrap());
    }
    for (provider, findings) in findings {
        insta::assert_json_snapshot!(provider, findings);
    }
}

#[test]
fn no_reader_panics_on_a_mutated_recording() {
    let Some(recordings) = Recording::all() else { return };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for part in recordings.chunks(recordings.len().div_ceil(threads)) {
            scope.spawn(|| part.iter().for_each(read_mutated));
        }
    });
}

fn read_mutated(recording: &Recording) {
    let Some(provider) = recording.provider() else { return };
    let meaning = MEANINGS.iter().find(|(known, _)| *known == recording.name()).and_then(|(_, m)| m.ok());
    let Some((kind, value, query_type, ..)) = meaning else { return };
    let (observable, body) = (observable(kind, value), recording.body());
    let mut mutations = Mutations::of(&body);
    for _ in 0..10_000 {
        let body = mutations.mutate();
        let answers = recording.answers(query_type, &body);
        let _ = read(provider, &observable, query_type, &answers);
    }
}

#[test]
fn a_recorded_geolocation_is_read() {
    let Some(recordings) = Recording::all() else { return };
    let recording = recordings.iter().find(|recording| recording.name() == "maxmind/city_ok").unwrap();
    let body = recording.body();
    insta::assert_json_snapshot!("maxmind", geo(serde_json::from_slice(&body).unwrap()));
}

#[test]
fn recorded_limits_say_when_to_ask_again() {
    let Some(recordings) = Recording::all() else { return };
    let waits: BTreeMap<String, Value> = recordings
        .iter()
        .filter(|recording| !recording.headers.is_empty())
        .filter_map(|recording| {
            let headers = recording.headers.clone().into_iter().collect();
            let answer = crate::HttpAnswer { status: recording.status, headers, body: Bytes::new() };
            let now = UNIX_EPOCH + Duration::from_secs(1_767_225_600);
            retry_after(&answer, now).map(|wait| (recording.name(), json!(wait.as_secs_f64())))
        })
        .collect();
    insta::assert_json_snapshot!("retry_after", waits);
}
