//! `/v1/plots`: every kind in every form, what bad input gets, and pages as a reader uses them in a browser.

use std::{fs, path::Path, process::Command};

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};
use tests::service::{QUIET, Service, client};

/// A request for each kind.
fn requests() -> Vec<(&'static str, Value)> {
    let events = json!([
        { "TimeGenerated": "2026-05-04T12:40:11Z", "Computer": "dc-01", "EventID": 4625, "Bytes": 10.5, "End": "2026-05-04T12:50:11Z" },
        { "TimeGenerated": "2026-05-04T12:41:02Z", "Computer": "web-01", "EventID": 4624, "Bytes": 300, "End": "2026-05-04T13:00:00Z" },
        { "TimeGenerated": "2026-05-04T14:00:00Z", "Computer": "dc-01", "EventID": 4688, "Bytes": 7, "End": "2026-05-04T14:00:01Z" },
    ]);
    vec![
        (
            "timeline",
            json!({ "rows": events, "group_by": "Computer", "ref_times": ["2026-05-04T12:42:00Z", { "time": "2026-05-04T13:00:00Z", "label": "Alert" }] }),
        ),
        ("timeline-values", json!({ "rows": events, "value_column": "Bytes", "style": ["bar", "circle"] })),
        ("timeline-duration", json!({ "rows": events, "end_time_column": "End", "group_by": ["Computer", "EventID"] })),
        ("timeseries", json!({ "rows": events, "value_column": "Bytes" })),
        ("matrix", json!({ "rows": events, "x": "EventID", "y": "Computer" })),
        (
            "process-tree",
            json!({ "rows": [
            { "pid": 1, "ppid": 0, "exe": "/sbin/init", "cmdline": "init" },
            { "pid": 7, "ppid": 1, "exe": "/bin/sh", "cmdline": "sh -c id" },
        ] }),
        ),
        (
            "entity-graph",
            json!({ "entities": [
            { "$id": "1", "Type": "host", "HostName": "H" },
            { "$id": "2", "Type": "account", "Name": "a", "Host": { "$ref": "1" } },
        ] }),
        ),
        ("network", json!({ "rows": events, "x": "Computer", "y": "EventID" })),
        (
            "map",
            json!({ "rows": [{ "ip": "8.8.8.8" }, { "ip": "10.0.0.1" }, { "ip": "185.220.101.46" }], "ip_column": "ip" }),
        ),
    ]
}

async fn draw(service: &Service, kind: &str, accept: &str, body: &Value) -> Response {
    let answer =
        service.post(&format!("/v1/plots/{kind}"), body).header("accept", accept).send().await.expect("an answer");
    assert_eq!(answer.status(), StatusCode::OK, "{kind} as {accept}");
    assert_eq!(answer.headers()["vary"].to_str().unwrap().to_lowercase().matches("accept").count().min(1), 1);
    answer
}

#[tokio::test]
async fn every_kind_comes_in_every_form_and_is_the_same_each_time() {
    let service = Service::start(QUIET).await;
    for (kind, body) in requests() {
        let svg = draw(&service, kind, "image/svg+xml", &body).await;
        assert_eq!(svg.headers()["content-type"], "image/svg+xml");
        let svg = svg.text().await.unwrap();
        assert!(svg.starts_with("<svg xmlns") && svg.contains("UTC"), "{kind}: {svg}");

        let png = draw(&service, kind, "image/png", &body).await;
        assert_eq!(png.headers()["content-type"], "image/png");
        let png = png.bytes().await.unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"), "{kind}");

        let page = draw(&service, kind, "text/html", &body).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        let page = page.text().await.unwrap();
        assert!(page.starts_with("<!doctype html>") && page.contains(&policy), "{kind}");

        let data: Value = draw(&service, kind, "application/json", &body).await.json().await.unwrap();
        assert_eq!((&data["kind"], &data["time_zone"]), (&json!(kind), &json!("UTC")));
        assert!(data["shapes"].as_array().unwrap().len() >= 2, "{kind}");

        assert_eq!(draw(&service, kind, "*/*", &body).await.text().await.unwrap(), svg, "{kind}");
        assert_eq!(draw(&service, kind, "image/png", &body).await.bytes().await.unwrap(), png, "{kind}");
    }
}

#[tokio::test]
async fn a_table_in_another_form_is_the_same_picture() {
    let service = Service::start(QUIET).await;
    let rows = json!([{ "t": "2026-05-04T12:40:11Z", "who": "a" }, { "t": "2026-05-04T12:41:02Z", "who": "b" }]);
    let body =
        json!({ "rows": rows, "group_by": "who", "width": 640, "theme": "dark", "source_columns": ["who", "t"] });
    let expected = draw(&service, "timeline", "image/svg+xml", &body).await.text().await.unwrap();
    let query = "group_by=who&width=640&theme=dark&source_columns=who&source_columns=t";
    for (media, table) in [
        ("text/csv", "t,who\n2026-05-04T12:40:11Z,a\n2026-05-04T12:41:02Z,b\n"),
        (
            "application/x-ndjson",
            "{\"t\":\"2026-05-04T12:40:11Z\",\"who\":\"a\"}\n{\"t\":\"2026-05-04T12:41:02Z\",\"who\":\"b\"}\n",
        ),
    ] {
        let request = client().post(format!("{}/v1/plots/timeline?{query}", service.base()));
        let answer = request.header("content-type", media).body(table).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{media}");
        assert_eq!(answer.text().await.unwrap(), expected, "{media}");
    }
}

