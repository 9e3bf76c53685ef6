//! `/v1/pipelines`: steps of which each gets the table that the one before left.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const RUN: &str = "/v1/pipelines/run";

/// The day of the sample incident.
const SPAN: [&str; 2] = ["2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"];

/// A service with the events of the sample incident.
async fn with_samples() -> Service {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/sample/logs");
    Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {logs:?} }} }}\n")).await
}

/// The steps of an answer: name, outcome and rows of each.
fn steps(answer: &Value) -> Vec<(&str, &str, u64)> {
    answer["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| {
            (step["name"].as_str().unwrap(), step["outcome"].as_str().unwrap(), step["row_count"].as_u64().unwrap())
        })
        .collect()
}

/// The pointers of a problem.
fn pointers(problem: &Value) -> Vec<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_gets_what_the_one_before_left() {
    let service = Service::start(QUIET).await;
    let answer = service
        .call(RUN, &json!({
            "rows": [
                { "user": "ian", "ips": ["8.8.8.8", "10.0.0.7"], "at": "2026-03-03T08:00:00Z" },
                { "user": "eve", "ips": ["192.168.1.1", "9.9.9.9", "8.8.8.8"], "at": "2026-03-03T09:00:00Z" },
            ],
            "steps": [
                { "name": "one a row", "type": "list_to_rows", "parameters": { "columns": "ips" } },
                { "name": "all", "type": "tee", "parameters": { "table": "all" } },
                { "name": "kind", "type": "pivot", "entity": "IpAddress", "function": "util.ip_type", "column": "ips", "join": "left" },
                { "name": "public", "type": "filter", "parameters": { "column": "ip_type", "value": "${kind}" } },
                { "name": "when", "type": "plot", "function": "timeline", "parameters": { "group_by": "user", "title": "When" } },
                { "name": "order", "type": "sort", "parameters": { "columns": ["user:desc", "ips"] } },
                { "type": "filter_columns", "parameters": { "columns": ["user", "ips"] } },
            ],
            "parameters": { "kind": "public" },
        }))
        .await;
    assert_eq!(
        answer["rows"],
        json!([{ "user": "ian", "ips": "8.8.8.8" }, { "user": "eve", "ips": "8.8.8.8" }, { "user": "eve", "ips": "9.9.9.9" }]),
        "{answer:#}"
    );
    assert_eq!(
        steps(&answer),
        [
            ("one a row", "ok", 5),
            ("all", "ok", 5),
            ("kind", "ok", 5),
            ("public", "ok", 3),
            ("when", "ok", 3),
            ("order", "ok", 3),
            ("6", "ok", 3),
        ]
    );
    assert_eq!((&answer["steps"][2]["values"], &answer["steps"][2]["failed"]), (&json!(4), &json!(0)));
    assert_eq!(answer["tables"]["all"]["row_count"], 5);
    let plot = &answer["plots"][0];
    assert_eq!((&plot["name"], &plot["kind"], &plot["title"]), (&json!("when"), &json!("timeline"), &json!("When")));
    assert!(plot["svg"].as_str().unwrap().starts_with("<svg"), "{plot:#}");
    assert_eq!((&answer["complete"], &answer["row_count"]), (&json!(true), &json!(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_that_came_with_the_service_are_listed_and_shown() {
    let service = Service::start(QUIET).await;
    let (_, page) = read(service.get("/v1/pipelines").send().await.unwrap()).await;
    let names: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["host_triage", "ip_triage", "suspicious_sign_ins"]);
    let (_, page) = read(service.get("/v1/pipelines?limit=1&cursor=host_triage").send().await.unwrap()).await;
    assert_eq!((&page["items"][0]["name"], &page["next"]), (&json!("ip_triage"), &json!("ip_triage")));
    let (_, page) = read(service.get("/v1/pipelines?search=SIGN-INS%20countries").send().await.unwrap()).await;
    assert_eq!(
        (page["items"].as_array().unwrap().len(), &page["items"][0]["name"]),
        (1, &json!("suspicious_sign_ins"))
    );

    let shown = service.get("/v1/pipelines/ip_triage").send().await.unwrap();
    let tag = shown.headers()["etag"].clone();
    let (_, shown) = read(shown).await;
    assert_eq!((&shown["shipped"], &shown["parameters"]["column"]["default"]), (&json!(true), &json!("value")));
    assert_eq!(shown["steps"][0]["column"], "${column}");
    let again = service.get("/v1/pipelines/ip_triage").header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), 304);
    let (status, problem) = read(service.get("/v1/pipelines/none").send().await.unwrap()).await;
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("ip_triage"), "{problem:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_triaged() {
    let service = with_samples().await;
    let [start, end] = SPAN;
    let answer = service
        .call(
            RUN,
            &json!({ "name": "ip_triage", "values": ["185.220.101.46", "10.20.30.41"], "start": start, "end": end }),
        )
        .await;
    assert_eq!(answer["row_count"], 2, "{:#}", answer["steps"]);
    let row = &answer["rows"][0];
    assert_eq!(
        (&row["value"], &row["ip_type"], &row["place_country_code"]),
        (&json!("185.220.101.46"), &json!("public"), &json!("DE")),
        "{row:#}"
    );
    assert_eq!(answer["rows"][1]["ip_type"], "private");
    let sightings = answer["tables"]["sightings"]["rows"].as_array().unwrap();
    assert!(!sightings.is_empty(), "{:#}", answer["steps"]);
    assert!(sightings.iter().all(|row| row["outcome"] == "hit"));
    assert_eq!(answer["plots"].as_array().unwrap().len(), 1);
    let outcomes = steps(&answer);
    let failed: Vec<_> =
        outcomes.iter().filter(|(_, outcome, _)| matches!(*outcome, "error" | "skipped" | "timeout")).collect();
    assert!(failed.is_empty(), "{failed:?}\n{:#}", answer["steps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_are_triaged() {
    let service = with_samples().await;
    let [start, end] = SPAN;
    let body = json!({ "name": "host_triage", "rows": [{ "Host": "pc-4711" }], "parameters": { "column": "Host" }, "start": start, "end": end });
    let answer = service.call(RUN, &body).await;
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.len() > 5, "{:#}", answer["steps"]);
    let times: Vec<_> = rows.iter().map(|row| row["TimeGenerated"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, other| one >= other), "{times:?}");
    let processes = answer["tables"]["processes"]["rows"].as_array().unwrap();
    let riskiest = processes[0]["ProcessCommandLine"].as_str().unwrap();
    assert!(riskiest.to_lowercase().contains("powershell"), "{processes:#?}");
    let connections = answer["tables"]["connections"]["rows"].as_array().unwrap();
    assert!(
        !connections.is_empty() && connections.iter().all(|row| row["ip_type"] == "public"),
        "{:#}",
        answer["steps"]
    );
    let kinds: Vec<_> = answer["plots"].as_array().unwrap().iter().map(|plot| plot["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["process-tree", "timeline"], "{:#}", answer["steps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn suspicious_sign_ins_are_found() {
    let service = with_samples().await;
    let body = json!({ "name": "suspicious_sign_ins", "parameters": { "environment": "LocalData", "usual_countries": ["AT", "DE"] },
        "start": SPAN[0], "end": SPAN[1] });
    let answer = service.call(RUN, &body).await;
    let rows = answer["rows"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["country_code"] != "DE" && row["ip_type"] == "public"), "{:#}", answer["steps"]);
    let failed = answer["tables"]["failed"]["rows"].as_array().unwrap();
    assert!(failed.iter().all(|row| row["ResultType"] != "0"), "{:#}", answer["steps"]);
    let all = answer["tables"]["sign_ins"]["row_count"].as_u64().unwrap();
    assert!(all > 0 && answer["row_count"].as_u64().unwrap() < all, "{:#}", answer["steps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_of_a_real_tenant_are_read_the_same_way() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let Ok(sign_ins) = fs::read(data.join("SigninLogs.ndjson")) else {
        eprintln!("skipped: no SigninLogs.ndjson in the shared data");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("SigninLogs.ndjson"), sign_ins).unwrap();
    let path = folder.path();
    let service = Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {path:?} }} }}\n")).await;
    let body = json!({ "name": "suspicious_sign_ins", "start": "2015-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z",
        "parameters": { "environment": "LocalData" } });
    let answer = service.call(RUN, &body).await;
    assert_eq!(answer["steps"][0]["outcome"], "ok", "{:#}", answer["steps"]);
    assert!(answer["tables"]["sign_ins"]["row_count"].as_u64().unwrap() > 0, "{:#}", answer["steps"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_takes_its_values_from_a_column() {
    let service = with_samples().await;
    let [start, end] = SPAN;
    let step = |value: Value| {
        json!({ "type": "query", "function": "MSSentinel/WindowsSecurity/list_host_events_by_id",
        "parameters": { "host_name": value, "event_list": [4625] } })
    };
    let one = json!({ "rows": [{ "h": "pc-4711" }, { "h": "pc-4711" }], "steps": [step(json!({ "column": "h" }))], "start": start, "end": end });
    let answer = service.call(RUN, &one).await;
    assert_eq!(answer["steps"][0]["outcome"], "ok", "{:#}", answer["steps"]);
    let literal = json!({ "steps": [step(json!("pc-4711"))], "start": start, "end": end });
    assert_eq!(service.call(RUN, &literal).await["rows"], answer["rows"]);
    let two = json!({ "rows": [{ "h": "a" }, { "h": "b" }], "steps": [step(json!({ "column": "h" }))], "start": start, "end": end });
    let answer = service.call(RUN, &two).await;
    assert_eq!((&answer["steps"][0]["outcome"], &answer["row_count"]), (&json!("error"), &json!(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_leaves_the_table_and_skips_the_others_unless_told() {
    let service = Service::start(QUIET).await;
    let body = |on_error: &str| {
        json!({
            "rows": [{ "a": "8.8.8.8", "b": [1, 2], "c": [1] }],
            "steps": [
                { "name": "unequal", "type": "list_to_rows", "parameters": { "columns": ["b", "c"] }, "on_error": on_error },
                { "name": "after", "type": "pivot", "entity": "ip", "function": "util.ip_type", "column": "a", "join": "left" },
            ],
        })
    };
    let stopped = service.call(RUN, &body("stop")).await;
    assert_eq!(steps(&stopped), [("unequal", "error", 1), ("after", "skipped", 1)]);
    assert_eq!((&stopped["complete"], &stopped["rows"][0]["a"]), (&json!(false), &json!("8.8.8.8")));
    assert!(stopped["steps"][0]["reason"].as_str().unwrap().contains("\"c\""), "{stopped:#}");
    let continued = service.call(RUN, &body("continue")).await;
    assert_eq!(steps(&continued), [("unequal", "error", 1), ("after", "ok", 1)]);
    assert_eq!(continued["rows"][0]["ip_type"], "public");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_any_step_is_told_before_the_first_one_runs() {
    let service = Service::start(QUIET).await;
    let (status, problem) = service
        .refused(
            RUN,
            &json!({ "rows": [{ "a": 1 }], "steps": [
            { "type": "sort", "parameters": { "columns": "b" } },
            { "type": "pivot", "entity": "ip", "function": "util.ip_tpye", "column": "a" },
            { "type": "plot", "function": "timeline", "parameters": { "value_column": "a" } },
            { "type": "plot", "function": "matrix", "parameters": { "rows": [] } },
            { "type": "operation", "function": "mask", "parameters": { "kye": 1 } },
        ] }),
        )
        .await;
    assert_eq!(status, 400);
    assert_eq!(
        pointers(&problem),
        [
            "/steps/0/parameters/columns",
            "/steps/1/function",
            "/steps/2/parameters/value_column",
            "/steps/3/parameters/rows",
            "/steps/4/parameters/kye",
        ],
        "{problem:#}"
    );
    assert!(problem["errors"][1]["detail"].as_str().unwrap().contains("util/ip_type"), "{problem:#}");
    for (body, pointer) in [
        (json!({}), ""),
        (json!({ "name": "ip_triage", "steps": [] }), ""),
        (json!({ "name": "none" }), "/name"),
        (json!({ "name": "ip_triage", "parameters": { "colum": "a" } }), "/parameters/colum"),
        (json!({ "name": "ip_triage", "rows": [{ "a": 1 }] }), "/steps/0/column"),
        (json!({ "name": "ip_triage", "value": "a", "values": ["b"] }), ""),
        (json!({ "name": "ip_triage", "value": "a", "columns": [] }), "/columns"),
        (json!({ "steps": [{ "type": "head", "parameters": { "n": "${n}" } }] }), "/steps/0/parameters/n"),
        (json!({ "yaml": "a: [" }), "/yaml"),
        (json!({ "yaml": "a: { steps: [] }\nb: { steps: [] }" }), "/name"),
        (json!({ "yaml": "{}" }), "/name"),
        (json!({ "name": "ip_triage", "max_rows": 0 }), "/max_rows"),
        (json!({ "name": "ip_triage", "deadline_ms": 0 }), "/deadline_ms"),
    ] {
        let (status, problem) = service.refused(RUN, &body).await;
        assert_eq!((status, pointers(&problem)), (400, vec![pointer]), "{body} {problem:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn msticpys_yaml_runs_as_it_is() {
    let service = Service::start(QUIET).await;
    let yaml = "
pipelines:
  p1:
    description: As MSTICPy has it
    steps:
      - name: kind
        step_type: pivot
        function: util.ip_type
        entity: IpAddress
        comment: Standard pivot function
        params: { column: IpAddress, join: inner }
      - name: shown
        step_type: pivot_display
        params: { title: The title, cols: [Computer, ip_type], query: Computer.str.startswith('a'), head: 1 }
      - name: kept
        step_type: pivot_tee
        params: { var_name: var_df, clobber: True }
      - name: drawn
        step_type: pivot_tee_exec
        function: mp_plot.timeline
        params: { source_columns: [Computer] }
      - name: fewer
        step_type: pd_accessor
        function: mp_pivot.filter_cols
        pos_params: ['*omp*']
  p2: { steps: [ { step_type: display } ] }
";
    let rows = json!([{ "TimeGenerated": "2026-03-03T08:00:00Z", "Computer": "a", "IpAddress": "8.8.8.8" },
        { "TimeGenerated": "2026-03-03T09:00:00Z", "Computer": "b", "IpAddress": "10.0.0.1" }]);
    let answer = service.call(RUN, &json!({ "yaml": yaml, "name": "p1", "rows": rows })).await;
    assert_eq!(answer["rows"], json!([{ "Computer": "a" }, { "Computer": "b" }]), "{answer:#}");
    assert_eq!(answer["tables"]["The title"]["rows"], json!([{ "Computer": "a", "ip_type": "public" }]));
    assert_eq!(answer["tables"]["var_df"]["row_count"], 2);
    assert!(answer["steps"][1]["reason"].as_str().unwrap().contains("pandas"), "{answer:#}");
    assert_eq!(answer["plots"][0]["kind"], "timeline");
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_steps() {
    let service = Service::start(QUIET).await;
    let events = json!([
        { "TimeGenerated": "2026-03-03T08:00:00Z", "host": "a", "name": "explorer.exe", "pid": "0x10", "ppid": "0x4", "cmd": "see http://evil.example.com/a" },
        { "TimeGenerated": "2026-03-03T08:01:00Z", "host": "a", "name": "cmd.exe", "pid": "0x20", "ppid": "0x10", "cmd": "x" },
    ]);
    let tree = json!({ "rows": events, "steps": [
        { "type": "operation", "function": "process-tree", "parameters": { "schema": "custom", "time_column": "TimeGenerated",
            "process_name_column": "name", "process_id_column": "pid", "parent_id_column": "ppid", "host_column": "host" } },
        { "type": "filter", "parameters": { "column": "name", "value": "cmd.exe" } },
        { "type": "filter_columns", "parameters": { "columns": ["name", "depth"] } },
    ] });
    let answer = service.call(RUN, &tree).await;
    assert_eq!(answer["rows"][0]["name"], "cmd.exe", "{answer:#}");
    assert!(answer["rows"][0]["depth"].as_u64().unwrap() > 0, "{answer:#}");

    let texts = json!({ "rows": events, "steps": [
        { "type": "operation", "function": "iocs/extract", "parameters": { "column": "cmd", "join": "inner" } },
        { "type": "filter", "parameters": { "column": "ioc_kind", "value": "url" } },
    ] });
    let answer = service.call(RUN, &texts).await;
    assert_eq!((&answer["row_count"], &answer["rows"][0]["host"]), (&json!(1), &json!("a")), "{answer:#}");

    let masked = json!({ "rows": events, "steps": [{ "type": "operation", "function": "mask", "parameters": { "column_map": { "host": "str" } } }] });
    let answer = service.call(RUN, &masked).await;
    assert_ne!(answer["rows"][0]["host"], "a", "{answer:#}");

    let hours: Vec<_> = (0..240)
        .map(|hour| {
            json!({ "t": format!("2026-03-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24),
        "n": if hour == 150 { 900 } else { 10 + hour % 24 } })
        })
        .collect();
    let series = json!({ "rows": hours, "steps": [
        { "type": "operation", "function": "analysis/timeseries", "parameters": { "time_column": "t", "value_column": "n", "period": 24 } },
        { "type": "filter", "parameters": { "column": "anomaly", "value": 1 } },
    ] });
    let answer = service.call(RUN, &series).await;
    assert!(
        answer["rows"].as_array().unwrap().iter().any(|row| row["n"].as_f64() == Some(900.0)),
        "{:#}",
        answer["steps"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn pipelines_of_the_settings_replace_those_that_came_with_the_service() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("own.yaml"),
        "pipelines:\n  ip_triage:\n    steps: [ { type: head, parameters: { n: 1 } } ]\n  broken:\n    steps: [ { type: haed } ]\n",
    )
    .unwrap();
    let path = folder.path();
    let service = Service::start(&format!("{QUIET}pipelines: {{ paths: [{path:?}] }}\n")).await;
    let (_, page) = read(service.get("/v1/pipelines").send().await.unwrap()).await;
    let items = page["items"].as_array().unwrap();
    assert_eq!(items.len(), 3, "{page:#}");
    assert_eq!((&items[1]["name"], &items[1]["shipped"]), (&json!("ip_triage"), &json!(false)));
    let answer = service.call(RUN, &json!({ "name": "ip_triage", "values": ["a", "b"] })).await;
    assert_eq!(answer["rows"], json!([{ "value": "a" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_and_go_in_other_forms() {
    let service = Service::start(QUIET).await;
    let request = client()
        .post(format!("{}{RUN}?name=ip_triage", service.base()))
        .header("content-type", "text/csv")
        .header("accept", "text/csv")
        .body("value,n\n10.0.0.1,1\n");
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(status, 200, "{text}");
    assert!(text.starts_with("value,n,") && text.contains("10.0.0.1,1,"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_take_the_permissions_of_what_they_do() {
    let sha256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let key = |scopes: &str| {
        format!("{QUIET}auth: {{ api_keys: [{{ id: soar, sha256: \"{sha256}\", scopes: [{scopes}] }}] }}\n")
    };
    let service = Service::start(&key("lookup")).await;
    let status = async |steps: Value| {
        let request = service.post(RUN, &json!({ "rows": [{ "a": "8.8.8.8" }], "steps": steps }));
        request.header("x-api-key", "hello").send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(json!([{ "type": "head" }])).await, 200);
    assert_eq!(
        status(json!([{ "type": "pivot", "entity": "ip", "function": "util.ip_type", "column": "a" }])).await,
        200
    );
    assert_eq!(
        status(json!([{ "type": "plot", "function": "matrix", "parameters": { "x": "a", "y": "a" } }])).await,
        403
    );
    assert_eq!(
        status(json!([{ "type": "pivot", "entity": "ip", "function": "MSSentinel.heartbeat", "column": "a" }])).await,
        403
    );
    assert_eq!(
        status(json!([{ "type": "query", "function": "MSSentinel/Heartbeat/get_heartbeat_for_host",
        "parameters": { "host_name": "a" } }]))
        .await,
        403
    );
}
