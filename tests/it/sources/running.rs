//! Templates that run: filled in, sent to the right source, split by time, and what their parts say.

use serde_json::{Value, json};
use tests::{
    entra::{credentials, issuer},
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

const ROWS: &str = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"N","type":"long"}],"rows":[[1],[2]]}]}"#;
const LOGONS: &str = "/v1/queries/MSSentinel/WindowsSecurity/list_host_logons/run";

async fn service(issuer: &Vendor, vendor: &Vendor, more: &str) -> Service {
    let sources = format!(
        "sources: {{ soc: {{ kind: sentinel, credential: soc, workspace_id: ws, base_url: '{}' }}{more} }}",
        vendor.base()
    );
    Service::start(&format!("{QUIET}{}{sources}", credentials(issuer))).await
}

fn texts(vendor: &Vendor) -> Vec<String> {
    let text = |body: &[u8]| serde_json::from_slice::<Value>(body).unwrap()["query"].as_str().unwrap().to_owned();
    vendor.seen().iter().map(|seen| text(&seen.body)).collect()
}

#[tokio::test]
async fn a_template_is_filled_in_and_sent_to_the_only_source_for_it() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws/query", Reply::json(ROWS));
    let service = service(&issuer, &vendor, "").await;
    let body = json!({ "parameters": { "host_name": "web\"01" }, "start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z" });
    let answer = service.call(LOGONS, &body).await;
    assert_eq!((&answer["rows"], &answer["source"]), (&json!([{ "N": 1 }, { "N": 2 }]), &json!("soc")));
    let rendered = service.call(&LOGONS.replace("/run", "/render"), &body).await;
    assert_eq!(
        (&answer["query"], texts(&vendor)),
        (&rendered["query"], vec![rendered["query"].as_str().unwrap().to_owned()])
    );
}

#[tokio::test]
async fn a_missing_parameter_is_named_with_its_type() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let service = service(&issuer, &vendor, "").await;
    let (status, problem) = service.refused(LOGONS, &json!({})).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/parameters/host_name")), "{problem:#}");
    assert!(problem["detail"].as_str().unwrap().contains("str"), "{problem:#}");
    assert_eq!(vendor.calls(), 0);
}

#[tokio::test]
async fn parts_of_a_time_are_asked_for_themselves_and_fail_for_themselves() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws/query", Reply::json(ROWS));
    vendor.says_once(
        "/v1/workspaces/ws/query",
        Reply::json(r#"{"error":{"code":"X","message":"too much"}}"#).status(400),
    );
    let service = service(&issuer, &vendor, "").await;
    let mut body = json!({ "parameters": { "host_name": "web01" }, "start": "2026-05-01T00:00:00Z", "end": "2026-05-04T00:00:00Z",
        "split_by": "1d", "deadline_ms": 20_000 });
    let answer = service.call(LOGONS, &body).await;
    assert_eq!((vendor.calls(), &answer["row_count"], &answer["outcome"]), (3, &json!(4), &json!("partial")));
    let errors = answer["partial_errors"].as_array().unwrap();
    assert_eq!((errors.len(), &errors[0]["message"]), (1, &json!("too much")));
    let day = |text: &Value| text.as_str().unwrap()[..10].to_owned();
    assert!(day(&errors[0]["start"]).starts_with("2026-05-0") && day(&errors[0]["start"]) == day(&errors[0]["end"]));
    assert!(texts(&vendor).iter().any(|text| text.contains("2026-05-01T23:59:59.9999999")), "{:#?}", texts(&vendor));

    body["split_by"] = json!("30d");
    assert_eq!(service.call(LOGONS, &body).await["outcome"], "complete", "a time that is shorter stays whole");
    assert_eq!(vendor.calls(), 4);
    body["split_by"] = json!("soon");
    assert_eq!(service.refused(LOGONS, &body).await.1["errors"][0]["pointer"], "/split_by");
}

#[tokio::test]
async fn the_source_has_to_be_said_where_several_fit() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws", Reply::json(ROWS));
    let more = format!(
        ", lab: {{ kind: sentinel, credential: soc, workspace_id: ws-2, base_url: '{}' }}, spl: {{ kind: splunk, base_url: '{}', key: k }}",
        vendor.base(),
        vendor.base()
    );
    let service = service(&issuer, &vendor, &more).await;
    let body = |source: Option<&str>| {
        let mut body = json!({ "parameters": { "host_name": "web01" } });
        if let Some(source) = source {
            body["source"] = json!(source);
        }
        body
    };
    for (source, words) in
        [(None, "lab, soc"), (Some("spl"), "not of MSSentinel"), (Some("none"), "no source of this name")]
    {
        let (status, problem) = service.refused(LOGONS, &body(source)).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/source")));
        assert!(problem["detail"].as_str().unwrap().contains(words), "{problem:#}");
    }
    assert_eq!(service.call(LOGONS, &body(Some("lab"))).await["source"], "lab");
    let (status, problem) = service.refused("/v1/queries/Cybereason/Cybereason/list_events/run", &json!({})).await;
    assert!(status == 422 || status == 404 || status == 400, "{problem:#}");
}

#[tokio::test]
async fn rows_of_a_template_can_be_passed_on_as_they_come() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/v1/workspaces/ws/query", Reply::json(ROWS));
    let service = service(&issuer, &vendor, "").await;
    let body = json!({ "parameters": { "host_name": "web01" } });
    let answer = service.post(LOGONS, &body).header("accept", "application/x-ndjson").send().await.unwrap();
    assert_eq!(answer.text().await.unwrap(), "{\"N\":1}\n{\"N\":2}\n");
}
