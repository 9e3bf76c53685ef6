//! Looks for the fields of an incident or an alert under the several names that they have.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{reader::Place, shape::nested_json, spelling::same_word, text_of};
use crate::table::read_datetime;

/// The fields of a record: its own members, those in `properties`, and those called `properties.…`.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    record: &'a Value,
    place: Place,
}

impl<'a> Fields<'a> {
    pub(super) fn new(record: &'a Value, place: Place) -> Self {
        Self { record, place }
    }

    /// The first of these fields that is there and not null, and where it stands. A dot leads into a field.
    pub(super) fn find(&self, names: &[&str]) -> Option<(&'a Value, Place)> {
        names.iter().find_map(|name| {
            dig(self.record, &format!("properties.{name}"), &self.place).or_else(|| dig(self.record, name, &self.place))
        })
    }

    pub(super) fn text(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| text_of(self.find(&[name])?.0))
    }

    /// The texts of a list, of a list as JSON text, or of a text with commas.
    pub(super) fn texts(&self, names: &[&str]) -> Vec<String> {
        let Some((value, _)) = self.find(names) else { return Vec::new() };
        let nested = value.as_str().and_then(nested_json);
        match nested.as_ref().unwrap_or(value) {
            Value::Array(values) => values.iter().filter_map(text_of).collect(),
            Value::String(text) => {
                text.split(',').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn number(&self, names: &[&str]) -> Option<u64> {
        self.text(names)?.parse().ok()
    }

    pub(super) fn time(&self, names: &[&str]) -> Option<DateTime<Utc>> {
        read_datetime(&self.text(names)?)
    }
}

/// Follows a path; a member may be called by several steps of it at once (`additionalData.tactics`).
fn dig<'a>(value: &'a Value, path: &str, place: &Place) -> Option<(&'a Value, Place)> {
    let members = value.as_object()?;
    let whole = members.iter().find(|(name, value)| !value.is_null() && name.eq_ignore_ascii_case(path));
    let whole = whole.or_else(|| {
        members.iter().find(|(name, value)| !value.is_null() && !path.contains('.') && same_word(name, path))
    });
    if let Some((name, value)) = whole {
        return Some((value, place.at(name)));
    }
    let (step, rest) = path.split_once('.')?;
    members
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case(step))
        .find_map(|(name, value)| dig(value, rest, &place.at(name)))
}
