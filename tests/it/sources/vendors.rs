//! Each vendor's way in, its pages and its jobs, over loopback: what the readers of answers do is tested with them.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    entra::{TOKEN, credentials, issuer},
    service::{QUIET, Service},
    vendor::{Reply, Seen, Vendor},
};

/// A service with one source, `s`.
async fn service(issuer: &Vendor, vendor: &Vendor, source: &str) -> Service {
    let source = format!("sources: {{ s: {{ base_url: '{}', {source} }} }}", vendor.base());
    Service::start(&format!("{QUIET}{}{source}", credentials(issuer))).await
}

async fn query(service: &Service, text: &str) -> Value {
    let body =
        json!({ "query": text, "start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z", "deadline_ms": 20_000 });
    service.call("/v1/sources/s/query", &body).await
}

fn sent(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap_or_else(|_| json!(String::from_utf8_lossy(&seen.body)))
}

#[tokio::test]
async fn microsofts_services_are_asked_with_tokens_for_each() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says(
        "/api/advancedqueries/run",
        Reply::json(r#"{"Schema":[{"Name":"N","Type":"Int64"}],"Results":[{"N":1}]}"#),
    );
    vendor.says(
        "/v1.0/security/runHuntingQuery",
        Reply::json(r#"{"schema":[{"name":"N","type":"Int64"}],"results":[{"N":1}]}"#),
    );
    let first = format!(
        r#"{{"value":[{{"id":"1"}}],"@odata.nextLink":"{}/v1.0/security/alerts_v2?$skiptoken=x"}}"#,
        vendor.base()
    );
    vendor.says("/v1.0/security/alerts_v2", Reply::json(first));
    vendor.says("/v1.0/security/alerts_v2?$skiptoken=x", Reply::json(r#"{"value":[{"id":"2"}]}"#));
    vendor.says(
        "/providers/Microsoft.ResourceGraph/resources",
        Reply::json(r#"{"data":{"columns":[{"name":"N","type":"integer"}],"rows":[[1]]},"resultTruncated":"false"}"#),
    );
    vendor.says(
        "/v2/rest/query",
        Reply::json(r#"[{"FrameType":"DataTable","TableKind":"PrimaryResult","Columns":[{"ColumnName":"N","ColumnType":"long"}],"Rows":[[1]]}]"#),
    );
    vendor.says(
        "/v1/workspaces/ws/search",
        Reply::json(r#"{"tables":[{"columns":[{"name":"N","type":"long"}],"rows":[[1]]}]}"#),
    );
    for (source, scope, rows) in [
        ("kind: defender", "https://api.securitycenter.microsoft.com/.default".to_owned(), 1),
        ("kind: graph_hunting", "https://graph.microsoft.com/.default".to_owned(), 1),
        ("kind: graph_security", "https://graph.microsoft.com/.default".to_owned(), 2),
        ("kind: resource_graph, subscriptions: [a, b]", "https://management.azure.com/.default".to_owned(), 1),
        ("kind: kusto, database: db", format!("{}/.default", vendor.base()), 1),
        ("kind: sentinel_search, workspace_id: ws", "https://api.loganalytics.io/.default".to_owned(), 1),
    ] {
        let service = service(&issuer, &vendor, &format!("{source}, credential: soc")).await;
        let answer = query(&service, "T").await;
        assert_eq!(
            (&answer["outcome"], &answer["row_count"]),
            (&json!("complete"), &json!(rows)),
            "{source} {answer:#}"
        );
        let asked = vendor.seen();
        assert_eq!(asked.last().unwrap().header("authorization"), Some(format!("Bearer {TOKEN}").as_str()), "{source}");
        let form = String::from_utf8_lossy(&issuer.seen().last().unwrap().body).into_owned();
        let form: Vec<_> =
            reqwest::Url::parse(&format!("http://x/?{form}")).unwrap().query_pairs().into_owned().collect();
        assert!(form.contains(&("scope".to_owned(), scope)), "{source} {form:?}");
    }
}

#[tokio::test]
async fn a_next_page_on_another_server_is_not_asked() {
    let (issuer, vendor, stranger) = (issuer(), Vendor::start(), Vendor::start());
    let first = format!(r#"{{"value":[{{"id":"1"}}],"@odata.nextLink":"{}/v1.0/x"}}"#, stranger.base());
    vendor.says("/v1.0/security/alerts_v2", Reply::json(first));
    let service = service(&issuer, &vendor, "kind: graph_security, credential: soc").await;
    let answer = query(&service, "severity eq 'high'").await;
    assert_eq!((&answer["outcome"], &answer["row_count"], stranger.calls()), (&json!("partial"), &json!(1), 0));
}

#[tokio::test]
async fn splunk_takes_a_token_or_a_login_that_is_kept() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/services/auth/login", Reply::json(r#"{"sessionKey":"s3ssion"}"#));
    vendor.says("/services/search/jobs/export", Reply::json("{\"preview\":false,\"result\":{\"host\":\"a\"}}\n"));
    let by_token = service(&issuer, &vendor, "kind: splunk, key: tok3n").await;
    assert_eq!(query(&by_token, "index=main").await["rows"], json!([{ "host": "a" }]));
    assert_eq!(vendor.seen()[0].header("authorization"), Some("Bearer tok3n"));
    let form = String::from_utf8_lossy(&vendor.seen()[0].body).into_owned();
    assert!(
        form.contains("earliest_time=2026-05-01T00%3A00%3A00Z") && form.contains("search=search+index%3Dmain"),
        "{form}"
    );

    let by_login = service(&issuer, &vendor, "kind: splunk, user: admin, password: pa55word").await;
    query(&by_login, "index=main").await;
    query(&by_login, "index=main").await;
    let seen = vendor.seen();
    assert_eq!(seen.iter().filter(|seen| seen.target == "/services/auth/login").count(), 1);
    assert_eq!(seen.last().unwrap().header("authorization"), Some("Splunk s3ssion"));
    vendor.says_once(
        "/services/search/jobs/export",
        Reply::json(r#"{"messages":[{"type":"WARN","text":"call not properly authenticated"}]}"#).status(401),
    );
    assert_eq!(query(&by_login, "index=main").await["outcome"], "complete", "a session that ended is begun anew");
    vendor.says(
        "/services/auth/login",
        Reply::json(r#"{"messages":[{"type":"WARN","text":"Login failed for pa55word"}]}"#).status(401),
    );
    let refused = service(&issuer, &vendor, "kind: splunk, user: admin, password: pa55word").await;
    let answer = query(&refused, "index=main").await;
    assert_eq!(answer["outcome"], "unauthorized");
    assert!(!answer.to_string().contains("pa55word"), "{answer:#}");
}

#[tokio::test]
async fn a_job_that_nobody_waits_for_is_stopped_where_it_runs() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    vendor.says("/services/search/jobs", Reply::json(r#"{"sid":"7"}"#).status(201));
    vendor.says("/services/search/jobs/7", Reply::json(r#"{"entry":[{"content":{"isDone":false}}]}"#));
    vendor.says("/services/search/jobs/7/control", Reply::json("{}"));
    let service = service(&issuer, &vendor, "kind: splunk_jobs, key: tok3n").await;
    let body = json!({ "query": "index=main", "deadline_ms": 1200 });
    let answer = service.call("/v1/sources/s/query", &body).await;
    assert_eq!(answer["outcome"], "timeout", "{answer:#}");
    let is_told = || {
        vendor.seen().iter().any(|seen| seen.target.ends_with("/7/control") && seen.body.starts_with(b"action=cancel"))
    };
    tokio::time::timeout(Duration::from_secs(10), async {
        while !is_told() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the job is cancelled");
}

#[tokio::test]
async fn keys_users_and_cookies_are_shown_as_each_vendor_wants_them() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let basic = "Basic dTpw".to_owned();
    vendor.says("/_query", Reply::json(r#"{"columns":[{"name":"n","type":"long"}],"values":[[1]]}"#));
    vendor.says("/logs/_search/point_in_time", Reply::json(r#"{"pit_id":"p"}"#));
    vendor
        .says("/_search", Reply::json(r#"{"pit_id":"p","hits":{"hits":[{"_id":"1","_source":{"n":1},"sort":[1]}]}}"#));
    vendor.says("/?default_format", Reply::json("[\"n\"]\n[\"Int32\"]\n[1]\n"));
    vendor.says("/api/default/_search", Reply::json(r#"{"hits":[{"n":1}]}"#));
    vendor.says(
        "/login.html",
        Reply::json("").status(302).header("set-cookie", "JSESSIONID=c00kie; Path=/; HttpOnly").header("location", "/"),
    );
    vendor.says(
        "/rest/visualsearch/query/simple",
        Reply::json(r#"{"status":"SUCCESS","data":{"totalResults":1,"resultIdToElementDataMap":{"1":{}}}}"#),
    );
    vendor.says("/login", Reply::json(r#"{"message":"login_successful","token":"j.w.t"}"#));
    vendor.says("/search/api/v2/config", Reply::json(r#"{"items":[{"n":1}]}"#));
    vendor.says("/api/v1/repositories/falcon/queryjobs", Reply::json(r#"{"id":"q"}"#));
    vendor.says("/api/v1/repositories/falcon/queryjobs/q", Reply::json(r#"{"done":true,"events":[{"n":1}]}"#));
    vendor.says("/v1/search/jobs", Reply::json(r#"{"id":"j"}"#).status(202));
    vendor.says(
        "/v1/search/jobs/j",
        Reply::json(r#"{"state":"DONE GATHERING RESULTS","recordCount":0,"messageCount":1}"#),
    );
    vendor.says(
        "/v1/search/jobs/j/messages",
        Reply::json(r#"{"fields":[{"name":"n","fieldType":"int"}],"messages":[{"map":{"n":"1"}}]}"#),
    );
    for (source, text, header, value) in [
        ("kind: elastic, key: k3y", "FROM logs", "authorization", "ApiKey k3y".to_owned()),
        ("kind: elastic, user: u, password: p", "FROM logs", "authorization", basic.clone()),
        ("kind: opensearch, user: u, password: p, index: logs", "{}", "authorization", basic.clone()),
        ("kind: clickhouse, user: u, password: p", "SELECT 1", "x-clickhouse-key", "p".to_owned()),
        ("kind: openobserve, user: u, password: p", "SELECT 1", "authorization", basic.clone()),
        ("kind: sumologic, user: u, password: p", "error", "authorization", basic),
        ("kind: crowdstrike, key: k3y, repository: falcon", "x", "authorization", "Bearer k3y".to_owned()),
        ("kind: cybereason, user: u, password: p", "{}", "cookie", "JSESSIONID=c00kie".to_owned()),
        (
            "kind: prisma_cloud, user: u, password: p",
            "config from cloud.resource",
            "x-redlock-auth",
            "j.w.t".to_owned(),
        ),
    ] {
        let service = service(&issuer, &vendor, source).await;
        let before = vendor.calls();
        let answer = query(&service, text).await;
        assert_eq!((&answer["outcome"], &answer["row_count"]), (&json!("complete"), &json!(1)), "{source} {answer:#}");
        let seen = vendor.seen();
        let asked: Vec<_> = seen[before..].iter().filter(|seen| !seen.target.starts_with("/login")).collect();
        assert!(!asked.is_empty());
        for seen in asked {
            assert_eq!(seen.header(header), Some(value.as_str()), "{source} {}", seen.target);
        }
    }
    let logins: Vec<_> = vendor.seen().into_iter().filter(|seen| seen.target.starts_with("/login")).collect();
    assert_eq!(String::from_utf8_lossy(&logins[0].body), "username=u&password=p");
    assert_eq!(sent(&logins[1]), json!({ "username": "u", "password": "p" }));
}
