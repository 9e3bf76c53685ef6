//! `/v1/enrich`: incidents, alerts, entities and text, and the report as data and as text.

use std::{fs, time::Duration};

use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes},
    service::{QUIET, Service},
    shared,
    vendor::{Reply, Vendor},
};

fn example() -> Value {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/examples/incident.json");
    serde_json::from_str(&fs::read_to_string(file).expect("the example")).expect("JSON")
}

async fn with_one_provider(vendor: &Vendor) -> Service {
    let settings = QUIET.replace("tor: { enabled: false }", &format!("fake00: {{ base_url: \"{}\" }}", vendor.base()));
    Service::start_with(&settings, fakes(1, Duration::from_secs(2))).await
}

fn item<'a>(answer: &'a Value, canonical: &str) -> &'a Value {
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["observable"]["canonical"] == canonical)
        .unwrap_or_else(|| panic!("{canonical} is missing in {answer:#}"))
}

#[tokio::test]
async fn an_incident_becomes_one_item_for_each_observable_with_its_context() {
    let vendor = Vendor::start();
    vendor.says("/check?value=185.220.101.46", Reply::json(ANSWER));
    vendor.says("/", Reply::json("{}").status(404));
    let service = with_one_provider(&vendor).await;

    let answer = service.call("/v1/enrich", &example()).await;

    let bad = item(&answer, "185.220.101.46");
    assert_eq!((&bad["verdict"], &bad["context"]["ip_type"]), (&json!("malicious"), &json!("public")));
    assert_eq!(bad["context"]["geo"]["country_code"], "DE");
    assert!(bad["context"]["asn"]["asn"].is_u64());
    assert_eq!(bad["verdicts"], json!([{ "provider": "fake00", "verdict": "malicious" }]));
    assert_eq!(bad["entity"]["kind"], "ip");

    let private = item(&answer, "10.20.30.41");
    assert_eq!(private["context"]["ip_type"], "private");
    assert_eq!(private["findings"][0]["reason"], "not_global");
    assert!(private["context"].get("geo").is_none());

    // RFC 5952, refanged, lower case, found in the text.
    item(&answer, "2606:4700:4700::1111");
    item(&answer, "https://cdn-update.top/inst/a.ps1");
    item(&answer, "9f2c5e17a3b84d06c1e7f0529a6b3d8e4c7a1b5f60d29e83b4a7c6150f3e2d91");
    item(&answer, "5f2b7c0a91d34e86b7a2c9d10e4f6a38");
    item(&answer, "billing@invoice-portal.com");

    assert_eq!(answer["verdict"], "malicious");
    let summary = &answer["summary"];
    assert_eq!(summary["observables"], answer["items"].as_array().unwrap().len());
    assert_eq!((&summary["malicious"], &summary["failed_lookups"]), (&json!(1), &json!(0)));
    assert_eq!(answer["trace_id"].as_str().unwrap().len(), 32);
    assert_eq!(answer["complete"], true);
    assert!(!answer.to_string().contains(":null"), "a field that does not apply is left out");
}

#[tokio::test]
async fn the_report_is_written_in_every_form_that_is_asked_for() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_one_provider(&vendor).await;
    let mut body = example();
    body["render"] = json!(["markdown", "sentinel_comment", "html"]);

    let answer = service.call("/v1/enrich", &body).await;

    let rendered = &answer["rendered"];
    let markdown = rendered["markdown"].as_str().unwrap();
    assert!(markdown.starts_with("## Office spawned PowerShell, which called out: malicious"), "{markdown}");
    assert!(markdown.contains("hxxps://cdn-update\\[.\\]top/inst/a.ps1"), "observables are defanged: {markdown}");
    let comment = rendered["sentinel_comment"].as_str().unwrap();
    assert!(comment.contains("185[.]220[.]101[.]46") && comment.contains("<table>"), "{comment}");
    assert!(!comment.contains("https://cdn-update"), "nobody clicks by accident");
    assert!(comment.contains("account CORP\\j.berger"), "who else was named: {comment}");
    assert!(rendered["html"].is_string());
}

#[tokio::test]
async fn pictures_of_the_incident_come_with_the_report() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_one_provider(&vendor).await;
    let mut body = example();
    body["render"] = json!(["graph_svg", "graph_png", "timeline_svg", "timeline_png"]);

    let rendered = service.call("/v1/enrich", &body).await["rendered"].take();

    let text = |form: &str| rendered[form].as_str().unwrap_or_else(|| panic!("{form} is missing")).to_owned();
    let graph = text("graph_svg");
    assert!(graph.starts_with("<svg") && graph.contains("ip · malicious"), "verdicts are in it: {graph}");
    assert!(text("timeline_svg").contains("first activity"), "{}", text("timeline_svg"));
    for form in ["graph_png", "timeline_png"] {
        assert!(text(form).starts_with("iVBORw0KGgo"), "{form} is a PNG");
    }
    assert!(rendered.get("markdown").is_none());
}

