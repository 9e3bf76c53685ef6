//! Microsoft Sentinel's tables: tokens, typed rows, partial errors, throttling, several workspaces.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    entra::{self, credentials, issuer},
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

const ONE_ROW: &str = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},
{"name":"Count","type":"long"}],"rows":[["2026-05-01T00:00:00Z",7]]}]}"#;

/// A service with one workspace.
async fn one_workspace(issuer: &Vendor, vendor: &Vendor) -> Service {
    let sources = format!(
        "sources: {{ soc: {{ kind: sentinel, credential: soc, workspace_id: ws-1, base_url: '{}' }} }}",
        vendor.base()
    );
    Service::start(&format!("{QUIET}{}{sources}", credentials(issuer))).await
}

#[tokio::test]
async fn a_query_is_answered_with_a_typed_table() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(ONE_ROW));
    let service = one_workspace(&issuer, &vendor).await;
    let body = json!({ "query": "T", "start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z" });
    let answer = service.call("/v1/sources/soc/query", &body).await;
    assert_eq!(
        answer["columns"],
        json!([{ "name": "TimeGenerated", "type": "datetime" }, { "name": "Count", "type": "long" }])
    );
    assert_eq!(answer["rows"], json!([{ "TimeGenerated": "2026-05-01T00:00:00Z", "Count": 7 }]));
    assert_eq!((&answer["row_count"], &answer["truncated"]), (&json!(1), &json!(false)));
    assert_eq!((&answer["outcome"], &answer["partial_errors"]), (&json!("complete"), &json!([])));
    let seen = vendor.seen();
    assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {}", entra::TOKEN).as_str()));
    assert!(seen[0].header("prefer").unwrap().starts_with("wait="));
    let sent: Value = serde_json::from_slice(&seen[0].body).unwrap();
    assert_eq!(sent, json!({ "query": "T", "timespan": "2026-05-01T00:00:00Z/2026-05-02T00:00:00Z" }));
}

#[tokio::test]
async fn a_source_that_answers_half_keeps_its_half() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let half = ONE_ROW.trim_end_matches('}').to_owned()
        + r#","error":{"code":"PartialError","message":"There were some errors when processing your query.","details":
        [{"code":"EngineError","message":"Something went wrong on the server."}]}}"#;
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(half));
    let service = one_workspace(&issuer, &vendor).await;
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&answer["outcome"], &answer["row_count"]), (&json!("partial"), &json!(1)), "{answer:#}");
    let error = &answer["partial_errors"][0];
    assert_eq!((&error["connection"], &error["code"]), (&json!("soc"), &json!("EngineError")));
    assert!(error["message"].as_str().unwrap().contains("Something went wrong"));
}

#[tokio::test]
async fn what_a_source_says_is_an_outcome_and_never_a_failure() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let service = one_workspace(&issuer, &vendor).await;
    for (status, headers, outcome, words) in [
        (400, None, "rejected", "Failed to resolve table"),
        (403, None, "unauthorized", "Failed to resolve table"),
        (404, None, "rejected", "Failed to resolve table"),
        (504, None, "timeout", "Failed to resolve table"),
        (429, Some(("retry-after", "3600")), "rate_limited", "Failed to resolve table"),
    ] {
        let body = r#"{"error":{"message":"The request was bad","code":"BadArgumentError","innererror":{"code":"SEM0100",
            "message":"'where' operator: Failed to resolve table 't0ken'"}}}"#;
        let mut reply = Reply::json(body).status(status);
        if let Some((name, value)) = headers {
            reply = reply.header(name, value);
        }
        vendor.says("/v1/workspaces/ws-1/query", reply);
        let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
        assert_eq!((&answer["outcome"], &answer["row_count"]), (&json!(outcome), &json!(0)), "{status} {answer:#}");
        assert!(answer["reason"].as_str().unwrap().contains(words), "{answer:#}");
        assert!(!answer.to_string().contains(entra::TOKEN), "a secret that a vendor repeats is not passed on");
        assert_eq!(answer["retry_after_s"], headers.map_or(Value::Null, |_| json!(3600)));
    }
    let calls = vendor.calls();
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!(
        (&answer["outcome"], vendor.calls()),
        (&json!("rate_limited"), calls),
        "not asked while it wants a pause"
    );
}

