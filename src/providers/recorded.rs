//! What vendors really answered: every recorded answer is read, and what is read is held fast.
//!
//! The recordings lie beside the project and are not part of it. Where they are missing these tests say so and pass.

use std::{collections::BTreeMap, path::PathBuf};

use bytes::Bytes;
use model::{
    ObservableKind::{self, *},
    Outcome, Verdict,
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
    ("abuseipdb/invalid", Ok((Ipv4, IP, None, Outcome::Unsupported, Verdict::Unknown))),
    ("abuseipdb/notfound", Ok((Ipv4, "38.75.137.9", None, Outcome::Clean, Verdict::Benign))),
    ("abuseipdb/ok", Ok((Ipv4, "180.126.219.126", None, Outcome::Hit, Verdict::Suspicious))),
    ("abuseipdb/ok_whitelisted", Ok((Ipv4, "1.1.1.1", None, Outcome::Clean, Verdict::Benign))),
    ("abuseipdb/ratelimited", Ok((Ipv4, IP, None, Outcome::RateLimited, Verdict::Unknown))),
    ("greynoise/community_ok", Ok((Ipv4, "1.2.3.4", None, Outcome::Clean, Verdict::Benign))),
    ("greynoise/invalid", Ok((Ipv4, IP, None, Outcome::Unsupported, Verdict::Unknown))),
    ("greynoise/ratelimited", Ok((Ipv4, IP, None, Outcome::RateLimited, Verdict::Unknown))),
    ("greynoise/v2_context_ip_ok", Err("retired with version 2")),
    ("greynoise/v2_quick_ip_ok", Err("retired with version 2")),
    ("greynoise/v2_riot_ip_ok", Err("retired with version 2")),
    ("greynoise/v3_ip_ok", Ok((Ipv4, IP, Some("full"), Outcome::Clean, Verdict::Benign))),
    ("otx/file_ok", Ok((Md5, "1fd35d9dc2eb919088f4eb48ab18b5a8", None, Outcome::Hit, Verdict::Suspicious))),
    ("otx/hostname_passive_dns_ok", Ok((Hostname, "example.com", Some("passivedns"), Outcome::Hit, Verdict::Unknown))),
    ("otx/ip_geo_ok", Ok((Ipv4, IP, Some("geo"), Outcome::Hit, Verdict::Unknown))),
    ("otx/ip_ok", Ok((Ipv4, "186.180.44.234", None, Outcome::Hit, Verdict::Malicious))),
    ("otx/malformed_ip", Ok((Ipv4, IP, None, Outcome::Unsupported, Verdict::Unknown))),
    ("otx/notfound", Ok((Sha1, "a9ffd8047677bc2612cc97596c0c2386817ce80d", None, Outcome::NotFound, Verdict::Unknown))),
    ("otx/unauthorized", Ok((Ipv4, IP, None, Outcome::Unauthorized, Verdict::Unknown))),
    ("otx/url_ok", Ok((Url, "http://example.com", None, Outcome::Hit, Verdict::Suspicious))),
    ("tor/bulk_exit_list_ok", Ok((Ipv4, "185.220.101.46", None, Outcome::Hit, Verdict::Suspicious))),
    ("tor/exit_addresses_ok", Ok((Ipv4, "185.220.101.47", None, Outcome::Hit, Verdict::Suspicious))),
    ("virustotal/file_ok", Ok((Sha256, "4bc00f7d638e042da764e8648c03c0db46700599dd4f08d117e3e9e8b538519b", None, Outcome::Hit, Verdict::Malicious))),
    ("virustotal/ip_ok", Ok((Ipv4, "138.128.150.133", None, Outcome::Hit, Verdict::Malicious))),
    ("virustotal/missingkey", Ok((Ipv4, IP, None, Outcome::Unauthorized, Verdict::Unknown))),
    ("virustotal/notfound", Ok((Url, "http://soclosebutyetqq.com/69.exe", None, Outcome::NotFound, Verdict::Unknown))),
    ("virustotal/unauthorized", Ok((Ipv4, IP, None, Outcome::Unauthorized, Verdict::Unknown))),
    ("virustotal/url_ok", Ok((Url, "http://soclosebutyetqq.com/69.exe", None, Outcome::Hit, Verdict::Malicious))),
];

const IP: &str = "8.8.8.8";

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
        let Ok(index) = std::fs::read(Self::folder().join("INDEX.json")) else {
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
        std::fs::read(Self::folder().join(&self.file)).unwrap()
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
        let reading = read(provider, &observable, *query_type, &[(recording.status, &recording.body())])
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
    for recording in &recordings {
        let Some(provider) = recording.provider() else { continue };
        let meaning = MEANINGS.iter().find(|(known, _)| *known == recording.name()).and_then(|(_, m)| m.ok());
        let Some((kind, value, query_type, ..)) = meaning else { continue };
        let (observable, body) = (observable(kind, value), recording.body());
        let mut mutations = Mutations::of(&body);
        for _ in 0..10_000 {
            let _ = read(provider, &observable, query_type, &[(recording.status, &mutations.mutate())]);
        }
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
            let now = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_767_225_600);
            retry_after(&answer, now).map(|wait| (recording.name(), json!(wait.as_secs_f64())))
        })
        .collect();
    insta::assert_json_snapshot!("retry_after", waits);
}
