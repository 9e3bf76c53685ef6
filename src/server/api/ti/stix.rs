//! `stix`: a STIX 2.1 bundle, made of what OpenCTI and Sentinel import.
//!
//! Each observable is a cyber-observable object with the id that the standard gives it, so that the same thing is the same
//! object wherever it is seen. What a provider knows is a note by that provider; what all say together is a note by us. An
//! observable that is malicious or suspicious is an indicator, too, based on it: that is what Sentinel takes. There is no
//! sighting, because nobody says that it was seen, and no `malware-analysis`, whose samples can only be files. The other ids
//! are made of what the object is about, so that a later answer takes the place of an earlier one.

mod observable;

use std::collections::{BTreeSet, HashSet};

use chrono::SecondsFormat;
use model::{Finding, Tlp, Verdict};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::{Uuid, uuid};

use self::observable::{Objects, observe};
use super::found::{Found, in_words, is_known, verdict_in_words};
use crate::lookups::Item;

/// The names of our objects live here.
const OURS: Uuid = uuid!("6f185eeb-9d11-4dc1-ae2f-78e5a22aeb4d");

/// Identities do not change from answer to answer.
const IDENTITIES_CREATED: &str = "2026-01-01T00:00:00.000Z";

/// A STIX 2.1 bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StixBundle)]
pub(super) struct Bundle {
    /// `bundle`.
    #[serde(rename = "type")]
    #[schema(example = "bundle")]
    kind: &'static str,
    /// Its id, new for each answer.
    id: String,
    /// The observables, indicators, notes, identities and the marking.
    #[schema(value_type = Vec<Object>)]
    objects: Vec<Value>,
}

/// What all objects of an answer have in common.
struct Common {
    at: String,
    marking: &'static str,
}

/// The answer in this format.
pub(super) fn bundle(found: &Found) -> Bundle {
    let common = Common { at: found.at.to_rfc3339_opts(SecondsFormat::Millis, true), marking: marking_id(found.tlp) };
    let us = identity("service", "pivotd", "system");
    let us_id = id_of(&us);
    let mut objects = vec![marking(found.tlp), us];
    let known = found.items.iter().flat_map(|item| &item.findings).filter(|finding| is_known(finding));
    let authors: BTreeSet<_> = known.map(|finding| &finding.provider).collect();
    objects.extend(authors.into_iter().map(|id| identity(id, found.title(id), "organization")));

    let mut seen = HashSet::new();
    for item in &found.items {
        let Objects { id, objects: observed, pattern } = observe(&item.observable);
        if !seen.insert(id.clone()) {
            continue;
        }
        for mut object in observed {
            if seen.insert(id_of(&object)) || id_of(&object) == id {
                set(&mut object, "object_marking_refs", json!([common.marking]));
                objects.push(object);
            }
        }
        if item.verdict >= Verdict::Suspicious {
            let indicator = indicator(item, &pattern, &us_id, &common);
            objects.push(based_on(&id_of(&indicator), &id, &us_id, &common));
            objects.push(indicator);
        }
        objects.push(verdict_note(item, &id, &us_id, &common));
        let known = item.findings.iter().filter(|finding| is_known(finding));
        objects.extend(known.map(|finding| provider_note(finding, &id, &common)));
    }
    objects.extend(missing_note(found, &us_id, &common));
    Bundle { kind: "bundle", id: format!("bundle--{}", found.id), objects }
}