#[tokio::test]
async fn a_sentinel_comment_keeps_to_its_limit_with_whole_rows() {
    let vendor = Vendor::start();
    let label = "&<\"'>".repeat(12);
    vendor.says("/", Reply::json(json!({ "score": 90, "labels": [label, label] }).to_string()));
    let service = with_one_provider(&vendor).await;
    let values: Vec<Value> = (0..500).map(|n| json!({ "value": format!("9.9.{}.{}", n / 250, n % 250 + 1) })).collect();

    let body = json!({ "observables": values, "render": ["sentinel_comment"], "deadline_ms": 60_000 });
    let answer = service.call("/v1/enrich", &body).await;

    let comment = answer["rendered"]["sentinel_comment"].as_str().unwrap();
    let length = comment.encode_utf16().count();
    assert!((20_000..=30_000).contains(&length), "{length}");
    assert!(comment.contains("more rows are left out here"));
    assert_eq!(comment.matches("<tr>").count(), comment.matches("</tr>").count());
    assert!(
        !comment.contains("&<") && comment.contains("&amp;&lt;&quot;&#39;&gt;"),
        "everything from outside is escaped"
    );
}

#[tokio::test]
async fn what_a_provider_says_cannot_break_out_of_the_report() {
    let vendor = Vendor::start();
    let hostile = "</td></table><script>alert(1)</script>|[x](javascript:alert(1))";
    vendor.says("/", Reply::json(json!({ "score": 90, "reports": hostile }).to_string()));
    let service = with_one_provider(&vendor).await;

    let body = json!({ "observables": [{ "value": "8.8.8.8" }], "render": ["markdown", "html", "sentinel_comment"] });
    let answer = service.call("/v1/enrich", &body).await;

    assert!(
        !answer["rendered"]["markdown"].as_str().unwrap().contains("](javascript"),
        "no link of the provider's making"
    );
    for form in ["html", "sentinel_comment", "markdown"] {
        let text = answer["rendered"][form].as_str().unwrap();
        assert!(!text.contains("<script"), "{form}: {text}");
    }
}

#[tokio::test]
async fn a_terminal_gets_plain_text() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let service = with_one_provider(&vendor).await;
    let answer = service.post("/v1/enrich", &example()).header("accept", "text/plain").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/plain; charset=utf-8");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("Office spawned PowerShell, which called out: MALICIOUS"), "{text}");
}

#[tokio::test]
async fn every_spelling_of_entities_leads_to_the_same_observables() {
    let Some(folder) = shared("fixtures/providers/sentinel") else { return };
    let vendor = Vendor::start();
    vendor.says("/", Reply::json("{}").status(404));
    let service = with_one_provider(&vendor).await;
    let file = |name: &str| -> Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };

    let trigger = service.call("/v1/enrich", &json!({ "incident": file("incident_trigger.json") })).await;
    item(&trigger, "185.220.101.46");
    item(&trigger, "http://vektorex.com/source/Z/5016223.exe");
    item(&trigger, "094fd325049b8a9cf6d3e5ef2a6d4cc6a567d7d49c35f8bb8dd9e3c6acf3d78d");
    item(&trigger, "vektorex.com");

    let connector = service.call("/v1/enrich", &json!({ "entities": file("entities_get_ips.json") })).await;
    item(&connector, "185.220.101.46");
    item(&connector, "10.0.3.14");

    let alert =
        json!({ "AlertName": "x", "Entities": "[{\"$id\":\"3\",\"Type\":\"ip\",\"Address\":\"185.220.101.46\"}]" });
    item(&service.call("/v1/enrich", &json!({ "alert": alert })).await, "185.220.101.46");
}

#[tokio::test]
async fn a_request_with_nothing_in_it_is_told_what_it_may_hold() {
    let service = with_one_provider(&Vendor::start()).await;
    let (status, problem) = service.refused("/v1/enrich", &json!({})).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("observables, text, entities, incident and alert"));
}

