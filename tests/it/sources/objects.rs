//! Objects of Amazon S3 and Azure Blob Storage as a source: KQL over what lies there.

use std::io::Write as _;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    entra,
    objects::{ObjectServer, Protocol},
    service::{QUIET, Service, client, json as read},
};

/// What must never show.
const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY";

fn events(times: &[&str]) -> String {
    times.iter().map(|time| format!("{{\"TimeGenerated\":\"{time}\",\"Account\":\"eve\"}}\n")).collect()
}

/// A service over the bucket's objects below `logs/`, which are listed for each query.
async fn s3(store: &ObjectServer, more: &str) -> Service {
    let base = store.base();
    let source = format!(
        "path: 's3://soc/logs', base_url: '{base}', region: eu-central-1, user: AKIAEXAMPLE, password: {SECRET}, fresh_s: 0"
    );
    service(&source, more).await
}

async fn service(source: &str, more: &str) -> Service {
    Service::start(&format!("{QUIET}sources: {{ lake: {{ kind: local, {source} {more} }} }}\n")).await
}

async fn ask(service: &Service, query: &str) -> Value {
    ask_with(service, &json!({ "query": query, "deadline_ms": 30_000 })).await
}

async fn ask_with(service: &Service, body: &Value) -> Value {
    let request = client().post(format!("{}/v1/sources/lake/query", service.base())).json(body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    assert!(!answer.to_string().contains(SECRET), "{answer:#}");
    answer
}

async fn schema(service: &Service) -> Value {
    let (status, answer) = read(service.get("/v1/sources/lake/schema").send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn messages(answer: &Value) -> String {
    let errors = answer["partial_errors"].as_array().cloned().unwrap_or_default();
    errors.iter().filter_map(|error| error["message"].as_str()).collect::<Vec<_>>().join("\n")
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_s3_are_queried_and_each_is_fetched_once() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.pages_of(2).put("other/Signins/a.ndjson", events(&["2026-11-24T08:00:00Z"]));
    store.put("logs/Signins/a.ndjson", events(&["2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"]));
    store.put("logs/Signins/b & c+d.csv", "TimeGenerated,Account\n2026-11-24T10:00:00Z,ian\n");
    store.put("logs/Signins/e.ndjson.gz", gzipped(&events(&["2026-11-24T11:00:00Z"])));
    store.put_encoded("logs/Signins/f.ndjson", gzipped(&events(&["2026-11-24T12:00:00Z"])), "gzip");
    store.put("logs/Audit/x.ndjson", "{\"a\":1}\n").put("logs/Signins/readme.md", "no logs");
    let service = s3(&store, "").await;

    for _ in 0..2 {
        let answer = ask(&service, "Signins | summarize Count = count() by Account | sort by Account asc").await;
        assert_eq!(answer["outcome"], "complete", "{answer:#}");
        assert_eq!(answer["rows"], json!([{ "Account": "eve", "Count": 4 }, { "Account": "ian", "Count": 1 }]));
    }
    let names = ["a.ndjson", "b & c+d.csv", "e.ndjson.gz", "f.ndjson"].map(|name| format!("logs/Signins/{name}"));
    assert_eq!(store.fetched(), names, "no object twice, and none of another table");
    for asked in store.asked() {
        let signed = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/";
        assert!(asked.authorization.starts_with(signed), "{asked:?}");
        assert!(asked.authorization.contains("/eu-central-1/s3/aws4_request"), "{asked:?}");
    }
    let (_, answer) = read(service.get("/v1/sources").send().await.unwrap()).await;
    assert_eq!((&answer["items"][0]["kind"], &answer["items"][0]["state"]), (&json!("local"), &json!("ready")));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_changed_and_removed_objects_are_seen_without_a_restart() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("logs/T/a.ndjson", "{\"n\":1}\n").put("logs/T/b.ndjson", "{\"n\":2}\n");
    let service = s3(&store, "").await;
    let sum = async || ask(&service, "T | summarize Sum = sum(n)").await["rows"][0]["Sum"].clone();
    assert_eq!(sum().await, 3);
    store.put("logs/T/c.ndjson", "{\"n\":4}\n");
    assert_eq!(sum().await, 7);
    store.put("logs/T/a.ndjson", "{\"n\":8}\n");
    assert_eq!(sum().await, 14);
    store.remove("logs/T/b.ndjson");
    assert_eq!(sum().await, 12);
    assert_eq!(store.fetched().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_objects_of_the_query_s_time_are_fetched() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    for day in 20..=24 {
        let time = format!("2026-11-{day}T12:00:00Z");
        store.put(&format!("logs/Hive/year=2026/month=11/day={day}/a.ndjson"), events(&[&time]));
        store.put(&format!("logs/Aws/2026/11/{day}/a.ndjson"), events(&[&time]));
        store.put(&format!("logs/Azure/X/y=2026/m=11/d={day}/h=12/m=00/PT1H.json"), events(&[&time]));
    }
    let service = s3(&store, "").await;
    let body = |table: &str, day: u8| {
        json!({ "query": format!("{table} | count"), "start": format!("2026-11-{day}T06:00:00Z"),
            "end": format!("2026-11-{day}T18:00:00Z"), "deadline_ms": 30_000 })
    };
    for table in ["Hive", "Aws", "Azure"] {
        let answer = ask_with(&service, &body(table, 22)).await;
        assert_eq!((&answer["outcome"], &answer["rows"]), (&json!("complete"), &json!([{ "Count": 1 }])), "{answer:#}");
    }
    let fetched = store.fetched();
    assert_eq!(fetched.len(), 3, "{fetched:?}");
    assert!(fetched.iter().all(|name| name.contains("22/")), "{fetched:?}");

    let answer = ask_with(&service, &body("Hive", 10)).await;
    assert_eq!((&answer["outcome"], &answer["rows"]), (&json!("complete"), &json!([{ "Count": 0 }])), "{answer:#}");
    assert_eq!(store.fetched().len(), 4, "one shows the columns");
    let text = "Aws | where TimeGenerated between (datetime(2026-11-20T06:00) .. 12h) | count";
    assert_eq!(ask(&service, text).await["rows"], json!([{ "Count": 1 }]));
    assert_eq!(store.fetched().len(), 5, "the text says the time, too");
    assert_eq!(ask(&service, "Hive | count").await["rows"], json!([{ "Count": 5 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_breaks_off_once_is_fetched_from_there_on() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    let rows: String = (0..20_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
    store.put("logs/T/a.ndjson", rows).cut_off("logs/T/a.ndjson", 1);
    let service = s3(&store, "").await;
    let answer = ask(&service, "T | summarize count(), sum(n)").await;
    assert_eq!(
        (&answer["outcome"], &answer["rows"][0]["sum_n"]),
        (&json!("complete"), &json!(199_990_000)),
        "{answer:#}"
    );
    let ranges: Vec<_> = store.asked().into_iter().filter(|asked| asked.object.is_some()).map(|a| a.range).collect();
    assert!(ranges.len() == 2 && ranges[1].starts_with("bytes="), "{ranges:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_cannot_be_had_is_named_and_the_others_are_served() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("logs/T/good.ndjson", "{\"n\":1}\n").put("logs/T/cut.ndjson", "{\"n\":2}\n".repeat(20_000));
    store.put("logs/T/frozen.ndjson", "{\"n\":4}\n").put("logs/T/big.ndjson", "{\"n\":5}\n".repeat(40_000));
    store.put("logs/T/odd.parquet", "PAR1 and nothing");
    store.cut_off("logs/T/cut.ndjson", 9);
    store.refuse(Some("logs/T/frozen.ndjson"), 403, "InvalidObjectState", "The object is archived.");
    let service = s3(&store, ", object_bytes: 200000").await;
    let answer = ask(&service, "T | summarize sum(n)").await;
    assert_eq!((&answer["outcome"], &answer["rows"]), (&json!("partial"), &json!([{ "sum_n": 1 }])), "{answer:#}");
    let told = messages(&answer);
    for words in [
        "T/cut.ndjson: the answer was cut off",
        "T/frozen.ndjson: The object is archived.",
        "T/big.ndjson: its 320000 bytes",
        "T/odd.parquet: it is no Parquet",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!store.fetched().iter().any(|name| name.contains("big")));

    let answer = schema(&service).await;
    assert_eq!(answer["tables"], json!([{ "name": "T", "columns": [{ "name": "n", "type": "long" }] }]), "{answer:#}");
    let told = messages(&answer);
    for name in ["T/cut.ndjson: ", "T/frozen.ndjson: ", "T/big.ndjson: ", "T/odd.parquet: "] {
        assert!(told.contains(name), "{name}: {told}");
    }
    store.put("logs/U/odd.parquet", "PAR1 and nothing");
    let answer = ask(&service, "U | count").await;
    assert_eq!(answer["reason"], "U/odd.parquet: it is no Parquet that can be read", "{answer:#}");
    store.put("logs/T/cut.ndjson", "{\"n\":10}\n");
    assert_eq!(ask(&service, "T | summarize sum(n)").await["rows"], json!([{ "sum_n": 11 }]), "it was written again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_gives_no_list_is_an_outcome_in_its_own_words() {
    for (status, outcome, code, words) in [
        (403, "unauthorized", "SignatureDoesNotMatch", "The request signature does not match."),
        (404, "error", "NoSuchBucket", "The specified bucket does not exist"),
        (503, "rate_limited", "SlowDown", "Please reduce your request rate."),
    ] {
        let store = ObjectServer::start(Protocol::S3, "soc");
        store.refuse(None, status, code, words);
        let service = s3(&store, "").await;
        let answer = ask(&service, "T | count").await;
        assert_eq!((&answer["outcome"], &answer["reason"]), (&json!(outcome), &json!(words)), "{answer:#}");
        assert_eq!(answer["partial_errors"][0]["code"], code, "{answer:#}");
        assert!(!answer.to_string().contains(store.base()), "{answer:#}");
        assert_eq!(schema(&service).await["outcome"], outcome);
    }
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("logs/T/a.ndjson", "{\"n\":1}\n").refuse(Some("logs/T/a.ndjson"), 403, "AccessDenied", "Access Denied");
    let answer = ask(&s3(&store, "").await, "T | count").await;
    assert_eq!((&answer["outcome"], &answer["reason"]), (&json!("unauthorized"), &json!("T/a.ndjson: Access Denied")));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_at_once_share_one_list_and_one_fetch() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("T/a.ndjson", "{\"n\":1}\n");
    let service = service(&format!("path: 's3://soc', base_url: '{}'", store.base()), "").await;
    for answer in join_all((0..5).map(|_| ask(&service, "T | count"))).await {
        assert_eq!(answer["rows"], json!([{ "Count": 1 }]), "{answer:#}");
    }
    assert_eq!(store.asked().len(), 2, "{:?}", store.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_ends_at_its_deadline_and_keeps_no_other_waiting() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store
        .put("logs/T/a.ndjson", "{\"n\":1}\n")
        .put("logs/T/b.ndjson", "{\"n\":2}\n")
        .put("logs/U/a.ndjson", "{\"n\":3}\n");
    store.stall("logs/T/b.ndjson");
    let service = s3(&store, "").await;
    let answer = ask_with(&service, &json!({ "query": "T | count", "deadline_ms": 300 })).await;
    assert_eq!(answer["outcome"], "timeout", "{answer:#}");
    assert_eq!(ask(&service, "U | count").await["rows"], json!([{ "Count": 1 }]));
    store.remove("logs/T/b.ndjson");
    assert_eq!(ask(&service, "T | count").await["rows"], json!([{ "Count": 1 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_requests_holds_for_stores() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("logs/T/a.ndjson", "{\"n\":1}\n").put("logs/T/b.ndjson", "{\"n\":2}\n");
    let service = s3(&store, ", budgets: [{ requests: 2, per_s: 3600 }]").await;
    let answer = ask(&service, "T | count").await;
    assert_eq!((&answer["outcome"], &answer["rows"]), (&json!("partial"), &json!([{ "Count": 1 }])), "{answer:#}");
    assert!(messages(&answer).contains("budget"), "{answer:#}");
    assert_eq!(store.asked().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_no_paths_are_told_and_lead_nowhere() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    let odd = ["logs/../../../tmp/pivotd-escape.json", "logs//T/b.json", "logs/T/./c.json", "logs/T/\u{1}.json"];
    for name in &odd[..3] {
        store.put(name, "{\"n\":1}\n");
    }
    store
        .put("logs/T/a.json", "{\"n\":2}\n")
        .put("logs/T/x..%2f..%2fescape.json", "{\"n\":4}\n")
        .put("logs/.hidden/a.json", "{}");
    let service = s3(&store, "").await;
    assert_eq!(ask(&service, "T | summarize sum(n)").await["rows"], json!([{ "sum_n": 6 }]));
    let told = messages(&schema(&service).await);
    for name in &odd[..3] {
        assert!(told.contains(&format!("{name:?}: its name is no path")), "{told}");
    }
    assert_eq!(store.fetched(), ["logs/T/a.json", "logs/T/x..%2f..%2fescape.json"]);
    assert!(!std::path::Path::new("/tmp/pivotd-escape.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_make_room_for_others() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    for table in ["A", "B"] {
        store.put(&format!("logs/{table}/x.ndjson"), "{\"n\":1}\n".repeat(100));
    }
    let service = s3(&store, ", cache_bytes: 1024").await;
    for table in ["A", "B", "A"] {
        assert_eq!(ask(&service, &format!("{table} | count")).await["rows"], json!([{ "Count": 100 }]));
    }
    assert_eq!(store.fetched(), ["logs/A/x.ndjson", "logs/A/x.ndjson", "logs/B/x.ndjson"]);
    let answer = ask(&service, "union A, B | count").await;
    assert_eq!((&answer["outcome"]), (&json!("error")), "both at once have no room: {answer:#}");
    assert!(answer["reason"].as_str().unwrap().contains("cache_bytes"), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_policy_holds_for_stores_and_a_public_one_is_asked_without_keys() {
    let store = ObjectServer::start(Protocol::S3, "soc");
    store.put("T/a.ndjson", "{\"n\":1}\n");
    let source = format!("path: 's3://soc', base_url: '{}', fresh_s: 0", store.base());
    assert_eq!(ask(&service(&source, "").await, "T | count").await["rows"], json!([{ "Count": 1 }]));
    assert!(store.asked().iter().all(|asked| asked.authorization.is_empty()), "{:?}", store.asked());

    let calls = store.asked().len();
    let settings = QUIET.replace("127.0.0.0/8", "10.0.0.0/8");
    let closed = Service::start(&format!("{settings}sources: {{ lake: {{ kind: local, {source} }} }}\n")).await;
    let answer = ask(&closed, "T | count").await;
    assert_eq!(answer["reason"], "the address to call is not allowed");
    assert_eq!(store.asked().len(), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs_of_azure_are_queried_with_an_account_key_a_sas_or_a_token() {
    let store = ObjectServer::start(Protocol::Azure, "insights-logs");
    store.pages_of(1).put("exports/T/a.ndjson", "{\"n\":1}\n").put("exports/T/b c.ndjson", "{\"n\":2}\n");
    store.put("other/T/x.ndjson", "{\"n\":4}\n");
    let issuer = entra::issuer();
    let base = store.base();
    let sas = format!("sv=2024-11-04&sp=rl&sig={SECRET}%3D");
    for (access, authorization, query) in [
        ("key: c2VjcmV0c2VjcmV0".to_owned(), "SharedKey socstore:", ""),
        (format!("key: '{sas}'"), "", "sig="),
        ("credential: soc".to_owned(), "Bearer t0ken", ""),
    ] {
        let before = store.asked().len();
        let settings = format!(
            "{QUIET}{}sources: {{ lake: {{ kind: local, path: 'az://insights-logs/exports', account: socstore, \
             base_url: '{base}', fresh_s: 0, {access} }} }}\n",
            entra::credentials(&issuer)
        );
        let answer = ask(&Service::start(&settings).await, "T | summarize sum(n)").await;
        assert_eq!((&answer["outcome"], &answer["rows"]), (&json!("complete"), &json!([{ "sum_n": 3 }])), "{answer:#}");
        for asked in &store.asked()[before..] {
            assert!(
                asked.authorization.starts_with(authorization) && asked.query.contains(query),
                "{access}: {asked:?}"
            );
        }
        assert_eq!(store.asked().len() - before, 4, "two pages, two objects");
    }
    let answer = ask(
        &service(&format!("path: 'az://nothing', account: socstore, base_url: '{base}', key: '{sas}'"), "").await,
        "T | count",
    )
    .await;
    assert_eq!(answer["reason"], "The specified bucket does not exist", "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_azure_refuses_is_not_shown_again() {
    let (store, issuer) = (ObjectServer::start(Protocol::Azure, "logs"), entra::issuer());
    store.put("T/a.ndjson", "{\"n\":1}\n").refuse(None, 401, "InvalidAuthenticationInfo", "The token is expired.");
    let settings = format!(
        "{QUIET}{}sources: {{ lake: {{ kind: local, path: 'az://logs', account: socstore, base_url: '{}', credential: soc }} }}\n",
        entra::credentials(&issuer),
        store.base()
    );
    let service = Service::start(&settings).await;
    let answer = ask(&service, "T | count").await;
    assert_eq!((&answer["outcome"], &answer["reason"]), (&json!("unauthorized"), &json!("The token is expired.")));
    store.allow();
    assert_eq!(ask(&service, "T | count").await["rows"], json!([{ "Count": 1 }]));
    assert_eq!(issuer.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_settings_lack_is_told() {
    for (source, lacking) in [
        ("path: 'az://logs/x'", "sources.lake.account"),
        ("path: 's3://logs', user: AKIAEXAMPLE", "sources.lake.user and password"),
    ] {
        let service = service(source, "").await;
        let (_, answer) = read(service.get("/v1/sources").send().await.unwrap()).await;
        assert!(answer["items"][0].to_string().contains(lacking), "{answer:#}");
        let answer = ask(&service, "T | count").await;
        assert!(answer["reason"].as_str().unwrap().contains(lacking), "{answer:#}");
    }
}
