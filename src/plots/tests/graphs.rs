//! Graphs of entities: what belongs together is connected, and nothing is left out unsaid.

use std::collections::HashMap;

use model::{EntityGraph, Verdict};
use serde_json::{Value, json};

use crate::{Options, Subject, draw_entities};

fn drawn(incident: &Value) -> (String, Vec<String>) {
    let (graph, facts) = EntityGraph::from_incident(incident);
    let options = Options::default();
    let plot = draw_entities(&graph, Subject::Incident(&facts), &HashMap::new(), &options).unwrap();
    (plot.svg(), plot.notes().to_vec())
}

#[test]
fn an_incident_its_alert_and_entities_are_told_apart_and_connected() {
    let alert = json!({ "kind": "SecurityAlert", "name": "alert-1", "properties": {
        "alertDisplayName": "Suspicious sign-in", "severity": "High",
        "entities": [{ "$id": "2", "Type": "ip", "Address": "203.0.113.7" }] } });
    let (svg, notes) = drawn(&json!({ "properties": { "title": "An incident", "incidentNumber": 7, "severity": "High",
        "alerts": [alert], "relatedEntities": [{ "kind": "Ip", "name": "x", "properties": { "address": "198.51.100.9" } }] } }));
    for said in ["An incident", "203.0.113.7", "198.51.100.9", "involves", "severity: High", ">incident<"] {
        assert!(svg.contains(said), "{said}: {svg}");
    }
    assert!(notes[0].contains("entities") || notes[0].contains("entity"), "{notes:?}");
}

#[test]
fn more_entities_than_can_be_drawn_are_counted() {
    let entities: Vec<_> =
        (0..400).map(|n| json!({ "Type": "ip", "Address": format!("198.51.{}.{}", n / 200, n % 200) })).collect();
    let graph = EntityGraph::from_entities(&json!(entities));
    let options = Options::default();
    let plot = draw_entities(&graph, Subject::Nothing, &HashMap::new(), &options).unwrap();
    assert_eq!(plot.notes()[0], "400 entities and 0 connections");
    assert_eq!(plot.notes()[1], "250 entities are left out, those with the fewest connections");
}

#[test]
fn no_entities_make_a_picture_that_says_so() {
    let (_, notes) = drawn(&json!({}));
    assert_eq!(notes, ["Nothing to show: there are no entities"]);
}

#[test]
fn verdicts_are_told_apart() {
    let graph = EntityGraph::from_entities(&json!([
        { "$id": "1", "Type": "ip", "Address": "203.0.113.7" },
        { "$id": "2", "Type": "ip", "Address": "203.0.113.8" },
    ]));
    let verdicts = HashMap::from([("1".to_owned(), Verdict::Malicious), ("2".to_owned(), Verdict::Benign)]);
    let options = Options::default();
    let svg = draw_entities(&graph, Subject::Nothing, &verdicts, &options).unwrap().svg();
    assert!(svg.contains("ip · malicious") && svg.contains("verdict: benign") && !svg.contains("ip · benign"), "{svg}");
}
