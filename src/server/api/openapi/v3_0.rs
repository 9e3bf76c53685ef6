//! OpenAPI 3.1 → 3.0.3: generators of clients misread 3.1's way of saying "or null".
//!
//! <https://spec.openapis.org/oas/v3.0.3.html#schema-object>

use serde_json::{Value, json};

use super::schemas::{Object, change_all, take_list};

/// Keywords that 3.0 does not know and that say nothing that it could say otherwise.
const UNKNOWN: [&str; 21] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$vocabulary",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "if",
    "maxContains",
    "minContains",
    "patternProperties",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// The document in OpenAPI 3.0.3.
pub(super) fn convert(v3_1: &Value) -> Value {
    let mut document = v3_1.clone();
    change_all(&mut document, &mut downgrade);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("openapi".to_owned(), "3.0.3".into());
        fields.remove("jsonSchemaDialect");
        fields.remove("webhooks");
    }
    for (place, name) in [("/info", "summary"), ("/info/license", "identifier"), ("/components", "pathItems")] {
        if let Some(fields) = document.pointer_mut(place).and_then(Value::as_object_mut) {
            fields.remove(name);
        }
    }
    document
}

/// One schema, whose inner schemas are done.
fn downgrade(schema: &mut Object) {
    split_types(schema);
    drop_null_alternatives(schema);
    if let Some(value) = schema.remove("const") {
        schema.insert("enum".to_owned(), json!([value]));
    }
    if let Some(example) = take_list(schema, "examples").into_iter().next() {
        schema.entry("example").or_insert(example);
    }
    for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if schema.get(exclusive).is_some_and(Value::is_number)
            && let Some(value) = schema.insert(exclusive.to_owned(), true.into())
        {
            schema.insert(bound.to_owned(), value);
        }
    }
    name_content(schema);
    describe_items(schema);
    for keyword in UNKNOWN {
        schema.remove(keyword);
    }
    wrap_reference(schema);
    if schema.get("nullable") == Some(&Value::Bool(true))
        && let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}

/// `type: [a, null]` → `type: a, nullable`; several types → `anyOf`.
fn split_types(schema: &mut Object) {
    let mut types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(only) if only == "null" => vec![only.clone()],
        _ => return,
    };
    schema.remove("type");
    let count = types.len();
    types.retain(|name| name != "null");
    if types.len() < count {
        schema.insert("nullable".to_owned(), true.into());
    }
    match types.as_slice() {
        [] => {
            schema.insert("enum".to_owned(), json!([null]));
        }
        [only] => {
            schema.insert("type".to_owned(), only.clone());
        }
        several => {
            let several: Vec<_> = several.iter().map(|name| json!({ "type": name })).collect();
            schema.insert("anyOf".to_owned(), several.into());
        }
    }
}

/// `oneOf: [null, a]` → `a, nullable`. The alternative that is only null has become `{nullable, enum: [null]}` before.
fn drop_null_alternatives(schema: &mut Object) {
    let is_null = |alternative: &Value| alternative.get("enum") == Some(&json!([null]));
    for keyword in ["oneOf", "anyOf"] {
        let (nulls, mut others): (Vec<_>, Vec<_>) = take_list(schema, keyword).into_iter().partition(is_null);
        match (nulls.is_empty(), others.as_mut_slice()) {
            (true, []) => {}
            (false, [Value::Object(only)]) => {
                schema.insert("nullable".to_owned(), true.into());
                for (name, value) in std::mem::take(only) {
                    schema.entry(name).or_insert(value);
                }
            }
            (_, several) => {
                if !nulls.is_empty() && !several.is_empty() {
                    schema.insert("nullable".to_owned(), true.into());
                }
                let left = if several.is_empty() { nulls } else { others };
                schema.insert(keyword.to_owned(), left.into());
            }
        }
    }
}

/// `contentEncoding` and `contentMediaType` → `format`.
fn name_content(schema: &mut Object) {
    let (encoding, media) = (schema.remove("contentEncoding"), schema.remove("contentMediaType"));
    let format = match (encoding, media) {
        (Some(encoding), _) if encoding == "base64" => "byte",
        (None, Some(media)) if media == "application/octet-stream" => "binary",
        _ => return,
    };
    schema.entry("format").or_insert(format.into());
}

/// 3.0 has no tuples: `prefixItems` → anything. An array says what is in it, and `true` is not a way to say it.
fn describe_items(schema: &mut Object) {
    let is_tuple = schema.remove("prefixItems").is_some();
    let is_array = is_tuple || schema.get("type").is_some_and(|name| name == "array");
    if is_tuple || schema.get("items").map_or(is_array, Value::is_boolean) {
        schema.insert("items".to_owned(), json!({}));
    }
}

