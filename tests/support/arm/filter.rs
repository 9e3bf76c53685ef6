//! As much of OData as tests need: comparisons joined by `and`, one order, `$top` and `$skipToken`.

use std::cmp::Ordering;

use serde_json::Value;

/// The resources that a filter lets through; `None` if it is not understood.
pub(super) fn filtered<'a>(resources: impl Iterator<Item = &'a Value>, filter: Option<&str>) -> Option<Vec<&'a Value>> {
    let comparisons: Vec<_> = match filter {
        Some(filter) => filter.split(" and ").map(comparison).collect::<Option<_>>()?,
        None => Vec::new(),
    };
    let fits = |resource: &&Value| comparisons.iter().all(|comparison| comparison.fits(resource));
    Some(resources.filter(fits).collect())
}

struct Comparison {
    pointer: String,
    operator: String,
    value: Value,
}

fn comparison(text: &str) -> Option<Comparison> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    let mut parts = text.splitn(3, ' ');
    let (path, operator, value) = (parts.next()?, parts.next()?, parts.next()?.trim());
    let value = match value.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
        Some(text) => Value::from(text.replace("''", "'")),
        None => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
    };
    let is_known = ["eq", "ne", "ge", "gt", "le", "lt"].contains(&operator);
    // Lists of all resources have names of their own.
    let path = match path {
        "resourceType" => "type",
        "name" => path,
        path => path.strip_prefix("properties/").map(|_| path)?,
    };
    is_known.then(|| Comparison { pointer: format!("/{path}"), operator: operator.to_owned(), value })
}

impl Comparison {
    fn fits(&self, resource: &Value) -> bool {
        let order = order(resource.pointer(&self.pointer).unwrap_or(&Value::Null), &self.value);
        match self.operator.as_str() {
            "eq" => order == Ordering::Equal,
            "ne" => order != Ordering::Equal,
            "ge" => order != Ordering::Less,
            "gt" => order == Ordering::Greater,
            "le" => order != Ordering::Greater,
            _ => order == Ordering::Less,
        }
    }
}

/// Sorts by a path, such as `properties/createdTimeUtc desc`.
pub(super) fn sort(resources: &mut [&Value], order_by: &str) {
    let (path, direction) = order_by.split_once(' ').unwrap_or((order_by, "asc"));
    let pointer = format!("/{path}");
    let value = |resource: &Value| resource.pointer(&pointer).cloned().unwrap_or(Value::Null);
    resources.sort_by(|a, b| {
        let ascending = order(&value(a), &value(b));
        if direction == "desc" { ascending.reverse() } else { ascending }
    });
}

fn order(a: &Value, b: &Value) -> Ordering {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => a.as_str().unwrap_or_default().cmp(b.as_str().unwrap_or_default()),
    }
}
