//! Process trees at the boundary: every schema, both formats, the relatives of one process.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const PATH: &str = "/v1/process-tree";

fn shared(file: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    let bytes = fs::read(path).ok();
    if bytes.is_none() {
        eprintln!("skipped: {file} is not here");
    }
    bytes
}

async fn sent(service: &Service, query: &str, media: &str, body: Vec<u8>) -> Value {
    let request = client().post(format!("{}{PATH}{query}", service.base())).header("content-type", media).body(body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

fn column<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
    answer["rows"].as_array().unwrap().iter().map(|row| &row[name]).collect()
}

#[tokio::test]
async fn the_shared_events_give_the_trees_that_are_known() {
    let service = Service::start(QUIET).await;
    let volatility = "?schema=custom&process_name_column=ImageFileName&process_id_column=PID&parent_id_column=PPID&time_column=CreateTime";
    for (file, query, media, schema, expected) in [
        ("process_tree_windows.ndjson", "", "application/x-ndjson", "windows_security", [1010, 10, 815, 185, 0, 7]),
        ("process_tree_linux.ndjson", "", "application/x-ndjson", "linux_auditd", [1029, 29, 497, 503, 0, 5]),
        ("SecurityEvent_processes.ndjson", "", "application/x-ndjson", "windows_security", [3012, 12, 2092, 908, 0, 7]),
        ("DeviceProcessEvents.ndjson", "?schema=mde", "application/x-ndjson", "mde", [266, 3, 200, 63, 0, 10]),
        ("winproctree-minimal.csv", volatility, "text/csv", "custom", [126, 10, 97, 19, 0, 7]),
    ] {
        let Some(body) = shared(file) else { return };
        let answer = sent(&service, query, media, body).await;
        let summary = &answer["summary"];
        let names = [
            "processes",
            "root_processes",
            "leaf_processes",
            "branch_processes",
            "isolated_processes",
            "largest_tree_depth",
        ];
        assert_eq!(names.map(|name| summary[name].as_u64().unwrap()), expected, "{file}: {summary}");
        assert_eq!((&summary["schema"], &answer["rejected"]), (&json!(schema), &json!([])), "{file}");
        assert_eq!(answer["row_count"], summary["processes"]);
        let paths: Vec<_> = column(&answer, "path").into_iter().map(|path| path.as_str().unwrap()).collect();
        assert!(paths.is_sorted(), "{file}: rows are not in the order of the tree");
    }
}

fn events() -> Value {
    let event = |second: u32, name: &str, pid: u32, parent: u32, parent_name: &str| {
        json!({ "TimeGenerated": format!("2024-05-01T10:00:{second:02}Z"), "EventID": 4688, "Computer": "web1",
            "NewProcessName": name, "NewProcessId": format!("{pid:#x}"), "ProcessId": format!("{parent:#x}"),
            "ParentProcessName": parent_name, "CommandLine": format!("{name} -x"), "SubjectUserName": "bob" })
    };
    json!([
        event(1, "C:\\explorer.exe", 100, 4, "C:\\userinit.exe"),
        event(2, "C:\\cmd.exe", 200, 100, "C:\\explorer.exe"),
        event(3, "C:\\whoami.exe", 300, 200, "C:\\cmd.exe"),
        event(4, "C:\\net.exe", 301, 200, "C:\\cmd.exe"),
        { "TimeGenerated": "2024-05-01T10:00:04Z", "EventID": 4624 },
        { "TimeGenerated": null, "EventID": 4688, "NewProcessId": "0x5" },
    ])
}

#[tokio::test]
async fn rows_say_where_each_process_stands() {
    let service = Service::start(QUIET).await;
    let answer = service.call(PATH, &json!({ "rows": events() })).await;
    assert_eq!(column(&answer, "depth"), [0, 1, 2, 3, 3]);
    assert_eq!(column(&answer, "is_root"), [true, false, false, false, false]);
    assert_eq!(column(&answer, "is_leaf"), [false, false, false, true, true]);
    assert_eq!(column(&answer, "is_branch"), [false, true, true, false, false]);
    assert_eq!(column(&answer, "outcome"), ["inferred", "observed", "observed", "observed", "observed"]);
    let rows = &answer["rows"];
    assert_eq!(rows[0]["proc_key"], "c:\\userinit.exe|0x4|1970-01-01 00:00:00.000000");
    assert_eq!((&rows[1]["parent_key"], &rows[0]["parent_key"]), (&rows[0]["proc_key"], &Value::Null));
    assert_eq!(rows[3]["path"], "00004/00000/00001/00002");
    assert_eq!((&rows[3]["CommandLine"], &rows[3]["source_row"]), (&json!("C:\\whoami.exe -x"), &json!(2)));
    assert_eq!((&answer["summary"]["filtered_rows"], &answer["summary"]["unusable_rows"]), (&json!(1), &json!(1)));
    assert_eq!(answer["rejected"], json!([{ "source_row": 5, "reason": "no_time" }]));
}

#[tokio::test]
async fn trees_hold_their_children() {
    let service = Service::start(QUIET).await;
    let answer = service.call(PATH, &json!({ "rows": events(), "format": "nested" })).await;
    let explorer = &answer["trees"][0]["children"][0];
    let cmd = &explorer["children"][0];
    assert_eq!((&answer["trees"][0]["outcome"], &cmd["process_name"]), (&json!("inferred"), &json!("C:\\cmd.exe")));
    assert_eq!(
        (&cmd["command_line"], &cmd["user"], &cmd["host"]),
        (&json!("C:\\cmd.exe -x"), &json!("bob"), &json!("web1"))
    );
    assert_eq!(cmd["children"].as_array().unwrap().len(), 2);
    assert!(answer.get("rows").is_none() && answer["summary"]["processes"] == 5);
    let beside = service.call(&format!("{PATH}?format=nested"), &json!({ "rows": events() })).await;
    assert_eq!(beside["trees"], answer["trees"]);
}

#[tokio::test]
async fn the_relatives_of_a_process_are_found() {
    let service = Service::start(QUIET).await;
    let key = "c:\\cmd.exe|0xc8|2024-05-01 10:00:02.000000";
    let all = service.call(PATH, &json!({ "rows": events(), "process": key })).await;
    assert_eq!(column(&all, "relation"), ["ancestor", "parent", "itself", "child", "child"]);
    for (relation, expected) in [("ancestor", 3), ("parent", 2), ("child", 3), ("descendant", 3), ("sibling", 1)] {
        let asked = json!({ "rows": events(), "source_row": 1, "relations": [relation] });
        assert_eq!(service.call(PATH, &asked).await["row_count"], expected, "{relation}");
    }
    let siblings = service.call(PATH, &json!({ "rows": events(), "source_row": 2, "relations": ["sibling"] })).await;
    assert_eq!(column(&siblings, "NewProcessName"), ["C:\\whoami.exe", "C:\\net.exe"]);
}

#[tokio::test]
async fn what_makes_no_tree_is_refused_where_it_is_wrong() {
    let service = Service::start(QUIET).await;
    let cycle = json!([{ "t": "2024-05-01T10:00:00Z", "n": "a", "p": 1, "pp": 2 }, { "t": "2024-05-01T10:00:00Z", "n": "b", "p": 2, "pp": 1 }]);
    let custom = json!({ "schema": "custom", "rows": cycle, "time_column": "t", "process_name_column": "n",
        "process_id_column": "p", "parent_id_column": "pp" });
    let answer = service.call(PATH, &custom).await;
    assert_eq!(column(&answer, "outcome"), ["cycle_cut", "observed"]);
    assert_eq!(answer["summary"]["cycles"], 1);
    let without = |name: &str| {
        let mut body = custom.clone();
        body.as_object_mut().unwrap().remove(name);
        body
    };
    for (body, pointer) in [
        (json!({}), "/rows"),
        (json!({ "rows": cycle }), "/schema"),
        (without("time_column"), "/time_column"),
        (without("parent_id_column"), "/parent_id_column"),
        (json!({ "rows": events(), "schema": "solaris" }), "/schema"),
        (json!({ "rows": events(), "process": "nobody" }), "/process"),
        (json!({ "rows": events(), "source_row": 4 }), "/source_row"),
        (json!({ "rows": events(), "relations": ["child"] }), "/process"),
        (json!({ "rows": events(), "relations": ["cousin"] }), "/relations/0"),
        (json!({ "rows": events(), "depth": 3 }), "/depth"),
    ] {
        let (status, problem) = service.refused(PATH, &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    let (status, problem) = service.refused(PATH, &json!({ "rows": cycle, "schema": "sysmon" })).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("\"Image\""), "{problem}");
    assert_eq!(service.call(PATH, &json!({ "rows": [] })).await["row_count"], 0);
}

#[tokio::test]
async fn rows_come_in_other_forms_too() {
    let service = Service::start(QUIET).await;
    let request = service.post(PATH, &json!({ "rows": events() })).header("accept", "application/x-ndjson");
    let text = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(text.lines().count(), 5);
    let refused = service.post(PATH, &json!({ "rows": events(), "format": "nested" })).header("accept", "text/csv");
    assert_eq!(refused.send().await.unwrap().status(), 406);
}
