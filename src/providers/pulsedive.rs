//! Pulsedive: the risk of an indicator, and what it is linked with. <https://pulsedive.com/api/>
//!
//! `explore` searches its data; `analyse` makes Pulsedive look now, which *touches* the thing itself. An analysis takes
//! a while: it is submitted, then asked for until it is done.

use std::{collections::BTreeMap, time::Duration};

use model::{KindHint, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, QueryType, Question, Reading, Request, SideEffect,
    Window,
    lenient::{List, Number, Part, Text, Texts, Time},
};

const KINDS: &[ObservableKind] = &[
    ObservableKind::Ipv4,
    ObservableKind::Ipv6,
    ObservableKind::Domain,
    ObservableKind::Hostname,
    ObservableKind::Url,
];

static FACTS: Facts = Facts {
    id: "pulsedive",
    title: "Pulsedive",
    kinds: KINDS,
    query_types: &[
        QueryType { name: "explore", kinds: KINDS, side_effect: SideEffect::Passive },
        QueryType { name: "analyse", kinds: KINDS, side_effect: SideEffect::Active },
    ],
    base_url: "https://pulsedive.com/api",
    auth: Auth::Query("key"),
    budgets: &[Window { requests: 30, per_s: 60 }, Window { requests: 50, per_s: 86_400 }],
    fresh: Duration::from_hours(12),
    ..Facts::DEFAULT
};

/// An analysis is asked for this often.
const POLL_EVERY: Duration = Duration::from_secs(2);

