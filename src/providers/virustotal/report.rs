//! What the engines say about one object: the answer to the usual question, and each thing that a search finds.

use std::collections::BTreeMap;

use model::{KindHint, Observable, ObservableKind, Verdict};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Misread, Question, Reading,
    lenient::{List, Number, Part, Text, Texts, Time},
};

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Object {
    r#type: Text,
    id: Text,
    attributes: Attributes,
}

impl Object {
    /// The observable that it is about.
    pub(super) fn observable(&self) -> Option<Observable> {
        let (value, hint) = match self.r#type.as_deref()? {
            "file" => (&self.id, KindHint::Hash),
            "ip_address" => (&self.id, KindHint::Address),
            "domain" => (&self.id, KindHint::Exactly(ObservableKind::Domain)),
            "url" => (&self.attributes.url, KindHint::Exactly(ObservableKind::Url)),
            _ => return None,
        };
        Observable::parse(value.as_deref()?, Some(hint)).ok()
    }
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
    url: Text,
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

/// Reads an object: the judgement, the grounds, and what it is related to.
pub(super) fn read(object: Object, question: &Question<'_>) -> Result<Reading, Misread> {
    let found = object.attributes;
    let stats = found.last_analysis_stats.as_ref().ok_or(Misread::Lacking("last_analysis_stats"))?;
    Ok(grounds(stats.judged()?, found, question))
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

