//! What JSON looks like an entity, a reference to one, or a collection of them. Looks and keeps nothing.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{
    EntityKind,
    spelling::{same_word, snake_case},
    text_of,
};

/// Members that describe the record and not the thing.
const FRAME: &[&str] = &["$id", "id", "kind", "type", "@odata.type", "@odata.context"];
/// The same, of records that keep the thing itself in `properties`.
const OUTER_FRAME: &[&str] = &["name", "etag", "systemData"];
/// Members that hold entities of any kind.
const COLLECTIONS: &[&str] = &["entities", "relatedEntities", "value", "items", "evidence"];
/// Members that say what kind of thing it is.
const KIND: &[&str] = &["kind", "type", "@odata.type"];
/// What tables put before the names of members of `properties`.
const FLAT: &str = "properties.";

/// The kind that a record says, and the text with which it says it.
pub(super) fn kind_of(object: &Map<String, Value>) -> (Option<EntityKind>, Option<&str>) {
    let says = KIND.iter().filter_map(|name| member(object, name)?.as_str());
    let mut unknown = None;
    for text in says {
        // `Microsoft.SecurityInsights/Incidents`, `#microsoft.graph.security.ipEvidence`
        let word = text.rsplit(['/', '.']).next().unwrap_or(text);
        let word = word.strip_suffix("Evidence").unwrap_or(word);
        match word.parse().ok().or_else(|| singular(word)) {
            Some(kind) => return (Some(kind), Some(text)),
            None if text.contains('/') => {}
            None => unknown = unknown.or(Some(text)),
        }
    }
    (unknown.map(|_| EntityKind::Unknown), unknown)
}

/// The kind whose plural this is.
fn singular(word: &str) -> Option<EntityKind> {
    let lower = word.to_ascii_lowercase();
    ["s", "es"].iter().find_map(|end| lower.strip_suffix(end)?.parse().ok())
}

/// Whether a record says what it is, so that it is no collection of records.
pub(super) fn says_what_it_is(object: &Map<String, Value>) -> bool {
    reference(object).is_some()
        || object.keys().any(|name| is_flat(name))
        || member(object, "properties").is_some_and(Value::is_object)
        || KIND.iter().chain(&["$id"]).any(|name| member_text(object, name).is_some())
}

/// Whether a value that stands where none is expected is an entity or a reference to one.
pub(super) fn is_entity(value: &Value) -> bool {
    value.as_object().is_some_and(|object| {
        reference(object).is_some() || matches!(kind_of(object), (Some(kind), _) if kind != EntityKind::Unknown)
    })
}

/// The members that hold lists of entities: name, kind, list.
pub(super) fn collections(object: &Map<String, Value>) -> impl Iterator<Item = (&str, EntityKind, &Value)> {
    let is_list = |value: &Value| value.is_array() || value.as_str().is_some_and(|text| nested_json(text).is_some());
    let kind = |name: &str| match COLLECTIONS.iter().any(|collection| same_word(collection, name)) {
        true => Some(EntityKind::Unknown),
        false => singular(name),
    };
    object.iter().filter_map(move |(name, value)| Some((name.as_str(), kind(name).filter(|_| is_list(value))?, value)))
}

/// The members of a record that are attributes of the thing, its own or those in `properties`: in which member they are, if
/// in any, their names and their values.
pub(super) fn attributes(object: &Map<String, Value>) -> impl Iterator<Item = (Option<&str>, &str, &Value)> {
    let inner = object.iter().find_map(|(name, value)| {
        let is_inner = name.eq_ignore_ascii_case("properties");
        value.as_object().filter(|_| is_inner).map(|members| (name.as_str(), members))
    });
    let is_framed = inner.is_some() || object.keys().any(|name| is_flat(name));
    let is_frame = move |name: &str| {
        let is = |frame: &&str| frame.eq_ignore_ascii_case(name);
        FRAME.iter().any(is) || is_framed && OUTER_FRAME.iter().any(is) || inner.is_some_and(|(inner, _)| inner == name)
    };
    let outer =
        object.iter().filter(move |(name, _)| !is_frame(name)).map(|(name, value)| (None, name.as_str(), value));
    let inner = inner
        .into_iter()
        .flat_map(|(inside, members)| members.iter().map(move |(name, value)| (Some(inside), name.as_str(), value)));
    inner.chain(outer)
}

/// The name of an attribute without the `properties.` that tables put before it.
pub(super) fn attribute_name(member: &str) -> &str {
    if is_flat(member) { member.get(FLAT.len()..).unwrap_or(member) } else { member }
}

/// Whether a member is one of `properties`, written in one word as tables have it.
fn is_flat(name: &str) -> bool {
    name.len() > FLAT.len() && name.get(..FLAT.len()).is_some_and(|start| start.eq_ignore_ascii_case(FLAT))
}

/// The id in `{"$ref": …}`.
pub(super) fn reference(object: &Map<String, Value>) -> Option<String> {
    object.get("$ref").and_then(text_of)
}

/// A member by its name in any case.
pub(super) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).or_else(|| Some(object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1))
}

/// The text of a member by its name in any case.
pub(super) fn member_text(object: &Map<String, Value>, name: &str) -> Option<String> {
    text_of(member(object, name)?)
}

/// The array or object that a text holds.
pub(super) fn nested_json(text: &str) -> Option<Value> {
    text.trim_start().starts_with(['[', '{']).then(|| serde_json::from_str(text).ok())?
}

/// The same, or what it holds if it is a text that holds JSON.
pub(super) fn unfolded(value: &Value) -> Cow<'_, Value> {
    value.as_str().and_then(nested_json).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// Whether a value says nothing.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The same with the names of members in snake_case and without blank ones; values stay as they are.
pub(super) fn in_snake_case(value: &Value) -> Value {
    let Value::Object(members) = value else { return value.clone() };
    let is_kept = |(name, value): &(&String, &Value)| !name.starts_with('$') && !is_blank(value);
    members.iter().filter(is_kept).map(|(name, value)| (snake_case(name), value.clone())).collect()
}
