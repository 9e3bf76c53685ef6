//! Masks of single values.

use std::{borrow::Cow, net::IpAddr};

use model::Value;
use serde_json::Value as Json;

use super::{Masking, account, address, keyed::Keyed};

/// JSON in JSON is masked so deep.
const MAX_DEPTH: usize = 64;

/// The mask of a cell.
pub(super) fn cell<'v>(keyed: &Keyed, cell: &Value<'v>, masking: &Masking) -> Value<'v> {
    match (cell, masking) {
        (Value::Null, _) | (_, Masking::Null) => Value::Null,
        (Value::Long(number), _) => digits(keyed, &number.to_string()).parse().map_or(Value::Null, Value::Long),
        (Value::Guid(guid), _) => uuid(keyed, &guid.to_string()).into(),
        (Value::Dynamic(json), _) => {
            json_text(keyed, json, masking).map_or(Value::Null, |json| Value::Dynamic(json.into()))
        }
        (cell, masking) => text(keyed, &cell.to_text(), masking).into(),
    }
}

/// The mask of a text.
pub(super) fn text(keyed: &Keyed, text: &str, masking: &Masking) -> String {
    if text.trim().is_empty() {
        return text.to_owned();
    }
    match masking {
        Masking::Null => String::new(),
        Masking::Uuid => uuid(keyed, text),
        Masking::Ip => addresses(keyed, text),
        Masking::Text => letters_or_digits(keyed, text),
        Masking::Sid => account::sid(keyed, text),
        Masking::Account => account::account(keyed, text),
        Masking::Parts(signs) => parts(keyed, text, signs),
        // An object in a text; what is none is a text like others.
        Masking::Dict | Masking::List => {
            json_text(keyed, text, masking).unwrap_or_else(|| letters_or_digits(keyed, text))
        }
    }
}

fn json_text(keyed: &Keyed, json: &str, masking: &Masking) -> Option<String> {
    let parsed: Json = serde_json::from_str(json).ok()?;
    Some(inner(keyed, &parsed, masking, 0).to_string())
}

/// The mask of JSON: names of members stay, values do not.
fn inner(keyed: &Keyed, json: &Json, masking: &Masking, depth: usize) -> Json {
    if depth > MAX_DEPTH {
        return Json::Null;
    }
    let below = |json: &Json| inner(keyed, json, masking, depth + 1);
    match json {
        Json::Null | Json::Bool(_) => json.clone(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), below(value))).collect(),
        Json::Array(items) => items.iter().map(below).collect(),
        Json::Number(number) => {
            let masked = digits(keyed, &number.to_string());
            serde_json::from_str(&masked).unwrap_or(Json::Null)
        }
        Json::String(value) => match masking {
            Masking::Dict | Masking::List => sensibly(keyed, value).into(),
            masking => text(keyed, value, masking).into(),
        },
    }
}

/// A text of which nobody says what it is: by what it looks like.
fn sensibly(keyed: &Keyed, value: &str) -> String {
    if value.trim_start().starts_with(['{', '['])
        && let Some(masked) = json_text(keyed, value, &Masking::Dict)
    {
        return masked;
    }
    if value.parse::<IpAddr>().is_ok() {
        return addresses(keyed, value);
    }
    if is_uuid(value) {
        return uuid(keyed, value);
    }
    letters_or_digits(keyed, value)
}

fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let text = text.trim_start_matches('{').trim_end_matches('}');
    let parts: Vec<_> = text.split('-').collect();
    parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Another GUID, of version 4 by its form; the case of the letters does not matter.
fn uuid(keyed: &Keyed, text: &str) -> String {
    let bytes = keyed.bytes("uuid", text.trim().trim_matches(['{', '}']).to_lowercase().as_bytes());
    let mut hex: String = hex::encode(bytes).chars().take(32).collect();
    hex.replace_range(12..13, "4");
    hex.replace_range(16..17, "a");
    for place in [20, 16, 12, 8] {
        hex.insert(place, '-');
    }
    hex
}

/// One address, or several with what parts them; a port stays.
fn addresses(keyed: &Keyed, text: &str) -> String {
    let mask_one = |text: &str| -> Option<String> {
        let bare = text.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Some(text.replace(bare, &address::mask(keyed, address).to_string()));
        }
        let (host, port) = text.rsplit_once(':').filter(|(_, port)| port.bytes().all(|b| b.is_ascii_digit()))?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let address: IpAddr = bare.parse().ok()?;
        Some(format!("{}:{port}", host.replace(bare, &address::mask(keyed, address).to_string())))
    };
    between(text, ", ;|\t\n", |part| mask_one(part).unwrap_or_else(|| letters_or_digits(keyed, part)))
}

/// The parts between signs, each for itself.
fn parts(keyed: &Keyed, text: &str, signs: &str) -> String {
    between(text, signs, |part| letters_or_digits(keyed, part))
}

fn between(text: &str, signs: &str, mask: impl Fn(&str) -> String) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|sign| signs.contains(sign)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        if !part.is_empty() {
            masked.push_str(&mask(part));
        }
        let sign = after.chars().next().map_or(0, char::len_utf8);
        let (sign, after) = after.split_at(sign);
        masked.push_str(sign);
        rest = after;
    }
    masked
}

fn letters_or_digits(keyed: &Keyed, text: &str) -> String {
    let is_number = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    if is_number && text.bytes().any(|b| b.is_ascii_digit()) { digits(keyed, text) } else { letters(keyed, text) }
}

/// As many lower-case letters as the text has signs.
pub(super) fn letters(keyed: &Keyed, text: &str) -> String {
    let letter = |byte: u8| char::from(b'a' + byte % 26);
    keyed.stream("text", text).map(letter).take(text.chars().count()).collect()
}

/// Other digits, the first of which is none where there was none; signs stay.
fn digits(keyed: &Keyed, text: &str) -> String {
    let mut is_first = true;
    let masked = text.chars().zip(keyed.stream("digits", text)).map(|(sign, byte)| {
        if !sign.is_ascii_digit() {
            return Cow::Owned(sign.to_string());
        }
        let lead = std::mem::take(&mut is_first) && sign != '0';
        let digit = if lead { 1 + byte % 9 } else { byte % 10 };
        Cow::Owned(char::from(b'0' + digit).to_string())
    });
    masked.collect()
}
