//! Work that callers do not wait for: it is taken, found, cancelled, told of, and never done twice.

use std::time::Duration;

use futures::future::join_all;
use reqwest::{RequestBuilder, Response};
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes},
    redis::Redis,
    service::{QUIET, Service, client, json as read},
    tls::{Authority, HttpsServer, params},
    vendor::{Reply, Vendor},
};

/// A service with one provider that takes its time.
async fn service(vendor: &Vendor, more: &str) -> Service {
    let quiet =
        if more.starts_with("limits") { QUIET.replace("limits: { requests_per_s: 0 }", "") } else { QUIET.into() };
    let provider = format!("fake00: {{ base_url: \"{}\" }}", vendor.base());
    let settings = quiet.replace("tor: { enabled: false }", &provider) + more;
    Service::start_with(&settings, fakes(1, Duration::from_secs(60))).await
}

fn slow(pause: Duration) -> Vendor {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER).after(pause));
    vendor
}

fn lookup() -> Value {
    json!({ "observables": [{ "value": "9.9.9.9" }], "deadline_ms": 50_000 })
}

fn deferred(service: &Service, prefer: &str) -> RequestBuilder {
    service.post("/v1/ti/lookup", &lookup()).header("prefer", prefer)
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// Where a job is found that was just taken.
async fn taken(request: RequestBuilder) -> String {
    let answer = request.send().await.unwrap();
    let location = header(&answer, "location").to_owned();
    let (status, body) = read(answer).await;
    assert_eq!((status.as_u16(), &body["status"]), (202, &json!("running")), "{body:#}");
    assert!(location.ends_with(&format!("/v1/jobs/{}", body["id"].as_str().unwrap())), "{location}");
    location
}

/// What came of a job.
async fn ended(location: &str) -> Response {
    for _ in 0..200 {
        let answer = client().get(location).send().await.unwrap();
        if answer.status() != 202 {
            return answer;
        }
        assert_eq!((header(&answer, "location"), header(&answer, "retry-after")), (location, "2"));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

#[tokio::test]
async fn a_job_answers_what_would_have_been_answered_at_once() {
    let vendor = slow(Duration::from_millis(300));
    let service = service(&vendor, "").await;
    let answer = deferred(&service, "respond-async").send().await.unwrap();
    assert_eq!((answer.status().as_u16(), header(&answer, "preference-applied")), (202, "respond-async"));
    let location = header(&answer, "location").to_owned();
    assert!(location.starts_with(service.base()), "an absolute address: {location}");

    let (status, body) = read(ended(&location).await).await;
    assert_eq!((status.as_u16(), &body["items"][0]["findings"][0]["outcome"]), (200, &json!("hit")), "{body:#}");
    let (_, again) = read(ended(&location).await).await;
    assert_eq!(again, body, "it is kept");
    assert_eq!(vendor.calls(), 1);

    let csv = service.post("/v1/mask", &json!({ "rows": [{ "ip": "10.0.0.1" }] })).header("accept", "text/csv");
    let at_once = csv.try_clone().unwrap().send().await.unwrap();
    let later = ended(&taken(csv.header("prefer", "respond-async")).await).await;
    assert_eq!(header(&later, "content-type"), header(&at_once, "content-type"));
    assert_eq!(later.text().await.unwrap(), at_once.text().await.unwrap());
}

#[tokio::test]
async fn addresses_begin_as_the_settings_say() {
    let vendor = slow(Duration::ZERO);
    let quiet =
        QUIET.replace("listen: \"127.0.0.1:0\"", "listen: \"127.0.0.1:0\", public_url: \"https://pivotd.example/soc\"");
    let service = Service::start(&quiet).await;
    let answer = service
        .post("/v1/mask", &json!({ "rows": [{ "ip": "10.0.0.1" }] }))
        .header("prefer", "respond-async")
        .send()
        .await
        .unwrap();
    assert!(header(&answer, "location").starts_with("https://pivotd.example/soc/v1/jobs/"), "{answer:?}");
    drop(vendor);
}

#[tokio::test]
async fn who_waits_a_little_gets_the_answer_if_it_comes_in_time() {
    let quick = slow(Duration::from_millis(200));
    let service = service(&quick, "").await;
    let (status, body) = read(deferred(&service, "respond-async, wait=20").send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &body["items"][0]["findings"][0]["outcome"]), (200, &json!("hit")));
    let slow = slow(Duration::from_secs(30));
    let service = self::service(&slow, "").await;
    taken(deferred(&service, "respond-async, wait=1")).await;
}

#[tokio::test]
async fn a_mistake_is_what_came_of_the_job() {
    let service = Service::start(QUIET).await;
    let wrong = service.post("/v1/ti/lookup", &json!({ "observable": 1 })).header("prefer", "respond-async");
    let answer = ended(&taken(wrong).await).await;
    assert_eq!(header(&answer, "content-type"), "application/problem+json");
    let (status, body) = read(answer).await;
    assert_eq!((status.as_u16(), &body["errors"][0]["pointer"]), (400, &json!("/observable")), "{body:#}");
    // What needs no job is answered at once: who may not call, and what there is not.
    let unknown = service.post("/v1/nothing", &json!({})).header("prefer", "respond-async").send().await.unwrap();
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn the_same_request_sent_again_finds_the_same_job() {
    let vendor = slow(Duration::from_millis(200));
    let service = service(&vendor, "").await;
    let named = |name: &str| deferred(&service, "respond-async").header("idempotency-key", name);
    let many = join_all((0..20).map(|_| taken(named("incident-3177")))).await;
    assert!(many.iter().all(|location| *location == many[0]), "{many:?}");
    ended(&many[0]).await;
    assert_eq!(taken_or_ended(named("incident-3177")).await, many[0]);
    assert_eq!(vendor.calls(), 1);
    assert_ne!(taken(named("incident-3178")).await, many[0]);

    let other = service.post("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }] }));
    let other = other.header("prefer", "respond-async").header("idempotency-key", "incident-3177");
    let (status, problem) = read(other.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["type"]), (409, &json!("/problems/conflict")), "{problem:#}");
    let (status, problem) = read(named(&"x".repeat(300)).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["errors"][0]["pointer"]), (400, &json!("/Idempotency-Key")), "{problem:#}");
}

async fn taken_or_ended(request: RequestBuilder) -> String {
    header(&request.send().await.unwrap(), "location").to_owned()
}

#[tokio::test]
async fn a_cancelled_job_is_gone_and_no_longer_counts() {
    let vendor = slow(Duration::from_secs(40));
    let service = service(&vendor, "limits: { requests_per_s: 0, concurrent: 1 }\n").await;
    let location = taken(deferred(&service, "respond-async")).await;
    let refused = deferred(&service, "respond-async").send().await.unwrap();
    assert_eq!(refused.status(), 429, "a running job is one of the caller's requests");
    assert_eq!(client().get(&location).send().await.unwrap().status(), 202, "who looks after it needs no room");
    assert_eq!(client().delete(&location).send().await.unwrap().status(), 204);
    for _ in 0..100 {
        let again = deferred(&service, "respond-async").send().await.unwrap();
        if again.status() == 202 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there is no room although nothing runs");
}

#[tokio::test]
async fn cancelling_stops_what_runs() {
    let vendor = slow(Duration::from_secs(40));
    let service = service(&vendor, "").await;
    let location = taken(deferred(&service, "respond-async")).await;
    let delete = async || client().delete(&location).send().await.unwrap().status().as_u16();
    assert_eq!((delete().await, delete().await), (204, 404));
    assert_eq!(client().get(&location).send().await.unwrap().status(), 404);
    // It ends although a job was begun that would have run for long.
    tokio::time::timeout(Duration::from_secs(10), service.stop()).await.expect("nothing runs any more");
}

#[tokio::test]
async fn only_who_asked_for_a_job_finds_it() {
    let digest = |key: &str| hex::encode(<sha2::Sha256 as sha2::Digest>::digest(key));
    let keys = format!(
        "auth: {{ api_keys: [{{ id: soar, sha256: '{}', scopes: [lookup, analyze] }}, {{ id: other, sha256: '{}', scopes: [lookup, admin] }}] }}\n",
        digest("soars-own-key-0123456789"),
        digest("others-own-key-0123456789")
    );
    let service = Service::start(&(QUIET.to_owned() + &keys)).await;
    let by = |request: RequestBuilder, key: &str| request.header("x-api-key", key.to_owned());
    let mask = service.post("/v1/mask", &json!({ "rows": [{ "ip": "10.0.0.1" }] })).header("prefer", "respond-async");
    let location = taken(by(mask, "soars-own-key-0123456789")).await;
    for (key, expected) in [("others-own-key-0123456789", 404), ("nobody's", 401)] {
        assert_eq!(by(client().get(&location), key).send().await.unwrap().status(), expected);
        assert_eq!(by(client().delete(&location), key).send().await.unwrap().status(), expected);
    }
    let own = by(client().get(&location), "soars-own-key-0123456789").send().await.unwrap();
    assert!([200, 202].contains(&own.status().as_u16()), "{own:?}");
    let unknown = service.get("/v1/jobs/00000000-0000-0000-0000-000000000000");
    assert_eq!(by(unknown, "soars-own-key-0123456789").send().await.unwrap().status(), 404);
    let odd = service.get("/v1/jobs/x");
    assert_eq!(by(odd, "soars-own-key-0123456789").send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn every_replica_finds_and_cancels_every_job() {
    let Some(redis) = Redis::start().await else { return };
    let more = format!("cache: {{ redis: {{ url: \"{}\" }} }}\n", redis.url());
    let (quick, endless) = (slow(Duration::from_millis(300)), slow(Duration::from_secs(40)));
    let (first, second) = (service(&quick, &more).await, service(&endless, &more).await);
    let elsewhere =
        |location: &str, there: &Service| format!("{}/v1/jobs/{}", there.base(), location.rsplit('/').next().unwrap());

    let named = |service: &Service| deferred(service, "respond-async").header("idempotency-key", "incident-3177");
    let location = taken(named(&first)).await;
    let there = elsewhere(&location, &second);
    assert_eq!(client().get(&there).send().await.unwrap().status(), 202);
    assert_eq!(taken_or_ended(named(&second)).await, there, "it is not begun again");
    let (status, body) = read(ended(&there).await).await;
    assert_eq!((status.as_u16(), &body["items"][0]["findings"][0]["outcome"]), (200, &json!("hit")));

    let location = taken(deferred(&second, "respond-async")).await;
    assert_eq!(client().delete(elsewhere(&location, &first)).send().await.unwrap().status(), 204);
    assert_eq!(client().get(elsewhere(&location, &first)).send().await.unwrap().status(), 404);
    tokio::time::timeout(Duration::from_secs(10), second.stop()).await.expect("it is stopped where it runs");
}

#[tokio::test]
async fn a_service_that_stops_finishes_its_jobs_first() {
    let Some(redis) = Redis::start().await else { return };
    let more = format!("cache: {{ redis: {{ url: \"{}\" }} }}\n", redis.url());
    let vendor = slow(Duration::from_millis(800));
    let (first, second) = (service(&vendor, &more).await, service(&vendor, &more).await);
    let location = taken(deferred(&first, "respond-async")).await;
    first.stop().await;
    let there = format!("{}/v1/jobs/{}", second.base(), location.rsplit('/').next().unwrap());
    let answer = client().get(&there).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{answer:?}");
}

#[tokio::test]
async fn who_is_named_is_told_what_came_of_it() {
    let authority = Authority::new();
    let say = |_: &str, _: &str| (200, Vec::new(), "{}".to_owned());
    let Some(hooks) = HttpsServer::start_on_port_443(&authority, params(&["localhost"]), say).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, &authority.pem).unwrap();
    let quiet = QUIET.replace("egress: { ", &format!("egress: {{ ca_file: {ca:?}, "));
    let service = Service::start(&(quiet + "jobs: { callback_hosts: [localhost] }\n")).await;
    let body = json!({ "rows": [], "callback_url": "https://localhost/done?job=1" });
    taken(service.post("/v1/mask", &body).header("prefer", "respond-async")).await;
    for _ in 0..100 {
        if !hooks.seen().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(hooks.seen(), ["localhost/done?job=1"]);
}

#[tokio::test]
async fn nobody_is_told_whom_the_settings_do_not_name() {
    let service = Service::start(&(QUIET.to_owned() + "jobs: { callback_hosts: [hooks.example] }\n")).await;
    for (address, expected) in
        [("https://evil.example/", 403), ("http://hooks.example/", 400), ("https://169.254.169.254/latest", 403)]
    {
        let body = json!({ "rows": [], "callback_url": address });
        for request in [
            service.post("/v1/mask", &body),
            service.post(&format!("/v1/mask?callback_url={address}"), &json!({ "rows": [{ "ip": "10.0.0.1" }] })),
        ] {
            let (status, problem) = read(request.header("prefer", "respond-async").send().await.unwrap()).await;
            assert_eq!(
                (status.as_u16(), &problem["errors"][0]["pointer"]),
                (expected, &json!("/callback_url")),
                "{problem:#}"
            );
            assert!(!problem.to_string().contains("169.254"), "{problem:#}");
        }
    }
    // Without a job there is nothing to tell, and the member is unknown.
    let (status, _) =
        service.refused("/v1/mask", &json!({ "rows": [], "callback_url": "https://hooks.example/" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_there_is_a_job() {
    let limits = QUIET.replace("limits: { ", "limits: { body_bytes: 1024, table_bytes: 1024, ");
    let service = Service::start(&limits).await;
    let body = json!({ "rows": [{ "ip": "x".repeat(2_000) }] });
    let (status, _) =
        read(service.post("/v1/mask", &body).header("prefer", "respond-async").send().await.unwrap()).await;
    assert_eq!(status, 413);
}
