//! The parameters of a template: their types, and how a value that a caller gives becomes one.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use model::{NotATime, When};
use serde_json::Value as Json;

/// What a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParameterType {
    /// `str`, and every type that is not known: text.
    Text,
    /// `int`: a whole number.
    Integer,
    /// `float` or `real`: a number.
    Real,
    /// `bool`: true or false.
    Boolean,
    /// `datetime`: a point in time.
    Instant,
    /// `list`: texts and numbers.
    List,
    /// `timespan`: such as `1h` or `90s`.
    Timespan,
    /// `identifier`: the name of a table or column, with dots.
    Identifier,
}

impl ParameterType {
    /// The type of that name.
    pub(super) fn named(name: &str) -> Self {
        match name {
            "int" | "integer" | "long" => Self::Integer,
            "float" | "real" | "double" | "decimal" => Self::Real,
            "bool" | "boolean" => Self::Boolean,
            "datetime" => Self::Instant,
            "list" => Self::List,
            "timespan" => Self::Timespan,
            "identifier" => Self::Identifier,
            _ => Self::Text,
        }
    }

    /// What a caller can give.
    pub(super) fn expects(&self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Integer => "a whole number",
            Self::Real => "a number",
            Self::Boolean => "true or false",
            Self::Instant => "a time: RFC 3339, a number of days from now, or relative text such as -6h",
            Self::List => "a list of texts and numbers",
            Self::Timespan => "a length of time such as 1h, 30m or 90s",
            Self::Identifier => "a name of letters, digits, underscores and dots",
        }
    }
}

/// A parameter of a template.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Arc<str>,
    /// What it takes.
    pub kind: ParameterType,
    /// The name of its type, as written.
    pub type_name: Arc<str>,
    /// What it is for.
    pub description: Option<Arc<str>>,
    /// What holds when nothing is given; without one it has to be given. Text stays as it was written.
    pub default: Option<Json>,
    /// Other names.
    pub aliases: Vec<Arc<str>>,
    /// The only values that it takes; empty: any.
    pub values: Vec<Arc<str>>,
    /// Whether it is query text: it stands in the open, and takes any text.
    pub is_raw: bool,
}

/// A value that fits its parameter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Argument {
    Text(String),
    /// The template's own text, which was written for its place.
    Verbatim(String),
    /// Of a kind that has no characters that mean something.
    Word(String),
    Instant(DateTime<Utc>),
    List(Vec<Item>),
}

/// An item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Item {
    Text(String),
    Word(String),
}

/// Why a value does not become an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfit {
    Type,
    Value,
    Time(NotATime),
}

impl Parameter {
    /// Reads a value.
    pub(super) fn read(&self, value: &Json, now: DateTime<Utc>) -> Result<Argument, Unfit> {
        if !self.values.is_empty() {
            let text = word(value).ok_or(Unfit::Type)?;
            let is_allowed = self.values.iter().any(|allowed| **allowed == *text);
            return if is_allowed { Ok(Argument::Word(text)) } else { Err(Unfit::Value) };
        }
        match self.kind {
            // A list is never query text, wherever it stands.
            ParameterType::Text if value.is_array() => self.list(value),
            ParameterType::Text => word(value).map(Argument::Text).ok_or(Unfit::Type),
            ParameterType::Integer => checked(value, is_integer),
            ParameterType::Real => checked(value, is_number),
            ParameterType::Boolean => checked(value, |text| matches!(text, "true" | "false")),
            ParameterType::Timespan => checked(value, is_timespan),
            ParameterType::Identifier => checked(value, is_identifier),
            ParameterType::List => self.list(value),
            ParameterType::Instant => {
                let when: When = match value {
                    Json::String(text) => text.parse().map_err(Unfit::Time)?,
                    Json::Number(_) => serde_json::from_value(value.clone()).map_err(|_| Unfit::Type)?,
                    _ => return Err(Unfit::Type),
                };
                when.resolve(now).map(Argument::Instant).map_err(Unfit::Time)
            }
        }
    }

    /// A list, a text that is split at its commas, or a single value.
    fn list(&self, value: &Json) -> Result<Argument, Unfit> {
        let items = match value {
            Json::Array(items) => items.iter().map(item).collect::<Option<Vec<_>>>().ok_or(Unfit::Type)?,
            Json::String(text) if text.contains(',') => {
                text.split(',').map(|part| Item::Text(part.trim().to_owned())).collect()
            }
            value => vec![item(value).ok_or(Unfit::Type)?],
        };
        Ok(Argument::List(items))
    }
}

fn word(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(truth) => Some(truth.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn item(value: &Json) -> Option<Item> {
    match value {
        Json::String(text) => Some(Item::Text(text.clone())),
        value => word(value).map(Item::Word),
    }
}

fn checked(value: &Json, fits: impl Fn(&str) -> bool) -> Result<Argument, Unfit> {
    let text = word(value).ok_or(Unfit::Type)?;
    let text = text.trim();
    if fits(text) { Ok(Argument::Word(text.to_owned())) } else { Err(Unfit::Type) }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let is_hexadecimal = |digits: &str| {
        digits.strip_prefix("0x").is_some_and(|hex| !hex.is_empty() && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())) || is_hexadecimal(digits)
}

/// A number written with digits alone, so that no language reads more into it.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_timespan(text: &str) -> bool {
    let units = ["ms", "d", "h", "m", "s"];
    units
        .iter()
        .any(|unit| text.strip_suffix(unit).is_some_and(|number| is_number(number) && !number.starts_with(['-', '+'])))
}

fn is_identifier(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_no_characters_that_mean_something() {
        for good in ["0", "-5", "0x1f"] {
            assert!(is_integer(good), "{good}");
        }
        for bad in ["", "-", "1.5", "0x", "1 or 1", "٣"] {
            assert!(!is_integer(bad), "{bad}");
        }
        assert!(is_number("1.5") && is_number("-3") && !is_number("1.") && !is_number("1e5") && !is_number("inf"));
        assert!(
            is_timespan("1h") && is_timespan("0.5d") && is_timespan("10ms") && !is_timespan("-1h") && !is_timespan("h")
        );
        assert!(is_identifier("_x.y1") && !is_identifier("1x") && !is_identifier("a b") && !is_identifier("a."));
    }
}
