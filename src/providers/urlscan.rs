//! urlscan.io: pages that others have had scanned, and scanning one. <https://urlscan.io/docs/api/>
//!
//! `scan` *submits* a URL, privately; it must never happen unasked, since a visit can warn whoever owns the page. The
//! search finds scans of others and judges only where they were judged.

use std::time::Duration;

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    Window,
    lenient::{AutonomousSystem, Flag, List, Number, Part, Text, Texts, Time},
    request::encoded,
};

static FACTS: Facts = Facts {
    id: "urlscan",
    title: "urlscan.io",
    kinds: &[
        ObservableKind::Ipv4,
        ObservableKind::Ipv6,
        ObservableKind::Domain,
        ObservableKind::Hostname,
        ObservableKind::Url,
        ObservableKind::Sha256,
    ],
    query_types: &[QueryType {
        name: "scan",
        kinds: &[ObservableKind::Url, ObservableKind::Domain],
        side_effect: SideEffect::Publishes,
    }],
    base_url: "https://urlscan.io/api/v1",
    auth: Auth::Header("API-Key"),
    budgets: &[
        Window { requests: 30, per_s: 60 },
        Window { requests: 500, per_s: 3_600 },
        Window { requests: 5_000, per_s: 86_400 },
    ],
    fresh: Duration::from_hours(6),
    // A result lists every request of the page.
    body_cap: 16 * 1024 * 1024,
    ..Facts::DEFAULT
};

/// A scan takes about so long, and is asked for this often after.
const FIRST_POLL: Duration = Duration::from_secs(10);
const POLL_EVERY: Duration = Duration::from_secs(3);

pub(crate) struct UrlScan;

