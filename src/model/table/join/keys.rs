//! The cells of two key columns, read so that those which mean the same are equal.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    super::{Column, ColumnType, Value},
    JoinError,
};

/// What a key is compared by.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) enum Key<'a> {
    Text(Cow<'a, str>),
    Whole(i128),
    /// The bits of a number with a fraction, or of one too great to be counted.
    Real(u64),
    Bool(bool),
    Datetime(DateTime<Utc>),
    Timespan(TimeDelta),
    Guid(Uuid),
    /// A list or an object, as written.
    Json(Cow<'a, str>),
}

/// The keys of both sides: the left's as they are needed, the right's all at once.
pub(super) fn matching_keys<'t>(
    left: &'t Column,
    right: &'t Column,
    ignore_case: bool,
) -> Result<(impl Iterator<Item = Option<Key<'t>>>, Vec<Option<Key<'t>>>), JoinError> {
    let has_cells = left.present() > 0 && right.present() > 0;
    if has_cells && !are_comparable(left.kind(), right.kind()) {
        return Err(JoinError::KeyTypes { left: left.kind(), right: right.kind() });
    }
    let as_guids = [left, right].iter().any(|column| column.kind() == ColumnType::Guid);
    let reading = Reading { ignore_case, as_guids };
    Ok((left.iter().map(move |value| reading.read(value)), right.iter().map(|value| reading.read(value)).collect()))
}

/// Whether a value of one type can equal one of the other.
fn are_comparable(one: ColumnType, other: ColumnType) -> bool {
    use ColumnType::{Decimal, Dynamic, Guid, Int, Long, Real, String};
    let both = |types: &[ColumnType]| types.contains(&one) && types.contains(&other);
    one == other || one == Dynamic || other == Dynamic || both(&[Int, Long, Real, Decimal]) || both(&[String, Guid])
}

#[derive(Clone, Copy)]
struct Reading {
    ignore_case: bool,
    as_guids: bool,
}

impl Reading {
    /// The key in a cell; none where it is missing or equals nothing.
    fn read(self, value: Value<'_>) -> Option<Key<'_>> {
        Some(match value {
            Value::Null => return None,
            Value::Bool(value) => Key::Bool(value),
            Value::Long(number) => Key::Whole(number.into()),
            Value::Real(number) => of_real(number)?,
            Value::Decimal(text) => match text.parse() {
                Ok(number) => Key::Whole(number),
                Err(_) => of_real(text.parse().ok()?)?,
            },
            Value::String(text) if self.as_guids => Key::Guid(text.trim().parse().ok()?),
            Value::String(text) => Key::Text(if self.ignore_case { in_lower_case(text) } else { text }),
            Value::Datetime(instant) => Key::Datetime(instant),
            Value::Timespan(span) => Key::Timespan(span),
            Value::Guid(guid) => Key::Guid(guid),
            Value::Dynamic(json) if json.starts_with(['[', '{']) => Key::Json(json),
            Value::Dynamic(json) => {
                let scalar = serde_json::from_str(&json).ok()?;
                return self.read(Value::of_json(&scalar).into_owned());
            }
        })
    }
}

fn of_real(number: f64) -> Option<Key<'static>> {
    const WHOLE_BELOW: f64 = 1e38;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number that fits")]
    match number {
        number if number.is_nan() => None,
        number if number.fract() == 0.0 && number.abs() < WHOLE_BELOW => Some(Key::Whole(number as i128)),
        number => Some(Key::Real(number.to_bits())),
    }
}

fn in_lower_case(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_lower = text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    if is_lower { text } else { text.to_lowercase().into() }
}