#[tokio::test]
async fn iocs_are_found_in_text_and_in_tables() {
    let service = Service::start(QUIET).await;
    let text = "GET hxxp://198.51.100[.]7/a from 8.8.8.8 and again 8.8.8.8";
    let answer = service.call("/v1/iocs/extract", &json!({ "text": text })).await;
    let found: Vec<_> = answer["items"].as_array().unwrap().iter().map(|i| i["canonical"].as_str().unwrap()).collect();
    assert!(found.contains(&"http://198.51.100.7/a") && found.contains(&"8.8.8.8"), "{found:?}");
    let eights = answer["items"].as_array().unwrap().iter().find(|i| i["canonical"] == "8.8.8.8").unwrap();
    assert_eq!(
        (eights["count"].as_u64(), eights["first_offset"].as_u64()),
        (Some(2), Some(text.find("8.8.8.8").unwrap() as u64))
    );

    let rows = json!({ "rows": [{ "a": "nothing", "b": 1 }, { "a": "8.8.4.4", "b": null }], "columns": ["a"] });
    let answer = service.call("/v1/iocs/extract", &rows).await;
    assert_eq!((&answer["items"][0]["canonical"], &answer["items"][0]["source_row"]), (&json!("8.8.4.4"), &json!(1)));

    let answer = service.call("/v1/iocs/classify", &json!({ "values": ["8[.]8[.]8[.]8", "/etc/passwd", "foo"] })).await;
    let kinds: Vec<_> = answer["items"].as_array().unwrap().iter().map(|i| i["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["ipv4", "linux_path", "unknown"]);
}

#[tokio::test]
async fn addresses_are_located_and_told_apart() {
    let service = Service::start(QUIET).await;
    let values = json!({ "values": ["8.8.8.8", "10.0.0.1", "nonsense", "2001:4860:4860::8888"] });
    let answer = service.call("/v1/ip/geo", &values).await;
    let outcomes: Vec<_> = answer["items"].as_array().unwrap().iter().map(|i| i["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["hit", "skipped", "unsupported", "hit"]);
    let google = &answer["items"][0];
    assert_eq!((&google["country_code"], &google["country_name"]), (&json!("US"), &json!("United States")));
    assert_eq!(google["asn"], 15169);

    let answer = service.call("/v1/ip/type", &values).await;
    let types: Vec<_> = answer["items"].as_array().unwrap().iter().map(|i| i["ip_type"].as_str()).collect();
    assert_eq!(types, [Some("public"), Some("private"), None, Some("public")]);
}

#[tokio::test]
async fn entities_are_described_and_read() {
    let service = Service::start(QUIET).await;
    let kinds: Value = service.get("/v1/entities").send().await.unwrap().json().await.unwrap();
    assert!(kinds["items"].as_array().unwrap().len() > 20);
    let ip: Value = service.get("/v1/entities/IpAddress").send().await.unwrap().json().await.unwrap();
    assert_eq!(ip["kind"], "ip");
    assert_eq!(service.get("/v1/entities/unicorn").send().await.unwrap().status(), 404);

    let entities = json!([{ "$id": "1", "Type": "host", "HostName": "H" }, { "$id": "2", "Type": "account", "Name": "a", "Host": { "$ref": "1" } }]);
    let answer = service.call("/v1/entities/parse", &json!({ "entities": entities })).await;
    assert_eq!(answer["entities"].as_array().unwrap().len(), 2);
    assert_eq!(answer["edges"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_pivots_into_local_events_and_tells_what_was_there() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("deploy/sample/logs");
    let pivots = "[MSSentinel.aad_signins, MDE.DeviceNetworkEvents_ip_connections, MSSentinel.no_such, util.ip_type]";
    let settings = QUIET.replace("context: []", &format!("context: [], pivots: {pivots}"))
        + &format!("sources: {{ local: {{ kind: local, path: {folder:?} }} }}\n");
    let service = Service::start(&settings).await;
    let incident: Value = serde_json::from_str(include_str!("../../openapi/examples/incident.json")).unwrap();
    let mut body = incident.clone();
    body["render"] = json!(["markdown", "sentinel_comment"]);

    let answer = service.call("/v1/enrich", &body).await;

    let item = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["observable"]["value"] == "185.220.101.46")
        .unwrap();
    let pivot =
        |of: &Value, name: &str| of["pivots"].as_array().unwrap().iter().find(|p| p["name"] == name).cloned().unwrap();
    // The time is the incident's own: a day before what happened until an hour after.
    assert_eq!(pivot(item, "MSSentinel.aad_signins")["table"]["row_count"], 4, "{item:#}");
    assert_eq!(pivot(item, "MDE.DeviceNetworkEvents_ip_connections")["outcome"], "hit");
    assert_eq!(pivot(item, "util.ip_type")["table"]["rows"][0]["ip_type"], "public");
    let account = &answer["entities"][0];
    assert_eq!(account["entity"]["kind"], "account");
    assert_eq!(pivot(account, "MSSentinel.aad_signins")["table"]["row_count"], 16);
    assert!(answer["graph"]["entities"].as_array().unwrap().len() > 5);
    for text in ["markdown", "sentinel_comment"] {
        let text = answer["rendered"][text].as_str().unwrap();
        assert!(text.contains("16 rows, 2026-03-03 06:19 UTC to 2026-03-03 09:54 UTC"), "{text}");
    }

    // Other pivots, other times.
    body["pivots"] = json!(["MSSentinel.aad_signins"]);
    (body["start"], body["end"]) = (json!("2026-01-01T00:00:00Z"), json!("2026-01-02T00:00:00Z"));
    let answer = service.call("/v1/enrich", &body).await;
    let outcomes: Vec<&str> = answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|item| item["pivots"].as_array().unwrap())
        .map(|pivot| pivot["outcome"].as_str().unwrap())
        .collect();
    assert!(!outcomes.is_empty() && outcomes.iter().all(|outcome| *outcome == "not_found"), "{outcomes:?}");
}
