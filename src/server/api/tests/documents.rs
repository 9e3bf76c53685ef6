//! The three documents, and the page to read them.

use std::collections::BTreeSet;

use actix_web::{http::StatusCode, rt::System, test::TestRequest};
use serde_json::{Value, json};

use super::{
    demo,
    service::{Answer, LIMITS, api, api_of, api_with, call, metrics},
};
use crate::api::{Health, resources};

const DOCUMENTS: [&str; 3] = ["/openapi.json", "/openapi-3.0.json", "/swagger-2.0.json"];

fn get(uri: &str) -> Answer {
    System::new().block_on(call(&api(), TestRequest::get().uri(uri)))
}

fn operations(document: &Value) -> Vec<(String, Value)> {
    let items = document["paths"].as_object().unwrap().iter();
    items
        .flat_map(|(path, item)| {
            item.as_object().unwrap().values().map(move |operation| (path.clone(), operation.clone()))
        })
        .collect()
}

/// Calls with every key of a document that is no name chosen by us.
fn keys(value: &Value, see: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                see(name, value);
                match name.as_str() {
                    "properties" => value.as_object().unwrap().values().for_each(|field| keys(field, see)),
                    _ => keys(value, see),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keys(item, see)),
        _ => {}
    }
}

#[test]
fn all_three_name_the_same_operations() {
    let ids = |uri| -> BTreeSet<String> {
        operations(&get(uri).json())
            .iter()
            .map(|(_, operation)| operation["operationId"].as_str().unwrap().to_owned())
            .collect()
    };
    let [newest, older, oldest] = DOCUMENTS.map(ids);
    assert!(newest.contains("look_up_demo") && newest.contains("check_readiness"), "{newest:?}");
    assert_eq!(newest, older);
    assert_eq!(newest, oldest);
}

#[test]
fn what_holds_for_every_operation_is_in_every_operation() {
    let document = get("/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["servers"], json!([{"url": "https://soc.example/pivotd"}]));
    for (path, operation) in operations(&document) {
        for failure in ["4XX", "5XX", "default"] {
            assert_eq!(operation["responses"][failure], json!({"$ref": "#/components/responses/Problem"}), "{path}");
        }
        let guarded = path.starts_with("/v1/");
        assert_eq!(operation.get("security").is_some(), guarded, "{path}");
        assert_eq!(operation.get("x-scope").is_some(), guarded, "{path}");
    }
}

#[test]
fn every_operation_is_documented_as_a_whole() {
    for routes in [demo::routes, resources] {
        let api = api_of(routes);
        let document = System::new().block_on(call(&api, TestRequest::get().uri("/openapi.json"))).json();
        keys(&document, &mut |name, value| {
            if name == "$ref" {
                let target = value.as_str().unwrap().trim_start_matches('#');
                assert!(document.pointer(target).is_some(), "{target} is not collected: a parameter must be `inline`");
            }
        });
        let mut ids = BTreeSet::new();
        for (path, operation) in operations(&document) {
            let id = operation["operationId"].as_str().unwrap_or_default();
            assert!(id.contains('_') && id.len() <= 60 && ids.insert(id.to_owned()), "{path}: {id}");
            assert!(operation["summary"].is_string() && operation["tags"][0].is_string(), "{id}");
            let has_body = document["paths"][&path]["post"]["requestBody"].is_object();
            assert!(
                document["paths"][&path].get("post").is_none() || has_body || path.starts_with("/v1/admin/"),
                "{path}"
            );
        }
    }
}

#[test]
fn the_older_documents_hold_nothing_that_their_versions_do_not_know() {
    keys(&get("/openapi-3.0.json").json(), &mut |name, value| {
        assert!(!matches!(name, "const" | "prefixItems" | "contentEncoding" | "webhooks"), "{name}");
        assert!(name != "type" || value.is_string(), "{value}");
    });
    let swagger = get("/swagger-2.0.json").json();
    keys(&swagger, &mut |name, value| {
        assert!(
            !matches!(name, "nullable" | "oneOf" | "anyOf" | "not" | "requestBody" | "content" | "components"),
            "{name}"
        );
        assert!(name != "$ref" || value.as_str().unwrap().starts_with("#/definitions/"), "{value}");
    });
    assert_eq!((&swagger["host"], &swagger["basePath"]), (&json!("soc.example"), &json!("/pivotd")));
    for (path, operation) in operations(&swagger) {
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("default"), "{path}");
        assert!(responses.values().all(|response| response["schema"].is_object()), "{path}");
    }
}