pub(crate) struct Pulsedive;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    error: Text,
    status: Text,
    qid: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Analysis {
    data: Part<Indicator>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Indicator {
    iid: Number,
    risk: Text,
    retired: Text,
    stamp_added: Time,
    stamp_seen: Time,
    riskfactors: List<RiskFactor>,
    threats: Texts,
    feeds: Texts,
    comments: List<Comment>,
    attributes: Part<Attributes>,
    properties: Part<Properties>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RiskFactor {
    description: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Comment {
    comment: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    port: List<Number>,
    protocol: Texts,
    technology: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Properties {
    dns: Part<BTreeMap<String, Texts>>,
    geo: Part<Geo>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Geo {
    countrycode: Text,
    org: Text,
}

#[derive(Deserialize)]
struct Search {
    results: List<Found>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Found {
    indicator: Text,
    r#type: Text,
    risk: Text,
    stamp_seen: Time,
}

impl Provider for Pulsedive {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        match question.query_type {
            Some("explore") => HttpRequest::get("/explore.php")
                .query("q", format!("ioc={}", question.value()))
                .query("limit", "50")
                .query("pretty", "0"),
            Some("analyse") => {
                HttpRequest::post("/analyze.php").form("value", question.value()).form("probe", "1").form("pretty", "0")
            }
            _ => HttpRequest::get("/info.php").query("indicator", question.value()).query("pretty", "0"),
        }
        .into()
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        if question.query_type != Some("analyse") {
            return None;
        }
        // The submission names the number; later answers say whether it is done.
        let Message { qid, .. } = message(answers.first()?)?;
        let waits = answers.len() == 1 || message(answers.last()?)?.status.is("processing");
        let request = HttpRequest::get("/analyze.php").query("qid", qid.0?).query("pretty", "0").after(POLL_EVERY);
        waits.then(|| request.into())
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = answers.last().ok_or(Misread::WrongKind)?.http()?;
        if let Some(reading) = failure(answer).or_else(|| answer.usual_meaning()) {
            return Ok(reading);
        }
        let reading = match question.query_type {
            Some("explore") => search(answer.json()?),
            Some("analyse") if answers.len() == 1 => return Ok(Reading::unfinished("the analysis is not done yet")),
            Some("analyse") => indicator(answer.json::<Analysis>()?.data.0)?,
            _ => indicator(answer.json()?)?,
        };
        Ok(reading.page("https://pulsedive.com/indicator", question.value()))
    }
}

fn message(answer: &Answer) -> Option<Message> {
    answer.http().ok()?.json().ok()
}

/// What an error means, by its words.
fn failure(answer: &HttpAnswer) -> Option<Reading> {
    let Message { error, status, .. } = answer.json().ok()?;
    if status.is("processing") {
        return Some(Reading::unfinished("the analysis is not done yet"));
    }
    let error = error.0?.to_ascii_lowercase();
    Some(if error.contains("not found") {
        Reading::not_found()
    } else if error.contains("limit") {
        Reading::rate_limited("the key's quota is used up")
    } else if error.contains("key") {
        Reading::unauthorized("the provider refused the credentials")
    } else {
        Reading::of_status(answer.status).unwrap_or_else(|| Reading::failed("the provider reports an error"))
    })
}

fn indicator(found: Indicator) -> Result<Reading, Misread> {
    let risk = found.risk.as_deref().ok_or(Misread::Lacking("risk"))?;
    let properties = found.properties.0;
    let dns = |record| properties.dns.0.get(record).into_iter().flat_map(|texts: &Texts| &texts.0);
    Ok(Reading::judged(verdict(risk))
        .says("risk", found.risk.clone())
        .says("id", found.iid)
        .says("retired", found.retired)
        .says("first_seen", found.stamp_added)
        .says("last_seen", found.stamp_seen)
        .lists("risk_factors", found.riskfactors.0.iter().filter_map(|factor| factor.description.as_deref()))
        .lists("threats", found.threats.0)
        .lists("feeds", found.feeds.0)
        .lists("comments", found.comments.0.iter().filter_map(|comment| comment.comment.as_deref()))
        .says("ports", found.attributes.0.port)
        .lists("protocols", found.attributes.0.protocol.0)
        .lists("technologies", found.attributes.0.technology.0)
        .says("country_code", properties.geo.0.countrycode)
        .says("organization", properties.geo.0.org)
        .relates_to(KindHint::Address, dns("A").chain(dns("AAAA")))
        .relates_to(KindHint::Exactly(ObservableKind::Hostname), dns("CNAME").chain(dns("NS")).chain(dns("PTR"))))
}

/// High is malicious, medium suspicious, low benign; no risk found is no verdict.
fn verdict(risk: &str) -> Verdict {
    match risk.to_ascii_lowercase().as_str() {
        "critical" | "high" => Verdict::Malicious,
        "medium" => Verdict::Suspicious,
        "low" | "very low" => Verdict::Benign,
        _ => Verdict::Unknown,
    }
}

/// A search finds indicators and judges none: each has a risk of its own.
fn search(search: Search) -> Reading {
    let found = search.results.0;
    if found.is_empty() {
        return Reading::not_found();
    }
    let related = |types: &'static [&'static str]| {
        let of_type = found.iter().filter(|one| types.iter().any(|name| one.r#type.is(name)));
        of_type.filter_map(|one| one.indicator.as_deref())
    };
    let rows: Vec<Value> = found
        .iter()
        .map(|one| {
            json!({
                "indicator": one.indicator.0,
                "type": one.r#type.0,
                "risk": one.risk.0,
                "last_seen": one.stamp_seen.0,
            })
        })
        .collect();
    Reading::facts()
        .says("results", rows)
        .relates_to(KindHint::Address, related(&["ip", "ipv6"]))
        .relates_to(KindHint::Exactly(ObservableKind::Domain), related(&["domain"]))
        .relates_to(KindHint::Exactly(ObservableKind::Url), related(&["url"]))
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4},
        Outcome, Verdict,
    };

    use super::*;
    use crate::testing::{Example, example, http};

    const NAME: &str = "example.com";
    const HIGH: &str = r#"{"iid": 7, "indicator": "example.com", "risk": "high", "stamp_added": "2025-09-27 18:11:58",
        "stamp_seen": "2026-01-02 14:47:36", "retired": "", "riskfactors": [{"description": "found in threat feeds"}],
        "threats": [{"name": "ExampleBot", "category": "malware"}], "feeds": [{"name": "A list"}],
        "comments": [{"comment": ""}], "attributes": {"port": ["53", "80"]},
        "properties": {"dns": {"A": "192.0.2.1", "NS": ["ns1.example.net", "ns2.example.net"]}, "geo": []}}"#;
    const NO_RISK: &str = r#"{"iid": 8, "risk": "none", "riskfactors": [], "properties": null}"#;
    const LOW: &str = r#"{"iid": 9, "risk": "low"}"#;
    const UNKNOWN: &str = r#"{"error": "Indicator not found."}"#;
    const LIMITED: &str = r#"{"error": "You have exceeded your API request limit. Please wait a few seconds."}"#;
    const REFUSED: &str = r#"{"error": "Invalid API key."}"#;
    const FOUND: &str = r#"{"results": [{"indicator": "192.0.2.9", "type": "ip", "risk": "medium"}]}"#;
    const QUEUED: &str = r#"{"success": "Added request to queue.", "qid": 42}"#;
    const PROCESSING: &str = r#"{"error": "Request(s) still processing.", "status": "processing", "qid": "42"}"#;
    const DONE: &str = r#"{"success": "Request processed.", "status": "done", "qid": "42", "data": {"risk": "medium"}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("high", Domain, NAME, &[(200, HIGH)]).means(Outcome::Hit, Verdict::Malicious),
        example("no risk", Domain, NAME, &[(200, NO_RISK)]).means(Outcome::Hit, Verdict::Unknown),
        example("low", Ipv4, "203.0.113.7", &[(200, LOW)]).means(Outcome::Clean, Verdict::Benign),
        example("unknown", Domain, NAME, &[(404, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Domain, NAME, &[(429, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Domain, NAME, &[(200, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("without a risk", Domain, NAME, &[(200, r#"{"iid": 1}"#)]),
        example("search", Domain, NAME, &[(200, FOUND)]).asked("explore").means(Outcome::Hit, Verdict::Unknown),
        example("empty search", Domain, NAME, &[(200, r#"{"results": []}"#)])
            .asked("explore")
            .means(Outcome::NotFound, Verdict::Unknown),
        example("analysis", Domain, NAME, &[(200, QUEUED), (200, PROCESSING), (200, DONE)])
            .asked("analyse")
            .means(Outcome::Hit, Verdict::Suspicious),
        example("unfinished analysis", Domain, NAME, &[(200, QUEUED), (200, PROCESSING)])
            .asked("analyse")
            .means(Outcome::Timeout, Verdict::Unknown),
        example("submission alone", Domain, NAME, &[(200, QUEUED)])
            .asked("analyse")
            .means(Outcome::Timeout, Verdict::Unknown),
    ];

    #[test]
    fn an_analysis_is_asked_for_until_it_is_done() {
        let observable = EXAMPLES[0].observable();
        let question = Question { query_type: Some("analyse"), ..Question::usual(&observable) };
        let next = |bodies: &[&str]| {
            Pulsedive.follow_up(&question, &bodies.iter().map(|body| http(200, body)).collect::<Vec<_>>())
        };
        for bodies in [&[QUEUED][..], &[QUEUED, PROCESSING]] {
            let Some(Request::Http(request)) = next(bodies) else { panic!("it gives up") };
            assert_eq!((request.path.as_str(), &request.query[0]), ("/analyze.php", &("qid", "42".to_owned())));
            assert_eq!(request.after, POLL_EVERY);
        }
        assert_eq!(next(&[QUEUED, PROCESSING, DONE]), None);
        assert_eq!(next(&[REFUSED]), None);
    }

    #[test]
    fn the_usual_question_has_no_follow_up() {
        let observable = EXAMPLES[0].observable();
        assert_eq!(Pulsedive.follow_up(&Question::usual(&observable), &[http(200, QUEUED)]), None);
    }

    #[test]
    fn records_may_be_one_or_many() {
        let related = EXAMPLES[0].read(&Pulsedive).unwrap().related;
        let related: Vec<_> = related.iter().map(model::Observable::canonical).collect();
        assert_eq!(related, ["192.0.2.1", "ns1.example.net", "ns2.example.net"]);
    }
}
