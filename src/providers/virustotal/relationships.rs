//! What is related to an object, page by page. <https://docs.virustotal.com/reference/files-relationships-ids>
//!
//! Files, names, addresses and URLs are told by their ids, which makes pages small; resolutions, registrations, certificates
//! and rule matches are told whole.

use std::collections::BTreeMap;

use model::{KindHint, ObservableKind};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{place, questions};
use crate::{
    Answer, HttpAnswer, HttpRequest, Misread, Question, Reading,
    lenient::{List, Number, Part, Text, Texts, Time},
};

/// Items of one page: the most that VirusTotal gives.
const PAGE: &str = "40";

/// Pages that are asked for: each costs the key's budget, and more than this many things are counted, not listed.
const MOST_PAGES: usize = 3;

#[derive(Deserialize)]
struct Page {
    data: Objects,
    #[serde(default)]
    meta: Part<Meta>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    count: Number,
    cursor: Text,
}

/// Many, one, or none: `null` stands for a relationship to one that is not there.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct Objects(Vec<Related>);

impl TryFrom<Value> for Objects {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::Null => Ok(Self(Vec::new())),
            Value::Object(_) => Ok(Self(vec![Part::from(value).0])),
            Value::Array(_) => Ok(Self(List::from(value).0)),
            _ => Err("neither objects nor null"),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Related {
    r#type: Text,
    id: Text,
    attributes: Part<Attributes>,
    context_attributes: Part<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    url: Text,
    // resolutions
    date: Time,
    host_name: Text,
    ip_address: Text,
    resolver: Text,
    // registrations
    first_seen_date: Time,
    last_updated: Time,
    registrar_name: Text,
    registrant_country: Text,
    // certificates
    subject: Part<Name>,
    issuer: Part<Name>,
    validity: Part<Validity>,
    serial_number: Text,
    thumbprint: Text,
    extensions: Part<Extensions>,
    // matches of Sigma rules
    rule_matches: List<RuleMatch>,
    severity_stats: Part<BTreeMap<String, Number>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Name {
    #[serde(rename = "CN")]
    common_name: Text,
    #[serde(rename = "O")]
    organization: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Validity {
    not_before: Time,
    not_after: Time,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    subject_alternative_name: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RuleMatch {
    rule_title: Text,
    rule_level: Text,
}

/// The request for the first page, or for the one behind a cursor.
pub(super) fn ask(question: &Question<'_>, relationship: &str, cursor: Option<String>) -> HttpRequest {
    let (collection, _, id) = place(question);
    let request = HttpRequest::get(collection).segment(&id);
    let request = if questions::is_told_whole(relationship) { request } else { request.then("/relationships") };
    let request = request.segment(relationship);
    let request = if questions::is_to_one(relationship) { request } else { request.query("limit", PAGE) };
    match cursor {
        Some(cursor) => request.query("cursor", cursor),
        None => request,
    }
}

/// The request for the next page, if there is one and it is wanted.
pub(super) fn follow_up(question: &Question<'_>, relationship: &str, answers: &[Answer]) -> Option<HttpRequest> {
    let last = answers.last().filter(|_| answers.len() < MOST_PAGES)?.http().ok()?;
    let page: Page = last.json().ok().filter(|_| last.usual_meaning().is_none())?;
    Some(ask(question, relationship, Some(page.meta.0.cursor.0?)))
}

/// Reads the pages. The first one must be readable; what comes after it is a bonus.
pub(super) fn read(question: &Question<'_>, relationship: &str, answers: &[Answer]) -> Result<Reading, Misread> {
    let Page { data: Objects(mut related), meta: Part(mut meta) } = crate::first(answers)?.http()?.json()?;
    let total = meta.count.0;
    for answer in answers.iter().skip(1) {
        let Ok(Page { data, meta: Part(next) }) = answer.http().and_then(HttpAnswer::json) else { break };
        related.extend(data.0);
        meta = next;
    }
    if related.is_empty() {
        return Ok(Reading::not_found().because("nothing is known in this relationship"));
    }
    let has_more = meta.cursor.0.is_some();
    let count = total.map_or_else(|| related.len().into(), |total| Value::from(Number(Some(total))));
    let records: Vec<Value> = related.iter().filter_map(record).collect();
    let reading = Reading::facts()
        .says("relationship", relationship)
        .says("count", count)
        .says("returned", related.len())
        .says("has_more", has_more)
        .says("records", records);
    Ok(related.iter().fold(reading, |reading, object| relate(reading, object, question)))
}

/// What an object that is told whole says.
fn record(object: &Related) -> Option<Value> {
    let said = &object.attributes.0;
    let record = match object.r#type.as_deref()? {
        "resolution" => json!({
            "host_name": said.host_name.0,
            "ip_address": said.ip_address.0,
            "date": said.date.0,
            "resolver": said.resolver.0,
        }),
        "whois" => json!({
            "first_seen": said.first_seen_date.0,
            "updated_at": said.last_updated.0,
            "registrar": said.registrar_name.0,
            "registrant_country": said.registrant_country.0,
        }),
        "ssl_cert" => json!({
            "subject": said.subject.0.common_name.0,
            "issuer": said.issuer.0.common_name.0.as_ref().or(said.issuer.0.organization.0.as_ref()),
            "not_before": said.validity.0.not_before.0,
            "not_after": said.validity.0.not_after.0,
            "serial_number": said.serial_number.0,
            "thumbprint": said.thumbprint.0.as_ref().or(object.id.0.as_ref()),
        }),
        "sigma_analysis" => json!({
            "severities": said.severity_stats.0.iter().map(|(name, count)| (name.clone(), Value::from(*count))).collect::<Map<_, _>>(),
            "rules": said.rule_matches.0.iter().map(|rule| json!({"title": rule.rule_title.0, "level": rule.rule_level.0})).collect::<Vec<_>>(),
        }),
        _ => return None,
    };
    Some(without_nulls(record))
}

fn without_nulls(record: Value) -> Value {
    match record {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn relate(reading: Reading, object: &Related, question: &Question<'_>) -> Reading {
    const NAME: KindHint = KindHint::Exactly(ObservableKind::Domain);
    let said = &object.attributes.0;
    let id = || question.others(object.id.as_deref());
    match object.r#type.as_deref() {
        Some("file") => reading.relates_to(KindHint::Hash, id()),
        Some("domain") => reading.relates_to(NAME, id()),
        Some("ip_address") => reading.relates_to(KindHint::Address, id()),
        Some("url") => {
            let url = object.context_attributes.0.url.as_deref().or(said.url.as_deref());
            reading.relates_to(KindHint::Exactly(ObservableKind::Url), question.others(url))
        }
        Some("resolution") => reading
            .relates_to(KindHint::Address, question.others(said.ip_address.as_deref()))
            .relates_to(NAME, question.others(said.host_name.as_deref())),
        Some("ssl_cert") => {
            let names = said.extensions.0.subject_alternative_name.0.iter().map(String::as_str);
            let names = said.subject.0.common_name.as_deref().into_iter().chain(names);
            reading.relates_to(NAME, question.others(names.filter(|name| !name.starts_with('*'))))
        }
        _ => reading,
    }
}
