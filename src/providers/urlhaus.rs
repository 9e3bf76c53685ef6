//! URLhaus: URLs that spread malware, their hosts, and what they spread. <https://urlhaus-api.abuse.ch/>
//!
//! A listed URL or payload is malicious, also when the URL is offline by now. A host is malicious while one of its URLs
//! is online and suspicious after: large file hosts were all abused once.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, abusech,
    lenient::{List, Number, Part, Text, Texts, Time},
    request::encoded,
};

static FACTS: Facts = Facts {
    id: "urlhaus",
    title: "URLhaus",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Md5,
        ObservableKind::Sha256,
    ],
    base_url: "https://urlhaus-api.abuse.ch/v1",
    auth: Auth::Header("Auth-Key"),
    fresh: Duration::from_hours(1),
    licence_note: Some("fair use: commercial users may need a paid plan"),
    ..Facts::DEFAULT
};

pub(crate) struct UrlHaus;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    query_status: Text,
    blacklists: Part<Blacklists>,
    // a URL
    url_status: Text,
    threat: Text,
    date_added: Time,
    last_online: Time,
    host: Text,
    reporter: Text,
    tags: Texts,
    payloads: List<Payload>,
    // a host
    url_count: Number,
    firstseen: Time,
    urls: List<Url>,
    // a payload
    signature: Text,
    file_type: Text,
    file_size: Number,
    lastseen: Time,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Blacklists {
    spamhaus_dbl: Text,
    surbl: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Payload {
    response_sha256: Text,
    signature: Text,
    filename: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Url {
    url: Text,
    url_status: Text,
    threat: Text,
    tags: Texts,
}

impl Provider for UrlHaus {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let (path, field) = match question.observable.kind() {
            ObservableKind::Url => ("/url/", "url"),
            ObservableKind::Md5 => ("/payload/", "md5_hash"),
            ObservableKind::Sha256 => ("/payload/", "sha256_hash"),
            _ => ("/host/", "host"),
        };
        HttpRequest::post(path).form(field, question.value()).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let report = answer.json::<Report>();
        let status = report.as_ref().map(|report| report.query_status.clone()).unwrap_or_default();
        if let Some(reading) = abusech::failure(&status, answer) {
            return Ok(reading);
        }
        let found = report?;
        if found.query_status.0.is_none() {
            return Err(Misread::Lacking("query_status"));
        }
        let kind = question.observable.kind();
        let urls = &found.urls.0;
        let is_host = kind != ObservableKind::Url && !kind.is_hash();
        let spent = is_host && !urls.iter().any(|url| url.url_status.is("online"));
        let payloads = &found.payloads.0;
        let signatures = payloads.iter().map(|payload| &payload.signature).chain([&found.signature]);
        let threats = urls.iter().map(|url| &url.threat).chain([&found.threat]);
        Ok(Reading::judged(if spent { Verdict::Suspicious } else { Verdict::Malicious })
            .lists("threats", threats.filter_map(Text::as_deref))
            .lists("malware_families", signatures.filter_map(Text::as_deref))
            .lists("tags", found.tags.0.iter().chain(urls.iter().flat_map(|url| &url.tags.0)))
            .says("url_status", found.url_status)
            .says("url_count", found.url_count)
            .says("urls_online", is_host.then(|| urls.iter().filter(|url| url.url_status.is("online")).count()))
            .says("first_seen", found.date_added.0.or(found.firstseen.0))
            .says("last_seen", found.last_online.0.or(found.lastseen.0))
            .says("type", found.file_type)
            .says("size", found.file_size)
            .lists("names", payloads.iter().filter_map(|payload| payload.filename.as_deref()))
            .says("spamhaus_dbl", found.blacklists.0.spamhaus_dbl)
            .says("surbl", found.blacklists.0.surbl)
            .says("reporter", found.reporter)
            .relates_to(KindHint::Hash, payloads.iter().filter_map(|payload| payload.response_sha256.as_deref()))
            .relates_to(KindHint::Exactly(ObservableKind::Url), urls.iter().filter_map(|url| url.url.as_deref()))
            .relates_to(KindHint::Exactly(ObservableKind::Domain), found.host.0)
            .reference(format!("https://urlhaus.abuse.ch/browse.php?search={}", encoded(question.value()))))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Sha256, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example};

    const ADDRESS: &str = "http://example.com/a.exe";
    const HASH: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
    const LISTED: &str = r#"{"query_status": "ok", "id": "105821", "url_status": "offline", "host": "example.com",
        "date_added": "2025-01-19 01:33:26 UTC", "threat": "malware_download", "tags": null, "larted": "true",
        "blacklists": {"spamhaus_dbl": "not listed", "surbl": "listed"}, "payloads": [{"filename": "a.doc",
        "response_sha256": "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "signature": "ExampleBot"}]}"#;
    const HOST: &str = r#"{"query_status": "ok", "firstseen": "2025-01-19 01:33:26 UTC", "url_count": "2", "urls": [
        {"url": "http://example.com/a.exe", "url_status": "online", "threat": "malware_download", "tags": ["exe"]},
        {"url": "http://example.com/b.exe", "url_status": "offline"}]}"#;
    const SPENT: &str = r#"{"query_status": "ok", "url_count": "1", "urls": [{"url_status": "offline"}]}"#;
    const PAYLOAD: &str = r#"{"query_status": "ok", "file_type": "exe", "file_size": "95", "signature": null,
        "firstseen": "2025-01-19 01:33:26", "urls": [{"url": "http://example.com/a.exe", "url_status": "offline"}]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed URL", Url, ADDRESS, &[(200, LISTED)]).means(Outcome::Hit, Verdict::Malicious),
        example("host", Domain, "example.com", &[(200, HOST)]).means(Outcome::Hit, Verdict::Malicious),
        example("host of the past", Ipv4, "203.0.113.7", &[(200, SPENT)]).means(Outcome::Hit, Verdict::Suspicious),
        example("payload", Sha256, HASH, &[(200, PAYLOAD)]).means(Outcome::Hit, Verdict::Malicious),
        example("unknown", Url, ADDRESS, &[(200, r#"{"query_status": "no_results"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("invalid", Url, ADDRESS, &[(200, r#"{"query_status": "invalid_url"}"#)])
            .means(Outcome::Unsupported, Verdict::Unknown),
        example("refused", Url, ADDRESS, &[(401, r#"{"error": "Unauthorized"}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Url, ADDRESS, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a status", Url, ADDRESS, &[(200, "{}")]),
    ];

    #[test]
    fn a_host_names_its_urls_and_a_url_its_payloads() {
        let host = EXAMPLES[1].read(&UrlHaus).unwrap();
        assert_eq!((host.related.len(), &host.evidence["urls_online"]), (2, &1.into()));
        let url = EXAMPLES[0].read(&UrlHaus).unwrap();
        assert_eq!(url.related[0].canonical(), HASH);
    }
}
