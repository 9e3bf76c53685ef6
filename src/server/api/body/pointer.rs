//! From serde's errors to what is wrong and where, as a JSON pointer (RFC 6901).

use std::fmt::{Display, Write as _};

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use crate::api::problem::Problem;

/// The mistake in a text that is no `T`.
pub(super) fn mistake<T: DeserializeOwned>(text: &str) -> Problem {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(_) => match deserializer.end() {
            Err(error) => Problem::invalid_at("", format!("no valid JSON: {error}")),
            Ok(()) => Problem::invalid_at("", "not understood"),
        },
        Err(error) if error.inner().is_data() => {
            let text = error.inner().to_string();
            // The place in the text says less than the pointer.
            let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
            mistake_at(error.path(), text)
        }
        Err(error) => Problem::invalid_at("", format!("no valid JSON: {}", error.inner())),
    }
}

/// A mistake that serde found below a path.
pub(crate) fn mistake_at(path: &Path, text: impl Display) -> Problem {
    let text = without_type(text.to_string());
    let mut pointer = pointer(path);
    if let Some(field) = missing_field(&text) {
        push(&mut pointer, field);
    }
    Problem::invalid_at(pointer, text)
}

/// Callers know objects, and not what they are called in here.
fn without_type(text: String) -> String {
    let Some((before, after)) = text.split_once("expected struct ") else { return text };
    let after = after.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_');
    format!("{before}expected an object{after}")
}

/// A field that is missing is no part of the path, so it is taken from serde's words.
fn missing_field(text: &str) -> Option<&str> {
    text.strip_prefix("missing field `")?.strip_suffix('`')
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, index),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { variant } => push(&mut pointer, variant),
            Segment::Unknown => break,
        }
    }
    pointer
}

fn push(pointer: &mut String, part: impl Display) {
    let part = part.to_string().replace('~', "~0").replace('/', "~1");
    // Writing to a string cannot fail.
    let _ = write!(pointer, "/{part}");
}
