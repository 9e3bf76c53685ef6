//! What pictures are made of: queries in place of rows, events that are marked, and rows as attackers and broken logs make them.

use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::service::{QUIET, Service, json as read};

const TIMELINE: &str = "/v1/plots/timeline";

/// A folder with events of Windows, queried by templates of Sentinel.
async fn with_events(rows: &[Value]) -> (tempfile::TempDir, Service) {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    std::fs::write(folder.path().join("SecurityEvent.ndjson"), lines).unwrap();
    let settings = format!("{QUIET}sources: {{ local: {{ kind: local, path: {:?} }} }}\n", folder.path());
    let service = Service::start(&settings).await;
    (folder, service)
}

fn logon(minute: usize) -> Value {
    json!({ "TimeGenerated": format!("2026-05-04T12:{minute:02}:00Z"), "Computer": "web01", "EventID": 4624,
        "Account": "CORP\\a", "LogonType": 3, "SubjectUserName": "a", "TargetUserName": "b", "SubjectDomainName": "CORP",
        "TargetDomainName": "CORP", "SubjectUserSid": "S-1", "TargetUserSid": "S-2", "LogonProcessName": "p",
        "WorkstationName": "w", "IpAddress": "10.0.0.1", "LogonID": "0x1", "TargetLogonId": "0x2", "TimeCreatedUtc": "x" })
}

fn query() -> Value {
    json!({ "environment": "MSSentinel", "family": "WindowsSecurity", "name": "list_host_logons",
        "parameters": { "host_name": "web01" }, "start": "2026-05-04T00:00:00Z", "end": "2026-05-05T00:00:00Z",
        "deadline_ms": 60_000 })
}

#[tokio::test]
async fn a_query_by_name_is_drawn() {
    let (_folder, service) = with_events(&[logon(1), logon(2), logon(3)]).await;
    let request = service.post(TIMELINE, &json!({ "query": query() })).header("accept", "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["x-outcome"], "complete");
    let (status, data) = read(answer).await;
    assert_eq!((status, &data["notes"][0]), (StatusCode::OK, &json!("3 events")), "{data:#}");
    assert_eq!(data["partial_errors"], json!([]));

    let mut few = query();
    few["max_rows"] = json!(2);
    let request = service.post(TIMELINE, &json!({ "query": few })).header("accept", "application/json");
    assert_eq!(read(request.send().await.unwrap()).await.1["notes"][0], "2 events");

    let svg = service.post(TIMELINE, &json!({ "query": query() })).send().await.unwrap();
    assert_eq!((svg.status(), &svg.headers()["content-type"]), (StatusCode::OK, &"image/svg+xml".parse().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_by_name_is_drawn() {
    let logs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/sample/logs");
    let service = Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {logs:?} }} }}\n")).await;
    let mut pipeline = json!({ "name": "suspicious_sign_ins", "start": "2026-03-03T00:00:00Z", "end": "2026-03-04T00:00:00Z",
        "parameters": { "environment": "LocalData", "usual_countries": ["AT", "DE"] }, "deadline_ms": 60_000 });
    let body = json!({ "pipeline": pipeline, "time_column": "TimeGenerated" });
    let answer = service.post(TIMELINE, &body).header("accept", "application/json").send().await.unwrap();
    assert_eq!(answer.headers()["x-outcome"], "complete");
    let (status, data) = read(answer).await;
    assert_eq!((status, &data["kind"]), (StatusCode::OK, &json!("timeline")), "{data:#}");
    assert!(data["steps"].as_array().unwrap().iter().all(|step| step["outcome"] == "ok"), "{:#}", data["steps"]);

    pipeline["parameters"]["environment"] = json!("Nowhere");
    let (status, problem) = service.refused(TIMELINE, &json!({ "pipeline": pipeline })).await;
    assert!(status >= 400, "{problem:#}");
}

