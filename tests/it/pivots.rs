//! `/v1/pivots`: from entities to what is known about them, on values, entities and tables.

use std::fs;

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, client, json as read},
    vendor::{Reply, Vendor},
    whois::Whois,
};

/// The columns of a logon that MSTICPy's queries name.
const COLUMNS: &[&str] = &[
    "TenantId",
    "EventID",
    "Computer",
    "SourceComputerId",
    "Account",
    "SubjectUserName",
    "SubjectDomainName",
    "SubjectUserSid",
    "TargetUserName",
    "TargetDomainName",
    "TargetUserSid",
    "TargetLogonId",
    "LogonProcessName",
    "LogonType",
    "LogonTypeName",
    "AuthenticationPackageName",
    "Status",
    "SubStatus",
    "IpAddress",
    "WorkstationName",
];

/// Hour, computer, event, account, type of logon, address.
const LOGONS: &[(&str, &str, u32, &str, u32, &str)] = &[
    ("08", "ws1.contoso.com", 4624, "ian", 3, "8.8.8.8"),
    ("09", "ws1.contoso.com", 4625, "eve", 3, "10.0.0.7"),
    ("10", "ws2.contoso.com", 4625, "eve", 10, "8.8.8.8"),
];

/// A folder with these logons.
fn logons() -> tempfile::TempDir {
    let row = |(hour, computer, event, user, kind, address): &(&str, &str, u32, &str, u32, &str)| {
        let mut row: serde_json::Map<String, Value> =
            COLUMNS.iter().map(|name| ((*name).to_owned(), json!("x"))).collect();
        let said = json!({ "TimeGenerated": format!("2026-11-24T{hour}:00:00Z"), "Computer": computer, "EventID": event,
            "Account": format!("CORP\\{user}"), "TargetUserName": user, "LogonType": kind, "IpAddress": address });
        row.extend(said.as_object().unwrap().clone());
        Value::Object(row).to_string()
    };
    let lines: Vec<String> = LOGONS.iter().map(row).collect();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("SecurityEvent.ndjson"), lines.join("\n")).unwrap();
    folder
}

const SPAN: [&str; 2] = ["2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"];

/// A service with a folder of logons.
async fn with_logons() -> (Service, tempfile::TempDir) {
    let folder = logons();
    let path = folder.path();
    let service = Service::start(&format!("{QUIET}sources: {{ local: {{ kind: local, path: {path:?} }} }}\n")).await;
    (service, folder)
}

fn names(page: &Value) -> Vec<String> {
    let name = |item: &Value| format!("{}.{}", item["container"].as_str().unwrap(), item["name"].as_str().unwrap());
    page["items"].as_array().unwrap().iter().map(name).collect()
}

async fn listed(service: &Service, query: &str) -> Value {
    read(service.get(&format!("/v1/pivots?{query}")).send().await.unwrap()).await.1
}