#[derive(Deserialize)]
struct Search {
    total: Number,
    #[serde(default)]
    results: List<Scan>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scan {
    task: Part<Task>,
    page: Part<Page>,
    verdicts: Part<Verdicts>,
    lists: Part<Lists>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Task {
    url: Text,
    time: Time,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Page {
    url: Text,
    domain: Text,
    ip: Text,
    country: Text,
    asn: AutonomousSystem,
    asnname: Text,
    server: Text,
    title: Text,
    status: Text,
}

/// In results under `overall`, in searches at the top.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Verdicts {
    overall: Option<Part<Judgement>>,
    #[serde(flatten)]
    top: Judgement,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Judgement {
    malicious: Flag,
    score: Number,
    has_verdicts: Flag,
    brands: Texts,
    categories: Texts,
    tags: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Lists {
    ips: Texts,
    domains: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Submission {
    uuid: Text,
}

impl Provider for UrlScan {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        if question.query_type == Some("scan") {
            return HttpRequest::post("/scan/").json(json!({"url": question.value(), "visibility": "private"})).into();
        }
        HttpRequest::get("/search/").query("q", search_for(question)).query("size", "50").into()
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        if question.query_type != Some("scan") {
            return None;
        }
        let submission = answers.first()?.http().ok().filter(|answer| answer.status == 200)?;
        let wait = match answers.len() {
            1 => FIRST_POLL,
            _ if answers.last()?.http().ok()?.status == 404 => POLL_EVERY,
            _ => return None,
        };
        let uuid = submission.json::<Submission>().ok()?.uuid.0?;
        Some(HttpRequest::get("/result").segment(&uuid).then("/").after(wait).into())
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = answers.last().ok_or(Misread::WrongKind)?.http()?;
        if question.query_type == Some("scan") {
            return scan(question, answers, answer);
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let reading = search(question, answer.json()?)?;
        let shown = reading.outcome.is_answer();
        let page = format!("https://urlscan.io/search/#{}", encoded(&search_for(question)));
        Ok(if shown { reading.reference(page) } else { reading })
    }
}

/// What finds scans of an observable, in Lucene's language: the value stands in quotes and cannot end them.
fn search_for(question: &Question<'_>) -> String {
    let value = question.value().replace('\\', r"\\").replace('"', "\\\"");
    match question.observable.kind() {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => format!("ip:\"{value}\""),
        ObservableKind::Url => format!("task.url:\"{value}\" OR page.url:\"{value}\""),
        ObservableKind::Sha256 => format!("hash:\"{value}\""),
        _ => format!("domain:\"{value}\""),
    }
}

fn search(question: &Question<'_>, found: Search) -> Result<Reading, Misread> {
    let Search { total, results: List(scans) } = found;
    if total.required("total")? == 0.0 {
        return Ok(Reading::not_found());
    }
    let judged_bad = scans.iter().filter(|scan| scan.verdicts.0.judgement().malicious.is_true()).count();
    let verdict = if judged_bad > 0 { Verdict::Malicious } else { Verdict::Unknown };
    let each = |text: fn(&Page) -> &Text| scans.iter().filter_map(move |scan| text(&scan.page.0).as_deref());
    Ok(Reading::judged(verdict)
        .says("scans", total)
        .says("scans_judged_malicious", judged_bad)
        .says("last_scanned_at", scans.iter().filter_map(|scan| scan.task.0.time.0.clone()).max())
        .lists("titles", each(|page| &page.title))
        .lists("servers", each(|page| &page.server))
        .lists("countries", each(|page| &page.country))
        .lists("urls", scans.iter().filter_map(|scan| scan.task.0.url.as_deref()))
        .relates_to(KindHint::Address, question.others(each(|page| &page.ip)))
        .relates_to(KindHint::Exactly(ObservableKind::Domain), question.others(each(|page| &page.domain))))
}

fn scan(question: &Question<'_>, answers: &[Answer], last: &HttpAnswer) -> Result<Reading, Misread> {
    if answers.len() == 1 {
        // The submission was refused, or nobody waited for its result.
        return Ok(last.usual_meaning().unwrap_or_else(|| Reading::unfinished("the scan is not done yet")));
    }
    if last.status == 404 && !last.is_page() {
        return Ok(Reading::unfinished("the scan is not done yet"));
    }
    if let Some(reading) = last.usual_meaning() {
        return Ok(reading);
    }
    let Scan { task: Part(task), page: Part(page), verdicts: Part(verdicts), lists: Part(lists) } = last.json()?;
    if task.url.0.is_none() {
        return Err(Misread::Lacking("task.url"));
    }
    let judgement = verdicts.judgement();
    let score = judgement.score.or_zero();
    let mut reading = Reading::judged(match () {
        () if judgement.malicious.is_true() => Verdict::Malicious,
        () if score > 0.0 => Verdict::Suspicious,
        () if judgement.has_verdicts.is_true() => Verdict::Benign,
        () => Verdict::Unknown,
    });
    if judgement.has_verdicts.is_true() || score > 0.0 {
        reading = reading.score(score);
    }
    let uuid = crate::first(answers)?.http()?.json::<Submission>()?.uuid.0.unwrap_or_default();
    Ok(reading
        .says("judged_malicious", judgement.malicious)
        .says("scanned_at", task.time)
        .says("final_url", page.url.clone())
        .says("title", page.title)
        .says("http_status", page.status)
        .says("server", page.server)
        .says("country_code", page.country)
        .says("asn", page.asn.number)
        .says("as_owner", page.asnname)
        .lists("brands", &judgement.brands.0)
        .lists("categories", &judgement.categories.0)
        .lists("tags", &judgement.tags.0)
        .relates_to(KindHint::Address, page.ip.0.iter().chain(&lists.ips.0))
        .relates_to(
            KindHint::Exactly(ObservableKind::Domain),
            question.others(page.domain.0.iter().chain(&lists.domains.0)),
        )
        .relates_to(KindHint::Exactly(ObservableKind::Url), question.others(page.url.0))
        .page("https://urlscan.io/result", &uuid))
}

impl Verdicts {
    fn judgement(&self) -> &Judgement {
        self.overall.as_ref().map_or(&self.top, |Part(overall)| overall)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Url},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, http, observable};

    const ADDRESS: &str = "http://example.com/a?b";
    const FOUND: &str = r#"{"results": [{"task": {"time": "2025-05-18T19:58:12.251Z", "url": "http://example.com/"},
        "page": {"country": "US", "server": "nginx", "ip": "192.0.2.1", "title": "Example", "domain": "example.com"}}],
        "total": 1, "took": 43, "has_more": false}"#;
    const JUDGED: &str = r#"{"results": [{"verdicts": {"malicious": true, "score": 100}}], "total": 1}"#;
    const NONE: &str = r#"{"results": [], "total": 0}"#;
    const SUBMITTED: &str = r#"{"message": "Submission successful", "uuid": "83755629-3473-4512-bd05-c37baefa31a8"}"#;
    const PENDING: &str = r#"{"message": "Scan is not finished yet", "status": 404}"#;
    const BAD: &str = r#"{"task": {"time": "2026-02-01T11:43:49.943Z", "url": "http://example.com/a?b"},
        "page": {"url": "https://example.com/login", "domain": "example.com", "ip": "192.0.2.1", "asn": "AS64500"},
        "lists": {"ips": ["192.0.2.1", "192.0.2.2"], "domains": ["example.com"]},
        "verdicts": {"overall": {"score": 100, "malicious": true, "hasVerdicts": true, "brands": ["Example Bank"]}}}"#;
    const UNJUDGED: &str = r#"{"task": {"url": "http://example.com/a?b"},
        "verdicts": {"overall": {"score": 0, "malicious": false, "hasVerdicts": 0}}}"#;
    const REFUSED: &str = r#"{"message": "No API key supplied", "status": 401}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("found", Domain, "example.com", &[(200, FOUND)]).means(Outcome::Hit, Verdict::Unknown),
        example("judged", Ipv4, "203.0.113.7", &[(200, JUDGED)]).means(Outcome::Hit, Verdict::Malicious),
        example("none", Url, ADDRESS, &[(200, NONE)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Domain, "example.com", &[(401, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Domain, "example.com", &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a total", Domain, "example.com", &[(200, r#"{"results": []}"#)]),
        example("scan", Url, ADDRESS, &[(200, SUBMITTED), (404, PENDING), (200, BAD)])
            .asked("scan")
            .means(Outcome::Hit, Verdict::Malicious),
        example("scan without a judgement", Url, ADDRESS, &[(200, SUBMITTED), (200, UNJUDGED)])
            .asked("scan")
            .means(Outcome::Hit, Verdict::Unknown),
        example("unfinished scan", Url, ADDRESS, &[(200, SUBMITTED), (404, PENDING)])
            .asked("scan")
            .means(Outcome::Timeout, Verdict::Unknown),
        example("refused scan", Url, ADDRESS, &[(400, r#"{"message": "blacklisted", "status": 400}"#)])
            .asked("scan")
            .means(Outcome::Unsupported, Verdict::Unknown),
    ];

    #[test]
    fn a_scan_is_private_and_asked_for_until_it_is_done() {
        let url = observable(Url, ADDRESS);
        let question = Question { query_type: Some("scan"), ..Question::usual(&url) };
        let Request::Http(request) = UrlScan.ask(&question) else { panic!("not HTTP") };
        assert_eq!(request.body, crate::Body::Json(json!({"url": ADDRESS, "visibility": "private"})));
        let next = |answers: &[Answer]| UrlScan.follow_up(&question, answers);
        let Some(Request::Http(request)) = next(&[http(200, SUBMITTED)]) else { panic!("it gives up") };
        assert_eq!(request.path, "/result/83755629-3473-4512-bd05-c37baefa31a8/");
        assert_eq!(request.after, FIRST_POLL);
        assert!(next(&[http(200, SUBMITTED), http(404, PENDING)]).is_some());
        assert_eq!(next(&[http(200, SUBMITTED), http(200, BAD)]), None);
        assert_eq!(next(&[http(400, "{}")]), None);
    }

    #[test]
    fn a_value_cannot_end_its_quotes() {
        let url = observable(Url, r#"http://example.com/\"a"#);
        let search = search_for(&Question::usual(&url));
        let unescaped = search.replace(r"\\", "").replace("\\\"", "");
        assert_eq!(unescaped.matches('"').count(), 4, "{search}");
    }
}
