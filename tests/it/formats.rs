//! The formats of `/v1/ti/lookup` at the HTTP boundary: how they are asked for, and what they come as.

use std::time::Duration;

use reqwest::Response;
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes, ids},
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

async fn start(vendor: &Vendor) -> Service {
    vendor.says("/fake00", Reply::json(ANSWER));
    vendor.says("/fake01", Reply::json("{}").status(500));
    let providers: String =
        ids(2).iter().map(|id| format!("  {id}: {{ base_url: \"{}/{id}\" }}\n", vendor.base())).collect();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    Service::start_with(&settings, fakes(2, Duration::from_secs(5))).await
}

fn asked(format: Option<&str>) -> Value {
    let mut body = json!({ "observables": [{ "value": "8.8.8[.]8" }, { "value": "=1+1" }] });
    if let Some(format) = format {
        body["format"] = json!(format);
    }
    body
}

async fn ask(service: &Service, format: Option<&str>, accept: &str) -> Response {
    service.post("/v1/ti/lookup", &asked(format)).header("accept", accept).send().await.unwrap()
}

fn media(answer: &Response) -> &str {
    answer.headers()["content-type"].to_str().unwrap()
}

#[tokio::test]
async fn each_format_is_given_to_those_who_name_it() {
    let vendor = Vendor::start();
    let service = start(&vendor).await;
    let call = async |format| service.call("/v1/ti/lookup", &asked(Some(format))).await;

    let default = call("default").await;
    assert_eq!(default["items"][0]["verdict"], "malicious");
    let flat = call("flat").await;
    assert_eq!(flat["rows"][0]["found"], true);
    assert_eq!((&flat["rows"][0]["level"], &flat["rows"][0]["risk"]), (&json!("malicious"), &json!("high")));
    assert_eq!((&flat["rows"][1]["found"], &flat["rejected"][0]["value"]), (&json!(false), &json!("=1+1")));
    assert_eq!((&flat["row_count"], &flat["complete"]), (&json!(2), &json!(true)));
    let msticpy = call("msticpy").await;
    let statuses: Vec<_> = msticpy["rows"].as_array().unwrap().iter().map(|row| row["Status"].clone()).collect();
    assert_eq!(statuses, [0, 3, 2]);
    assert_eq!(msticpy["rows"][0]["Severity"], "high");
    let dbot = call("dbot").await;
    assert_eq!((&dbot["DBotScore"][0]["Indicator"], &dbot["DBotScore"][0]["Score"]), (&json!("8.8.8.8"), &json!(3)));
    assert_eq!(dbot["failed"][0]["outcome"], "error");
    let misp = call("misp").await;
    assert_eq!(misp["Event"]["Attribute"][0]["type"], "ip-dst");
    assert_eq!(misp["Event"]["Tag"][0]["name"], "tlp:amber");
    let stix = call("stix").await;
    assert_eq!(stix["type"], "bundle");

    let get = service.get("/v1/ti/lookup?value=8.8.8.8&format=flat").send().await.unwrap();
    assert_eq!(read(get).await.1["rows"][0]["verdict"], "malicious");
}

#[tokio::test]
async fn tables_come_as_json_ndjson_or_csv() {
    let vendor = Vendor::start();
    let service = start(&vendor).await;

    let answer = ask(&service, Some("flat"), "text/csv").await;
    assert_eq!(media(&answer), "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.headers()["vary"], "Accept");
    let text = answer.text().await.unwrap();
    assert!(text.starts_with("value,kind,canonical,found,verdict,score,risk,level,disposition,"), "{text}");
    assert!(text.contains("\r\n8.8.8[.]8,ipv4,8.8.8.8,true,malicious,75,high,malicious,2,"), "{text}");
    assert!(text.contains("\r\n'=1+1,,,false,unknown,,"), "no formula: {text}");

    let answer = ask(&service, Some("msticpy"), "application/json;q=0.5, application/x-ndjson").await;
    assert_eq!(media(&answer), "application/x-ndjson");
    let text = answer.text().await.unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["Provider"], &rows[1]["Result"]), (&json!("fake00"), &json!(false)));

    let answer = ask(&service, None, "text/csv").await;
    assert!(answer.text().await.unwrap().starts_with("value,kind,"), "who wants a table gets the flat one");
}

#[tokio::test]
async fn stix_has_a_media_type_of_its_own() {
    let vendor = Vendor::start();
    let service = start(&vendor).await;
    for format in [None, Some("stix")] {
        let answer = ask(&service, format, "application/stix+json;version=2.1").await;
        assert_eq!(media(&answer), "application/stix+json;version=2.1");
        assert_eq!(read(answer).await.1["type"], "bundle");
    }
    assert_eq!(media(&ask(&service, Some("stix"), "*/*").await), "application/json");
}

#[tokio::test]
async fn what_nobody_can_give_is_refused_before_anybody_is_asked() {
    let vendor = Vendor::start();
    let service = start(&vendor).await;

    let (status, problem) = service.refused("/v1/ti/lookup", &asked(Some("xml"))).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/format")));
    for format in ["default", "flat", "msticpy", "dbot", "misp", "stix"] {
        assert!(problem["detail"].as_str().unwrap().contains(format), "{problem}");
    }
    let answer = service.get("/v1/ti/lookup?value=8.8.8.8&format=xml").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    for (format, accept) in [(None, "text/html"), (Some("misp"), "text/csv"), (Some("flat"), "application/stix+json")] {
        let answer = ask(&service, format, accept).await;
        assert_eq!((answer.status().as_u16(), media(&answer)), (406, "application/problem+json"), "{accept}");
    }
    assert_eq!(vendor.calls(), 0);
}