#[tokio::test(flavor = "multi_thread")]
async fn every_lookup_every_function_and_every_query_is_a_pivot_of_its_entities() {
    let (service, _folder) = with_logons().await;

    let page = listed(&service, "entity=IpAddress&limit=1000").await;
    let all = names(&page);
    for name in [
        "util.whois",
        "util.whois_asn",
        "util.ip_type",
        "util.geoloc",
        "util.ip_rev_resolve",
        "ti.lookup_ip",
        "VT.communicating_files",
        "RiskIQ.services",
        "MSSentinel.aad_signins",
        "MSSentinel.syslog_logons",
        "MDE.AlertInfo_ip_alerts",
    ] {
        assert!(all.contains(&name.to_owned()), "{name} is missing of {all:?}");
    }
    let logons = listed(&service, "entity=host&container=MSSentinel&search=wevt_logons").await;
    assert_eq!(logons["items"][0]["input"], json!({ "attribute": "fqdn", "parameter": "host_name" }), "{logons:#}");
    assert_eq!((&logons["items"][0]["ready"], &logons["items"][0]["scope"]), (&json!(true), &json!("query")));

    // Without a source that runs it, a query says what is missing.
    let splunk = listed(&service, "container=Splunk").await;
    assert_eq!(splunk["items"][0]["needs"], json!(["a source that runs queries of Splunk"]), "{splunk:#}");

    // Page by page, everything once.
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = listed(&service, &format!("entity=host&limit=7{cursor}")).await;
        seen.extend(names(&page));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, names(&listed(&service, "entity=Machine&limit=1000").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_msticpy_lists_for_an_entity_is_there_under_the_same_names() {
    let (service, _folder) = with_logons().await;
    for (entity, expected) in [
        (
            "Account",
            "aad_signins azure_activity o365_activity sec_alerts sent_bookmarks syslog_logon_failures syslog_logons \
            syslog_squid_activity syslog_sudo_activity user_files user_logons user_network user_processes wevt_get_process_tree \
            wevt_logon_attempts wevt_logon_failures wevt_logon_session wevt_logons wevt_parent_process wevt_process_session",
        ),
        (
            "Host",
            "az_nsg_interface az_nsg_net_flows heartbeat sec_alerts sent_bookmarks syslog_all_syslog syslog_cron_activity \
            syslog_user_logon wevt_account_change_events wevt_all_events wevt_events_by_id wevt_list_other_events wevt_processes \
            wevt_schdld_tasks_and_services wevt_summarize_events",
        ),
        (
            "IpAddress",
            "aad_signins az_nsg_net_flows azure_activity dns_queries dns_queries_from_ip heartbeat sec_list_alerts_for_ip \
            wevt_logon_attempts VMComputer_vmcomputer ThreatIntelIndicators_list_indicators_by_ip",
        ),
        ("Process", "sec_alerts wevt_get_process_tree wevt_processes_with_same_commandline wevt_similar_processes"),
        ("Url", "sent_bookmarks ThreatIntelIndicators_list_indicators_by_url CommonSecurityLog_url_connections"),
    ] {
        let page = listed(&service, &format!("entity={entity}&container=MSSentinel&limit=1000")).await;
        let all = names(&page);
        for name in expected.split_whitespace() {
            assert!(all.contains(&format!("MSSentinel.{name}")), "{entity} lacks {name}: {all:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_a_list_and_an_entity_are_asked_about_alike() {
    let (service, _folder) = with_logons().await;
    let path = "/v1/pivots/IpAddress/util/ip_type";

    let one = service.call(path, &json!({ "value": "8.8.8[.]8" })).await;
    assert_eq!(
        one["rows"],
        json!([{ "value": "8.8.8[.]8", "outcome": "hit", "reason": null, "ip_type": "public",
        "msticpy_type": "Public", "is_global": true }])
    );
    let many = service.call(path, &json!({ "values": ["10.0.0.1", "8.8.8.8", "10.0.0.1", "nonsense", ""] })).await;
    assert_eq!((many["row_count"].as_u64(), many["values"].as_u64()), (Some(3), Some(3)), "{many:#}");
    assert_eq!((&many["rows"][0]["ip_type"], &many["rows"][2]["outcome"]), (&json!("private"), &json!("unsupported")));
    let entity = json!({ "entity": { "Type": "ip", "Address": "10.0.0.1" } });
    assert_eq!(service.call(path, &entity).await["rows"][0]["ip_type"], "private");
    let in_arm = json!({ "entity": [{ "kind": "Ip", "properties": { "address": "10.0.0.1" } }] });
    assert_eq!(service.call(path, &in_arm).await["rows"][0]["value"], "10.0.0.1");
    let upper = service.call("/v1/pivots/ip/UTIL/IP_TYPE", &json!({ "value": "::1" })).await;
    assert_eq!((&upper["function"], &upper["rows"][0]["ip_type"]), (&json!("ip_type"), &json!("loopback")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_asked_about_once_for_each_value_and_joined_in_every_way() {
    let (service, _folder) = with_logons().await;
    let rows = json!([
        { "user": "ian", "ip": "8.8.8.8" },
        { "user": "eve", "ip": "10.0.0.7" },
        { "user": "ian", "ip": null },
        { "user": "bob", "ip": "8.8.8.8" },
    ]);
    let ask = async |join: &str| {
        let body = json!({ "rows": rows, "column": "ip", "join": join });
        service.call("/v1/pivots/ip/util/ip_type", &body).await
    };
    let none = ask("none").await;
    assert_eq!((none["row_count"].as_u64(), none["values"].as_u64()), (Some(2), Some(2)));
    let left = ask("left").await;
    assert_eq!(left["row_count"], 4);
    assert_eq!(
        left["rows"][0],
        json!({ "user": "ian", "ip": "8.8.8.8", "outcome": "hit", "reason": null,
        "ip_type": "public", "msticpy_type": "Public", "is_global": true })
    );
    assert_eq!((&left["rows"][2]["outcome"], &left["rows"][3]["ip_type"]), (&Value::Null, &json!("public")));
    assert_eq!(ask("inner").await["row_count"], 3);
    assert_eq!(ask("right").await["row_count"], 3);
    assert_eq!(ask("outer").await["row_count"], 4);

    // What both have is told apart.
    let both = json!({ "rows": [{ "ip": "8.8.8.8", "outcome": "seen" }], "column": "ip", "join": "left" });
    let both = service.call("/v1/pivots/ip/util/ip_type", &both).await;
    assert_eq!((&both["rows"][0]["outcome_src"], &both["rows"][0]["outcome_res"]), (&json!("seen"), &json!("hit")));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_meet_by_columns_that_are_named() {
    let (service, _folder) = with_logons().await;
    let body = json!({ "rows": [{ "ip": "8.8.8.8", "kind": "PUBLIC" }, { "ip": "10.0.0.1", "kind": "none" }], "column": "ip",
        "join": "left", "left_on": "kind", "right_on": "ip_type", "ignore_case": true });
    let answer = service.call("/v1/pivots/ip/util/ip_type", &body).await;
    assert_eq!(
        (&answer["rows"][0]["value"], &answer["rows"][1]["value"]),
        (&json!("8.8.8.8"), &Value::Null),
        "{answer:#}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_asked_for_each_value_and_its_rows_are_events() {
    let (service, _folder) = with_logons().await;
    let [start, end] = SPAN;
    let path = "/v1/pivots/Host/MSSentinel/wevt_logons";
    let one = service.call(path, &json!({ "value": "ws1", "start": start, "end": end })).await;
    assert_eq!((one["row_count"].as_u64(), &one["rows"][0]["value"]), (Some(1), &json!("ws1")), "{one:#}");
    assert_eq!(one["rows"][0]["TargetUserName"], "ian");

    let failures = "/v1/pivots/Host/MSSentinel/wevt_logon_failures";
    let entity = json!({ "entity": { "Type": "host", "HostName": "ws2", "DnsDomain": "contoso.com" }, "start": start, "end": end });
    let by_entity = service.call(failures, &entity).await;
    assert_eq!(by_entity["rows"][0]["LogonType"], 10, "{by_entity:#}");

    let table = json!({ "rows": [{ "n": 1, "host": "ws1" }, { "n": 2, "host": "ws9" }, { "n": 3, "host": "ws2" }], "column": "host",
        "join": "left", "start": start, "end": end });
    let joined = service.call(failures, &table).await;
    let seen: Vec<_> =
        joined["rows"].as_array().unwrap().iter().map(|row| (row["n"].clone(), row["LogonType"].clone())).collect();
    assert_eq!(seen, [(json!(1), json!(3)), (json!(2), Value::Null), (json!(3), json!(10))], "{joined:#}");

    // The names of MSTICPy's first version lead there, too.
    let old = service
        .call("/v1/pivots/Host/MSSentinel/qry_logons", &json!({ "value": "ws1", "start": start, "end": end }))
        .await;
    assert_eq!(old["row_count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn registries_are_asked_once_for_each_address_and_one_that_fails_takes_no_other_down() {
    let vendor = Vendor::start();
    vendor.says(
        "/ip/8.8.8.8",
        Reply::json(r#"{"objectClassName": "ip network", "handle": "NET-8", "name": "EXAMPLE-NET"}"#),
    );
    vendor.says("/ip/9.9.9.9", Reply::json("<html>busy</html>"));
    let cymru = Whois::start(|_| Some("AS | IP\n".to_owned())).await;
    let off = ["radb", "whois"].map(|id| format!(", {id}: {{ enabled: false }}")).concat();
    let on = format!(", rdap: {{ base_url: \"{}\" }}, cymru: {{ base_url: \"{}\" }}", vendor.base(), cymru.base());
    let service =
        Service::start(&QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{off}{on}"))).await;
    let body = json!({ "rows": [{ "ip": "8.8.8.8" }, { "ip": "9.9.9.9" }, { "ip": "8.8.8.8" }, { "ip": "10.0.0.1" }], "column": "ip",
        "join": "left" });
    let answer = service.call("/v1/pivots/ip/util/whois", &body).await;
    let row = |row: usize, column: &str| answer["rows"][row][column].clone();
    assert_eq!((row(0, "name"), row(2, "handle")), (json!("EXAMPLE-NET"), json!("NET-8")), "{answer:#}");
    assert_eq!(
        (row(1, "outcome"), row(3, "outcome"), row(3, "reason")),
        (json!("error"), json!("skipped"), json!("not_global"))
    );
    assert_eq!((&answer["failed"][0]["source_row"], &answer["failed"][0]["outcome"]), (&json!(1), &json!("error")));
    assert_eq!(vendor.calls(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_give_their_layers_and_observables() {
    let (service, _folder) = with_logons().await;
    let command = "powershell -enc aHR0cDovL2V2aWwuZXhhbXBsZS5jb20vYQ== 198.51.100.7";
    let entity = json!({ "entity": { "Type": "process", "ProcessId": "0x1", "CommandLine": command } });
    let iocs = service.call("/v1/pivots/Process/util/extract_iocs", &entity).await;
    assert_eq!(
        (&iocs["rows"][0]["ioc_kind"], &iocs["rows"][0]["ioc_value"]),
        (&json!("ipv4"), &json!("198.51.100.7")),
        "{iocs:#}"
    );
    let layers = service.call("/v1/pivots/Process/util/b64decode", &json!({ "value": command })).await;
    assert_eq!(layers["rows"][0]["text"], "http://evil.example.com/a", "{layers:#}");
    let parts = service
        .call("/v1/pivots/Url/util/url_components", &json!({ "value": "hxxps://a.contoso[.]co[.]uk:8443/x?y=1" }))
        .await;
    assert_eq!(
        (&parts["rows"][0]["registrable_domain"], &parts["rows"][0]["port"]),
        (&json!("contoso.co.uk"), &json!(8443))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pivot_of_the_settings_asks_a_service_or_a_query() {
    let vendor = Vendor::start();
    vendor.says(
        "/hosts/ws1.contoso.com",
        Reply::json(r#"{"owner": {"assets": [{"tag": "A1", "room": 7}, {"tag": "A2", "room": 8}]}}"#),
    );
    let providers = tempfile::tempdir().unwrap();
    fs::write(
        providers.path().join("cmdb.yaml"),
        format!(
            "id: cmdb\ntitle: Assets\npurpose: context\nkinds: [hostname, domain]\nbase_url: {}\nanswers_private: true\n\
             ask: {{ path: \"/hosts/{{{{ value }}}}\" }}\nread:\n  lists: {{ assets: \"$.owner.assets[*]\" }}\n  evidence: [assets]\n",
            vendor.base()
        ),
    )
    .unwrap();
    let (folder, settings) = (logons(), tempfile::tempdir().unwrap());
    let file = settings.path().join("pivotd.yaml");
    let text = format!(
        "{QUIET}sources: {{ local: {{ kind: local, path: {:?} }} }}\ncustom_providers: {{ path: {:?} }}\npivots:\n  custom:\n    owner: {{ entities: {{ host: fqdn }}, provider: cmdb, rows: assets }}\n    \
         failures: {{ entities: {{ account: name }}, container: mine, query: MSSentinel/WindowsSecurity/list_logon_failures_by_account, \
         parameter: account_name, source: local }}\n",
        folder.path(),
        providers.path()
    );
    fs::write(&file, text).unwrap();
    let service = Service::start_from(file).await;
    let owner = service.call("/v1/pivots/host/custom/owner", &json!({ "value": "ws1.contoso.com" })).await;
    assert_eq!(owner["row_count"], 2, "{owner:#}");
    assert_eq!((&owner["rows"][1]["tag"], &owner["rows"][1]["room"]), (&json!("A2"), &json!(8)));
    let [start, end] = SPAN;
    let failures =
        service.call("/v1/pivots/account/mine/failures", &json!({ "value": "eve", "start": start, "end": end })).await;
    assert_eq!(failures["row_count"], 2, "{failures:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_come_and_go_in_other_forms() {
    let (service, _folder) = with_logons().await;
    let request = client()
        .post(format!("{}/v1/pivots/ip/util/ip_type?column=ip&join=left", service.base()))
        .header("content-type", "text/csv")
        .header("accept", "text/csv")
        .body("ip,n\n8.8.8.8,1\n10.0.0.1,2\n");
    let text = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(
        text,
        "ip,n,outcome,reason,ip_type,msticpy_type,is_global\r\n8.8.8.8,1,hit,,public,Public,true\r\n10.0.0.1,2,hit,,private,Private,false\r\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_with_its_place() {
    let (service, _folder) = with_logons().await;
    let ip_type = "/v1/pivots/ip/util/ip_type";
    let (status, problem) = service.refused("/v1/pivots/ip/util/whoami", &json!({ "value": "x" })).await;
    assert_eq!(status, 404);
    assert!(problem["detail"].as_str().unwrap().contains("util/whois"), "{problem:#}");
    assert_eq!(service.refused("/v1/pivots/spaceship/util/whois", &json!({ "value": "x" })).await.0, 404);
    for (path, body, pointer) in [
        (ip_type, json!({}), ""),
        (ip_type, json!({ "value": "x", "values": [] }), ""),
        (ip_type, json!({ "rows": [{ "a": "x" }] }), "/column"),
        (ip_type, json!({ "rows": [{ "a": "x" }], "column": "b" }), "/column"),
        (
            ip_type,
            json!({ "rows": [{ "a": "x" }], "column": "a", "join": "left", "left_on": "b", "right_on": "value" }),
            "/left_on",
        ),
        (
            ip_type,
            json!({ "rows": [{ "a": "x" }], "column": "a", "join": "left", "left_on": "a", "right_on": "b" }),
            "/right_on",
        ),
        (
            ip_type,
            json!({ "rows": [{ "a": "x", "n": 1 }], "column": "a", "join": "left", "left_on": "n", "right_on": "value" }),
            "/left_on",
        ),
        (ip_type, json!({ "value": "x", "right_on": "value" }), "/right_on"),
        (ip_type, json!({ "value": "x", "parameters": { "a": 1 } }), "/parameters"),
        (ip_type, json!({ "value": "x", "max_rows": 0 }), "/max_rows"),
        (ip_type, json!({ "value": "x", "profile": "none" }), "/profile"),
        (ip_type, json!({ "entity": { "Type": "host", "HostName": "ws1" } }), "/entity"),
        (
            "/v1/pivots/ip/ti/lookup_ip",
            json!({ "value": "8.8.8.8", "parameters": { "providers": "nobody" } }),
            "/parameters/providers",
        ),
        (
            "/v1/pivots/host/util/dns_resolve",
            json!({ "value": "a.example", "parameters": { "type": "NOPE" } }),
            "/parameters/type",
        ),
        (
            "/v1/pivots/host/MSSentinel/wevt_logons",
            json!({ "value": "a", "parameters": { "nope": 1 } }),
            "/parameters/nope",
        ),
        (
            "/v1/pivots/host/MSSentinel/wevt_logons",
            json!({ "value": "a", "parameters": { "host_name": "b" } }),
            "/parameters/host_name",
        ),
    ] {
        let (status, problem) = service.refused(path, &body).await;
        assert_eq!(
            (status, problem["errors"][0]["pointer"].as_str()),
            (400, Some(pointer)),
            "{path} {body} {problem:#}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_only_look_up_queries_no_events() {
    use sha2::{Digest as _, Sha256};

    let folder = logons();
    let digest = hex::encode(Sha256::digest("secret"));
    let settings = format!(
        "{QUIET}sources: {{ local: {{ kind: local, path: {:?} }} }}\n\
         auth: {{ api_keys: [{{ id: soar, sha256: {digest}, scopes: [lookup] }}] }}\n",
        folder.path()
    );
    let service = Service::start(&settings).await;
    let send = async |path: &str, body: Value| {
        read(service.post(path, &body).header("x-api-key", "secret").send().await.unwrap()).await
    };

    let (status, _) = send("/v1/pivots/ip/util/ip_type", json!({ "value": "8.8.8.8" })).await;
    assert_eq!(status, 200);
    let (status, problem) = send("/v1/pivots/Host/MSSentinel/wevt_logons", json!({ "value": "ws1" })).await;
    assert_eq!((status.as_u16(), &problem["type"]), (403, &json!("/problems/denied")), "{problem:#}");
    let body = json!({ "observables": [{ "value": "ws1.contoso.com" }], "pivots": ["MSSentinel.wevt_logons", "util.dns_components"] });
    let (_, enriched) = send("/v1/enrich", body).await;
    let pivots = &enriched["items"][0]["pivots"];
    assert_eq!(
        (&pivots[0]["outcome"], &pivots[0]["reason"]),
        (&json!("skipped"), &json!("the caller lacks the scope query")),
        "{enriched:#}"
    );
    assert_eq!(pivots[1]["outcome"], "hit");
}
