//! Schemas of Swagger 2.0: no null, no choice, titles for every field.

use serde_json::{Map, Value, json};

use super::Context;
use crate::api::openapi::{
    connector,
    schemas::{Object, change_schema, take_list},
};

/// Keywords that 2.0 does not know and that a reader can do without.
const UNKNOWN: [&str; 4] = ["not", "writeOnly", "deprecated", "discriminator"];

/// What a parameter, a header, or an item of either may say about its values.
const SIMPLE: [&str; 15] = [
    "type",
    "format",
    "items",
    "default",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
];

impl<'a> Context<'a> {
    /// A schema in 2.0.
    pub(super) fn schema(&self, v3_0: &Value) -> Value {
        let mut schema = v3_0.clone();
        change_schema(&mut schema, &mut |schema| {
            self.inline_simple(schema);
            self.flatten_choice(schema);
            if let Some(nullable) = schema.remove("nullable") {
                schema.insert("x-nullable".to_owned(), nullable);
            }
            if let Some(Value::Array(values)) = schema.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            for keyword in UNKNOWN {
                schema.remove(keyword);
            }
            self.describe_fields(schema);
        });
        schema
    }

    /// The keywords of a schema that may stand in a parameter or header.
    pub(super) fn simple(&self, schema: &Value) -> Object {
        let mut simple = self.schema(schema);
        let mut fields = simple.as_object_mut().map(std::mem::take).unwrap_or_default();
        fields.retain(|name, _| SIMPLE.contains(&name.as_str()) || name.starts_with("x-"));
        if let Some(items) = fields.get_mut("items") {
            *items = self.simple(items).into();
        }
        fields.entry("type").or_insert("string".into());
        fields
    }

    /// A reference to a text, a number or a list of them is replaced by it: beside a reference nothing else counts, and a
    /// designer shows the choices of an enumeration only where they stand. Where there is only one alternative, it is it.
    fn inline_simple(&self, schema: &mut Object) {
        let mut all = take_list(schema, "allOf");
        if let [only] = all.as_mut_slice()
            && let Some(only) = only.as_object_mut()
        {
            for (name, value) in std::mem::take(only) {
                schema.entry(name).or_insert(value);
            }
        } else if !all.is_empty() {
            schema.insert("allOf".to_owned(), all.into());
        }
        let Some(reference) = schema.get("$ref") else { return };
        let target = self.target(reference).and_then(Value::as_object).filter(|target| is_simple(target)).cloned();
        if let Some(target) = target {
            schema.remove("$ref");
            for (name, value) in target {
                schema.entry(name).or_insert(value);
            }
        }
    }

    /// A choice between schemas becomes one that has the fields of all, none of them required; or one type, if all are it.
    fn flatten_choice(&self, schema: &mut Object) {
        for keyword in ["oneOf", "anyOf"] {
            let alternatives = take_list(schema, keyword);
            let resolved: Vec<_> =
                alternatives.iter().filter_map(|schema| self.target_of(schema).as_object()).collect();
            let Some(first) = resolved.first() else { continue };
            let kind = |schema: &Object| schema.get("type").cloned();
            if resolved.iter().all(|schema| kind(schema) == kind(first))
                && let Some(kind) = kind(first)
            {
                schema.insert("type".to_owned(), kind);
            }
            let values = |schema: &&&Object| schema.get("enum").and_then(Value::as_array).is_some();
            if resolved.iter().all(|schema| values(&schema)) {
                let values = resolved.iter().filter_map(|schema| schema.get("enum")?.as_array()).flatten();
                schema.insert("enum".to_owned(), values.cloned().collect());
            }
            let mut fields = Map::new();
            for alternative in resolved {
                fields.extend(alternative.get("properties").and_then(Value::as_object).cloned().unwrap_or_default());
            }
            if !fields.is_empty() {
                schema.insert("properties".to_owned(), fields.into());
            }
        }
    }

    fn describe_fields(&self, schema: &mut Object) {
        let required = schema.get("required").cloned().unwrap_or_else(|| json!([]));
        let is_required = |name: &str| required.as_array().is_some_and(|names| names.iter().any(|other| other == name));
        let fields = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, field) in fields.into_iter().flatten() {
            if let Some(field) = field.as_object_mut() {
                connector::describe(field, name, is_required(name), &self.lists);
            }
        }
    }

    fn target(&self, reference: &Value) -> Option<&'a Value> {
        let name = reference.as_str()?.strip_prefix("#/components/schemas/")?;
        self.components.get("schemas")?.get(name)
    }

    fn target_of<'s>(&self, schema: &'s Value) -> &'s Value
    where
        'a: 's,
    {
        schema.get("$ref").and_then(|reference| self.target(reference)).unwrap_or(schema)
    }
}

/// Whether a schema stands for one value rather than for an object or a choice.
fn is_simple(schema: &Object) -> bool {
    matches!(schema.get("type").and_then(Value::as_str), Some("string" | "integer" | "number" | "boolean"))
}
