//! The parsers of ASIM on a folder of logs: events of every source become rows with documented names.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

/// A table and an event of it in each line.
const EVENTS: &str = include_str!("asim/events.txt");

/// Every schema, by its unifying parser.
const PARSERS: [&str; 11] = [
    "_Im_ProcessEvent",
    "_Im_Dns",
    "_Im_NetworkSession",
    "_Im_WebSession",
    "_Im_Authentication",
    "_Im_FileEvent",
    "_Im_RegistryEvent",
    "_Im_AuditEvent",
    "_Im_UserManagement",
    "_Im_DhcpEvent",
    "_Im_AlertEvent",
];

/// A folder of these events, a minute apart.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for (minute, line) in EVENTS.lines().enumerate() {
        let (table, event) = line.split_once(' ').unwrap();
        let mut event: Value = serde_json::from_str(event).unwrap();
        event["TimeGenerated"] = json!(format!("2026-03-03T10:{minute:02}:00Z"));
        *tables.entry(table).or_default() += &format!("{event}\n");
    }
    for (table, events) in tables {
        fs::write(folder.path().join(format!("{table}.ndjson")), events).unwrap();
    }
    folder
}

async fn service(path: &Path, more: &str) -> Service {
    Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {path:?}{more} }} }}\n")).await
}

/// The rows of a query, which has to be answered whole.
async fn rows(service: &Service, query: &str) -> Vec<Value> {
    let request = client().post(format!("{}/v1/sources/local/query", service.base()));
    let (status, answer) =
        read(request.json(&json!({ "query": query, "deadline_ms": 60_000 })).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &answer["outcome"]), (200, &json!("complete")), "{query}: {answer:#}");
    answer["rows"].as_array().unwrap().clone()
}

