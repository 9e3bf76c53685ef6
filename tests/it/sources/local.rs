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

#[tokio::test(flavor = "multi_thread")]
async fn tables_that_are_known_and_that_no_log_has_are_empty_and_named() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    for (query, empty) in [
        // Documented, beside one that is there and lacks a documented column.
        (
            "DeviceInfo | join kind=rightouter (SecurityEvent) on $left.DeviceName == $right.Computer | project Account, OSPlatform, LogonTypeName",
            "DeviceInfo",
        ),
        // A name in a function's argument.
        (
            "let rows = (name:string) { table(name) | project At = TimeGenerated }; union (rows('SigninLogs')), (rows('SecurityEvent'))",
            "SigninLogs",
        ),
        // A watchlist has the columns that are read of it, and those that all have.
        (
            "SecurityEvent | join kind=leftouter (_GetWatchlist('Owners') | project SearchKey, ['Owner Name'], LastUpdatedTimeUTC) on $left.Account == $right.SearchKey | extend Owner = strcat(['Owner Name'], '!')",
            "Owners",
        ),
        // The names of a custom log's columns say their types.
        (
            "SecurityEvent | join kind=leftouter (Doors_CL | where opened_t > ago(1d) and floor_d > 2 | summarize Doors = make_set(door_s) by User_s) on $left.Account == $right.User_s",
            "Doors_CL",
        ),
        // So do those of tables whose columns come with the events, though some are documented.
        (
            "SecurityEvent | join kind=leftouter (AzureNetworkAnalytics_CL | where DestPublicIPs_s has '1' | project SrcIP_s) on $left.Account == $right.SrcIP_s",
            "AzureNetworkAnalytics_CL",
        ),
        // Use says what names don't.
        (
            "SecurityEvent | join kind=leftouter (Doors_CL | summarize Bytes = sum(Sent), Day = startofday(min(EventTime)) by Name) on $left.Account == $right.Name",
            "Doors_CL",
        ),
        // Nobody keeps the columns of these.
        (
            "SecurityEvent | join kind=leftouter (NGINXHTTPServer | summarize n = count() by SrcIpAddr) on $left.Computer == $right.SrcIpAddr",
            "NGINXHTTPServer",
        ),
        // What fuzzy unions leave out is there where its columns are read.
        (
            "union isfuzzy=true (SecurityEvent | where EventID > 0), (AWSCloudTrail | extend Account = UserIdentityUserName, Region = AWSRegion) | project Account, Region",
            "AWSCloudTrail",
        ),
        // What a wildcard means.
        ("union SecurityEvent, OfficeAct* | project Account, OfficeWorkload", "OfficeActivity"),
        // Columns with the name of a documented table.
        (
            "SecurityEvent | join kind=leftouter (OfficeActivity | where Operation == 'Update' | project UserId, Operation) on $left.Account == $right.UserId",
            "OfficeActivity",
        ),
    ] {
        let (status, answer) = ask(&service, &json!({ "query": query })).await;
        assert_eq!((status, &answer["outcome"]), (200, &json!("partial")), "{query}: {answer:#}");
        assert_eq!(answer["row_count"], 3, "{query}: {answer:#}");
        let message = format!("no log has these tables, they are empty: {empty}");
        assert_eq!(answer["partial_errors"][0]["message"], json!(message), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fuzzy_union_whose_tables_are_not_all_there_is_complete_without_them() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let query = "union isfuzzy=true SecurityEvent, WindowsEvent, Nothing | summarize Events = count() by Account | sort by Account asc";
    let (_, answer) = ask(&service, &json!({ "query": query })).await;
    assert_eq!(answer["outcome"], "complete", "{answer:#}");
    assert_eq!(
        answer["rows"],
        json!([{ "Account": "CORP\\eve", "Events": 2 }, { "Account": "CORP\\ian", "Events": 1 }])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plugins_find_what_a_query_reads_where_there_is_no_row() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    let unpacked = "SecurityEvent | where EventID == 1 | extend Bag = bag_pack('Name', Account) | evaluate bag_unpack(Bag)
        | evaluate pivot(Name, take_any(Computer), TimeGenerated) | where TargetObject has 'HKLM' | project TargetObject";
    let (status, answer) = ask(&service, &json!({ "query": unpacked })).await;
    assert_eq!((status, &answer["outcome"], &answer["row_count"]), (200, &json!("complete"), &json!(0)), "{answer:#}");
    // Where there are rows, they say what is there.
    let (status, problem) = ask(&service, &json!({ "query": unpacked.replace("== 1 ", "> 1 ") })).await;
    assert_eq!(status, 400, "{problem:#}");
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("TargetObject"), "{problem:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_tables_that_no_log_has_is_told_all_the_same() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    for (query, hints) in [
        ("DeviceInfo | where DeviceNam == 'x'", ["DeviceNam`", "DeviceName?"]),
        ("Nothing | count", ["no such table", "Nothing"]),
        ("DeviceInfo | join (Nothing) on DeviceId", ["no such table", "Nothing"]),
        ("securityevent | count", ["no such table", "SecurityEvent?"]),
        ("Doors_CL | where opened_t > nearly(1h)", ["no such function", "nearly"]),
        ("_GetWatchlist(Owners) | count", ["Owners", ""]),
    ] {
        let (status, problem) = ask(&service, &json!({ "query": query })).await;
        let detail = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        assert_eq!(status, 400, "{query}: {problem:#}");
        assert!(hints.iter().all(|hint| detail.contains(hint)), "{query}: {detail}");
    }
}
