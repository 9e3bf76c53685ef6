//! Every failure is a problem, whoever made it.

use actix_web::{
    http::{Method, StatusCode},
    rt::System,
    test::TestRequest,
};
use serde_json::json;

use super::service::{Answer, KEY, LIMITS, api, api_with, call, get, lookup};
use crate::{api::Health, settings::LimitSettings};

const GOOD: &str = r#"{"observables":[{"value":"a"}]}"#;

fn answer(request: TestRequest) -> Answer {
    System::new().block_on(call(&api(), request))
}

#[track_caller]
fn fails(request: TestRequest, status: u16, name: &str) -> Answer {
    let answer = answer(request);
    assert_eq!(answer.problem(), (status, name.to_owned()), "{answer:?}");
    answer
}

#[test]
fn a_good_request_is_answered() {
    let answer =
        answer(lookup(GOOD).insert_header(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")));
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(answer.json()["caller"], "soar");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("server"), "");
}

#[test]
fn a_path_that_does_not_exist_is_missing() {
    for path in [
        "/nothing",
        "/v1/nothing",
        "/v1/demo/lookup/",
        "/v1",
        "/docs/nothing.js",
        "/problems/nothing",
        "/v1/demo/numbers/",
    ] {
        fails(get(path), 404, "missing");
    }
}

#[test]
fn a_method_that_a_path_does_not_know_is_answered_with_those_that_it_does() {
    let answer = fails(get("/v1/demo/lookup").method(Method::DELETE), 405, "method-not-allowed");
    assert_eq!(answer.header("allow"), "GET, POST, HEAD, OPTIONS");
    let answer = fails(get("/v1/demo/numbers/7").method(Method::POST), 405, "method-not-allowed");
    assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
    fails(TestRequest::post().uri("/livez"), 405, "method-not-allowed");
    fails(TestRequest::post().uri("/openapi.json"), 405, "method-not-allowed");
}

#[test]
fn options_are_told_to_everybody_and_head_is_get() {
    let answer = answer(TestRequest::default().method(Method::OPTIONS).uri("/v1/demo/lookup"));
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::NO_CONTENT, "GET, POST, HEAD, OPTIONS"));
    let answer = self::answer(get("/v1/demo/lookup?value=a").method(Method::HEAD));
    assert_eq!(answer.status, StatusCode::OK);
    fails(get("/v1/demo/lookup").method(Method::HEAD), 400, "invalid");
}

