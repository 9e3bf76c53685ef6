//! What a body is refused for, and where the problem points.

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by serde")]
struct Lookup {
    observables: Vec<Seen>,
    deadline_ms: Option<u32>,
    #[serde(default)]
    mode: Mode,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by serde")]
struct Seen {
    value: String,
    kind: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Fast,
    Thorough,
}

fn problem(text: &str) -> Value {
    let problem = parse::<Lookup>(text.as_bytes(), 8).unwrap_err();
    let body = actix_web::body::MessageBody::try_into_bytes(problem.answer().into_body()).unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn pointer(text: &str) -> String {
    let problem = problem(text);
    assert_eq!(problem["type"], "/problems/invalid", "{problem}");
    problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
}

#[test]
fn an_unknown_field_is_pointed_at() {
    assert_eq!(pointer(r#"{"observables":[{"value":"a"},{"value":"b","knd":"url"}]}"#), "/observables/1/knd");
    assert_eq!(pointer(r#"{"observables":[],"dead~line/ms":1}"#), "/dead~0line~1ms");
}

#[test]
fn what_should_be_an_object_is_called_so() {
    let problem = problem(r#"{"observables":["a.example"]}"#);
    assert_eq!(problem["errors"][0]["detail"], r#"invalid type: string "a.example", expected an object"#);
}

#[test]
fn a_wrong_type_or_variant_is_pointed_at() {
    assert_eq!(pointer(r#"{"observables":[{"value":7}]}"#), "/observables/0/value");
    assert_eq!(pointer(r#"{"observables":{}}"#), "/observables");
    assert_eq!(pointer(r#"{"observables":[],"deadline_ms":-1}"#), "/deadline_ms");
    assert_eq!(pointer(r#"{"observables":[],"mode":"slow"}"#), "/mode");
    assert_eq!(pointer("[]"), "");
}

#[test]
fn a_missing_field_is_pointed_at() {
    assert_eq!(pointer(r#"{"observables":[{"kind":"url"}]}"#), "/observables/0/value");
    assert_eq!(pointer("{}"), "/observables");
}

#[test]
fn the_words_name_the_mistake_without_the_place_in_the_text() {
    let problem = problem(r#"{"observables":[],"deadline_ms":"soon"}"#);
    assert_eq!(problem["errors"][0]["detail"], r#"invalid type: string "soon", expected u32"#);
    assert_eq!(problem["detail"], r#"/deadline_ms: invalid type: string "soon", expected u32"#);
}

#[test]
fn what_is_no_json_is_explained_with_its_place_in_the_text() {
    for text in ["", "  ", "{", r#"{"observables":[]"#, r#"{"observables":[]} x"#, "{'observables':[]}", "nul"] {
        assert_eq!(pointer(text), "", "{text}");
    }
    assert_eq!(problem("{]")["detail"], "the body: no valid JSON: key must be a string at line 1 column 2");
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    let problem = parse::<Lookup>(b"{\"observables\":[{\"value\":\"\xff\"}]}", 8).unwrap_err();
    assert_eq!(problem.kind(), Kind::Invalid);
}

#[test]
fn the_depth_is_limited_before_anything_is_built() {
    let deep = format!("{}1{}", "[".repeat(9), "]".repeat(9));
    assert_eq!(parse::<Value>(deep.as_bytes(), 8).unwrap_err().kind(), Kind::TooDeep);
    assert!(parse::<Value>(deep.as_bytes(), 9).is_ok());
    let bottomless = "[".repeat(1_000_000);
    assert_eq!(parse::<Value>(bottomless.as_bytes(), 100).unwrap_err().kind(), Kind::TooDeep);
}

proptest! {
    #[test]
    fn every_pointer_to_an_unknown_field_finds_it_again(name in "[a-z~/ .\\[\\]\"]{1,12}", before in 0_usize..3) {
        let known = ["value", "kind"];
        prop_assume!(!known.contains(&name.as_str()));
        let mut observables = vec![serde_json::json!({"value": "x"}); before];
        observables.push(serde_json::json!({"value": "x", name: "here"}));
        let body = serde_json::json!({ "observables": observables });
        let pointer = pointer(&body.to_string());
        prop_assert_eq!(body.pointer(&pointer), Some(&Value::from("here")));
    }
}
