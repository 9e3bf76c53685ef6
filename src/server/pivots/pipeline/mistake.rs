//! What is wrong with a pipeline, and where: found before its first step runs.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

/// How alike a name must be to be suggested.
const ALIKE: f64 = 0.75;

/// Something wrong with a pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, as a JSON pointer into the document: `/steps/2/function`.
    pub pointer: String,
    /// What.
    pub what: String,
}

impl Mistake {
    pub(super) fn new(pointer: impl Into<String>, what: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), what: what.into() }
    }

    /// The same, seen from further up.
    pub(super) fn below(self, parent: &str) -> Self {
        Self { pointer: format!("{parent}{}", self.pointer), ..self }
    }
}

/// Reads a value of a document.
pub(super) fn read<T: DeserializeOwned>(value: Value) -> Result<T, Mistake> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let what = error.inner().to_string();
        let mut pointer = pointer(error.path());
        // A field that is missing is no part of the path.
        if let Some(field) = what.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            push(&mut pointer, field);
        }
        Mistake { pointer, what }
    })
}

fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { .. } => {}
            Segment::Unknown => break,
        }
    }
    pointer
}

/// Adds a part to a pointer.
pub(super) fn push(pointer: &mut String, part: &str) {
    // Writing to a string cannot fail.
    let _ = write!(pointer, "/{}", part.replace('~', "~0").replace('/', "~1"));
}

/// That there is no such name, which comes closest, and which there are if they are few.
pub(super) fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    let likeness = |known: &&str| strsim::jaro_winkler(&name.to_lowercase(), &known.to_lowercase());
    let closest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    let near = closest.filter(|known| likeness(known) >= ALIKE).map(|known| format!("; near to it is {known}"));
    if known.is_empty() {
        return format!("no such {what}; there are none");
    }
    format!("no such {what}{}; there are {}", near.unwrap_or_default(), known.join(", "))
}