#[tokio::test]
async fn bad_input_is_refused_where_it_is() {
    let service = Service::start(QUIET).await;
    let rows = json!([{ "t": "2026-05-04T12:40:11Z", "who": "a" }]);
    for (kind, body, pointer) in [
        ("timeline", json!({}), "/rows"),
        ("timeline", json!({ "rows": rows, "time_column": "when" }), "/time_column"),
        ("timeline", json!({ "rows": rows, "time_column": "who" }), "/time_column"),
        ("timeline", json!({ "rows": rows, "x": "who" }), "/x"),
        ("timeline", json!({ "rows": rows, "group_by": ["who", "nobody"] }), "/group_by"),
        ("timeline", json!({ "rows": rows, "width": 5 }), "/width"),
        ("timeline", json!({ "rows": rows, "theme": "pink" }), "/theme"),
        ("timeline", json!({ "rows": rows, "colour_by": "who" }), "/colour_by"),
        ("timeline-values", json!({ "rows": rows, "value_column": "who" }), "/value_column"),
        ("map", json!({ "rows": rows, "ip_column": "nobody" }), "/ip_column"),
        ("matrix", json!({ "rows": rows, "x": "who" }), "/y"),
        ("entity-graph", json!({}), ""),
        ("entity-graph", json!({ "entities": [], "alert": {} }), ""),
    ] {
        let (status, problem) = service.refused(&format!("/v1/plots/{kind}"), &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    let body = json!({ "rows": rows, "scale": 9 });
    let answer = service.post("/v1/plots/timeline", &body).header("accept", "image/png").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let answer = service.post("/v1/plots/timeline", &json!({ "rows": rows })).header("accept", "image/gif");
    assert_eq!(answer.send().await.unwrap().status(), 406);
    let (status, _) = service.refused("/v1/plots/pie", &body).await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn no_rows_make_a_picture_that_says_so() {
    let service = Service::start(QUIET).await;
    let data: Value =
        draw(&service, "timeline", "application/json", &json!({ "rows": [] })).await.json().await.unwrap();
    assert_eq!(data["notes"], json!(["Nothing to show: the table has no rows"]));
}

#[tokio::test]
async fn addresses_are_located_by_the_databases_that_are_there() {
    let service = Service::start(QUIET).await;
    let body =
        json!({ "rows": [{ "ip": "185.220.101.46" }, { "ip": "10.0.0.1" }, { "ip": "nonsense" }], "ip_column": "ip" });
    let data: Value = draw(&service, "map", "application/json", &body).await.json().await.unwrap();
    assert_eq!(data["notes"][0], "1 row at 1 place");
    let notes = data["notes"].to_string();
    assert!(notes.contains("known only by country") && notes.contains("2 rows are left out: no place"), "{notes}");
    assert!(data.to_string().contains("country_code: DE"));
}

#[tokio::test]
async fn an_incident_is_drawn_with_its_title_and_rows_of_alerts_with_their_entities() {
    let service = Service::start(QUIET).await;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/examples/incident.json");
    let example: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let body = json!({ "incident": example["incident"] });
    let svg = draw(&service, "entity-graph", "image/svg+xml", &body).await.text().await.unwrap();
    for said in ["Office spawned PowerShell", "185.220.101.46", "involves", "CORP\\j.berger"] {
        assert!(svg.contains(said), "{said}");
    }
    let alert = json!({ "SystemAlertId": "a", "AlertName": "Spray", "Entities": "[{\"$id\":\"3\",\"Type\":\"ip\",\"Address\":\"203.0.113.9\"}]" });
    let body = json!({ "rows": [alert] });
    let svg = draw(&service, "entity-graph", "image/svg+xml", &body).await.text().await.unwrap();
    assert!(svg.contains("203.0.113.9") && svg.contains("Spray"), "{svg}");
}

#[tokio::test]
async fn pages_work_in_a_browser_with_nothing_fetched_and_nothing_of_the_data_run() {
    let is_there =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success());
    if !is_there("node") || !is_there("chromium") {
        eprintln!("skipped: pages are not opened in a browser (node or chromium is missing)");
        return;
    }
    let service = Service::start(QUIET).await;
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for (kind, mut body) in requests() {
        body["title"] = json!("</title><script>window.pwned=1</script>");
        let page = draw(&service, kind, "text/html", &body).await.text().await.unwrap();
        let file = folder.path().join(format!("{kind}.html"));
        fs::write(&file, page).unwrap();
        files.push(file);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("oracles/plots_page.mjs");
    let run = tokio::task::spawn_blocking(move || Command::new("node").arg(script).args(files).output());
    let output = run.await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.matches("ok ").count(), requests().len(), "{said}");
}
