//! Analytics rules, and the templates that they are made from.

use super::*;

const TEMPLATE: &str = "65360bb0-8986-4ade-a89d-af3cf44d28aa";

fn with_template() -> Arm {
    let arm = Arm::start();
    arm.has(
        &format!("alertRuleTemplates/{TEMPLATE}"),
        json!({ "kind": "Scheduled", "properties": { "displayName": "New keys", "description": "d", "severity": "Low", "query": "K",
            "queryFrequency": "P1D", "queryPeriod": "P1D", "triggerOperator": "GreaterThan", "triggerThreshold": 3,
            "tactics": ["Persistence"], "techniques": ["T1098"], "status": "Available", "version": "1.0.1",
            "requiredDataConnectors": [{ "connectorId": "AWS", "dataTypes": ["AWSCloudTrail"] }] } }),
    );
    arm
}

#[tokio::test]
async fn a_rule_is_made_of_a_template_by_its_name() {
    let arm = with_template();
    let service = start(&arm).await;
    let (status, rule) = post(&service, "alert-rules", &json!({ "template": "new keys", "severity": "high" })).await;
    assert_eq!((status, &rule["severity"], &rule["trigger_threshold"]), (201, &json!("High"), &json!(3)), "{rule:#}");
    assert_eq!(
        (&rule["template"], &rule["name"], &rule["query_period"]),
        (&json!(TEMPLATE), &json!("New keys"), &json!("P1D"))
    );
    assert_eq!(arm.list("alertRules").len(), 1);
    assert_eq!(get(&service, "alert-rules/new%20keys").await["id"], rule["id"]);
    assert_eq!(delete(&service, "alert-rules/new%20keys").await, 204);
    assert_eq!(get(&service, "alert-rules").await, json!({ "items": [] }));
}

#[tokio::test]
async fn a_rule_is_made_of_a_query_and_what_is_wrong_is_pointed_at() {
    let arm = with_template();
    let service = start(&arm).await;
    let (status, rule) = post(
        &service,
        "alert-rules",
        &json!({ "name": "n", "query": "T | where a == \"b\"", "tactics": ["Initial Access"] }),
    )
    .await;
    assert_eq!(
        (status, &rule["query_frequency"], &rule["tactics"]),
        (201, &json!("PT5H"), &json!(["InitialAccess"])),
        "{rule:#}"
    );
    for (body, pointer) in [
        (json!({ "name": "n" }), "/query"),
        (json!({ "name": "n", "query": "T", "severity": "urgent" }), "/severity"),
        (json!({ "name": "n", "query": "T", "query_period": "5 hours" }), "/query_period"),
        (json!({ "name": "n", "query": "T", "nope": 1 }), "/nope"),
    ] {
        let (status, problem) = post(&service, "alert-rules", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    assert_eq!(post(&service, "alert-rules", &json!({ "template": "none" })).await.0, 404);
}

#[tokio::test]
async fn rules_of_every_kind_are_listed() {
    let arm = with_template();
    arm.has(
        "alertRules/BuiltInFusion",
        json!({ "kind": "Fusion", "properties": { "displayName": "Fusion", "enabled": true } }),
    )
    .has(
        "alertRules/r2",
        json!({ "kind": "NRT", "properties": { "displayName": "At once", "enabled": false, "query": "T" } }),
    );
    let service = start(&arm).await;
    let all = get(&service, "alert-rules").await;
    let kinds: Vec<_> = all["items"].as_array().unwrap().iter().map(|rule| rule["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["Fusion", "NRT"]);
    assert_eq!(get(&service, "alert-rules/builtinfusion").await["name"], "Fusion");
    let templates = get(&service, "alert-rule-templates").await;
    assert_eq!(templates["items"][0]["required_data_connectors"][0]["connector_id"], "AWS");
    assert_eq!(get(&service, &format!("alert-rule-templates/{TEMPLATE}")).await["version"], "1.0.1");
}
