//! VirusTotal: what some ninety engines say about an address, a name, a URL or a file.
//! <https://docs.virustotal.com/reference/overview>
//!
//! An object that no engine has judged is known to VirusTotal and nothing more: its verdict is unknown, not benign.

use std::{collections::BTreeMap, time::Duration};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{List, Number, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "virustotal",
    title: "VirusTotal",
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
    base_url: "https://www.virustotal.com/api/v3",
    auth: Auth::Header("x-apikey"),
    budgets: &[
        Window { requests: 4, per_s: 60 },
        Window { requests: 500, per_s: 86_400 },
        Window { requests: 15_500, per_s: 31 * 86_400 },
    ],
    fresh: Duration::from_hours(12),
    licence_note: Some("the free key must not be used in commercial products, services or business workflows"),
    ..Facts::DEFAULT
};

pub(crate) struct VirusTotal;

#[derive(Deserialize)]
struct Report {
    data: Option<Object>,
    #[serde(default)]
    error: Part<Failure>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    code: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    attributes: Attributes,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    last_analysis_stats: Option<Stats>,
    last_analysis_results: Part<BTreeMap<String, EngineResult>>,
    last_analysis_date: Time,
    reputation: Number,
    tags: Texts,
    threat_names: Texts,
    popular_threat_classification: Part<Classification>,
    categories: Part<BTreeMap<String, Text>>,
    // addresses
    country: Text,
    asn: Number,
    as_owner: Text,
    network: Text,
    // domains
    registrar: Text,
    creation_date: Time,
    last_dns_records: List<DnsRecord>,
    // URLs
    title: Text,
    last_final_url: Text,
    // files
    meaningful_name: Text,
    names: Texts,
    type_description: Text,
    size: Number,
    md5: Text,
    sha1: Text,
    sha256: Text,
    // URLs and files
    first_submission_date: Time,
    last_submission_date: Time,
    times_submitted: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stats {
    malicious: Number,
    suspicious: Number,
    harmless: Number,
    undetected: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EngineResult {
    category: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Classification {
    suggested_threat_label: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct DnsRecord {
    r#type: Text,
    value: Text,
}

/// Where an object lies: in the API, in the web interface, and its id in both.
fn place(question: &Question<'_>) -> (&'static str, &'static str, String) {
    let value = question.value();
    match question.observable.kind() {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => ("/ip_addresses", "ip-address", value.to_owned()),
        ObservableKind::Url => ("/urls", "url", BASE64_URL_SAFE_NO_PAD.encode(value)),
        kind if kind.is_hash() => ("/files", "file", value.to_owned()),
        _ => ("/domains", "domain", value.to_owned()),
    }
}

impl Provider for VirusTotal {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (collection, _, id) = place(question);
        HttpRequest::get(collection).segment(&id).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let report = answer.json::<Report>();
        if let Ok(Report { error: Part(Failure { code: Text(Some(code)) }), .. }) = &report {
            return Ok(failure(code, answer.status));
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found = report?.data.ok_or(Misread::Lacking("data"))?.attributes;
        let stats = found.last_analysis_stats.as_ref().ok_or(Misread::Lacking("last_analysis_stats"))?;
        let (_, page, id) = place(question);
        let reading = stats.judged()?.page(&format!("https://www.virustotal.com/gui/{page}"), &id);
        Ok(grounds(reading, found, question))
    }
}

/// What an error in the body means, at whatever status it comes. <https://docs.virustotal.com/reference/errors>
fn failure(code: &str, status: u16) -> Reading {
    match code {
        "NotFoundError" => Reading::not_found(),
        "QuotaExceededError" | "TooManyRequestsError" => Reading::rate_limited("the key's quota is used up"),
        "WrongCredentialsError" | "AuthenticationRequiredError" | "UserNotActiveError" => {
            Reading::unauthorized("the provider refused the credentials")
        }
        "ForbiddenError" => Reading::unauthorized("the key may not see this"),
        "BadRequestError" | "InvalidArgumentError" => Reading::unsupported("the provider does not accept this value"),
        _ => Reading::of_status(status).unwrap_or_else(|| Reading::failed("the provider reports an error")),
    }
}

impl Stats {
    /// More than one engine says malicious: malicious. One, or some that say suspicious: suspicious.
    fn judged(&self) -> Result<Reading, Misread> {
        let malicious = self.malicious.required("malicious")?;
        let suspicious = self.suspicious.or_zero();
        let harmless = self.harmless.or_zero() + self.undetected.or_zero();
        Ok(match malicious {
            2.0.. => Reading::judged(Verdict::Malicious),
            1.0.. => Reading::judged(Verdict::Suspicious),
            _ if suspicious > 0.0 => Reading::judged(Verdict::Suspicious),
            _ if harmless > 0.0 => Reading::judged(Verdict::Benign),
            _ => Reading::facts(),
        })
    }
}

fn grounds(reading: Reading, found: Attributes, question: &Question<'_>) -> Reading {
    let stats = found.last_analysis_stats.unwrap_or_default();
    let engines = &found.last_analysis_results.0;
    let accusers = engines.iter().filter(|(_, said)| said.category.is("malicious")).map(|(engine, _)| engine);
    let hashes = [&found.md5, &found.sha1, &found.sha256].into_iter().filter_map(Text::as_deref);
    let records = |types: &'static [&'static str]| {
        let of_type = found.last_dns_records.0.iter().filter(|record| types.iter().any(|name| record.r#type.is(name)));
        of_type.filter_map(|record| record.value.as_deref())
    };
    reading
        .says("stats", json!({
            "malicious": Value::from(stats.malicious),
            "suspicious": Value::from(stats.suspicious),
            "harmless": Value::from(stats.harmless),
            "undetected": Value::from(stats.undetected),
        }))
        .lists("malicious_engines", accusers)
        .says("last_analysis_at", found.last_analysis_date)
        .says("reputation", found.reputation)
        .says("threat_label", found.popular_threat_classification.0.suggested_threat_label)
        .lists("threat_names", &found.threat_names.0)
        .lists("tags", &found.tags.0)
        .lists("categories", found.categories.0.values().filter_map(Text::as_deref))
        .says("country_code", found.country)
        .says("asn", found.asn)
        .says("as_owner", found.as_owner)
        .says("network", found.network)
        .says("registrar", found.registrar)
        .says("created_at", found.creation_date)
        .says("title", found.title)
        .says("name", found.meaningful_name)
        .lists("names", &found.names.0)
        .says("type", found.type_description)
        .says("size", found.size)
        .says("first_seen", found.first_submission_date)
        .says("last_seen", found.last_submission_date)
        .says("times_submitted", found.times_submitted)
        .relates_to(KindHint::Hash, question.others(hashes))
        .relates_to(KindHint::Address, records(&["A", "AAAA"]))
        .relates_to(KindHint::Exactly(ObservableKind::Hostname), records(&["CNAME", "NS", "MX"]))
        .relates_to(
            KindHint::Exactly(ObservableKind::Url),
            question.others(found.last_final_url.0),
        )
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Sha256, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

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
    const UNKNOWN: &str = r#"{"error": {"code": "NotFoundError", "message": "not found"}}"#;
    const LIMITED: &str = r#"{"error": {"code": "QuotaExceededError", "message": "Quota exceeded"}}"#;
    const REFUSED: &str = r#"{"error": {"code": "WrongCredentialsError", "message": "Wrong API key"}}"#;

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
}