#[test]
fn a_body_that_is_not_understood_is_pointed_into() {
    for (body, pointer) in [
        (r#"{"observables":[{"value":"a"},{"value":"b","knd":"url"}]}"#, "/observables/1/knd"),
        (r#"{"observables":[{"kind":"url"}]}"#, "/observables/0/value"),
        (r#"{"observables":[],"deadline_ms":"soon"}"#, "/deadline_ms"),
        (r#"{"observables":"#, ""),
        ("", ""),
    ] {
        let answer = fails(lookup(body), 400, "invalid");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{body}");
    }
    fails(lookup("").set_payload(&b"{\"observables\":\"\xff\"}"[..]), 400, "invalid");
}

#[test]
fn a_query_string_that_is_not_understood_names_the_parameter() {
    for (query, pointer) in
        [("value=a&knd=url", "/knd"), ("", "/value"), ("value=a&deadline_ms=soon", "/deadline_ms"), ("value=%ff", "/")]
    {
        let answer = fails(get(&format!("/v1/demo/lookup?{query}")), 400, "invalid");
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{query}");
    }
    fails(get("/v1/demo/numbers/seven"), 400, "invalid");
}

#[test]
fn what_is_too_much_is_told_with_the_limit() {
    let answer =
        fails(lookup(&format!(r#"{{"observables":[{{"value":"{}"}}]}}"#, "a".repeat(1_000))), 413, "body-too-large");
    assert_eq!(answer.json()["detail"], "the body is larger than 1000 bytes");
    let answer = fails(lookup(&"[".repeat(7)), 413, "too-deep");
    assert_eq!(answer.json()["detail"], "arrays and objects are nested deeper than 6");
    let answer = fails(lookup(r#"{"observables":[{"value":"a"},{"value":"b"},{"value":"c"}]}"#), 413, "too-many-items");
    assert_eq!(answer.json()["errors"][0]["pointer"], "/observables");
}

#[test]
fn a_body_may_be_compressed_and_the_limit_holds_for_what_it_becomes() {
    let packed = |text: &str| zstd::encode_all(text.as_bytes(), 3).unwrap();
    let compressed = |text: &str| lookup("").insert_header(("content-encoding", "zstd")).set_payload(packed(text));
    assert_eq!(answer(compressed(GOOD)).status, StatusCode::OK);
    fails(compressed(&" ".repeat(1_000_000)), 413, "body-too-large");
    let answer = fails(lookup(GOOD).insert_header(("content-encoding", "br")), 415, "unsupported-media-type");
    assert_eq!(answer.header("accept-encoding"), "gzip, deflate, zstd");
}

#[test]
fn a_body_in_another_form_is_refused() {
    for media in ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1"] {
        fails(lookup(GOOD).insert_header(("content-type", media)), 415, "unsupported-media-type");
    }
}

#[test]
fn an_answer_that_cannot_be_given_in_an_accepted_coding_is_a_problem_too() {
    fails(
        get("/v1/demo/providers").insert_header(("accept-encoding", "identity;q=0, compress")),
        406,
        "not-acceptable",
    );
}

#[test]
fn answers_are_compressed_for_those_who_can_read_it() {
    for coding in ["gzip", "zstd"] {
        let answer = answer(get("/v1/demo/numbers/7").insert_header(("accept-encoding", coding)));
        assert_eq!(answer.header("content-encoding"), coding);
        assert!(answer.body.len() < 500);
    }
}

#[test]
fn what_goes_wrong_on_our_side_is_not_told() {
    let answer = fails(get("/v1/demo/lookup?value=fell"), 500, "internal");
    assert!(!String::from_utf8(answer.body).unwrap().contains("shelf"));
}

#[test]
fn a_panic_is_a_problem_and_the_next_request_is_answered() {
    System::new().block_on(async {
        let api = api();
        let answer = call(&api, get("/v1/demo/lookup?value=panic")).await;
        assert_eq!(answer.problem(), (500, "internal".to_owned()));
        assert_eq!(call(&api, get("/v1/demo/lookup?value=a")).await.status, StatusCode::OK);
    });
}

#[test]
fn a_caller_in_a_hurry_is_told_when_to_come_back() {
    System::new().block_on(async {
        let api = api_with(&LimitSettings { requests_per_s: 1, ..LIMITS }, Health::default());
        let request = || TestRequest::get().uri("/v1/demo/lookup?value=a").insert_header(("x-api-key", KEY));
        let answer = call(&api, request()).await;
        assert_eq!((answer.status, answer.header("ratelimit")), (StatusCode::OK, r#""rate";r=0;t=1"#));
        let answer = call(&api, request()).await;
        assert_eq!(answer.problem(), (429, "exhausted".to_owned()));
        assert_eq!((answer.header("retry-after"), &answer.json()["retry_after_s"]), ("1", &json!(1)));
        assert_eq!(answer.header("ratelimit-policy"), r#""rate";q=1;w=1"#);
        assert_eq!(call(&api, get("/v1/demo/lookup?value=a")).await.status, StatusCode::OK, "another caller");
        assert_eq!(call(&api, TestRequest::get().uri("/livez")).await.status, StatusCode::OK, "open to everybody");
    });
}

#[test]
fn every_problem_has_a_page_for_people_and_programs() {
    let list = answer(TestRequest::get().uri("/problems")).json();
    for item in list["items"].as_array().unwrap() {
        let address = item["type"].as_str().unwrap();
        assert_eq!(answer(TestRequest::get().uri(address)).json(), *item);
        let page = answer(TestRequest::get().uri(address).insert_header(("accept", "text/html,*/*;q=0.8")));
        assert!(page.header("content-type").starts_with("text/html"));
        assert!(String::from_utf8(page.body).unwrap().contains(item["title"].as_str().unwrap()));
    }
}
