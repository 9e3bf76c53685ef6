//! The flow of an analyst's notebook in HTTP calls, on real logs: logons, addresses, whois and places, reputations, anomalies
//! in time that feed the next query, a process tree, and the graph of an alert.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, client, json as read},
    vendor::{Reply, Vendor},
};

const HOST: &str = "MSTICAlertsWin1";
const SPAN: [&str; 2] = ["2021-06-24T00:00:00Z", "2021-07-01T00:00:00Z"];

/// The shared logs, if they are here.
fn logs() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let there = folder.join("SecurityEvent_logons.ndjson").exists();
    if !there {
        eprintln!("skipped: no shared logs");
    }
    there.then_some(folder)
}

/// A service with these logs as tables, and a registry and a provider on loopback.
async fn start(logs: &Path, vendor: &Vendor) -> Service {
    let network = r#"{"objectClassName": "ip network", "handle": "NET-131", "name": "MICROSOFT", "country": "US"}"#;
    vendor.says("/ip/", Reply::json(network));
    vendor.says(
        "/check",
        Reply::json(r#"{"data": {"abuseConfidenceScore": 90, "totalReports": 12, "countryCode": "US"}}"#),
    );
    let off = ["cymru", "radb", "whois"].map(|id| format!(", {id}: {{ enabled: false }}")).concat();
    let base = vendor.base();
    let on = format!(", rdap: {{ base_url: \"{base}\" }}, abuseipdb: {{ key: k, base_url: \"{base}\" }}");
    let tables = "SecurityEvent: { files: [\"SecurityEvent_*.ndjson\"], time_column: TimeGenerated }, \
        TimeSeriesDemo: { files: [\"TimeSeriesDemo.csv\"], time_column: TimeGenerated }";
    let settings = QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{off}{on}"))
        + &format!("sources: {{ local: {{ kind: local, path: {logs:?}, tables: {{ {tables} }} }} }}\n");
    Service::start(&settings).await
}

#[tokio::test(flavor = "multi_thread")]
async fn from_logons_to_addresses_and_all_that_is_known_about_them() {
    let Some(logs) = logs() else { return };
    let vendor = Vendor::start();
    let service = start(&logs, &vendor).await;
    let [start, end] = SPAN;

    // The logons of a host, by a template and as a pivot of the host.
    let query = json!({ "parameters": { "host_name": HOST }, "start": start, "end": end });
    let logons = service.call("/v1/queries/MSSentinel/WindowsSecurity/list_host_logons/run", &query).await;
    assert_eq!((&logons["row_count"], &logons["outcome"]), (&json!(164), &json!("complete")));
    let pivot = json!({ "entity": { "Type": "host", "HostName": HOST }, "start": start, "end": end });
    let pivoted = service.call("/v1/pivots/Host/MSSentinel/wevt_logons", &pivot).await;
    assert_eq!(pivoted["row_count"], 164);

    // The addresses in them.
    let table = json!({ "rows": logons["rows"], "columns": ["IpAddress"] });
    let found = service.call("/v1/iocs/extract", &table).await;
    let addresses: std::collections::BTreeSet<&str> =
        found["items"].as_array().unwrap().iter().map(|item| item["canonical"].as_str().unwrap()).collect();
    assert_eq!(addresses.into_iter().collect::<Vec<_>>(), ["10.0.3.4", "131.107.147.209", "::1"]);

    // Whose they are, where they are, and what is said of them, each joined to the logons.
    let mut rows = logons["rows"].clone();
    for function in ["util/ip_type", "util/whois", "util/geoloc", "ti/lookup_ip"] {
        let mut body = json!({ "rows": rows, "column": "IpAddress", "join": "left" });
        if function == "ti/lookup_ip" {
            body["parameters"] = json!({ "providers": ["abuseipdb"] });
        }
        let joined = service.call(&format!("/v1/pivots/IpAddress/{function}"), &body).await;
        assert_eq!(joined["row_count"], 164, "{function}");
        rows = joined["rows"].clone();
    }
    let rows = rows.as_array().unwrap();
    let of = |address: &'static str| rows.iter().filter(move |row| row["IpAddress"] == address);
    assert_eq!(of("131.107.147.209").count(), 12);
    for row in of("131.107.147.209") {
        assert_eq!(
            (&row["name"], &row["country_code_res"], &row["verdict"]),
            (&json!("MICROSOFT"), &json!("US"), &json!("malicious")),
            "{row:#}"
        );
    }
    let local = of("10.0.3.4").next().unwrap();
    assert_eq!((&local["ip_type_src"], &local["verdict"]), (&json!("private"), &json!("unknown")), "{local:#}");
    let asked: Vec<String> = vendor.seen().into_iter().map(|seen| seen.target).collect();
    assert_eq!(asked.len(), 2, "each address is asked about once: {asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn anomalies_in_time_give_the_periods_that_the_next_query_looks_at() {
    let Some(logs) = logs() else { return };
    let service = start(&logs, &Vendor::start()).await;
    let series =
        json!({ "query": "TimeSeriesDemo | project TimeGenerated, TotalBytesSent | sort by TimeGenerated asc" });
    let series = service.call("/v1/sources/local/query", &series).await;
    assert_eq!(series["row_count"], 840);

    let body = json!({ "rows": series["rows"], "time_column": "TimeGenerated", "value_column": "TotalBytesSent" });
    let scored = service.call("/v1/analysis/timeseries", &body).await;
    let anomalies: Vec<&Value> = scored["rows"].as_array().unwrap().iter().filter(|row| row["anomaly"] == 1).collect();
    assert_eq!(anomalies.len(), 3);
    let body = json!({ "rows": anomalies, "time_column": "TimeGenerated", "margin": "1h" });
    let periods = service.call("/v1/analysis/timeseries/periods", &body).await;
    let periods = periods["periods"].as_array().unwrap();
    assert_eq!(periods.len(), 3, "{periods:#?}");

    for period in periods {
        let query = json!({ "query": "TimeSeriesDemo | summarize Highest = max(TotalBytesSent), Hours = count()",
            "start": period["start"], "end": period["end"] });
        let row = &service.call("/v1/sources/local/query", &query).await["rows"][0];
        assert!((2..=4).contains(&row["Hours"].as_i64().unwrap()), "{row}");
        assert!(row["Highest"].as_f64().unwrap() > 9e8, "{row}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_make_a_tree_and_an_alert_a_graph() {
    let Some(logs) = logs() else { return };
    let service = start(&logs, &Vendor::start()).await;
    let query = json!({ "query": "SecurityEvent | where EventID == 4688" });
    let events = service.call("/v1/sources/local/query", &query).await;
    let tree = service.call("/v1/process-tree", &json!({ "rows": events["rows"], "schema": "windows_security" })).await;
    assert!(tree["summary"]["processes"].as_u64().unwrap() > 100, "{:#}", tree["summary"]);
    let line = tree["rows"].as_array().unwrap().iter().max_by_key(|row| row["depth"].as_u64()).unwrap();
    assert!(line["depth"].as_u64().unwrap() >= 2, "{line:#}");

    let query = json!({ "query": "SecurityAlert | where isnotempty(Entities) | take 1" });
    let alert = service.call("/v1/sources/local/query", &query).await["rows"][0].clone();
    let graph = service.call("/v1/entities/parse", &json!({ "alert": alert })).await;
    assert!(!graph["entities"].as_array().unwrap().is_empty(), "{graph:#}");
    let picture = client()
        .post(format!("{}/v1/plots/entity-graph", service.base()))
        .header("accept", "image/svg+xml")
        .json(&json!({ "alert": alert }));
    let text = picture.send().await.unwrap().text().await.unwrap();
    assert!(text.starts_with("<svg") && text.contains("<title"), "{}", &text[..200.min(text.len())]);

    let (_, enriched) =
        read(service.post("/v1/enrich", &json!({ "alert": alert, "render": ["markdown"] })).send().await.unwrap())
            .await;
    assert!(
        enriched["rendered"]["markdown"].as_str().unwrap().contains(alert["AlertName"].as_str().unwrap()),
        "{enriched:#}"
    );
}