#[tokio::test]
async fn a_pause_that_fits_is_made() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says_once("/v1/workspaces/ws-1/query", Reply::json("{}").status(429).header("retry-after", "1"));
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(ONE_ROW));
    let service = one_workspace(&issuer, &vendor).await;
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&answer["outcome"], vendor.calls()), (&json!("complete"), 2), "{answer:#}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_fetched_anew_once() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let expired = r#"{"error":{"code":"InvalidTokenError","message":"The provided authentication is not valid"}}"#;
    vendor.says_once("/v1/workspaces/ws-1/query", Reply::json(expired).status(401));
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(ONE_ROW));
    let service = one_workspace(&issuer, &vendor).await;
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&answer["outcome"], issuer.calls(), vendor.calls()), (&json!("complete"), 2, 2));
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(expired).status(401));
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&answer["outcome"], vendor.calls()), (&json!("unauthorized"), 4));
    assert_eq!(answer["reason"], "The provided authentication is not valid");
}

#[tokio::test]
async fn an_issuer_who_refuses_is_the_outcome() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    issuer.says("/tenant", Reply::json("{}").status(404));
    let refusal = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided."}"#;
    issuer.says("/tenant/oauth2/v2.0/token", Reply::json(refusal).status(401));
    let service = one_workspace(&issuer, &vendor).await;
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&answer["outcome"], vendor.calls()), (&json!("unauthorized"), 0), "{answer:#}");
    assert!(answer["reason"].as_str().unwrap().contains("AADSTS7000215"));
}

#[tokio::test]
async fn rows_of_several_workspaces_say_where_they_are_from() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(ONE_ROW).after(Duration::from_millis(50)));
    vendor.says("/v1/workspaces/ws-2/query", Reply::json(ONE_ROW));
    vendor.says("/v1/workspaces/ws-3/query", Reply::json(r#"{"error":{"message":"no such workspace"}}"#).status(404));
    let sources = format!(
        "sources: {{ all: {{ kind: sentinel, credential: soc, base_url: '{}', connections: {{ east: {{ workspace_id: ws-1 }}, \
         north: {{ workspace_id: ws-3 }}, west: {{ workspace_id: ws-2 }} }} }} }}",
        vendor.base()
    );
    let service = Service::start(&format!("{QUIET}{}{sources}", credentials(&issuer))).await;
    let answer = service.call("/v1/sources/all/query", &json!({ "query": "T" })).await;
    let from: Vec<_> = answer["rows"].as_array().unwrap().iter().map(|row| row["workspace"].clone()).collect();
    assert_eq!(from, [json!("east"), json!("west")], "in the order of the names");
    assert_eq!(answer["outcome"], "partial");
    assert_eq!(answer["partial_errors"][0]["connection"], "north");
    assert_eq!(answer["partial_errors"][0]["message"], "no such workspace");

    let one = service.call("/v1/sources/all/query", &json!({ "query": "T", "connections": ["WS-2"] })).await;
    assert_eq!((&one["row_count"], &one["outcome"]), (&json!(1), &json!("complete")));
    assert!(one["rows"][0].get("workspace").is_none());
    let (status, problem) =
        service.refused("/v1/sources/all/query", &json!({ "query": "T", "connections": ["east", "south"] })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/connections/1")));
    assert!(problem["detail"].as_str().unwrap().contains("east, north, west"));
}

#[tokio::test]
async fn tables_are_listed_and_sources_say_what_they_lack() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says(
        "/v1/workspaces/ws-1/metadata",
        Reply::json(
            r#"{"tables":[{"name":"Heartbeat","columns":[{"name":"TimeGenerated","type":"datetime"},
            {"name":"Computer","type":"string"}]}]}"#,
        ),
    );
    let sources = format!(
        "sources: {{ soc: {{ kind: sentinel, credential: soc, workspace_id: ws-1, base_url: '{}' }}, bare: {{ kind: sentinel }} }}",
        vendor.base()
    );
    let service = Service::start(&format!("{QUIET}{}{sources}", credentials(&issuer))).await;
    let (_, schema) = tests::service::json(service.get("/v1/sources/soc/schema").send().await.unwrap()).await;
    assert_eq!(
        schema["tables"],
        json!([{ "name": "Heartbeat", "columns": [{ "name": "TimeGenerated", "type": "datetime" },
            { "name": "Computer", "type": "string" }] }])
    );
    let (_, list) = tests::service::json(service.get("/v1/sources").send().await.unwrap()).await;
    assert_eq!((&list["items"][0]["id"], &list["items"][0]["state"]), (&json!("bare"), &json!("incomplete")));
    assert_eq!(list["items"][0]["needs"], json!(["sources.bare.workspace_id", "sources.bare.credential"]));
    assert_eq!((&list["items"][1]["state"], &list["items"][1]["environment"]), (&json!("ready"), &json!("MSSentinel")));
    let answer = service.call("/v1/sources/bare/query", &json!({ "query": "T" })).await;
    assert!(answer["reason"].as_str().unwrap().contains("sources.bare.credential"), "{answer:#}");
    let (status, problem) = service.refused("/v1/sources/none/query", &json!({ "query": "T" })).await;
    assert_eq!((status, problem["detail"].as_str().unwrap().contains("bare, soc")), (404, true));
}

