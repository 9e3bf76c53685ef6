//! `POST /v1/sentinel/{workspace}/incidents/{id}/enrich`: fetched, enriched, written back once.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{
    arm::{self, Arm, alert, entity, incident},
    provider::{ANSWER, fakes},
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

const INCIDENT: &str = "incidents/00000000-0000-4000-8000-000000000007";
const PATH: &str = "/v1/sentinel/soc/incidents/7/enrich";

async fn start() -> (Arm, Vendor, Service) {
    let (fake, vendor) = (Arm::start(), Vendor::start());
    vendor.says("/", Reply::json(ANSWER));
    fake.has(INCIDENT, incident(7, "Beacon <b>", "Low"));
    fake.has(&format!("{INCIDENT}/entities/e1"), entity("Ip", json!({ "address": "185.220.101.46" })));
    fake.has(&format!("{INCIDENT}/entities/e2"), entity("DnsResolution", json!({ "domainName": "bad.example.com" })));
    fake.has(&format!("{INCIDENT}/entities/e3"), entity("Account", json!({ "accountName": "alice", "ntDomain": "c" })));
    fake.has(&format!("{INCIDENT}/alerts/a1"), alert("alert-1", "Beacon"));
    let settings = QUIET.replace("tor: { enabled: false }", &format!("fake00: {{ base_url: \"{}\" }}", vendor.base()));
    let service =
        Service::start_with(&format!("{settings}{}", fake.settings()), fakes(1, Duration::from_secs(2))).await;
    (fake, vendor, service)
}

fn comments(fake: &Arm) -> Vec<String> {
    let comments = fake.list(&format!("{INCIDENT}/comments"));
    comments.iter().map(|comment| comment["properties"]["message"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_incident_is_enriched_and_nothing_is_written_unless_it_is_asked_for() {
    let (fake, _vendor, service) = start().await;
    let answer = service.call(PATH, &json!({ "render": ["markdown", "graph_svg"] })).await;
    assert_eq!((&answer["verdict"], &answer["complete"]), (&json!("malicious"), &json!(true)), "{answer:#}");
    let values: Vec<&Value> =
        answer["items"].as_array().unwrap().iter().map(|item| &item["observable"]["canonical"]).collect();
    assert_eq!(values, ["185.220.101.46", "bad.example.com"]);
    assert_eq!((&answer["incident"]["number"], &answer["incident"]["severity"]), (&json!(7), &json!("Low")));
    assert_eq!((&answer["written"], &answer["unchanged"]), (&json!([]), &json!(false)));
    assert!(answer["rendered"]["markdown"].as_str().unwrap().contains("incident 7"));
    assert!(answer["rendered"]["graph_svg"].as_str().unwrap().starts_with("<svg"));
    assert!(fake.seen().iter().all(|seen| seen.method != "PUT"));
}

#[tokio::test]
async fn what_was_found_is_written_back_once() {
    let (fake, vendor, service) = start().await;
    let body = json!({ "comment": true, "tags": ["enriched"], "tag_verdict": true, "severity": "verdict" });
    let first = service.call(PATH, &body).await;
    let what: Vec<&Value> = first["written"].as_array().unwrap().iter().map(|written| &written["what"]).collect();
    assert_eq!(what, ["tags", "severity", "comment"], "{:#}", first["written"]);
    assert_eq!((&first["incident"]["severity"], &first["unchanged"]), (&json!("High"), &json!(false)));
    let labels: Vec<&Value> =
        first["incident"]["labels"].as_array().unwrap().iter().map(|label| &label["name"]).collect();
    assert_eq!(labels, ["enriched", "pivotd:malicious"]);
    let written = comments(&fake);
    assert!(written[0].contains("185[.]220[.]101[.]46") && written[0].contains("Beacon &lt;b&gt;"), "{}", written[0]);
    assert!(written[0].contains("<p>pivotd · "), "{}", written[0]);

    let puts = |fake: &Arm| fake.seen().iter().filter(|seen| seen.method == "PUT").count();
    let before = puts(&fake);
    let second = service.call(PATH, &body).await;
    assert_eq!((&second["written"], &second["unchanged"]), (&json!([]), &json!(true)));
    assert_eq!((puts(&fake), comments(&fake).len()), (before, 1));

    // Somebody says something else now.
    vendor.says("/", Reply::json(r#"{"score":1,"reports":0}"#));
    let refreshed = json!({ "comment": true, "tag_verdict": true, "severity": "verdict", "refresh": true });
    let third = service.call(PATH, &refreshed).await;
    assert_eq!((&third["verdict"], comments(&fake).len()), (&json!("benign"), 2), "{:#}", third["written"]);
    let labels = third["incident"]["labels"].to_string();
    assert!(labels.contains("pivotd:benign") && !labels.contains("malicious"), "{labels}");
    assert_eq!(third["incident"]["severity"], "High", "a severity is never lowered by a verdict");
}

#[tokio::test]
async fn a_missing_role_is_named_and_does_not_cost_the_answer() {
    let (fake, _vendor, service) = start().await;
    let action = "Microsoft.SecurityInsights/incidents/comments/write";
    fake.instead("PUT", "/comments/", 1, arm::no_role(action));
    let answer = service.call(PATH, &json!({ "comment": true, "tags": ["seen"] })).await;
    assert_eq!(answer["verdict"], "malicious");
    assert_eq!(answer["written"], json!([{ "what": "tags" }]));
    let failed = &answer["failed"][0];
    assert_eq!((&failed["part"], &failed["permission"]), (&json!("comment"), &json!(action)), "{failed}");
    fake.instead("POST", "/entities", 1, arm::no_role("Microsoft.SecurityInsights/incidents/entities/action"));
    let (status, problem) = service.refused(PATH, &json!({})).await;
    assert_eq!((status, &problem["type"]), (403, &json!("/problems/denied")));
    assert!(problem["detail"].as_str().unwrap().contains("incidents/entities/action"), "{problem}");
}

#[tokio::test]
async fn a_comment_fits_however_much_there_is() {
    let (fake, _vendor, service) = start().await;
    for number in 0..400 {
        let address = format!("9.1.{}.{}", number / 200, number % 200);
        fake.has(&format!("{INCIDENT}/entities/x{number:03}"), entity("Ip", json!({ "address": address })));
    }
    let answer = service.call(PATH, &json!({ "comment": true })).await;
    assert_eq!((&answer["written"][0]["what"], &answer["summary"]["observables"]), (&json!("comment"), &json!(402)));
    let comment = comments(&fake).remove(0);
    assert!(comment.chars().count() <= 30_000 && comment.contains("more rows are left out"), "{}", comment.len());
    assert!(comment.trim_end_matches("</p>").rsplit_once("pivotd · ").is_some_and(|(_, code)| code.len() == 10));
    assert_eq!(service.call(PATH, &json!({ "comment": true })).await["unchanged"], true);
}