/// The rows of a query, each as its values with bars between them.
async fn lines(service: &Service, query: &str) -> Vec<String> {
    let line = |row: &Value| {
        let cells = row.as_object().unwrap().values();
        let text = |cell: &Value| match cell {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        cells.map(text).collect::<Vec<_>>().join("|")
    };
    rows(service, query).await.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_every_source_are_rows_of_their_schema() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    for (query, expected) in [
        (
            "imProcessCreate | project Type, Dvc, User, Process, CommandLine, ActingProcessName, Hash",
            &[
                r"WindowsEvent|pc3.corp.example|CORP\ann|C:\Windows\x.exe|x -a|C:\Windows\y.exe|aa",
                "Syslog|lx1|root|/usr/bin/curl|curl http://evil.example|/bin/bash|",
            ][..],
        ),
        (
            "imDns | project Type, SrcIpAddr, Domain, DnsQueryTypeName, DnsResponseCodeName, DnsResponseName",
            &[
                "Event||odd.example||NOERROR|::ffff:203.0.113.19;",
                "DnsEvents|10.0.0.5|evil.example|A|NOERROR|203.0.113.7",
                "DnsEvents|10.0.0.6|nothing.example|AAAA|NXDOMAIN|",
                "DeviceEvents||cdn.example||NA|[]",
                r#"DeviceNetworkEvents|10.0.0.5|q.example|A|NOERROR|["203.0.113.9"]"#,
                "dns|10.0.0.5|zeek.example|A|NXDOMAIN|",
                "ASimDnsActivityLogs|10.0.0.8|native.example||NOERROR|",
            ],
        ),
        (
            "imNetworkSession | project Type, SrcIpAddr, DstIpAddr, DstPortNumber, NetworkProtocol, NetworkDirection, DvcAction",
            &[
                "DeviceNetworkEvents|10.0.0.5|203.0.113.7|443|TCP|Outbound|Allow",
                "DeviceNetworkEvents|203.0.113.8|10.0.0.5|3389|TCP|Inbound|Allow",
                "CommonSecurityLog|10.0.0.5|203.0.113.7|80|TCP||Deny",
                "VMConnection|10.1.0.4|203.0.113.1|22|TCP|Outbound|Allow",
                "AzureNetworkAnalytics_CL|203.0.113.2|10.1.0.4|22|TCP|Inbound|Deny",
                "AWSVPCFlow|203.0.113.3|10.2.0.1|23|TCP|Inbound|Deny",
            ],
        ),
        (
            "imWebSession | project Type, SrcIpAddr, Url, HttpHost, EventResult, EventResultDetails, HttpRequestMethod",
            &[
                "DeviceNetworkEvents|10.0.0.5|https://evil.example/a|evil.example|Success||",
                "CommonSecurityLog|10.0.0.5|http://evil.example/x|evil.example|Failure||GET",
                "W3CIISLog|203.0.113.4|www.corp.example/a?b=1|www.corp.example|Failure|404|GET",
            ],
        ),
        (
            "imAuthentication | project Type, TargetUsername, IpAddr, EventResult, EventResultDetails, LogonMethod",
            &[
                "SigninLogs|ann@corp.example|203.0.113.5|Failure|Incorrect password|Username & Password",
                "AADNonInteractiveUserSignInLogs|bob@corp.example|203.0.113.6|Success||Username & Password",
                "AADServicePrincipalSignInLogs|deploy|203.0.113.6|Success||Username & Password",
                r"DeviceLogonEvents|corp\ann|10.0.0.9|Failure|No such user or password|",
                "Syslog|admin|203.0.113.10|Failure|No such user|Username & Password",
                "Syslog|root|203.0.113.11|Success||PKI",
                "Okta_CL|ann@corp.example|203.0.113.12|Failure|Incorrect password|",
                "AWSCloudTrail|ann|203.0.113.13|Failure|No such user or password|Username & Password",
            ],
        ),
        (
            "imFileEvent | project Type, EventType, User, TargetFilePath, TargetFileName, TargetFileExtension, SrcFilePath",
            &[
                r"DeviceFileEvents|FileRenamed|corp\ann|C:\t\b.exe|b.exe|exe|C:\t\a.exe",
                "OfficeActivity|FileAccessed|ann@corp.example|https://corp.example/d/a.docx|a.docx|docx|",
                "StorageBlobLogs|FileDeleted|ann@corp.example|https://a.blob.core.windows.net/c/f.txt|f.txt|txt|",
            ],
        ),
        (
            "imRegistry | project Type, EventType, RegistryKey, RegistryValue, RegistryValueData",
            &[r"DeviceRegistryEvents|RegistryValueSet|HKEY_LOCAL_MACHINE\Software\X|v|1"],
        ),
        (
            "imAuditEvent | project Type, EventType, Operation, User, Object, SrcIpAddr",
            &[
                "AWSCloudTrail|Create|CreateUser|ann||203.0.113.13",
                "OfficeActivity|Create|New-InboxRule|ann@corp.example|rule1|203.0.113.14",
                "AzureActivity|Set|MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE|ann@corp.example|/subscriptions/1/x|203.0.113.16",
                "AuditLogs|Create|Add user|ann@corp.example|mallory@corp.example|203.0.113.17",
            ],
        ),
        (
            "imUserManagement | project Type, EventType, ActorUsername, TargetUsername, GroupName",
            &[
                r"WindowsEvent|UserCreated|CORP\ann|CORP\mallory|",
                "Syslog|UserCreated||mallory|",
                "Syslog|UserAddedToGroup||mallory|sudo",
                "AWSCloudTrail|UserCreated|ann|mallory|",
            ],
        ),
        (
            "imDhcpEvent | project Type, EventType, SrcIpAddr, SrcHostname, SrcMacAddr",
            &["Syslog|Assign|10.9.0.7|laptop7|aa:bb:cc:dd:ee:ff"],
        ),
        (
            "imAlertEvent | project Type, AlertName, EventSeverity, Hostname, User, IpAddr",
            &[r"AlertEvidence|Malware|High|pc1|corp\ann|", r"SecurityAlert|Odd logon|High|PC-1|CORP\ann|203.0.113.18"],
        ),
    ] {
        let (parser, columns) = query.split_once('|').unwrap();
        let sorted = format!("{parser} | sort by TimeGenerated asc | {columns}");
        assert_eq!(lines(&service, &sorted).await, expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_table_that_no_log_has_is_empty_beside_a_parser_and_the_parser_s_own_are_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let event = json!({ "TimeGenerated": "2026-03-03T10:00:00Z", "ActionType": "ProcessCreated", "FileName": "x.exe" });
    fs::write(folder.path().join("DeviceProcessEvents.ndjson"), event.to_string()).unwrap();
    let service = service(folder.path(), "").await;
    let query = "imProcessCreate | join kind=leftouter (SecurityAlert | project AlertName, Process = CompromisedEntity) on Process
        | project Process, AlertName";
    let request = client().post(format!("{}/v1/sources/local/query", service.base()));
    let (_, answer) = read(request.json(&json!({ "query": query })).send().await.unwrap()).await;
    assert_eq!(answer["rows"], json!([{ "Process": "x.exe", "AlertName": "" }]), "{answer:#}");
    let told = answer["partial_errors"].to_string();
    assert!(told.contains("SecurityAlert") && !told.contains("Syslog"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_keep_what_they_say() {
    let folder = folder();
    let service = service(folder.path(), "").await;
    for (query, count) in [
        ("_Im_Dns(domain_has_any = dynamic(['evil.example', 'zeek']))", 2),
        ("_Im_Dns(responsecodename = 'NXDOMAIN', srcipaddr = '10.0.0.5')", 1),
        ("_Im_Dns(response_has_any_prefix = dynamic(['203.0.113.']))", 3),
        ("_Im_Dns(starttime = datetime(2026-03-03 10:05), endtime = datetime(2026-03-03 10:20))", 2),
        ("_Im_Dns(disabled = true)", 0),
        ("_Im_NetworkSession(dstportnumber = 22)", 2),
        ("_Im_NetworkSession(ipaddr_has_any_prefix = dynamic(['203.0.113.7', '10.1.']))", 4),
        ("_Im_NetworkSession(dvcaction = dynamic(['Deny']), eventresult = 'Failure')", 3),
        ("_Im_NetworkSession(hostname_has_any = dynamic(['vm1']))", 2),
        ("_Im_WebSession(url_has_any = dynamic(['evil']), httpuseragent_has_any = dynamic(['curl']))", 1),
        ("_Im_Authentication(username_has_any = dynamic(['ann']), eventresult = 'Failure')", 4),
        ("_Im_Authentication(eventresultdetails_in = dynamic(['No such user']))", 1),
        ("_Im_ProcessCreate(commandline_has_any = dynamic(['evil.example']), targetusername = 'root')", 1),
        ("_Im_ProcessCreate(hashes_has_any = dynamic(['AA']))", 1),
        ("_Im_ProcessTerminate()", 0),
        ("_Im_FileEvent(eventtype_in = dynamic(['FileDeleted', 'FileRenamed']))", 2),
        (
            "_Im_FileEvent(hashes_has_any = dynamic(['5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E5E']))",
            1,
        ),
        (
            "_Im_RegistryEvent(registrykey_has_any = dynamic(['Software']), eventtype_in = dynamic(['RegistryKeyDeleted']))",
            0,
        ),
        ("_Im_AuditEvent(operation_has_any = dynamic(['InboxRule', 'CreateUser']))", 2),
        (
            "_Im_UserManagement(targetusername_has_any = dynamic(['mallory']), eventtype_in = dynamic(['UserCreated']))",
            3,
        ),
        ("_Im_DhcpEvent(srchostname_has_any = dynamic(['laptop7']))", 1),
        ("_Im_AlertEvent(username_has_any = dynamic(['ann']), attacktechniques_has_any = dynamic(['T1059']))", 1),
    ] {
        assert_eq!(rows(&service, &format!("{query} | count")).await, [json!({ "Count": count })], "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_schema_has_its_columns_whatever_logs_there_are() {
    let (whole, nothing) = (folder(), tempfile::tempdir().unwrap());
    fs::write(nothing.path().join("Other.csv"), "a,b\n1,2\n").unwrap();
    let services = [service(whole.path(), "").await, service(nothing.path(), "").await];
    for parser in PARSERS {
        let query = format!("{parser} | getschema | project ColumnName, ColumnType | sort by ColumnName asc");
        let [whole, nothing] = [lines(&services[0], &query).await, lines(&services[1], &query).await];
        assert_eq!(whole, nothing, "{parser}");
        // A branch that had another type would have a column of its own.
        let split = whole
            .iter()
            .filter(|column| column.split_once('|').is_some_and(|(name, kind)| name.ends_with(&format!("_{kind}"))));
        assert_eq!(split.collect::<Vec<_>>(), Vec::<&String>::new(), "{parser}");
        for column in ["TimeGenerated|datetime", "EventCount|int", "EventSchema|string", "Dvc|string", "User|string"] {
            assert!(whole.iter().any(|known| known == column), "{parser}: {column}");
        }
        assert_eq!(rows(&services[1], &format!("{parser} | count")).await, [json!({ "Count": 0 })], "{parser}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_windows_are_found_in_whichever_table_they_lie() {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/otrf");
    if !logs.exists() {
        eprintln!("skipped: no events of Windows in ../shared/data/otrf");
        return;
    }
    for table in ["SecurityEvent", "WindowsEvent", "Sysmon"] {
        let tables = format!(", tables: {{ {table}: {{ files: [\"*.zip\"] }} }}");
        let service = service(&logs, &tables).await;
        let raw = |condition: &str| format!("{table} | where {condition} | count");
        let is_sysmon = if table == "Sysmon" { "true" } else { "Channel has 'Sysmon'" };
        for (parser, id) in [
            ("imProcessCreate | where EventProduct == 'Sysmon'", "1"),
            ("imDns", "22"),
            ("imNetworkSession | where EventProduct == 'Sysmon'", "3"),
            ("imFileEvent | where EventType == 'FileCreated' and EventProduct == 'Sysmon'", "11"),
            ("imRegistry | where EventOriginalType == '13'", "13"),
        ] {
            let raw = rows(&service, &raw(&format!("EventID == {id} and {is_sysmon}"))).await;
            let normal = rows(&service, &format!("{parser} | count")).await;
            assert_eq!((normal, raw[0]["Count"] != json!(0)), (raw, true), "{table}: {parser}");
        }
        if table != "Sysmon" {
            let raw = rows(&service, &raw("EventID == 4688")).await;
            let normal = rows(&service, "imProcessCreate | where EventProduct == 'Security Events' | count").await;
            assert_eq!(normal, raw, "{table}");
        }
        let found = lines(
            &service,
            "_Im_ProcessCreate(commandline_has_any = dynamic(['bitsadmin.exe'])) | where EventProduct == 'Sysmon'
             | project DvcHostname, User, TargetProcessFilename, ActingProcessFilename, HashType, strlen(Hash)",
        )
        .await;
        assert_eq!(found, [r"WORKSTATION5|WORKSTATION5\wardog|bitsadmin.exe|cmd.exe|SHA256|64"], "{table}");
    }
}