fn id_of(object: &Value) -> String {
    object.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// An id made of what the object is about.
fn our_id(kind: &str, about: &[&str]) -> String {
    format!("{kind}--{}", Uuid::new_v5(&OURS, about.join("\u{1f}").as_bytes()))
}

fn identity_id(name: &str) -> String {
    our_id("identity", &[name])
}

fn identity(id: &str, name: &str, class: &str) -> Value {
    json!({
        "type": "identity",
        "spec_version": "2.1",
        "id": identity_id(id),
        "created": IDENTITIES_CREATED,
        "modified": IDENTITIES_CREATED,
        "name": name,
        "identity_class": class,
    })
}

/// An object of a kind that has an author, with the members that all of these have.
fn authored(kind: &str, about: &[&str], author: &str, common: &Common, more: Value) -> Value {
    let mut object = json!({
        "type": kind,
        "spec_version": "2.1",
        "id": our_id(kind, about),
        "created_by_ref": author,
        "created": common.at,
        "modified": common.at,
    });
    if let (Some(object), Value::Object(more)) = (object.as_object_mut(), more) {
        object.extend(more);
    }
    set(&mut object, "object_marking_refs", json!([common.marking]));
    object
}

fn indicator(item: &Item, pattern: &str, author: &str, common: &Common) -> Value {
    let kind = if item.verdict == Verdict::Malicious { "malicious-activity" } else { "anomalous-activity" };
    let mut indicator = authored(
        "indicator",
        &[pattern],
        author,
        common,
        json!({
            "name": item.observable.canonical(),
            "indicator_types": [kind],
            "pattern": pattern,
            "pattern_type": "stix",
            "valid_from": common.at,
            "labels": [item.verdict.as_str()],
        }),
    );
    if let Some(score) = item.score {
        set(&mut indicator, "confidence", score.into());
    }
    indicator
}

fn based_on(indicator: &str, observable: &str, author: &str, common: &Common) -> Value {
    authored(
        "relationship",
        &[indicator, observable],
        author,
        common,
        json!({ "relationship_type": "based-on", "source_ref": indicator, "target_ref": observable }),
    )
}

/// What all say together, and who could not say anything.
fn verdict_note(item: &Item, observable: &str, author: &str, common: &Common) -> Value {
    let said = item.findings.iter().map(|finding| format!("- {}: {}\n", finding.provider, in_words(finding)));
    let summary = verdict_in_words(item.verdict, item.score);
    let content = format!("{summary}\n\n{}", said.collect::<String>());
    note(author, observable, &summary, content.trim_end(), common)
}

/// What one provider says, and its grounds.
fn provider_note(finding: &Finding, observable: &str, common: &Common) -> Value {
    let summary = format!("{}: {}", finding.provider, in_words(finding));
    let grounds = finding.evidence.iter().map(|(name, value)| match value {
        Value::String(text) => format!("- {name}: {text}\n"),
        value => format!("- {name}: {value}\n"),
    });
    let content = format!("{summary}\n\n{}", grounds.collect::<String>());
    let mut note = note(&identity_id(&finding.provider), observable, &summary, content.trim_end(), common);
    if let Some(reference) = &finding.reference {
        set(&mut note, "external_references", json!([{ "source_name": finding.provider, "url": reference }]));
    }
    note
}

/// What is not in the bundle.
fn missing_note(found: &Found, author: &str, common: &Common) -> Option<Value> {
    if found.complete && found.rejected.is_empty() {
        return None;
    }
    let mut content = String::new();
    if !found.complete {
        content.push_str("Not every lookup ended before the deadline.\n");
    }
    for rejected in &found.rejected {
        content.push_str(&format!("- {}: not looked up, {}\n", rejected.value, rejected.reason));
    }
    Some(note(author, author, "What is missing", content.trim_end(), common))
}

fn note(author: &str, about: &str, summary: &str, content: &str, common: &Common) -> Value {
    let members = json!({ "abstract": summary, "content": content, "object_refs": [about] });
    authored("note", &["note", author, about], author, common, members)
}

/// The markings that STIX 2.1 itself defines are known everywhere; AMBER+STRICT is newer than they are and comes from the
/// extension for TLP 2.0.
const fn marking_id(tlp: Tlp) -> &'static str {
    match tlp {
        Tlp::Clear => "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
        Tlp::Green => "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
        Tlp::Amber => "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
        Tlp::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        Tlp::Red => "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
    }
}

fn marking(tlp: Tlp) -> Value {
    let id = marking_id(tlp);
    let old_name = match tlp {
        Tlp::Clear => "white",
        Tlp::Green => "green",
        Tlp::Amber => "amber",
        Tlp::Red => "red",
        Tlp::AmberStrict => {
            return json!({
                "type": "marking-definition",
                "spec_version": "2.1",
                "id": id,
                "created": "2022-10-01T00:00:00.000Z",
                "name": "TLP:AMBER+STRICT",
                "extensions": {
                    "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": {
                        "extension_type": "property-extension",
                        "tlp_2_0": "amber+strict",
                    },
                },
            });
        }
    };
    json!({
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": id,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": format!("TLP:{}", old_name.to_uppercase()),
        "definition": { "tlp": old_name },
    })
}
