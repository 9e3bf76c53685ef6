//! The three documents: what is committed is what the service serves, and what generators need holds.

use std::{collections::BTreeSet, fs};

use serde_json::Value;
use tests::service::{QUIET, Service};

const DOCUMENTS: [(&str, &str); 3] = [
    ("/openapi.json", "openapi/openapi.json"),
    ("/openapi-3.0.json", "openapi/openapi-3.0.json"),
    ("/swagger-2.0.json", "openapi/swagger-2.0.json"),
];

fn committed(path: &str) -> Value {
    let file = format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(&file).unwrap_or_else(|_| panic!("{path} is missing: run `make openapi`"));
    serde_json::from_str(&text).expect("JSON")
}

#[tokio::test]
async fn the_committed_documents_are_the_served_ones() {
    let service = Service::start(QUIET).await;
    for (address, path) in DOCUMENTS {
        let answer = service.get(address).send().await.unwrap();
        let tag = answer.headers()["etag"].clone();
        let served: Value = answer.json().await.unwrap();
        assert!(served == committed(path), "{path} is not what the code says: run `make openapi`");
        let again = service.get(address).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304);
    }
}

fn operations(document: &Value) -> BTreeSet<String> {
    document["paths"]
        .as_object()
        .expect("paths")
        .values()
        .flat_map(|path| path.as_object().expect("operations").values())
        .filter_map(|operation| operation["operationId"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn all_three_have_the_same_operations_each_with_a_short_snake_case_name() {
    let [first, second, third] = DOCUMENTS.map(|(_, path)| operations(&committed(path)));
    assert!(first.len() >= 14, "{first:?}");
    assert_eq!((&first, &first), (&second, &third));
    for id in &first {
        assert!(
            id.len() <= 60
                && id.contains('_')
                && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
            "{id}"
        );
    }
}

/// Every object in a document.
fn walk<'a>(value: &'a Value, found: &mut Vec<&'a serde_json::Map<String, Value>>) {
    match value {
        Value::Object(object) => {
            found.push(object);
            object.values().for_each(|value| walk(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, found)),
        _ => {}
    }
}

#[test]
fn no_document_has_what_generators_stumble_over() {
    for (_, path) in DOCUMENTS {
        let document = committed(path);
        let mut objects = Vec::new();
        walk(&document, &mut objects);
        for object in objects {
            for word in ["oneOf", "anyOf"] {
                assert!(!object.contains_key(word), "{path} says {word}: {object:?}");
            }
            assert!(object.get("default") != Some(&Value::Null), "{path} has null for a default: {object:?}");
            let is_null = |value: &Value| {
                value == "null" || value.as_array().is_some_and(|types| types.iter().any(|t| t == "null"))
            };
            assert!(!object.get("type").is_some_and(is_null), "{path} has a null type: {object:?}");
        }
    }
}

#[test]
fn the_connector_s_document_has_what_logic_apps_show() {
    let document = committed("openapi/swagger-2.0.json");
    assert_eq!(document["swagger"], "2.0");
    assert!(serde_json::to_vec(&document).unwrap().len() < 1_000_000);
    let enrich = &document["paths"]["/v1/enrich"]["post"];
    assert_eq!(enrich["operationId"], "enrich_incident");
    assert!(enrich["responses"]["default"]["schema"].is_object());
    let mut objects = Vec::new();
    walk(&document, &mut objects);
    assert!(objects.iter().filter(|object| object.contains_key("x-ms-summary")).count() > 50);
    assert!(objects.iter().filter(|object| object.contains_key("x-ms-visibility")).count() > 20);
}

#[tokio::test]
async fn the_documentation_page_needs_no_internet() {
    let service = Service::start(QUIET).await;
    let page = service.get("/docs/").send().await.unwrap().text().await.unwrap();
    assert!(page.contains("swagger-ui"), "{page}");
    for (before, after) in [("src=\"", '"'), ("href=\"", '"')] {
        for address in page.split(before).skip(1).filter_map(|rest| rest.split(after).next()) {
            assert!(!address.contains("//"), "{address} is fetched from elsewhere");
        }
    }
    let script = service.get("/docs/swagger-ui-bundle.js").send().await.unwrap();
    assert_eq!(script.status(), 200);
}
