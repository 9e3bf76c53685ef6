//! `/v1/ti/lookup` against vendors on loopback: outcomes, caching, coalescing, budgets, policy.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes, ids},
    service::{QUIET, Service, json as read},
    vendor::{Manner, Reply, Vendor},
};

/// Settings that point every fake provider at its own path of one vendor.
fn pointed_at(vendor: &Vendor, count: usize, more: &str) -> String {
    let providers: String =
        ids(count).iter().map(|id| format!("  {id}: {{ base_url: \"{}/{id}\" {more} }}\n", vendor.base())).collect();
    QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"))
}

async fn with_fakes(vendor: &Vendor, count: usize, more: &str) -> Service {
    Service::start_with(&pointed_at(vendor, count, more), fakes(count, Duration::from_secs(5))).await
}

fn one(value: &str) -> Value {
    json!({ "observables": [{ "value": value }] })
}

#[tokio::test]
async fn every_provider_gives_a_finding_and_the_worst_verdict_wins() {
    let vendor = Vendor::start();
    vendor.says("/fake00", Reply::json(ANSWER));
    vendor.says("/fake01", Reply::json(r#"{"score":0}"#));
    vendor.says("/fake02", Reply::json("{}").status(404));
    vendor.says("/fake03", Reply::json("{}").status(429).header("retry-after", "120"));
    vendor.says("/fake04", Reply::json("{}").status(401));
    vendor.says("/fake05", Reply::json("<html>down</html>").header("content-type", "text/html"));
    let service = with_fakes(&vendor, 6, "").await;

    let answer = service.call("/v1/ti/lookup", &one("8.8.8[.]8")).await;

    let item = &answer["items"][0];
    assert_eq!(item["observable"], json!({ "value": "8.8.8[.]8", "kind": "ipv4", "canonical": "8.8.8.8" }));
    assert_eq!((&item["verdict"], &item["score"]), (&json!("malicious"), &json!(75)));
    let outcomes: Vec<_> =
        item["findings"].as_array().unwrap().iter().map(|f| f["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["hit", "clean", "not_found", "rate_limited", "unauthorized", "error"]);
    assert_eq!(item["findings"][3]["retry_after_s"], 120);
    assert_eq!(item["findings"][0]["evidence"]["reports"], 12);
    assert_eq!(answer["complete"], true);
    let text = answer.to_string();
    assert!(!text.contains("null"), "a field that does not apply is left out: {text}");
}

#[tokio::test]
async fn an_answer_is_asked_for_once_and_a_failure_again() {
    let vendor = Vendor::start();
    vendor.says("/fake00", Reply::json(ANSWER));
    vendor.says("/fake01", Reply::json("{}").status(500));
    let service = with_fakes(&vendor, 2, "").await;

    let first = service.call("/v1/ti/lookup", &one("8.8.8.8")).await;
    let failures = vendor.calls() - 1;
    let second = service.call("/v1/ti/lookup", &one("8.8.8.8")).await;

    let status = |answer: &Value, provider: usize| answer["items"][0]["findings"][provider]["cache"]["status"].clone();
    assert_eq!((status(&first, 0), status(&second, 0)), (json!("miss"), json!("hit")));
    assert!(second["items"][0]["findings"][0]["cache"]["expires_at"].is_string());
    assert_eq!(second["items"][0]["findings"][1]["outcome"], "error");
    assert_eq!(vendor.calls(), 1 + 2 * failures, "the failure was not kept");

    let refreshed =
        service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }], "refresh": true })).await;
    assert_eq!(status(&refreshed, 0), json!("miss"));
}

#[tokio::test]
async fn a_thousand_identical_lookups_at_once_are_one_call() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(Duration::from_millis(300)));
    let service = with_fakes(&vendor, 1, "").await;

    let body = one("9.9.9.9");
    let answers = join_all((0..1_000).map(|_| service.call("/v1/ti/lookup", &body))).await;

    assert_eq!(vendor.calls(), 1);
    assert!(answers.iter().all(|answer| answer["items"][0]["findings"][0]["outcome"] == "hit"));
}

#[tokio::test]
async fn at_the_deadline_what_is_there_is_returned_and_the_rest_is_marked() {
    let vendor = Vendor::start();
    vendor.says("/fake00", Reply::json(ANSWER));
    vendor.says("/fake01", Reply::json(ANSWER).manner(Manner::Hang));
    let service = with_fakes(&vendor, 2, "").await;

    let started = Instant::now();
    let body = json!({ "observables": [{ "value": "8.8.8.8" }], "deadline_ms": 400 });
    let answer = service.call("/v1/ti/lookup", &body).await;
    let took = started.elapsed();

    let findings = &answer["items"][0]["findings"];
    assert_eq!((&findings[0]["outcome"], &findings[1]["outcome"]), (&json!("hit"), &json!("timeout")));
    assert_eq!(answer["complete"], false);
    assert!(took < Duration::from_secs(4), "answered after {took:?}");
}

#[tokio::test]
async fn a_budget_is_never_passed_and_says_when_there_is_more() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_fakes(&vendor, 1, ", budgets: [{ requests: 3, per_s: 600 }]").await;

    let values: Vec<Value> = (1..=10).map(|last| json!({ "value": format!("9.9.9.{last}") })).collect();
    let answer = service.call("/v1/ti/lookup", &json!({ "observables": values })).await;

    let findings: Vec<&Value> = answer["items"].as_array().unwrap().iter().map(|item| &item["findings"][0]).collect();
    assert_eq!(findings.iter().filter(|f| f["outcome"] == "hit").count(), 3);
    let skipped: Vec<_> = findings.iter().filter(|f| f["outcome"] == "skipped").collect();
    assert_eq!(skipped.len(), 7);
    assert!(skipped.iter().all(|f| f["reason"] == "budget" && f["retry_after_s"].as_u64().unwrap() > 0));
    assert_eq!(vendor.calls(), 3);

    let (_, catalogue) = read(service.get("/v1/ti/providers").send().await.unwrap()).await;
    assert_eq!(catalogue["items"][0]["budget"]["windows"][0]["left"], 0);
}

