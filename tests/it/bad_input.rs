//! What bad input gets: a problem that says which, and nothing worse.

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

fn pointer(problem: &Value) -> &str {
    problem["errors"][0]["pointer"].as_str().unwrap_or_else(|| panic!("no pointer in {problem:#}"))
}

#[tokio::test]
async fn a_mistake_is_pointed_at() {
    let service = Service::start(QUIET).await;
    for (body, expected) in [
        (json!({ "observables": [{ "value": "8.8.8.8", "knd": "ipv4" }] }), "/observables/0/knd"),
        (json!({ "observables": [{ "value": 8 }] }), "/observables/0/value"),
        (json!({ "observables": "8.8.8.8" }), "/observables"),
        (json!({ "observables": [], "deadlin_ms": 5 }), "/deadlin_ms"),
        (json!({ "observables": [], "deadline_ms": 0 }), "/deadline_ms"),
        (json!({ "observables": [], "deadline_ms": 100_001 }), "/deadline_ms"),
        (json!({ "observables": [], "deadline_ms": "soon" }), "/deadline_ms"),
        (json!({ "observables": [], "tlp": "purple" }), "/tlp"),
    ] {
        let (status, problem) = service.refused("/v1/ti/lookup", &body).await;
        assert_eq!((status, pointer(&problem)), (400, expected), "{problem:#}");
        assert_eq!(problem["type"], "/problems/invalid");
    }
    let (status, problem) = service.refused("/v1/ti/lookup", &json!({})).await;
    assert_eq!(status, 400, "{problem:#}");
    assert!(problem.to_string().contains("observables"));
}

#[tokio::test]
async fn ten_thousand_and_one_items_are_too_many() {
    let service = Service::start(QUIET).await;
    let values = vec![json!({ "value": "8.8.8.8" }); 10_001];
    let (status, problem) = service.refused("/v1/ti/lookup", &json!({ "observables": values })).await;
    assert_eq!((status, pointer(&problem)), (413, "/observables"), "{problem:#}");
    assert!(problem["detail"].as_str().unwrap().contains("10001 items where at most 1000"), "{problem:#}");
}

#[tokio::test]
async fn text_that_holds_too_many_observables_is_refused_with_the_count() {
    let few = QUIET.replace("requests_per_s: 0", "requests_per_s: 0, items_per_call: 1000");
    let service = Service::start(&few).await;
    let text: String = (0..1_200).map(|n| format!("8.{}.{}.9 ", n / 250 + 1, n % 250)).collect();
    let (status, problem) = service.refused("/v1/enrich", &json!({ "text": text })).await;
    assert_eq!(status, 413, "{problem:#}");
    assert!(problem["detail"].as_str().unwrap().contains("1200 observables"), "{problem:#}");
}

#[tokio::test]
async fn sixty_four_levels_of_json_are_too_deep() {
    let service = Service::start(QUIET).await;
    let deep = format!("{{\"incident\":{}1{}}}", "[".repeat(64), "]".repeat(64));
    let request = service.post("/v1/enrich", &json!(null)).body(deep);
    let (status, problem) = read(request.send().await.unwrap()).await;
    assert!(status.is_client_error(), "{problem:#}");
    assert!(problem["detail"].as_str().unwrap().contains("deeper than 32"), "{problem:#}");
}

#[tokio::test]
async fn a_body_of_100_megabytes_is_refused() {
    let service = Service::start(QUIET).await;
    let large = format!("{{\"text\":\"{}\"}}", " ".repeat(100 * 1024 * 1024));
    let sent = service.post("/v1/enrich", &json!(null)).body(large).send().await;
    // The service may close the connection while the body is still being sent.
    if let Ok(answer) = sent {
        let (status, problem) = read(answer).await;
        assert_eq!(status, 413, "{problem:#}");
    }
    assert_eq!(service.get("/livez").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn what_is_no_json_or_no_utf8_is_told_apart() {
    let service = Service::start(QUIET).await;
    for body in [&b"{\"text\": \xff\xfe}"[..], b"{\"text\": ", b"", b"[1,2", b"{\"text\":\"\\ud800\"}"] {
        let request = service.post("/v1/enrich", &json!(null)).body(body.to_vec());
        let (status, problem) = read(request.send().await.unwrap()).await;
        assert_eq!(status, 400, "{problem:#}");
        assert_eq!(problem["type"], "/problems/invalid");
    }
    let form = client().post(format!("{}/v1/enrich", service.base())).header("content-type", "text/plain").body("{}");
    assert_eq!(form.send().await.unwrap().status(), 415);
}

#[tokio::test]
async fn the_framework_s_own_failures_are_problems_too() {
    let service = Service::start(QUIET).await;
    let (status, problem) = read(service.get("/v1/nothing/here").send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["status"]), (404, &json!(404)));
    let answer = service.get("/v1/enrich").send().await.unwrap();
    assert_eq!(answer.headers()["allow"], "POST, OPTIONS");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    assert_eq!(answer.status(), 405);
    for path in ["/problems/invalid", "/problems/too-large"] {
        let page = service.get(path).send().await.unwrap();
        assert_eq!(page.status(), 200, "{path} explains itself");
    }
}

#[tokio::test]
async fn hostile_values_do_no_harm() {
    let service = Service::start(QUIET).await;
    let long = "a".repeat(100_000);
    let values: Vec<Value> =
        ["", " ", "\0", "\u{202e}", "http://", "http://[::1", "::::::", "....", "%00%ff", "@", &long]
            .iter()
            .map(|value| json!({ "value": value }))
            .collect();
    let answer = service.call("/v1/ti/lookup", &json!({ "observables": values })).await;
    assert_eq!(answer["items"].as_array().unwrap().len() + answer["rejected"].as_array().unwrap().len(), values.len());
}
