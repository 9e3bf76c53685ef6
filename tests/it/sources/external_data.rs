//! `externaldata` in queries of a folder of logs: read only where the settings say, and told when it can't be had.

use std::fs;

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, client, json as read},
    vendor::{Manner, Reply, Vendor},
};

/// A service with sign-ins in a folder, whose queries may read below these addresses.
async fn service(folder: &tempfile::TempDir, places: &[String]) -> Service {
    let signins = "{\"IPAddress\":\"198.51.100.7\"}\n{\"IPAddress\":\"203.0.113.9\"}\n";
    fs::write(folder.path().join("SigninLogs.ndjson"), signins).unwrap();
    let path = folder.path();
    let source = format!("sources: {{ logs: {{ kind: local, path: {path:?}, external_data: {places:?} }} }}\n");
    Service::start(&format!("{QUIET}{source}")).await
}

async fn ask(service: &Service, query: &str) -> (u16, Value) {
    let body = json!({ "query": query, "deadline_ms": 20_000 });
    let request = client().post(format!("{}/v1/sources/logs/query", service.base())).json(&body);
    let (status, answer) = read(request.send().await.unwrap()).await;
    (status.as_u16(), answer)
}

fn known_bad(address: &str, end: &str) -> String {
    format!(
        "let Bad = externaldata(ip:string, why:string) ['{address}']{end}; SigninLogs | lookup kind=inner Bad on $left.IPAddress == $right.ip"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_lies_elsewhere_is_joined_with_the_logs_and_fetched_once() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    vendor.says("/lists/bad.csv", Reply::json("ip,why\n203.0.113.9,scanner\n").header("content-type", "text/csv"));
    vendor.says("/moved/bad.csv", Reply::json("").status(302).header("location", "/lists/bad.csv"));
    let service = service(&folder, &[format!("{}/lists/", vendor.base()), format!("{}/moved", vendor.base())]).await;
    for place in ["lists", "lists", "moved"] {
        let query = known_bad(&format!("{}/{place}/bad.csv", vendor.base()), " with (ignoreFirstRecord=true)");
        let (status, answer) = ask(&service, &query).await;
        assert_eq!((status, &answer["outcome"]), (200, &json!("complete")), "{answer:#}");
        assert_eq!(answer["rows"], json!([{ "IPAddress": "203.0.113.9", "why": "scanner" }]), "{answer:#}");
    }
    let targets: Vec<_> = vendor.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(targets, ["/lists/bad.csv", "/moved/bad.csv", "/lists/bad.csv"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_read_beside_what_the_settings_name() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    let allowed = format!("{}/lists/", vendor.base());
    let service = service(&folder, &[allowed]).await;
    let base = vendor.base();
    let port = base.rsplit(':').next().unwrap();
    for address in [
        format!("{base}/other/bad.csv"),
        format!("{base}/lists/../other/bad.csv"),
        format!("{base}/lists/%2e%2e/other/bad.csv"),
        format!("http://u:p@127.0.0.1:{port}/lists/bad.csv"),
        "http://169.254.169.254/lists/bad.csv".to_owned(),
        "file:///etc/passwd".to_owned(),
        "lists/bad.csv".to_owned(),
    ] {
        let (status, answer) = ask(&service, &known_bad(&address, "")).await;
        assert_eq!(status, 400, "{address}: {answer:#}");
        let told = answer["errors"].to_string();
        assert!(told.contains("externaldata is not allowed") && told.contains("line 1"), "{answer:#}");
    }
    assert_eq!(vendor.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_setting_nothing_is_read_and_private_addresses_stay_closed() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    let closed = service(&folder, &[]).await;
    assert_eq!(ask(&closed, &known_bad(&format!("{}/bad.csv", vendor.base()), "")).await.0, 400);
    let metadata = "http://169.254.169.254/latest/";
    let guarded = service(&folder, &[metadata.to_owned()]).await;
    let (_, answer) = ask(&guarded, &known_bad(&format!("{metadata}bad.csv"), "")).await;
    assert_eq!(answer["outcome"], "error", "{answer:#}");
    assert!(
        answer["partial_errors"].to_string().contains("externaldata: the address to call is not allowed"),
        "{answer:#}"
    );
    assert_eq!(vendor.calls(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_had_fails_the_query_with_the_reason() {
    let (vendor, folder) = (Vendor::start(), tempfile::tempdir().unwrap());
    vendor.says("/gone.csv", Reply::json("no").status(404));
    vendor.says("/cut.csv", Reply::json("ip,why\n203.0.113.9,scanner\n").manner(Manner::Truncated));
    vendor.says("/broken.json", Reply::json("{\"ip\":"));
    let service = service(&folder, &[vendor.base().to_owned()]).await;
    for (name, reason) in [("gone.csv", "status 404"), ("cut.csv", "externaldata: "), ("broken.json", "read as JSON")] {
        let (status, answer) = ask(&service, &known_bad(&format!("{}/{name}", vendor.base()), "")).await;
        assert_eq!((status, &answer["outcome"]), (200, &json!("error")), "{answer:#}");
        let told = answer["partial_errors"].to_string();
        assert!(told.contains(reason) && !told.contains(vendor.base()), "{name}: {answer:#}");
    }
    // The logs themselves are still served.
    assert_eq!(ask(&service, "SigninLogs | count").await.1["rows"], json!([{ "Count": 2 }]));
}
