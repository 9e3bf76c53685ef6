//! Where schemas are in a document, so that no conversion mistakes a field called `type` or an example for one.

use serde_json::{Map, Value};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Keywords whose value is one schema.
const ONE: [&str; 6] = ["items", "additionalProperties", "not", "contains", "propertyNames", "unevaluatedProperties"];
/// Keywords whose value is a list of schemas.
const MANY: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
/// Keywords whose value is schemas by name.
const NAMED: [&str; 3] = ["properties", "patternProperties", "$defs"];

/// Changes every schema of an OpenAPI 3 document, the inner ones before the outer ones.
pub(super) fn change_all(document: &mut Value, change: &mut impl FnMut(&mut Object)) {
    match document {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "schema" => change_schema(value, change),
                    "schemas" => each_value(value, |schema| change_schema(schema, change)),
                    "example" | "examples" => {}
                    _ if name.starts_with("x-") => {}
                    _ => change_all(value, change),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| change_all(item, change)),
        _ => {}
    }
}

/// Changes a schema and every schema in it, the inner ones before the outer ones.
pub(super) fn change_schema(schema: &mut Value, change: &mut impl FnMut(&mut Object)) {
    let Value::Object(schema) = schema else { return };
    for keyword in ONE {
        if let Some(inner) = schema.get_mut(keyword) {
            change_schema(inner, change);
        }
    }
    for keyword in MANY.into_iter().chain(NAMED) {
        if let Some(inner) = schema.get_mut(keyword) {
            each_value(inner, |inner| change_schema(inner, change));
        }
    }
    change(schema);
}

/// Does something with every item of a list or every field of an object.
pub(super) fn each_value(value: &mut Value, mut act: impl FnMut(&mut Value)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(&mut act),
        Value::Object(fields) => fields.values_mut().for_each(&mut act),
        _ => {}
    }
}

/// The list or object in a field, taken out of it.
pub(super) fn take_list(object: &mut Object, name: &str) -> Vec<Value> {
    match object.remove(name) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// The operations of a document with their paths and methods.
pub(super) fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Object)> {
    const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| Some((path.as_str(), method, item.get(method)?.as_object()?)))
    })
}
