//! `/v1/context/lookup`: what the organisation itself knows, asked about values that nobody else may see.

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

const COMPUTER: &str = r#"{"result": [{"name": "ws-1", "ip_address": "10.1.1.10", "sys_id": "x"},
    {"name": "ws-7", "ip_address": "10.1.1.1", "fqdn": "ws-7.corp.example.com", "sys_id": "y"}]}"#;

async fn with_servicenow(vendor: &Vendor) -> Service {
    let here = format!("servicenow: {{ id: pivotd, key: s3cr3t, base_url: \"{}\" }}", vendor.base());
    let settings = QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}, {here}"));
    Service::start(&(settings + "policy: { internal_domains: [corp.example.com] }\n")).await
}

#[tokio::test]
async fn private_addresses_and_internal_names_are_asked_of_the_organisation_s_own_system() {
    let vendor = Vendor::start();
    vendor.says("/api/now/table/cmdb_ci_computer", Reply::json(COMPUTER));
    let service = with_servicenow(&vendor).await;

    let body =
        json!({ "observables": [{ "value": "10.1.1.1" }, { "value": "ws-7.corp.example.com", "kind": "hostname" }] });
    let answer = service.call("/v1/context/lookup", &body).await;

    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["findings"].as_array().unwrap().len(), 1, "only context providers are asked: {item:#}");
        assert_eq!(item["findings"][0]["outcome"], "hit", "{item:#}");
        assert_eq!(item["findings"][0]["evidence"]["name"], "ws-7");
        let page = format!("{}/nav_to.do?uri=cmdb_ci_computer.do%3Fsys_id%3Dy", vendor.base());
        assert_eq!(item["findings"][0]["reference"], page);
    }
    let text = answer.to_string();
    assert!(!text.contains("verdict") && !text.contains("score") && !text.contains("s3cr3t"), "{text}");
    let seen = vendor.seen();
    assert!(seen[0].header("authorization").unwrap().starts_with("Basic "));
    assert!(seen.iter().any(|seen| seen.target.contains("sysparm_query=ip_addressLIKE10.1.1.1&")), "{seen:?}");
}

#[tokio::test]
async fn a_person_is_asked_for_by_name_in_the_query_string() {
    let vendor = Vendor::start();
    vendor.says("/api/now/table/sys_user", Reply::json(r#"{"result": [{"name": "Ada Example", "vip": "true"}]}"#));
    let service = with_servicenow(&vendor).await;

    let path = "/v1/context/lookup?value=ada&kind=hostname&query_type=user";
    let (status, answer): (_, Value) = read(service.get(path).send().await.unwrap()).await;

    assert_eq!(status, 200, "{answer:#}");
    assert_eq!(answer["items"][0]["findings"][0]["evidence"]["name"], "Ada Example", "{answer:#}");
}

#[tokio::test]
async fn labels_of_the_request_hold_here_too() {
    let vendor = Vendor::start();
    vendor.says("/api/now/table/cmdb_ci_computer", Reply::json(COMPUTER));
    let service = with_servicenow(&vendor).await;
    let asked =
        |pap: &str| json!({ "observables": [{ "value": "10.1.1.1" }], "pap": pap, "allow_side_effects": ["passive"] });
    // Nobody outside notices that one's own system is asked.
    let answer = service.call("/v1/context/lookup", &asked("red")).await;
    assert_eq!(answer["items"][0]["findings"][0]["outcome"], "hit", "{answer:#}");
    let (status, problem) = service.refused("/v1/context/lookup", &asked("mauve")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/pap")));
}
