//! Starting, health, callers, limits, draining, and new settings without a restart.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes},
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

/// SHA-256 of `correct-horse-battery-staple`.
const KEY: &str = "correct-horse-battery-staple";

fn guarded(more: &str) -> String {
    use sha2::Digest;
    let digest: String = sha2::Sha256::digest(KEY).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{QUIET}auth: {{ api_keys: [{{ id: soar, sha256: \"{digest}\", scopes: [lookup] }}] }}\n{more}")
}

#[tokio::test]
async fn it_says_that_it_lives_and_what_it_is() {
    let service = Service::start(QUIET).await;
    assert_eq!(service.get("/livez").send().await.unwrap().status(), 200);
    assert_eq!(service.get("/readyz").send().await.unwrap().status(), 200);
    let version: Value = service.get("/version").send().await.unwrap().json().await.unwrap();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    service.call("/v1/ip/type", &json!({ "values": ["8.8.8.8"] })).await;
    let metrics = service.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("http_server_request_duration"), "{metrics}");
    assert!(!metrics.contains("8.8.8.8"), "no observable in a label");
}

#[tokio::test]
async fn without_the_right_key_nothing_is_answered() {
    let service = Service::start(&guarded("")).await;
    let body = json!({ "values": ["8.8.8.8"] });
    let ask = async |key: Option<(&str, &str)>, path: &str| {
        let mut request = service.post(path, &body);
        if let Some((name, value)) = key {
            request = request.header(name, value);
        }
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert!(!problem.to_string().contains(KEY));
        status.as_u16()
    };
    let bearer = format!("Bearer {KEY}");
    assert_eq!(ask(None, "/v1/ip/type").await, 401);
    assert_eq!(ask(Some(("x-api-key", "wrong")), "/v1/ip/type").await, 401);
    assert_eq!(ask(Some(("x-api-key", KEY)), "/v1/ip/type").await, 200);
    assert_eq!(ask(Some(("authorization", &bearer)), "/v1/ip/type").await, 200);
    assert_eq!(ask(Some(("x-api-key", KEY)), "/v1/admin/reload").await, 403, "the scope is missing");
    assert_eq!(service.get("/livez").send().await.unwrap().status(), 200, "health needs no key");
}

#[tokio::test]
async fn a_caller_that_asks_too_often_is_told_when_to_come_back() {
    let settings = QUIET.replace("requests_per_s: 0", "requests_per_s: 5");
    let service = Service::start(&settings).await;
    let body = json!({ "values": ["8.8.8.8"] });
    let mut refused = None;
    for _ in 0..20 {
        let answer = service.post("/v1/ip/type", &body).send().await.unwrap();
        assert!(answer.headers().contains_key("ratelimit"), "{:?}", answer.headers());
        assert!(answer.headers().contains_key("ratelimit-policy"));
        if answer.status() == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the sixth of twenty at once");
    assert!(refused.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() >= 1);
    let (_, problem) = read(refused).await;
    assert_eq!(problem["type"], "/problems/exhausted");
}

#[tokio::test]
async fn what_runs_is_finished_before_it_stops() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(Duration::from_millis(700)));
    let settings = QUIET.replace("tor: { enabled: false }", &format!("fake00: {{ base_url: \"{}\" }}", vendor.base()));
    let service = Service::start_with(&settings, fakes(1, Duration::from_secs(5))).await;
    let request = service.post("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }] }));
    let running =
        tokio::spawn(async move { read(request.send().await.expect("an answer in spite of the stop")).await });
    while vendor.calls() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    service.stop().await;

    let (status, answer) = running.await.unwrap();
    assert_eq!((status.as_u16(), &answer["items"][0]["findings"][0]["outcome"]), (200, &json!("hit")));
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let service = Service::start(QUIET).await;
    let answer = service.get("/openapi.json").header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
}

#[tokio::test]
async fn a_trace_goes_on_under_the_caller_s_id() {
    let service = Service::start(QUIET).await;
    let answer: Value = service
        .post("/v1/enrich", &json!({ "observables": [{ "value": "8.8.8.8" }] }))
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
}
