//! Two replicas that share a real Redis: one call, one budget, and no failed request when Redis goes away.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes},
    redis::Redis,
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

async fn replica(vendor: &Vendor, redis: &Redis, more: &str) -> Service {
    let provider = format!("fake00: {{ base_url: \"{}\" {more} }}", vendor.base());
    let settings = QUIET.replace("tor: { enabled: false }", &provider)
        + &format!("cache: {{ redis: {{ url: \"{}\" }} }}\n", redis.url());
    Service::start_with(&settings, fakes(1, Duration::from_secs(5))).await
}

fn one(value: &str) -> Value {
    json!({ "observables": [{ "value": value }] })
}

#[tokio::test]
async fn a_thousand_identical_lookups_over_two_replicas_are_one_call() {
    let Some(redis) = Redis::start().await else { return };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(Duration::from_millis(300)));
    let (first, second) = (replica(&vendor, &redis, "").await, replica(&vendor, &redis, "").await);

    let body = one("9.9.9.9");
    let asked = (0..1_000).map(|n| if n % 2 == 0 { &first } else { &second }).map(|s| s.call("/v1/ti/lookup", &body));
    let answers = join_all(asked).await;

    assert_eq!(vendor.calls(), 1);
    assert!(answers.iter().all(|answer| answer["items"][0]["findings"][0]["outcome"] == "hit"));
}

#[tokio::test]
async fn what_one_replica_asked_the_other_knows() {
    let Some(redis) = Redis::start().await else { return };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let (first, second) = (replica(&vendor, &redis, "").await, replica(&vendor, &redis, "").await);

    first.call("/v1/ti/lookup", &one("9.9.9.9")).await;
    let answer = second.call("/v1/ti/lookup", &one("9.9.9.9")).await;

    assert_eq!(answer["items"][0]["findings"][0]["cache"]["status"], "hit");
    assert_eq!(vendor.calls(), 1);
}

#[tokio::test]
async fn a_budget_holds_over_two_replicas() {
    let Some(redis) = Redis::start().await else { return };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let windows = ", budgets: [{ requests: 20, per_s: 600 }, { requests: 500, per_s: 86400 }]";
    let (first, second) = (replica(&vendor, &redis, windows).await, replica(&vendor, &redis, windows).await);

    let values =
        |part: usize| -> Vec<Value> { (1..=50).map(|n| json!({ "value": format!("9.9.{part}.{n}") })).collect() };
    let (one, two) = (json!({ "observables": values(1) }), json!({ "observables": values(2) }));
    let (one, two) = tokio::join!(first.call("/v1/ti/lookup", &one), second.call("/v1/ti/lookup", &two));

    let hits = [one, two]
        .iter()
        .flat_map(|a| a["items"].as_array().unwrap().clone())
        .filter(|i| i["findings"][0]["outcome"] == "hit")
        .count();
    assert_eq!((hits, vendor.calls()), (20, 20), "not one too many, and none left unused");
}

#[tokio::test]
async fn redis_stopped_in_the_middle_fails_no_request() {
    let Some(mut redis) = Redis::start().await else { return };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = replica(&vendor, &redis, "").await;
    service.call("/v1/ti/lookup", &one("9.9.9.1")).await;

    redis.stop();
    for last in 1..=20 {
        let answer = service.call("/v1/ti/lookup", &one(&format!("9.9.9.{last}"))).await;
        assert_eq!(answer["items"][0]["findings"][0]["outcome"], "hit", "{answer:#}");
    }

    redis.start_again().await.unwrap();
    let mut shared = false;
    for last in 30..=250 {
        service.call("/v1/ti/lookup", &one(&format!("9.9.9.{last}"))).await;
        let other = replica(&vendor, &redis, "").await;
        let answer = other.call("/v1/ti/lookup", &one(&format!("9.9.9.{last}"))).await;
        if answer["items"][0]["findings"][0]["cache"]["status"] == "hit" {
            shared = true;
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(shared, "the shared cache comes back by itself");
}
