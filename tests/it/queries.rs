//! The catalogue of query templates, rendering, validation, and templates of the operator's own.

use std::{fs, path::Path};

use reqwest::{StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tests::service::{QUIET, Service, client, json};

async fn got(service: &Service, path: &str) -> Value {
    let (status, answer) = json(service.get(path).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer
}

fn names(page: &Value) -> Vec<String> {
    let name =
        |item: &Value| format!("{}/{}/{}", text(&item["environment"]), text(&item["family"]), text(&item["name"]));
    page["items"].as_array().unwrap().iter().map(name).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[tokio::test]
async fn the_catalogue_is_filtered_and_read_page_by_page() {
    let service = Service::start(QUIET).await;
    let mut all = Vec::new();
    let mut path = "/v1/queries?limit=1000".to_owned();
    loop {
        let page = got(&service, &path).await;
        all.extend(names(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/queries?limit=7&cursor={next}");
        assert!(all.len() < 5_000);
    }
    assert!(all.len() > 600, "{}", all.len());
    assert!(all.is_sorted());

    let mut small = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = got(&service, &format!("/v1/queries?source=Splunk&limit=3{cursor}")).await;
        assert!(page["items"].as_array().unwrap().len() <= 3);
        small.extend(names(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(small.len(), 13, "{small:?}");

    for (filter, expected) in [
        ("source=LogAnalytics&family=WindowsSecurity", 23),
        ("source=MSSentinel&family=ThreatIntelligence&table=threatintelindicators", 7),
        ("source=MSSentinel&parameter=system_alert_id", 1),
        ("source=Cybereason&entity=host", 0),
        ("source=MSSentinel&family=LinuxSyslog&search=LOGON%20failures%20account", 1),
        ("source=Nowhere", 0),
    ] {
        let page = got(&service, &format!("/v1/queries?{filter}")).await;
        let found = names(&page).len();
        let fits = if filter.contains("search") { found >= expected } else { found == expected };
        assert!(fits, "{filter}: {:?}", names(&page));
    }
    let named = Service::start(&format!("{QUIET}sources: {{ soc: {{ kind: splunk, key: k }} }}\n")).await;
    assert_eq!(names(&got(&named, "/v1/queries?source=soc&limit=1000").await), small);
    let hosts = got(&service, "/v1/queries?source=MSSentinel&entity=Host&family=Heartbeat").await;
    assert!(names(&hosts).contains(&"MSSentinel/Heartbeat/get_heartbeat_for_host".to_owned()), "{hosts:#}");
    for (wrong, pointer) in
        [("limit=0", "/limit"), ("limit=1001", "/limit"), ("entity=unicorn", "/entity"), ("famly=x", "/famly")]
    {
        let (status, problem) = json(service.get(&format!("/v1/queries?{wrong}")).send().await.unwrap()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn a_query_is_described_in_full_and_once() {
    let service = Service::start(QUIET).await;
    let path = "/v1/queries/AzureSentinel/WindowsSecurity/list_host_logons";
    let answer = service.get(path).send().await.unwrap();
    let tag = answer.headers()[header::ETAG].clone();
    let (_, query) = json(answer).await;
    assert_eq!(
        (text(&query["environment"]), text(&query["dialect"]), text(&query["origin"])),
        ("MSSentinel", "kql", "pack")
    );
    assert!(text(&query["query"]).contains("Computer has \"{host_name}\""));
    let parameter = |name: &str| {
        query["parameters"].as_array().unwrap().iter().find(|it| it["name"] == name).unwrap_or(&Value::Null).clone()
    };
    assert_eq!(
        parameter("host_name"),
        json!({
            "name": "host_name", "type": "str", "description": "Name of the host", "required": true, "aliases": [], "raw": false,
        })
    );
    assert_eq!((&parameter("add_query_items")["raw"], &parameter("start")["required"]), (&json!(true), &json!(false)));
    assert_eq!(
        query["pivots"],
        json!([
            { "entity": "Host", "function": "logons", "parameter": "host_name", "attribute": "fqdn", "direct": true },
        ])
    );
    let again = service.get(path).header(header::IF_NONE_MATCH, tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    for missing in ["/v1/queries/MSSentinel/WindowsSecurity/nothing", "/v1/queries/a/b/c"] {
        assert_eq!(service.get(missing).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_query_is_rendered_and_no_value_leaves_its_literal() {
    let service = Service::start(QUIET).await;
    let path = "/v1/queries/MSSentinel/WindowsSecurity/list_host_logons/render";
    let body = json!({
        "parameters": { "host_name": "web\" | where true //" },
        "start": "2024-05-01T00:00:00Z",
        "end": "2024-05-02",
    });
    let answer = service.call(path, &body).await;
    let query = text(&answer["query"]);
    assert!(query.contains(r#"Computer has "web\" | where true //""#), "{query}");
    assert!(query.contains("between (datetime(2024-05-01T00:00:00Z) .. datetime(2024-05-02T00:00:00Z))"), "{query}");
    assert_eq!((text(&answer["start"]), text(&answer["end"])), ("2024-05-01T00:00:00Z", "2024-05-02T00:00:00Z"));

    let moving = service.call(path, &json!({ "parameters": { "host_name": "x" } })).await;
    let (start, end) = (text(&moving["start"]), text(&moving["end"]));
    assert!(start < end && start[10..] == end[10..], "a day: {moving:#}");
    let relative =
        service.call(path, &json!({ "parameters": { "host_name": "x", "start": "-2d@d", "end": -1 } })).await;
    assert!(text(&relative["start"]).ends_with("T00:00:00Z"));
}

#[tokio::test]
async fn everything_that_stands_against_a_rendering_is_pointed_at() {
    let service = Service::start(QUIET).await;
    let path = "/v1/queries/MSSentinel/WindowsSecurity/get_parent_process/render";
    let body = json!({ "parameters": { "hostname": "x", "parent_lookback": "two", "process_id": "0x1" }, "start": "1", "end": "-1" });
    let (status, problem) = service.refused(path, &body).await;
    assert_eq!((status, text(&problem["type"])), (400, "/problems/invalid"));
    let pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().map(|error| text(&error["pointer"])).collect();
    for pointer in [
        "/parameters/hostname",
        "/parameters/parent_lookback",
        "/parameters/host_name",
        "/parameters/process_name",
        "/parameters/logon_session_id",
        "/end",
    ] {
        assert!(pointers.contains(&pointer), "{pointer}: {pointers:?}");
    }
    assert!(
        text(&problem["detail"]).contains("parameter host_name is missing; it takes a text (type str)"),
        "{problem:#}"
    );

    let raw = json!({ "parameters": { "host_name": "x", "add_query_items": "| take 1" } });
    let (status, problem) =
        service.refused("/v1/queries/MSSentinel/WindowsSecurity/list_host_logons/render", &raw).await;
    assert_eq!((status, text(&problem["type"])), (403, "/problems/denied"));
    assert!(text(&problem["detail"]).contains("templates.allow_raw"), "{problem:#}");
    let allowing = Service::start(&format!("{QUIET}templates: {{ allow_raw: true }}\n")).await;
    let answer = allowing.call("/v1/queries/MSSentinel/WindowsSecurity/list_host_logons/render", &raw).await;
    assert!(text(&answer["query"]).ends_with("| take 1"));
}

#[tokio::test]
async fn callers_need_the_scope_for_queries() {
    let digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    let keys = format!("auth: {{ api_keys: [{{ id: soar, sha256: {digest}, scopes: [lookup] }}] }}\n");
    let service = Service::start(&format!("{QUIET}{keys}")).await;
    let asked = service.get("/v1/queries").header("X-API-Key", "secret").send().await.unwrap();
    assert_eq!(asked.status(), StatusCode::FORBIDDEN);
    assert_eq!(service.get("/v1/queries").send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

const FILE: &str = "\
metadata:
  data_environments: [Splunk]
  data_families: [Web]
sources:
  good:
    args: { query: 'search host=\"{host}\" {more}' }
    parameters:
      host: { type: str }
      more: { type: str, default: '' }
  bad:
    args: { query: 'search {missing}' }
";

#[tokio::test]
async fn a_file_is_checked_in_json_and_by_itself() {
    let service = Service::start(QUIET).await;
    let checked = service.call("/v1/queries/validate", &json!({ "text": FILE, "file": "web.yaml" })).await;
    let expected = json!({
        "valid": false,
        "declared": 2,
        "queries": [{
            "name": "good", "environments": ["Splunk"], "families": ["Web"], "dialect": "spl", "raw": ["more"],
        }],
        "mistakes": [{
            "file": "web.yaml", "line": 12, "path": "sources.bad.args.query",
            "detail": "the query uses a parameter missing that is not declared",
        }],
    });
    assert_eq!(checked, expected);
    let request = client().post(format!("{}/v1/queries/validate", service.base()));
    let (status, by_itself) =
        json(request.header(header::CONTENT_TYPE, "application/yaml; charset=utf-8").body(FILE).send().await.unwrap())
            .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(by_itself["mistakes"][0]["line"], 12);
    let broken = service.call("/v1/queries/validate", &json!({ "text": "a: [" })).await;
    assert_eq!((&broken["valid"], &broken["declared"]), (&json!(false), &json!(0)));
    let (status, _) = service.refused("/v1/queries/validate", &json!({ "txt": "" })).await;
    assert_eq!(status, 400);
}

/// A service whose settings name a folder of templates.
async fn with_folder() -> (Service, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let templates = folder.path().join("templates/below");
    fs::create_dir_all(&templates).unwrap();
    fs::write(templates.join("web.yaml"), FILE).unwrap();
    let file = folder.path().join("pivotd.yaml");
    let paths = format!("templates: {{ paths: [{:?}, /nowhere] }}\n", folder.path().join("templates"));
    fs::write(&file, format!("{QUIET}{paths}")).unwrap();
    (Service::start_from(file).await, folder)
}

#[tokio::test]
async fn templates_of_the_operator_s_own_come_over_the_pack_and_are_read_again() {
    let (service, folder) = with_folder().await;
    let path = "/v1/queries/Splunk/Web/good/render";
    let body = json!({ "parameters": { "host": "a\"b" } });
    assert_eq!(service.call(path, &body).await["query"], "search host=\"a\\\"b\"");
    let page = got(&service, "/v1/queries?source=Splunk&family=Web").await;
    assert_eq!(names(&page), ["Splunk/Web/good"]);
    assert_eq!(page["items"][0]["origin"], "custom");

    let file = Path::join(folder.path(), "templates/below/web.yaml");
    let changed = FILE
        .replace("search host", "search dest")
        .replace("data_families: [Web]", "data_families: [Web, Alerts]")
        .replace("bad:", "list_alerts:")
        .replace("{missing}", "nothing");
    fs::write(file, changed).unwrap();
    service.call("/v1/admin/reload", &json!({})).await;
    assert_eq!(service.call(path, &body).await["query"], "search dest=\"a\\\"b\"");
    let replaced = got(&service, "/v1/queries/Splunk/Alerts/list_alerts").await;
    assert_eq!((&replaced["query"], &replaced["origin"]), (&json!("search nothing"), &json!("custom")));
}
