//! The text of a template, ready to be filled: pieces of text, and gaps with their places.

use std::collections::BTreeSet;

use chrono::format::{Item, StrftimeItems};

use super::{
    document::Document,
    parameter::{Parameter, ParameterType},
    text::{Malformed, Piece, split},
};
use crate::{
    Dialect,
    dialect::{Place, Scanner, Spot},
};

/// A text with gaps, or a JSON document with parameters for strings.
#[derive(Debug)]
pub(super) enum Body {
    Text(Vec<Part>),
    Document(Document),
}

/// A part of a text.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Gap(Gap),
}

/// A gap.
#[derive(Debug)]
pub(super) struct Gap {
    pub(super) parameter: usize,
    pub(super) place: Place,
    /// How a time is written, if not in the way of the language.
    pub(super) format: Option<String>,
}

/// What is wrong with a body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyMistake {
    /// The text is not a format string.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A name that no parameter has.
    #[error("the query uses a parameter {0} that is not declared")]
    Undeclared(String),
    /// The format of a parameter.
    #[error("the format of parameter {0} is not supported; allowed are text around {{}}, and times like {{:%Y-%m-%d}}")]
    Format(String),
    /// The text of a document is not JSON.
    #[error("the query is not JSON: line {0}")]
    NotJson(usize),
}

/// Undeclared parameters that are told of one query.
const MOST_UNDECLARED: usize = 20;

/// The longest format of a parameter.
const LONGEST_FORMAT: usize = 200;

/// Makes a body of a text. `formats` are the parameters' own, in their order.
pub(super) fn compile(
    dialect: Dialect,
    text: &str,
    parameters: &[Parameter],
    formats: &[Option<String>],
) -> Result<Body, Vec<BodyMistake>> {
    if dialect.is_document() {
        return Document::read(dialect, text, parameters).map(Body::Document);
    }
    let mut mistakes = Vec::new();
    let pieces = split(text).map_err(|malformed| vec![malformed.into()])?;
    let mut raw_parts: Vec<RawPart> = Vec::new();
    let mut undeclared = BTreeSet::new();
    for piece in pieces {
        match piece {
            Piece::Text(text) => raw_parts.push(RawPart::Text(text)),
            Piece::Gap(name) => {
                let Some(position) = parameters.iter().position(|parameter| *parameter.name == *name) else {
                    undeclared.insert(name);
                    continue;
                };
                let format = formats.get(position).and_then(Option::as_deref);
                match spell_out(position, parameters.get(position), format) {
                    Some(parts) => raw_parts.extend(parts),
                    None => mistakes.push(BodyMistake::Format(name)),
                }
            }
        }
    }
    mistakes.extend(undeclared.into_iter().take(MOST_UNDECLARED).map(BodyMistake::Undeclared));
    if mistakes.is_empty() { Ok(Body::Text(locate(dialect, text, raw_parts))) } else { Err(mistakes) }
}

enum RawPart {
    Text(String),
    Gap { parameter: usize, format: Option<String> },
}

/// A gap with the text that the format of its parameter puts around it: so a quote in the format counts like any other.
fn spell_out(position: usize, parameter: Option<&Parameter>, format: Option<&str>) -> Option<Vec<RawPart>> {
    let Some(format) = format else {
        return Some(vec![RawPart::Gap { parameter: position, format: None }]);
    };
    let kind = &parameter?.kind;
    let (before, rest) = format.split_once('{').filter(|_| format.len() <= LONGEST_FORMAT)?;
    let (inside, after) = rest.split_once('}')?;
    if before.contains('}') || after.contains(['{', '}']) {
        return None;
    }
    let spec = inside.strip_prefix('0').unwrap_or(inside);
    let format = match (spec.strip_prefix(':'), kind) {
        (None, ParameterType::Instant) if spec.is_empty() => Some("%Y-%m-%d %H:%M:%S+00:00".to_owned()),
        (None, _) if spec.is_empty() => None,
        // Python's %f are microseconds.
        (Some(spec), ParameterType::Instant) => Some(spec.replace("%f", "%6f")),
        _ => return None,
    };
    if format.as_deref().is_some_and(|format| StrftimeItems::new(format).any(|item| item == Item::Error)) {
        return None;
    }
    // Python shows a list with its brackets.
    let (open, close) = if *kind == ParameterType::List { ("[", "]") } else { ("", "") };
    Some(vec![
        RawPart::Text(format!("{before}{open}")),
        RawPart::Gap { parameter: position, format },
        RawPart::Text(format!("{close}{after}")),
    ])
}

/// Works out the places of the gaps.
fn locate(dialect: Dialect, text: &str, raw_parts: Vec<RawPart>) -> Vec<Part> {
    // Seen as a whole without doubled braces: only its beginning and its signs matter.
    let whole = text.replace("{{", "{").replace("}}", "}");
    let mut scanner = Scanner::new(dialect, &whole);
    let mut parts: Vec<Part> = Vec::with_capacity(raw_parts.len());
    let mut raw_parts = raw_parts.into_iter().peekable();
    while let Some(part) = raw_parts.next() {
        match part {
            RawPart::Text(text) => {
                scanner.read(&text);
                match parts.last_mut() {
                    Some(Part::Text(before)) => before.push_str(&text),
                    _ => parts.push(Part::Text(text)),
                }
            }
            RawPart::Gap { parameter, format } => {
                let next = match raw_parts.peek() {
                    Some(RawPart::Text(text)) => text.as_str(),
                    Some(RawPart::Gap { .. }) => "{",
                    None => "",
                };
                parts.push(Part::Gap(Gap { parameter, place: scanner.place(next), format }));
            }
        }
    }
    if scanner.is_unfinished() {
        // A quote that means nothing was taken for one that does, or the other way round.
        for part in &mut parts {
            if let Part::Gap(gap) = part {
                gap.place.spot = Spot::Open;
            }
        }
    }
    parts
}

impl Body {
    /// Whether the parameter at that position is used.
    pub(super) fn uses(&self, position: usize) -> bool {
        match self {
            Self::Text(parts) => parts.iter().any(|part| matches!(part, Part::Gap(gap) if gap.parameter == position)),
            Self::Document(document) => document.uses(position),
        }
    }

    /// Whether the parameter at that position stands somewhere in the open.
    pub(super) fn is_open(&self, position: usize) -> bool {
        match self {
            Self::Text(parts) => parts
                .iter()
                .any(|part| matches!(part, Part::Gap(gap) if gap.parameter == position && gap.place.is_open())),
            Self::Document(document) => document.is_open(position),
        }
    }
}