/// `$ref` beside anything else → `allOf`.
fn wrap_reference(schema: &mut Object) {
    if schema.len() > 1
        && let Some(reference) = schema.remove("$ref")
    {
        let mut all = take_list(schema, "allOf");
        all.push(json!({ "$ref": reference }));
        schema.insert("allOf".to_owned(), all.into());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn becomes(v3_1: Value, v3_0: Value) {
        let document = |version: &str, schema| {
            let mut document = json!({"openapi": version, "components": {"schemas": {}}});
            document["components"]["schemas"]["A"] = schema;
            document
        };
        assert_eq!(convert(&document("3.1.0", v3_1)), document("3.0.3", v3_0));
    }

    #[test]
    fn what_may_be_null_is_nullable() {
        becomes(json!({"type": ["string", "null"]}), json!({"nullable": true, "type": "string"}));
        becomes(
            json!({"oneOf": [{"type": "null"}, {"$ref": "#/b"}]}),
            json!({"nullable": true, "allOf": [{"$ref": "#/b"}]}),
        );
        becomes(json!({"type": "null"}), json!({"nullable": true, "enum": [null]}));
        becomes(
            json!({"type": ["string", "null"], "enum": ["a"]}),
            json!({"enum": ["a", null], "nullable": true, "type": "string"}),
        );
        becomes(
            json!({"anyOf": [{"type": "null"}, {"type": "string"}, {"type": "integer"}]}),
            json!({"nullable": true, "anyOf": [{"type": "string"}, {"type": "integer"}]}),
        );
    }

    #[test]
    fn keywords_that_have_another_spelling_are_respelled() {
        becomes(json!({"const": "a"}), json!({"enum": ["a"]}));
        becomes(json!({"type": ["string", "integer"]}), json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}));
        becomes(json!({"examples": [1, 2]}), json!({"example": 1}));
        becomes(json!({"exclusiveMinimum": 0}), json!({"exclusiveMinimum": true, "minimum": 0}));
        becomes(json!({"type": "string", "contentEncoding": "base64"}), json!({"type": "string", "format": "byte"}));
        becomes(json!({"$ref": "#/b", "description": "B."}), json!({"description": "B.", "allOf": [{"$ref": "#/b"}]}));
        becomes(json!({"type": "array"}), json!({"type": "array", "items": {}}));
        becomes(json!({"type": "array", "prefixItems": [{}]}), json!({"type": "array", "items": {}}));
        becomes(json!({"if": {}, "then": {}, "$comment": ""}), json!({}));
    }

    #[test]
    fn schemas_are_found_wherever_they_are_and_nothing_else_is_taken_for_one() {
        let schema = json!({"type": ["string", "null"]});
        becomes(
            json!({"properties": {"type": schema, "examples": {"items": schema}}, "example": {"type": ["a", "null"]}}),
            json!({
                "properties": {
                    "type": {"nullable": true, "type": "string"},
                    "examples": {"items": {"nullable": true, "type": "string"}},
                },
                "example": {"type": ["a", "null"]},
            }),
        );
        let operation = |schema: &Value| {
            json!({"paths": {"/a": {"get": {
                "parameters": [{"name": "examples", "schema": schema}],
                "responses": {"200": {"content": {"application/json": {"schema": schema, "example": {"schema": {"const": 1}}}}}},
            }}}})
        };
        let mut expected = operation(&json!({"nullable": true, "type": "string"}));
        expected["openapi"] = "3.0.3".into();
        assert_eq!(convert(&operation(&schema)), expected);
    }

    fn any_schema() -> impl Strategy<Value = Value> {
        let name = prop_oneof![Just("string"), Just("integer"), Just("object"), Just("null")];
        let leaf = prop_oneof![
            name.clone().prop_map(|name| json!({ "type": name })),
            prop::collection::vec(name, 1..3).prop_map(|names| json!({ "type": names })),
            Just(json!({"$ref": "#/components/schemas/A", "description": "A."})),
            Just(json!({"const": 1, "examples": [1], "exclusiveMinimum": 0})),
            Just(json!(true)),
        ];
        leaf.prop_recursive(4, 30, 3, |inner| {
            let several = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                (prop_oneof![Just("oneOf"), Just("anyOf"), Just("allOf"), Just("prefixItems")], several)
                    .prop_map(|(keyword, several)| json!({ keyword: several })),
                (prop_oneof![Just("type"), Just("const"), Just("examples")], inner.clone())
                    .prop_map(|(field, inner)| json!({"type": "object", "properties": {field: inner}})),
                inner.prop_map(|inner| json!({"type": "array", "items": inner})),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_converted_needs_no_second_conversion(schema in any_schema()) {
            let once = convert(&json!({"components": {"schemas": {"A": schema}}}));
            prop_assert_eq!(&convert(&once), &once);
        }
    }
}
