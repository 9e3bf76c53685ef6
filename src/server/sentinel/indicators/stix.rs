//! Indicators as STIX objects for Sentinel's upload, which takes many at once.
//!
//! <https://learn.microsoft.com/azure/sentinel/stix-objects-api>

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::IndicatorInput;
use crate::sentinel::input::{Mistake, members, when, written};

/// Objects in one request.
pub const AT_ONCE: usize = 100;

/// The kinds of objects that Sentinel takes.
const TYPES: &[&str] = &["indicator", "attack-pattern", "threat-actor", "identity", "relationship"];

/// The same pattern of the same source is always the same object, so that uploading it again does not double it.
const NAMESPACE: Uuid = Uuid::from_u128(0x9d1f_1c2e_6a4b_4f0e_8a57_0c8a_5d3e_7b61);

/// An object that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = RejectedStixObject)]
pub struct Rejected {
    /// Which of the objects, counted from 0.
    pub index: usize,
    /// Why.
    pub reasons: Vec<String>,
}

/// An indicator as an object of STIX 2.1.
pub fn object(new: IndicatorInput, source: &str, now: DateTime<Utc>) -> Result<Json, Mistake> {
    new.check()?;
    let pattern = new.pattern()?;
    let id = Uuid::new_v5(&NAMESPACE, format!("{source}\u{1f}{}", pattern.text).as_bytes());
    let phases = |names: Vec<String>| -> Json {
        let phase = |name: String| json!({ "kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": name.to_lowercase().replace(' ', "-") });
        names.into_iter().map(phase).collect()
    };
    let references = |urls: Vec<String>| -> Json {
        urls.into_iter().map(|url| json!({ "source_name": source, "url": url })).collect()
    };
    Ok(Json::Object(members([
        ("type", Some("indicator".into())),
        ("spec_version", Some("2.1".into())),
        ("id", Some(format!("indicator--{id}").into())),
        ("created", Some(written(now))),
        ("modified", Some(written(now))),
        ("name", new.name.map(Json::String)),
        ("description", new.description.map(Json::String)),
        ("indicator_types", new.threat_types.map(Json::from)),
        ("pattern", Some(pattern.text.into())),
        ("pattern_type", Some("stix".into())),
        ("pattern_version", Some("2.1".into())),
        ("valid_from", Some(when("/valid_from", new.valid_from, now)?.unwrap_or_else(|| written(now)))),
        ("valid_until", when("/valid_until", new.valid_until, now)?),
        ("confidence", new.confidence.map(Json::from)),
        ("labels", new.tags.map(Json::from)),
        ("kill_chain_phases", new.kill_chain_phases.map(phases)),
        ("external_references", new.external_references.map(references)),
        ("revoked", new.revoked.map(Json::Bool)),
    ])))
}

/// What is missing from an object of a caller so that Sentinel could take it.
pub fn faults(object: &Map<String, Json>) -> Vec<String> {
    let text = |key: &str| object.get(key).and_then(Json::as_str).unwrap_or_default();
    let kind = text("type");
    if !TYPES.contains(&kind) {
        return vec![format!("type: one of {} is needed", TYPES.join(", "))];
    }
    let mut needed = vec!["id", "created", "modified"];
    needed.extend(match kind {
        "indicator" => &["pattern", "pattern_type", "valid_from"][..],
        "relationship" => &["relationship_type", "source_ref", "target_ref"],
        _ => &["name"],
    });
    let mut faults: Vec<String> =
        needed.into_iter().filter(|key| text(key).is_empty()).map(|key| format!("{key}: missing")).collect();
    if !text("id").is_empty() && !text("id").starts_with(&format!("{kind}--")) {
        faults.push(format!("id: must begin with {kind}--"));
    }
    faults
}

/// One request.
pub fn body(source: &str, objects: &[Json]) -> Json {
    json!({ "sourcesystem": source, "stixobjects": objects })
}

/// What Sentinel did not take of a request whose objects stand at these places.
pub fn rejected(answer: &Json, places: &[usize]) -> Vec<Rejected> {
    let errors = answer.get("errors").and_then(Json::as_array);
    let rejected = |error: &Json| {
        let index = usize::try_from(error.get("recordIndex")?.as_u64()?).ok()?;
        let reasons = error.get("errorMessages").and_then(Json::as_array).into_iter().flatten();
        let reasons = reasons.filter_map(|reason| reason.as_str().map(str::to_owned)).collect();
        Some(Rejected { index: *places.get(index)?, reasons })
    };
    errors.into_iter().flatten().filter_map(rejected).collect()
}
