//! A folder of logs as a source: KQL with no vendor.

use std::{fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const LOGONS: &str = r#"{"TimeGenerated":"2026-11-24T08:00:00Z","Computer":"ws1","EventID":4624,"Account":"CORP\\ian"}
{"TimeGenerated":"2026-11-24T09:00:00Z","Computer":"ws1","EventID":4625,"Account":"CORP\\eve"}
{"TimeGenerated":"2026-11-24T10:00:00Z","Computer":"WS2","EventID":4625,"Account":"CORP\\eve"}
"#;

async fn service(folder: &Path, more: &str) -> Service {
    Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {folder:?}{more} }} }}\n")).await
}

async fn ask(service: &Service, body: &Value) -> (u16, Value) {
    let request = client().post(format!("{}/v1/sources/local/query", service.base())).json(body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    (status.as_u16(), answer)
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("SecurityEvent.ndjson"), LOGONS).unwrap();
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_queried_in_kql_and_new_files_are_seen() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let query = json!({ "query": "SecurityEvent | where EventID == 4625 | summarize Failures = count() by Account" });
    let (status, answer) = ask(&service, &query).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("complete")), "{answer:#}");
    assert_eq!(answer["rows"], json!([{ "Account": "CORP\\eve", "Failures": 2 }]));
    assert_eq!(answer["columns"][1], json!({ "name": "Failures", "type": "long" }));

    fs::create_dir(folder.path().join("SecurityEvent")).unwrap();
    fs::write(
        folder.path().join("SecurityEvent/more.csv"),
        "TimeGenerated,EventID,Account\n2026-11-24T11:00:00Z,4625,x\n",
    )
    .unwrap();
    let (_, answer) = ask(&service, &json!({ "query": "SecurityEvent | count" })).await;
    assert_eq!(answer["rows"], json!([{ "Count": 4 }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn queries_know_where_addresses_are() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let query = r#"datatable(Ip:string) ["8.8.8.8", "10.0.0.1"]
        | project Ip, Country = tostring(geo_info_from_ip_address(Ip).country)"#;
    let (status, answer) = ask(&service, &json!({ "query": query })).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("complete")), "{answer:#}");
    let expected = [json!({ "Ip": "8.8.8.8", "Country": "United States" }), json!({ "Ip": "10.0.0.1", "Country": "" })];
    assert_eq!(answer["rows"], json!(expected), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_span_of_time_and_a_limit_of_rows_hold() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let body = json!({ "query": "SecurityEvent | sort by TimeGenerated asc | project Account", "start": "2026-11-24T08:30:00Z",
        "end": "2026-11-24T09:30:00Z" });
    let (_, answer) = ask(&service, &body).await;
    assert_eq!(answer["rows"], json!([{ "Account": "CORP\\eve" }]));
    let (_, answer) = ask(&service, &json!({ "query": "SecurityEvent", "max_rows": 2 })).await;
    assert_eq!((answer["row_count"].as_u64(), &answer["truncated"]), (Some(2), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_the_query_is_told_with_its_place_and_the_name_that_was_meant() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    for (query, hints) in [
        ("SecurityEvent | where Acount == 'x'", &["Acount", "Account", "line 1"][..]),
        ("SecurtyEvent | count", &["SecurityEvent"]),
        ("SecurityEvent | wher Account == 'x'", &["where"]),
        ("externaldata(x:string)['http://127.0.0.1/']", &[]),
    ] {
        for accept in ["application/json", "application/x-ndjson"] {
            let request = client().post(format!("{}/v1/sources/local/query", service.base())).header("accept", accept);
            let (status, problem) = read(request.json(&json!({ "query": query })).send().await.unwrap()).await;
            let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
            assert_eq!(
                (status.as_u16(), &problem["errors"][0]["pointer"]),
                (400, &json!("/query")),
                "{query}: {problem}"
            );
            assert!(hints.iter().all(|hint| detail.contains(hint)), "{query}: {detail}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_of_sentinel_run_on_local_tables() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let body = json!({ "source": "local", "start": "2026-11-24T00:00:00Z", "end": "2026-11-25T00:00:00Z",
        "parameters": { "host_name": "ws2" } });
    let path = format!("{}/v1/queries/MSSentinel/WindowsSecurity/list_host_events/run", service.base());
    let (status, answer) = read(client().post(path).json(&body).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer["outcome"]), (200, &json!("complete")), "{answer:#}");
    assert_eq!(answer["rows"][0]["Account"], "CORP\\eve");
    assert_eq!(answer["row_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_listed_with_what_the_settings_refine_and_what_could_not_be_read() {
    let folder = folder();
    fs::write(folder.path().join("broken.parquet"), "PAR1 and nothing").unwrap();
    let more = ", tables: { SecurityEvent: { types: { EventID: string }, renames: { EventID: Id } } }";
    let service = service(folder.path(), more).await;
    let (_, answer) = read(service.get("/v1/sources/local/schema").send().await.unwrap()).await;
    assert_eq!(
        answer["tables"],
        json!([{ "name": "SecurityEvent", "columns": [
            { "name": "TimeGenerated", "type": "datetime" }, { "name": "Computer", "type": "string" },
            { "name": "Id", "type": "string" }, { "name": "Account", "type": "string" },
        ] }]),
        "{answer:#}"
    );
    assert!(answer["partial_errors"][0]["message"].as_str().unwrap().contains("broken.parquet"));
    let (_, answer) = read(service.get("/v1/sources").send().await.unwrap()).await;
    assert_eq!((&answer["items"][0]["kind"], &answer["items"][0]["state"]), (&json!("local"), &json!("ready")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_an_outcome() {
    let service = service(Path::new("/nowhere/at/all"), "").await;
    let (status, answer) = ask(&service, &json!({ "query": "T" })).await;
    assert_eq!((status, &answer["outcome"]), (200, &json!("error")));
    assert_eq!(answer["reason"], "the folder can't be read");
}
