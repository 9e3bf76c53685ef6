//! Part by part, from 3.0 to 2.0.

use super::*;

fn converted(part: Value) -> Value {
    let document = json!({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}});
    let (Value::Object(mut document), Value::Object(part)) = (document, part) else { panic!() };
    document.extend(part);
    convert(&document.into())
}

fn schema(schema: Value) -> Value {
    let mut schemas = json!({
        "Verdict": {"type": "string", "description": "How bad.", "enum": ["malicious", "benign"]},
        "Geo": {"type": "object", "properties": {"city": {"type": "string"}}},
        "Asn": {"type": "object", "properties": {"number": {"type": "integer"}}},
    });
    schemas["A"] = schema;
    converted(json!({"components": {"schemas": schemas}}))["definitions"]["A"].clone()
}

fn operation(operation: Value) -> Value {
    let mut operation = operation;
    operation.as_object_mut().unwrap().entry("responses").or_insert(json!({}));
    converted(json!({"paths": {"/v1/a": {"post": operation}}}))["paths"]["/v1/a"]["post"].clone()
}

#[test]
fn the_place_of_the_service_is_host_path_and_scheme() {
    let document = converted(json!({"servers": [{"url": "https://soc.example:8443/pivotd"}]}));
    assert_eq!(
        (&document["host"], &document["basePath"], &document["schemes"]),
        (&json!("soc.example:8443"), &json!("/pivotd"), &json!(["https"]))
    );
    let document = converted(json!({"servers": [{"url": "/"}]}));
    assert_eq!((&document["host"], &document["basePath"]), (&Value::Null, &json!("/")));
}

#[test]
fn fields_get_titles_and_simple_references_are_replaced() {
    let object = schema(json!({
        "type": "object",
        "required": ["verdict"],
        "properties": {
            "verdict": {"description": "The worst.", "allOf": [{"$ref": "#/components/schemas/Verdict"}]},
            "geo": {"$ref": "#/components/schemas/Geo"},
            "age_s": {"type": "integer", "nullable": true},
        },
    }));
    assert_eq!(
        object["properties"],
        json!({
            "verdict": {
                "description": "The worst.", "type": "string", "enum": ["malicious", "benign"],
                "x-ms-summary": "Verdict", "x-ms-visibility": "important",
            },
            "geo": {"$ref": "#/definitions/Geo", "x-ms-summary": "Geo", "x-ms-visibility": "advanced"},
            "age_s": {"type": "integer", "x-nullable": true, "x-ms-summary": "Age (s)", "x-ms-visibility": "advanced"},
        })
    );
}

#[test]
fn a_choice_becomes_one_schema() {
    let choice = schema(json!({"oneOf": [{"$ref": "#/components/schemas/Geo"}, {"$ref": "#/components/schemas/Asn"}]}));
    assert_eq!(choice["type"], "object");
    let fields: Vec<_> = choice["properties"].as_object().unwrap().keys().collect();
    assert_eq!(fields, ["city", "number"]);
    let choice = schema(json!({"anyOf": [{"type": "string", "enum": ["a"]}, {"type": "string", "enum": ["b"]}]}));
    assert_eq!(choice, json!({"type": "string", "enum": ["a", "b"]}));
    assert_eq!(schema(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})), json!({}));
}

#[test]
fn a_body_becomes_a_parameter_and_a_schema_is_spread_out_in_the_others() {
    let operation = operation(json!({
        "summary": "Look up.",
        "parameters": [
            {"name": "provider", "in": "query", "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Verdict"}}},
            {"name": "limit", "in": "query", "description": "How many.", "schema": {"type": "integer", "maximum": 9, "example": 3}},
            {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        ],
        "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Geo"}}}},
    }));
    assert_eq!((&operation["summary"], &operation["description"]), (&json!("Look up"), &json!("Look up.")));
    let [provider, limit, body] = operation["parameters"].as_array().unwrap().as_slice() else { panic!("{operation}") };
    assert_eq!((&provider["type"], &provider["collectionFormat"]), (&json!("array"), &json!("multi")));
    assert_eq!(
        *limit,
        json!({
            "name": "limit", "in": "query", "required": false, "description": "How many.", "type": "integer", "maximum": 9,
            "x-ms-summary": "Limit", "x-ms-visibility": "advanced",
        })
    );
    assert_eq!(*body, json!({"name": "body", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Geo"}}));
    assert_eq!(operation["consumes"], json!(["application/json"]));
}

#[test]
fn answers_have_one_schema_and_there_is_always_a_default() {
    let problem =
        json!({"description": "Failed.", "content": {"application/problem+json": {"schema": {"type": "object"}}}});
    let operation = operation(json!({"responses": {
        "200": {
            "description": "Found.",
            "headers": {"ETag": {"schema": {"type": "string"}, "description": "The tag."}},
            "content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "array", "items": {}}}},
        },
        "4XX": problem,
        "default": problem,
    }}));
    assert_eq!(
        operation["responses"],
        json!({
            "200": {
                "description": "Found.",
                "schema": {"type": "array", "items": {}},
                "headers": {"ETag": {"type": "string", "description": "The tag."}},
            },
            "default": {"description": "Failed.", "schema": {"type": "object"}},
        })
    );
    assert_eq!(operation["produces"], json!(["text/csv", "application/json"]));
}

#[test]
fn bearer_tokens_are_a_key_in_a_header() {
    let schemes = json!({"bearer": {"type": "http", "scheme": "bearer", "description": "A token."}});
    assert_eq!(
        converted(json!({"components": {"securitySchemes": schemes}}))["securityDefinitions"]["bearer"],
        json!({"description": "A token.", "type": "apiKey", "name": "Authorization", "in": "header"})
    );
}

#[test]
fn choices_of_a_parameter_come_from_the_list_that_its_annotation_names() {
    let document = converted(json!({"paths": {
        "/v1/ti/providers": {"get": {"operationId": "list_providers", "responses": {}}},
        "/v1/ti/lookup": {"get": {"operationId": "look_up", "responses": {}, "parameters": [
            {"name": "provider", "in": "query", "schema": {"type": "string"}, "x-values-from": "/v1/ti/providers"},
        ]}},
    }}));
    let provider = &document["paths"]["/v1/ti/lookup"]["get"]["parameters"][0];
    assert_eq!(provider["x-ms-dynamic-values"]["operationId"], "list_providers");
}