#[tokio::test]
async fn a_query_that_cannot_be_drawn_is_refused_where_it_is() {
    let (_folder, service) = with_events(&[logon(1)]).await;
    let with = |name: &str, value: Value| {
        let mut query = query();
        query[name] = value;
        json!({ "query": query })
    };
    for (body, pointer) in [
        (with("parameters", json!({})), "/query/parameters/host_name"),
        (with("source", json!("nowhere")), "/query/source"),
        (with("deadline_ms", json!(0)), "/query/deadline_ms"),
        (with("max_rows", json!(0)), "/query/max_rows"),
        (with("rows", json!([])), "/query/rows"),
        (json!({ "query": query(), "rows": [] }), ""),
        (json!({ "query": query(), "pipeline": { "name": "x" } }), ""),
        (json!({ "pipeline": { "name": "nobody" } }), "/pipeline/name"),
        (json!({ "pipeline": { "name": "x", "deadline_ms": 0 } }), "/pipeline/deadline_ms"),
        (json!({ "query": query(), "columns": [] }), "/columns"),
        (json!({ "columns": [] }), "/rows"),
    ] {
        let (status, problem) = service.refused(TIMELINE, &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem:#}");
    }
    assert_eq!(service.refused(TIMELINE, &with("name", json!("list_nothing"))).await.0, 404);
}

#[tokio::test]
async fn a_query_that_brings_nothing_because_it_failed_is_a_problem() {
    let settings = format!("{QUIET}sources: {{ local: {{ kind: local, path: \"/nonexistent\" }} }}\n");
    let service = Service::start(&settings).await;
    let (status, problem) = service.refused(TIMELINE, &json!({ "query": query() })).await;
    assert!(status >= 400 && !problem["title"].is_null(), "{problem:#}");
}

#[tokio::test]
async fn who_may_only_draw_runs_no_queries() {
    let sha256 = "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90"; // of "alice"
    let keys = format!("auth: {{ api_keys: [ {{ id: alice, sha256: \"{sha256}\", scopes: [analyze] }} ] }}\n");
    let service = Service::start(&format!("{QUIET}{keys}")).await;
    let ask = |body: Value| service.post(TIMELINE, &body).header("x-api-key", "alice").send();
    let (status, problem) = read(ask(json!({ "query": query() })).await.unwrap()).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{problem:#}");
    let pipeline = ask(json!({ "pipeline": { "name": "ip_triage" } })).await.unwrap();
    assert_eq!(pipeline.status(), StatusCode::FORBIDDEN);
    assert_eq!(ask(json!({ "rows": [] })).await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn events_of_several_tables_are_marked() {
    let service = Service::start(QUIET).await;
    let rows = json!([{ "t": "2026-05-04T12:00:00Z" }, { "t": "2026-05-04T14:00:00Z" }]);
    let body = json!({ "rows": rows, "ref_times": ["2026-05-04T12:30:00Z"], "ref_events": [
        { "rows": [{ "TimeGenerated": "2026-05-04T13:00:00Z", "AlertName": "Brute <force>" }, { "AlertName": "no time" }],
          "label_column": "AlertName", "label": "Alert" },
        { "rows": [{ "time": "2026-05-04T13:30:00Z", "label": "Change" }] },
        { "rows": [] },
    ] });
    let svg = service.post(TIMELINE, &body).send().await.unwrap().text().await.unwrap();
    assert!(svg.contains("Alert: Brute &lt;force&gt;") && svg.contains("Change"), "{svg}");
    let one = json!({ "rows": rows, "ref_events": { "rows": [{ "time": "2026-05-04T13:30:00Z" }], "label": "Only" } });
    let svg = service.post(TIMELINE, &one).send().await.unwrap().text().await.unwrap();
    assert!(svg.contains("Only"), "{svg}");
    for (events, pointer) in [
        (json!([{ "rows": [{ "a": 1 }] }]), "/ref_events/0/time_column"),
        (
            json!([{ "rows": [] }, { "rows": [{ "time": "2026-05-04T13:30:00Z" }], "time_column": "when" }]),
            "/ref_events/1/time_column",
        ),
        (
            json!([{ "rows": [{ "time": "2026-05-04T13:30:00Z" }], "label_column": "who" }]),
            "/ref_events/0/label_column",
        ),
    ] {
        let (status, problem) = service.refused(TIMELINE, &json!({ "rows": rows, "ref_events": events })).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem:#}");
    }
}

/// Every plot of a table, with the columns that it needs.
fn kinds() -> Vec<(&'static str, Value)> {
    vec![
        ("timeline", json!({ "time_column": "t", "group_by": "who" })),
        ("timeline-values", json!({ "time_column": "t", "value_column": "n", "group_by": "who" })),
        ("timeline-duration", json!({ "time_column": "t", "group_by": "who" })),
        ("timeseries", json!({ "time_column": "t", "value_column": "n" })),
        ("matrix", json!({ "x": "who", "y": "to" })),
        ("network", json!({ "x": "who", "y": "to" })),
        ("map", json!({ "latitude_column": "lat", "longitude_column": "lon", "source_columns": ["who"] })),
        ("process-tree", json!({})),
    ]
}

fn row(number: usize, who: &str) -> Value {
    json!({ "t": format!("2026-05-04T{:02}:{:02}:00Z", number / 60 % 24, number % 60), "who": who, "to": format!("{who}!"),
        "n": number, "lat": number % 90, "lon": number % 180,
        "TimeGenerated": format!("2026-05-04T{:02}:{:02}:00Z", number / 60 % 24, number % 60), "NewProcessId": number + 1,
        "ProcessId": number / 2, "NewProcessName": who, "ParentProcessName": who, "CommandLine": who, "EventID": 4688 })
}

#[tokio::test]
async fn every_kind_bears_rows_of_every_kind() {
    let service = Service::start(QUIET).await;
    let right_to_left = "\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd} \u{645}\u{631}\u{62d}\u{628}\u{627}\u{202c}";
    let markup = "<script>alert(1)</script>\"'&]]>-->";
    let mut backwards: Vec<Value> = (0..50).map(|number| row(number, "a")).collect();
    backwards.reverse();
    let mut gaps: Vec<Value> = (0..20).map(|number| row(number, "a")).collect();
    for (number, row) in gaps.iter_mut().enumerate() {
        let names: Vec<String> = row.as_object().unwrap().keys().cloned().collect();
        row[&names[number % names.len()]] = Value::Null;
    }
    let inputs: Vec<(&str, Vec<Value>)> = vec![
        ("no rows", Vec::new()),
        ("one row", vec![row(0, "a")]),
        ("all equal", vec![row(7, "a"); 100]),
        ("markup", vec![row(0, markup), row(1, "b")]),
        ("right to left", vec![row(0, right_to_left), row(1, "b")]),
        ("very long", vec![row(0, &"long ".repeat(20_000)), row(1, "b")]),
        ("out of order", backwards),
        ("missing values", gaps),
    ];
    for (name, rows) in &inputs {
        for (kind, options) in kinds() {
            let mut body = options;
            body["rows"] = json!(rows);
            for form in ["image/svg+xml", "image/png", "text/html", "application/json"] {
                let request = service.post(&format!("/v1/plots/{kind}"), &body).header("accept", form);
                let answer = request.send().await.unwrap();
                let status = answer.status();
                let bytes = answer.bytes().await.unwrap();
                assert_eq!(status, StatusCode::OK, "{kind} of {name} as {form}: {}", String::from_utf8_lossy(&bytes));
                let text = String::from_utf8_lossy(&bytes);
                assert!(form == "application/json" || !text.contains("<script>alert"), "{kind} of {name} as {form}");
                assert!(!form.contains("svg") || text.len() < 2_000_000, "{kind} of {name}: {} bytes", text.len());
            }
        }
    }
}

#[tokio::test]
async fn a_million_rows_are_drawn() {
    let service = Service::start(QUIET).await;
    let mut csv = String::from("t,who,n\n");
    for number in 0..1_000_000_u32 {
        let (hour, minute, second) = (number / 3_600 % 24, number / 60 % 60, number % 60);
        csv.push_str(&format!("2026-05-04T{hour:02}:{minute:02}:{second:02}Z,host-{},{}\n", number % 9, number % 977));
    }
    let address = format!("{}{TIMELINE}?group_by=who&time_column=t", service.base());
    let request = tests::service::client().post(address).header("content-type", "text/csv").body(csv);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.unwrap().len() < 4_000_000);
}