#[tokio::test]
async fn a_provider_that_says_too_much_is_left_alone_until_it_said() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json("{}").status(429).header("retry-after", "21600"));
    let service = with_fakes(&vendor, 1, "").await;

    service.call("/v1/ti/lookup", &one("8.8.8.8")).await;
    let answer = service.call("/v1/ti/lookup", &one("9.9.9.9")).await;

    let finding = &answer["items"][0]["findings"][0];
    assert_eq!((&finding["outcome"], &finding["reason"]), (&json!("skipped"), &json!("budget")));
    assert!(finding["retry_after_s"].as_u64().unwrap() > 21_000);
    assert_eq!(vendor.calls(), 1);
}

#[tokio::test]
async fn a_provider_that_keeps_failing_is_given_a_rest() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json("{}").status(500));
    let service = with_fakes(&vendor, 1, "").await;

    let values: Vec<Value> = (1..=100).map(|last| json!({ "value": format!("9.9.9.{last}") })).collect();
    for chunk in values.chunks(10) {
        service.call("/v1/ti/lookup", &json!({ "observables": chunk })).await;
    }
    let answer = service.call("/v1/ti/lookup", &one("8.8.8.8")).await;

    let finding = &answer["items"][0]["findings"][0];
    assert_eq!((&finding["outcome"], &finding["reason"]), (&json!("skipped"), &json!("breaker")));
}

#[tokio::test]
async fn what_must_not_be_seen_is_not_sent() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let settings = pointed_at(&vendor, 1, "") + "policy: { internal_domains: [\"corp.example.com\"] }\n";
    let service = Service::start_with(&settings, fakes(1, Duration::from_secs(5))).await;

    let reason = async |body: Value| {
        let answer = service.call("/v1/ti/lookup", &body).await;
        answer["items"][0]["findings"][0]["reason"].clone()
    };
    assert_eq!(reason(one("10.1.2.3")).await, "not_global");
    assert_eq!(reason(one("vpn.corp.example.com")).await, "internal_domain");
    assert_eq!(reason(json!({ "observables": [{ "value": "8.8.8.8" }], "tlp": "red" })).await, "tlp");
    assert_eq!(vendor.calls(), 0);
}

#[tokio::test]
async fn the_key_goes_to_the_provider_and_nowhere_else() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(r#"{"data":{"abuseConfidenceScore":90,"totalReports":3}}"#));
    let settings = QUIET.replace(
        "tor: { enabled: false }",
        &format!("tor: {{ enabled: false }}, abuseipdb: {{ key: s3cr3t-k3y, base_url: \"{}\" }}", vendor.base()),
    );
    let service = Service::start(&settings).await;

    let answer =
        service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }], "include_raw": true })).await;
    let (_, catalogue) = read(service.get("/v1/ti/providers").send().await.unwrap()).await;

    let seen = &vendor.seen()[0];
    assert_eq!(seen.header("key"), Some("s3cr3t-k3y"));
    assert!(seen.header("user-agent").unwrap().starts_with("pivotd/"));
    assert!(seen.header("traceparent").is_none());
    assert_eq!(answer["items"][0]["findings"][0]["raw"]["data"]["totalReports"], 3);
    assert!(!answer.to_string().contains("s3cr3t") && !catalogue.to_string().contains("s3cr3t"));
}

#[tokio::test]
async fn items_keep_the_order_sent_and_what_cannot_be_read_is_told() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_fakes(&vendor, 1, "").await;

    let answer = service
        .call("/v1/ti/lookup", &json!({ "observables": [
            { "value": "9.9.9.9" }, { "value": "nonsense" }, { "value": "8.8.8.8" }, { "value": "999.1.1.1", "kind": "ipv4" },
            { "value": "9.9.9.9", "kind": "ip-dst" }, { "value": "x", "kind": "colour" },
        ]}))
        .await;

    let values: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|i| i["observable"]["canonical"].clone()).collect();
    assert_eq!(values, ["9.9.9.9", "8.8.8.8", "9.9.9.9"]);
    let rejected: Vec<_> = answer["rejected"].as_array().unwrap().iter().map(|r| r["value"].clone()).collect();
    assert_eq!(rejected, ["nonsense", "999.1.1.1", "x"]);
    assert_eq!(vendor.calls(), 2, "what is asked twice is looked up once");
}

#[tokio::test]
async fn one_observable_can_be_asked_in_the_query_string() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_fakes(&vendor, 2, "").await;

    let (status, answer) =
        read(service.get("/v1/ti/lookup?value=8.8.8.8&kind=ip&provider=fake01").send().await.unwrap()).await;

    assert_eq!(status, 200);
    assert_eq!(answer["items"][0]["findings"].as_array().unwrap().len(), 1);
    assert_eq!(answer["items"][0]["findings"][0]["provider"], "fake01");
}

#[tokio::test]
async fn an_unknown_provider_is_refused_with_those_that_exist() {
    let vendor = Vendor::start();
    let service = with_fakes(&vendor, 2, "").await;
    let body = json!({ "observables": [{ "value": "8.8.8.8" }], "providers": ["fake00", "nobody"] });
    let (status, problem) = service.refused("/v1/ti/lookup", &body).await;
    assert_eq!(status, 400);
    assert_eq!(problem["errors"][0]["pointer"], "/providers/1");
    assert!(problem["detail"].as_str().unwrap().contains("fake00, fake01"));
}