#[tokio::test]
async fn an_answer_that_is_not_too_old_is_given_again_to_those_who_accept_it() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(ONE_ROW));
    let service = one_workspace(&issuer, &vendor).await;
    let body = json!({ "query": "T", "start": "-1d", "cache_s": 3600 });
    let first = service.call("/v1/sources/soc/query", &body).await;
    let second = service.call("/v1/sources/soc/query", &body).await;
    assert_eq!((&first["rows"], vendor.calls()), (&second["rows"], 1));
    assert!(first.get("cache_age_s").is_none() && second["cache_age_s"].is_u64());
    service.call("/v1/sources/soc/query", &json!({ "query": "T", "start": "-1d" })).await;
    service.call("/v1/sources/soc/query", &json!({ "query": "U", "start": "-1d", "cache_s": 3600 })).await;
    assert_eq!(vendor.calls(), 3, "opt-in, and by text");
}

#[tokio::test]
async fn more_rows_than_are_wanted_are_left_out_and_said_so() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let rows: Vec<Value> = (0..5_000).map(|number| json!([number])).collect();
    let body =
        json!({ "tables": [{ "name": "PrimaryResult", "columns": [{ "name": "N", "type": "int" }], "rows": rows }] });
    vendor.says("/v1/workspaces/ws-1/query", Reply::json(body.to_string()));
    let service = one_workspace(&issuer, &vendor).await;
    let answer = service.call("/v1/sources/soc/query", &json!({ "query": "T", "max_rows": 1500 })).await;
    assert_eq!((&answer["row_count"], &answer["truncated"]), (&json!(1500), &json!(true)));
    assert_eq!(answer["outcome"], "complete");
    let all = service.call("/v1/sources/soc/query", &json!({ "query": "T", "max_rows": 5000 })).await;
    assert_eq!((&all["row_count"], &all["truncated"]), (&json!(5000), &json!(false)));
    for (field, value) in
        [("max_rows", json!(0)), ("cache_s", json!(100_000)), ("deadline_ms", json!(0)), ("start", json!("x"))]
    {
        let mut body = json!({ "query": "T" });
        body[field] = value;
        let (status, problem) = service.refused("/v1/sources/soc/query", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(format!("/{field}"))));
    }
}
