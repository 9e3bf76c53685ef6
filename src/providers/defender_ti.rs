//! Microsoft Defender Threat Intelligence, in Microsoft Graph: reputation, and what has been seen around a host.
//! <https://learn.microsoft.com/graph/api/resources/security-threatintelligence-overview>
//!
//! The successor of PassiveTotal, asked under the same query types. It is asked with a token of Entra, for which the
//! application needs `ThreatIntelligence.Read.All`.

mod datasets;

use std::time::Duration;

use model::Verdict;
use serde::Deserialize;
use serde_json::Value;

use self::datasets::Dataset;
use crate::{
    Answer, Audience, Auth, Facts, HttpAnswer, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{List, Number, Part, Text, Time},
};

static FACTS: Facts = Facts {
    id: "defender_ti",
    title: "Microsoft Defender Threat Intelligence",
    kinds: datasets::HOST,
    query_types: datasets::QUERY_TYPES,
    base_url: "https://graph.microsoft.com/v1.0",
    auth: Auth::Entra(Audience::Graph),
    fresh: Duration::from_hours(12),
    licence_note: Some("the tenant needs a licence for the Microsoft threat intelligence APIs"),
    ..Facts::DEFAULT
};

/// Where hosts are.
const HOSTS: &str = "/security/threatIntelligence/hosts";

/// Where articles are.
const ARTICLES: &str = "/security/threatIntelligence/articles";

/// Pages that are asked for.
const MOST_PAGES: usize = 3;

pub(crate) struct DefenderTi;

#[derive(Deserialize)]
struct Page {
    value: List<Value>,
    #[serde(default, rename = "@odata.nextLink")]
    next_link: Text,
    #[serde(default, rename = "@odata.count")]
    count: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Reputation {
    score: Number,
    classification: Text,
    rules: List<Rule>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rule {
    name: Text,
    description: Text,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct WhoisRecord {
    registration_date_time: Time,
    last_update_date_time: Time,
    expiration_date_time: Time,
    domain_status: Text,
    whois_server: Text,
    registrar: Part<Contact>,
    registrant: Part<Contact>,
    abuse: Part<Contact>,
    nameservers: List<NameServer>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Contact {
    organization: Text,
    name: Text,
    email: Text,
    address: Part<Address>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Address {
    country_or_region: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NameServer {
    host: Part<Host>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host {
    id: Text,
}

impl Provider for DefenderTi {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        match question.query_type {
            // A term in quotes is one term, whatever stands in it.
            Some("articles") => {
                let term: String = question.value().chars().filter(|character| !matches!(character, '"' | '\\')).collect();
                HttpRequest::get(ARTICLES).query("$search", format!("\"{term}\"")).into()
            }
            Some("whois") => HttpRequest::get(HOSTS).segment(question.value()).then("/whois").into(),
            name => match name.and_then(datasets::named) {
                Some(dataset) => HttpRequest::get(HOSTS).segment(question.value()).then(dataset.path).into(),
                None => HttpRequest::get(HOSTS).segment(question.value()).then("/reputation").into(),
            },
        }
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        question.query_type.and_then(datasets::named)?;
        let last = answers.last().filter(|_| answers.len() < MOST_PAGES)?.http().ok()?;
        let page: Page = last.json().ok().filter(|_| last.usual_meaning().is_none())?;
        // Elsewhere it is asked without the token, and refused.
        let next = page.next_link.0.filter(|link| link.starts_with("https://") || link.starts_with("http://"))?;
        Some(HttpRequest::get(&next).into())
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let reading = match question.query_type {
            Some("whois") => whois(answer.json()?),
            name => match name.and_then(datasets::named) {
                Some(dataset) => records(dataset, question, answer, answers)?,
                None => reputation(answer.json()?)?,
            },
        };
        Ok(reading.page("https://ti.defender.microsoft.com/search", question.value()))
    }

    fn can_do_without(&self, answers: &[Answer]) -> bool {
        // The pages so far stand for themselves.
        !answers.is_empty()
    }
}

fn reputation(found: Reputation) -> Result<Reading, Misread> {
    let verdict = match found.classification.as_deref().ok_or(Misread::Lacking("classification"))? {
        "malicious" => Verdict::Malicious,
        "suspicious" => Verdict::Suspicious,
        "neutral" => Verdict::Benign,
        _ => Verdict::Unknown,
    };
    let rules = &found.rules.0;
    let reading = Reading::judged(verdict)
        .says("classification", found.classification)
        .lists("rules", rules.iter().filter_map(|rule| rule.name.as_deref()))
        .lists("descriptions", rules.iter().filter_map(|rule| rule.description.as_deref()));
    Ok(if let Some(score) = found.score.0 { reading.score(score) } else { reading })
}

/// The records of all pages. The first one must be readable; what comes after it is a bonus.
fn records(
    dataset: &Dataset,
    question: &Question<'_>,
    first: &HttpAnswer,
    answers: &[Answer],
) -> Result<Reading, Misread> {
    let Page { value: List(mut rows), count, mut next_link } = first.json()?;
    for answer in answers.iter().skip(1) {
        let Ok(page) = answer.http().and_then(HttpAnswer::json::<Page>) else { break };
        rows.extend(page.value.0);
        next_link = page.next_link;
    }
    let reading = dataset.records.read(&rows, count, question);
    Ok(if rows.is_empty() { reading } else { reading.says("has_more", next_link.0.is_some()) })
}

fn whois(record: WhoisRecord) -> Reading {
    let (registrar, registrant) = (record.registrar.0, record.registrant.0);
    let statuses: Vec<&str> = record.domain_status.as_deref().unwrap_or_default().split(',').collect();
    let reading = Reading::facts()
        .says("registrar", registrar.organization.0.or(registrar.name.0))
        .says("registrant", registrant.organization.0.or(registrant.name.0))
        .says("registrant_country", registrant.address.0.country_or_region)
        .says("created_at", record.registration_date_time)
        .says("updated_at", record.last_update_date_time)
        .says("expires_at", record.expiration_date_time)
        .says("whois_server", record.whois_server)
        .lists("status", statuses)
        .says("abuse_email", record.abuse.0.email)
        .lists("name_servers", record.nameservers.0.iter().filter_map(|server| server.host.0.id.as_deref()));
    if reading.evidence.is_empty() { Reading::not_found() } else { reading }
}

#[cfg(test)]
pub(crate) mod tests;
