//! How rules are read, and what is sent to make one.

use serde_json::json;

use super::*;
use crate::sentinel::object::read;

fn template(kind: &str) -> AlertRuleTemplate {
    read(json!({
        "id": "/…/alertRuleTemplates/65360bb0-8986-4ade-a89d-af3cf44d28aa",
        "name": "65360bb0-8986-4ade-a89d-af3cf44d28aa",
        "type": "Microsoft.SecurityInsights/alertRuleTemplates",
        "kind": kind,
        "properties": {
            "alertRulesCreatedByTemplateCount": 0, "createdDateUTC": "2019-02-27T00:00:00Z", "displayName": "A new key",
            "description": "Keys were made", "severity": "Low", "tactics": ["Persistence"], "techniques": ["T1098"],
            "status": "Available", "query": "AWSCloudTrail | take 1", "queryFrequency": "P1D", "queryPeriod": "P1D",
            "triggerOperator": "GreaterThan", "triggerThreshold": 3, "version": "1.0.1",
            "requiredDataConnectors": [{ "connectorId": "AWS", "dataTypes": ["AWSCloudTrail"] }],
            "entityMappings": [{ "entityType": "Account", "fieldMappings": [{ "identifier": "Name", "columnName": "User" }] }],
            "customDetails": { "Key": "KeyId" }
        }
    }))
    .unwrap()
}

#[test]
fn a_rule_is_read_as_it_is_published() {
    let rule: AlertRule = read(json!({
        "id": "/…/alertRules/73e01a99-5cd7-4139-a149-9f2736ff2ab5", "name": "73e01a99-5cd7-4139-a149-9f2736ff2ab5",
        "type": "Microsoft.SecurityInsights/alertRules", "kind": "Scheduled", "etag": "\"0300bf09\"",
        "properties": {
            "alertRuleTemplateName": null, "displayName": "My scheduled rule", "description": "An example", "severity": "High",
            "enabled": true, "tactics": ["Persistence"], "query": "Heartbeat", "queryFrequency": "PT1H", "queryPeriod": "P2DT1H30M",
            "triggerOperator": "GreaterThan", "triggerThreshold": 0, "suppressionDuration": "PT1H", "suppressionEnabled": false,
            "lastModifiedUtc": "2021-03-01T13:17:30Z",
            "incidentConfiguration": { "createIncident": true }
        }
    }))
    .unwrap();
    let shown = serde_json::to_value(&rule).unwrap();
    assert_eq!(shown["name"], "My scheduled rule");
    assert_eq!((&shown["query_period"], &shown["trigger_threshold"]), (&json!("P2DT1H30M"), &json!(0)));
    assert_eq!(shown["updated"], "2021-03-01T13:17:30Z");
    assert!(shown.get("template").is_none());
}

#[test]
fn a_rule_without_a_query_is_read_too() {
    let rule: AlertRule =
        read(json!({ "id": "/…/BuiltInFusion", "name": "BuiltInFusion", "kind": "Fusion", "properties": {
        "displayName": "Advanced Multi-Stage Attack Detection", "enabled": true, "severity": "High" } }))
        .unwrap();
    assert_eq!((rule.kind.as_str(), rule.detection.query), ("Fusion", None));
}

#[test]
fn a_rule_of_a_query_gets_what_is_usual() {
    let new = NewAlertRule { name: Some("n".to_owned()), query: Some("T".to_owned()), ..NewAlertRule::default() };
    let expected = json!({ "kind": "Scheduled", "properties": {
        "displayName": "n", "enabled": true, "query": "T", "severity": "Medium", "tactics": [], "techniques": [],
        "suppressionEnabled": false, "suppressionDuration": "PT1H", "queryFrequency": "PT5H", "queryPeriod": "PT5H",
        "triggerOperator": "GreaterThan", "triggerThreshold": 0 } });
    assert_eq!(new.body(None), Ok(expected));
}

#[test]
fn a_rule_of_a_template_is_as_the_template_but_for_what_is_said() {
    let new = NewAlertRule { severity: Some("high".to_owned()), trigger_threshold: Some(7), ..NewAlertRule::default() };
    let body = new.body(Some(&template("Scheduled"))).unwrap();
    let sent = &body["properties"];
    assert_eq!((&sent["severity"], &sent["triggerThreshold"]), (&json!("High"), &json!(7)));
    assert_eq!((&sent["queryPeriod"], &sent["tactics"]), (&json!("P1D"), &json!(["Persistence"])));
    assert_eq!(sent["alertRuleTemplateName"], "65360bb0-8986-4ade-a89d-af3cf44d28aa");
    assert_eq!((&sent["templateVersion"], &sent["displayName"]), (&json!("1.0.1"), &json!("A new key")));
    assert_eq!(sent["entityMappings"][0]["entityType"], "Account");
    assert_eq!(sent["customDetails"], json!({ "Key": "KeyId" }));
}

#[test]
fn a_rule_that_runs_all_the_time_has_no_rhythm() {
    let body = NewAlertRule::default().body(Some(&template("NRT"))).unwrap();
    assert_eq!(body["kind"], "NRT");
    assert!(body["properties"].get("queryFrequency").is_none() && body["properties"].get("triggerOperator").is_none());
}

#[test]
fn what_makes_no_rule_is_pointed_at() {
    let new = || NewAlertRule { name: Some("n".to_owned()), query: Some("T".to_owned()), ..NewAlertRule::default() };
    let pointer = |new: NewAlertRule| new.body(None).unwrap_err().pointer;
    assert_eq!(pointer(NewAlertRule { query: None, ..new() }), "/query");
    assert_eq!(pointer(NewAlertRule { name: None, ..new() }), "/name");
    assert_eq!(pointer(NewAlertRule { severity: Some("urgent".to_owned()), ..new() }), "/severity");
    assert_eq!(pointer(NewAlertRule { query_period: Some("5 hours".to_owned()), ..new() }), "/query_period");
    assert_eq!(pointer(NewAlertRule { tactics: Some(vec!["x".to_owned()]), ..new() }), "/tactics/0");
    assert_eq!(NewAlertRule::default().body(Some(&template("Fusion"))).unwrap_err().pointer, "/template");
}