#[test]
fn the_connector_knows_titles_and_choices() {
    let swagger = get("/swagger-2.0.json").json();
    let fields = &swagger["definitions"]["LookupRequest"]["properties"];
    assert_eq!(fields["observables"]["x-ms-visibility"], "important");
    assert_eq!(fields["deadline_ms"]["x-ms-visibility"], "internal");
    assert_eq!(fields["deadline_ms"]["x-ms-summary"], "Deadline (ms)");
    assert_eq!(fields["providers"]["items"]["x-ms-dynamic-values"]["operationId"], "list_demo_providers");
    let parameters = swagger["paths"]["/v1/demo/lookup"]["get"]["parameters"].as_array().unwrap();
    let provider = parameters.iter().find(|parameter| parameter["name"] == "provider").unwrap();
    assert_eq!(provider["items"]["x-ms-dynamic-values"]["value-path"], "id");
    assert_eq!(swagger["definitions"]["Report"]["properties"]["outcome"]["enum"][0], "hit");
}

#[test]
fn a_document_that_is_known_is_not_sent_again() {
    for uri in DOCUMENTS {
        let first = get(uri);
        let request = TestRequest::get().uri(uri).insert_header(("if-none-match", first.header("etag")));
        let second = System::new().block_on(call(&api(), request));
        assert_eq!((second.status, second.body.len()), (StatusCode::NOT_MODIFIED, 0));
    }
}

#[test]
fn the_page_needs_nothing_from_elsewhere() {
    let page = String::from_utf8(get("/docs/").body).unwrap();
    let addresses = page
        .split(['"', '\''])
        .filter(|text| text.ends_with(".js") || text.ends_with(".css") || text.ends_with(".png"));
    let addresses: Vec<_> = addresses.map(|address| address.trim_start_matches("./").to_owned()).collect();
    assert!(addresses.len() > 3, "{page}");
    for address in addresses {
        assert!(!address.contains("//"), "{address}");
        assert_eq!(get(&format!("/docs/{address}")).status, StatusCode::OK, "{address}");
    }
    let start = String::from_utf8(get("/docs/swagger-initializer.js").body).unwrap();
    assert!(start.contains("../openapi.json") && start.contains(r#""validatorUrl": "none""#), "{start}");
}

#[test]
fn people_are_led_to_the_page() {
    for uri in ["/", "/docs"] {
        let answer = get(uri);
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "docs/"));
    }
}

#[test]
fn what_is_not_ready_is_named() {
    let health = |ready: bool| Health::default().check("geo", || true).check("dns", move || ready).metrics(metrics());
    let get = |uri, ready| System::new().block_on(call(&api_with(&LIMITS, health(ready)), TestRequest::get().uri(uri)));
    assert_eq!(get("/readyz", true).json(), json!({"ready": true, "checks": ["geo", "dns"]}));
    let away = get("/readyz", false);
    assert_eq!(away.problem(), (503, "unavailable".to_owned()));
    assert_eq!(away.json()["errors"], json!([{"pointer": "/dns", "detail": "not ready"}]));
    assert_eq!(get("/livez", false).status, StatusCode::OK);
    assert!(String::from_utf8(get("/metrics", true).body).unwrap().contains("pivotd_build_info"));
    assert_eq!(get("/version", true).json()["name"], "pivotd");
}

#[test]
fn metrics_that_are_switched_off_are_missing() {
    assert_eq!(get("/metrics").problem(), (404, "missing".to_owned()));
}
