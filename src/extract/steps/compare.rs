//! The order of cells: of two that are compared, and of all in a column.

use std::{borrow::Cow, cmp::Ordering};

use model::Value;

/// A cell of a `dynamic` that holds a number, a text or the like, as such.
pub(super) fn scalar(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Dynamic(json) if !json.starts_with(['[', '{']) => serde_json::from_str(&json)
            .map_or_else(|_| Value::String(json.clone()), |scalar| Value::of_json(&scalar).into_owned()),
        value => value,
    }
}

/// How two values compare that are of one sort; nothing if they aren't, or if one is missing or not a number.
pub(super) fn compare(one: &Value<'_>, other: &Value<'_>) -> Option<Ordering> {
    match (one, other) {
        (Value::Long(one), Value::Long(other)) => Some(one.cmp(other)),
        (Value::String(one), Value::String(other)) | (Value::Dynamic(one), Value::Dynamic(other)) => {
            Some(one.cmp(other))
        }
        (Value::Bool(one), Value::Bool(other)) => Some(one.cmp(other)),
        (Value::Datetime(one), Value::Datetime(other)) => Some(one.cmp(other)),
        (Value::Timespan(one), Value::Timespan(other)) => Some(one.cmp(other)),
        (Value::Guid(one), Value::Guid(other)) => Some(one.cmp(other)),
        _ => one.as_f64()?.partial_cmp(&other.as_f64()?),
    }
}

/// A total order over all cells of a column, whatever a `dynamic` mixes: numbers, then texts, then the rest.
pub(super) fn order(one: &Value<'_>, other: &Value<'_>) -> Ordering {
    let by_rank = rank(one).cmp(&rank(other));
    by_rank.then_with(|| match (one.as_f64(), other.as_f64()) {
        // Numbers of different types that no double tells apart must still have an order.
        (Some(a), Some(b)) => a.total_cmp(&b).then_with(|| exact(one).cmp(&exact(other))),
        _ => compare(one, other).unwrap_or(Ordering::Equal),
    })
}

fn rank(value: &Value<'_>) -> u8 {
    match value {
        Value::Null => 9,
        Value::Long(_) | Value::Real(_) => 0,
        // A decimal that is no number in a double would have no place among numbers.
        Value::Decimal(_) => u8::from(value.as_f64().is_none()) * 2,
        Value::String(_) => 1,
        Value::Bool(_) => 3,
        Value::Datetime(_) => 4,
        Value::Timespan(_) => 5,
        Value::Guid(_) => 6,
        Value::Dynamic(_) => 7,
    }
}

fn exact<'v>(value: &'v Value<'_>) -> (u8, i64, Cow<'v, str>) {
    match value {
        Value::Long(number) => (1, *number, "".into()),
        Value::Decimal(text) => (2, 0, Cow::Borrowed(text)),
        _ => (0, 0, "".into()),
    }
}
