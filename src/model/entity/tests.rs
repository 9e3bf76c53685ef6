//! Graphs of entities, from the recorded bodies and from made-up ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A file of the shared folder, if it is there.
fn shared(path: &str) -> Option<String> {
    let full = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(path);
    let text = std::fs::read_to_string(full).ok();
    if text.is_none() {
        eprintln!("skipped: no {path} in the shared folder");
    }
    text
}

fn shared_json(path: &str) -> Option<Value> {
    serde_json::from_str(&shared(path)?).unwrap()
}

fn shared_rows(path: &str) -> Vec<Value> {
    shared(path).unwrap_or_default().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// `kind name` of each entity and `source -name-> target` of each edge, with names for ids.
fn outline(graph: &EntityGraph) -> Vec<String> {
    let name = |id: &str| graph.entity(id).unwrap().name().to_owned();
    let entities = graph.entities.iter().map(|entity| format!("{} {}", entity.kind(), entity.name()));
    let edges = graph.edges.iter().map(|e| format!("{} -{}-> {}", name(&e.source), e.name, name(&e.target)));
    entities.chain(edges).collect()
}

#[test]
fn an_incident_trigger_gives_its_entities_edges_and_facts() {
    let Some(body) = shared_json("fixtures/providers/sentinel/incident_trigger.json") else { return };
    let (graph, facts) = EntityGraph::from_incident(&body);
    insta::assert_debug_snapshot!("incident_trigger", outline(&graph));
    insta::assert_json_snapshot!("incident_trigger_facts", facts);
    assert_eq!(graph.rejected, []);

    let by_object = EntityGraph::from_incident(&body["object"]);
    assert_eq!(by_object.0, graph);
    assert_eq!((by_object.1.title, by_object.1.workspace_id), (facts.title, None));
}

#[test]
fn an_incident_gives_observables_and_places() {
    let Some(body) = shared_json("fixtures/providers/sentinel/incident_trigger.json") else { return };
    let (graph, _) = EntityGraph::from_incident(&body);
    let seen: Vec<_> = graph.entities.iter().flat_map(Entity::observables).collect();
    let seen: Vec<_> = seen.iter().map(|(observable, role)| (*role, observable.value())).collect();
    assert_eq!(
        seen,
        [
            ("address", "185.220.101.46"),
            ("address", "10.0.3.14"),
            ("host", "WIN2019.contoso.com"),
            ("file_hash", "094fd325049b8a9cf6d3e5ef2a6d4cc6a567d7d49c35f8bb8dd9e3c6acf3d78d"),
            ("url", "http://vektorex.com/source/Z/5016223.exe"),
            ("domain", "vektorex.com"),
            ("path", "C:\\Users\\Public\\5016223.exe"),
        ]
    );
    let place = graph.entities.iter().find_map(Entity::location).unwrap();
    assert_eq!((place.country_code.as_deref(), place.asn), (Some("DE"), Some(208_294)));
}

#[test]
fn the_answers_of_the_connector_and_the_management_api_are_read() {
    for (file, expected) in [
        ("entities_get_ips.json", vec!["ip 185.220.101.46", "ip 10.0.3.14"]),
        ("entities_get_urls.json", vec!["url http://vektorex.com/source/Z/5016223.exe"]),
        ("entities_arm_list.json", vec!["account domain\\administrator"]),
    ] {
        let Some(body) = shared_json(&format!("fixtures/providers/sentinel/{file}")) else { return };
        let graph = EntityGraph::from_entities(&body);
        assert_eq!(outline(&graph), expected, "{file}");
        assert_eq!(graph.rejected, [], "{file}");
    }
}

#[test]
fn a_map_of_alert_entities_is_read_with_its_references() {
    let Some(body) = shared_json("data/entities.json") else { return };
    let graph = EntityGraph::from_entities(&body);
    insta::assert_json_snapshot!("entities", graph);
    // The same as a list, as one text, and in the opposite order, where every reference leads forward.
    let list: Value = body.as_object().unwrap().values().cloned().collect();
    assert_eq!(EntityGraph::from_entities(&list), graph);
    assert_eq!(EntityGraph::from_entities(&Value::String(list.to_string())), graph);
    let reversed: Value = list.as_array().unwrap().iter().rev().cloned().collect();
    let forward = EntityGraph::from_entities(&reversed);
    let sorted = |graph: &EntityGraph| {
        let mut lines = outline(graph);
        lines.sort();
        lines
    };
    assert_eq!(sorted(&forward), sorted(&graph));
}

#[test]
fn every_row_of_security_alerts_is_read() {
    for row in shared_rows("data/SecurityAlert.ndjson") {
        let (graph, facts) = EntityGraph::from_alert(&row);
        assert_eq!(graph.rejected, []);
        let sent: Vec<Value> = serde_json::from_str(row["Entities"].as_str().unwrap()).unwrap();
        assert!(!graph.entities.is_empty() && graph.entities.len() <= sent.len());
        assert!(graph.entities.iter().all(|entity| entity.kind() != EntityKind::Unknown));
        assert_eq!(facts.id.as_deref(), row["SystemAlertId"].as_str());
        assert_eq!(facts.title.as_deref(), row["AlertDisplayName"].as_str());
        assert!(facts.severity.is_some() && facts.started_at.is_some() && facts.generated_at.is_some());
        // The same alert as an entity among others.
        let as_entity = EntityGraph::from_entities(&json!([row]));
        assert_eq!(as_entity.entities[0].kind(), EntityKind::Alert);
        assert_eq!(as_entity.entities.len(), graph.entities.len() + 1);
    }
}

#[test]
fn flattened_incidents_are_read() {
    for row in shared_rows("data/sentinel_incidents.ndjson") {
        let (graph, facts) = EntityGraph::from_incident(&row);
        assert_eq!(facts.title.as_deref(), row["properties.title"].as_str());
        assert_eq!(facts.number, row["properties.incidentNumber"].as_u64());
        assert_eq!(json!(facts.tactics), row["properties.additionalData.tactics"]);
        assert!(facts.created_at.is_some() && facts.first_activity_at.is_some());
        assert_eq!(facts.alert_ids.len(), row["Alerts"].as_array().unwrap().len());
        assert!(graph.entities.iter().all(|entity| entity.kind() == EntityKind::Alert && entity.name() != "Alert"));
        assert_eq!(graph.rejected, []);
    }
}

#[test]
fn an_answer_reads_back_as_itself() {
    for (path, is_incident) in
        [("fixtures/providers/sentinel/incident_trigger.json", true), ("data/entities.json", false)]
    {
        let Some(body) = shared_json(path) else { return };
        let graph = match is_incident {
            true => EntityGraph::from_incident(&body).0,
            false => EntityGraph::from_entities(&body),
        };
        let again = EntityGraph::from_entities(&serde_json::to_value(&graph.entities).unwrap());
        assert_eq!(again, graph);
    }
}

#[test]
fn the_three_spellings_of_one_entity_are_one() {
    let graph = EntityGraph::from_entities(&json!([
        {"kind": "Account", "properties": {"accountName": "ian", "ntDomain": "CONTOSO", "isDomainJoined": true}},
        {"$id": "7", "Type": "account", "Name": "Ian", "NTDomain": "contoso"},
        {"kind": "account", "name": "ian", "nt_domain": "CONTOSO", "sid": "S-1-5-21-1"},
    ]));
    let [account] = graph.entities.as_slice() else { panic!("{:?}", graph.entities) };
    assert_eq!(
        Value::Object(account.properties().clone()),
        json!({"name": "ian", "nt_domain": "CONTOSO", "is_domain_joined": true, "sid": "S-1-5-21-1"})
    );
}

#[test]
fn nothing_is_lost() {
    let graph = EntityGraph::from_entities(&json!([
        {"Type": "ip", "Address": "192.0.2.1", "MyField": {"Deep": [1]}, "ipAddress": "192.0.2.2", "AdditionalData": {"Key A": "b"}},
        {"Type": "spaceship", "Name": "Heart of Gold", "Pilot": {"Type": "user", "Name": "ian"}},
    ]));
    let properties = |index: usize| Value::Object(graph.entities[index].properties().clone());
    assert_eq!(
        properties(0),
        json!({"address": "192.0.2.1", "my_field": {"Deep": [1]}, "ip_address": "192.0.2.2", "additional_data": {"key_a": "b"}})
    );
    assert_eq!(properties(1), json!({"type": "spaceship", "name": "Heart of Gold", "pilot": "account-1"}));
    assert_eq!(graph.edges.len(), 1);
}

#[test]
fn a_dangling_reference_is_reported_and_the_rest_stands() {
    let graph = EntityGraph::from_entities(&json!([
        {"$id": "1", "Type": "account", "Name": "ian", "Host": {"$ref": "99"}},
        {"kind": "File", "properties": {"fileName": "a", "fileHashEntityIds": ["/x/Entities/1", "/x/Entities/2"]}},
        {"id": "/x/Entities/2", "kind": "FileHash", "properties": {"hashValue": "00"}},
    ]));
    let rejected: Vec<_> = graph.rejected.iter().map(|r| (r.pointer.as_str(), r.reason)).collect();
    assert_eq!(
        rejected,
        [("/0/Host", EntityRejection::Dangling), ("/1/properties/fileHashEntityIds/0", EntityRejection::Dangling)]
    );
    assert_eq!(outline(&graph)[3..], ["a -file_hashes-> 00"]);
    assert_eq!(graph.entities[1].properties()["file_hashes"], json!(["/x/Entities/1", "/x/Entities/2"]));
}

#[test]
fn references_may_run_in_circles() {
    let graph = EntityGraph::from_entities(&json!([
        {"$id": "1", "Type": "process", "ProcessId": "1", "ParentProcess": {"$ref": "2"}, "Host": {"$ref": "3"}},
        {"$id": "2", "Type": "process", "ProcessId": "2", "ParentProcess": {"$ref": "1"}, "ImageFile": {"$ref": "2"}},
        {"$id": "3", "Type": "host", "IoTDevice": {"Type": "iotdevice", "DeviceId": "d", "Host": {"$ref": "3"}}},
    ]));
    assert_eq!(graph.rejected, []);
    assert_eq!(graph.edges.len(), 5, "{:?}", graph.edges);
}

#[test]
fn merging_goes_on_until_nothing_is_the_same() {
    // The accounts are the same only because their hosts are, and the sessions only because their accounts are.
    let session = json!({
        "Type": "host-logon-session", "SessionId": "0x1",
        "Account": {"Type": "account", "Name": "ian", "NTDomain": "WORKGROUP", "Host": {"Type": "host", "AzureID": "/vm/1"}},
        "Host": {"Type": "host", "AzureID": "/VM/1"},
    });
    let graph = EntityGraph::from_entities(&json!([session, session]));
    assert_eq!(graph.entities.len(), 3, "{:?}", outline(&graph));
    assert_eq!(graph.edges.len(), 3);
}

#[test]
fn ids_of_one_alert_mean_nothing_in_another() {
    let alert = |id: &str, address: &str| {
        let entities = json!([{"$id": "2", "Type": "ip", "Address": address}]).to_string();
        json!({"Type": "SecurityAlert", "SystemAlertId": id, "DisplayName": id, "Entities": entities})
    };
    let (graph, _) = EntityGraph::from_incident(
        &json!({"properties": {"alerts": [alert("a", "192.0.2.1"), alert("b", "192.0.2.2")]}}),
    );
    assert_eq!(
        outline(&graph),
        ["alert a", "ip 192.0.2.1", "alert b", "ip 192.0.2.2", "a -entities-> 192.0.2.1", "b -entities-> 192.0.2.2"]
    );
    let ids: Vec<_> = graph.entities.iter().map(Entity::id).collect();
    assert_eq!(ids, ["alert-1", "2", "alert-2", "ip-1"]);
}

#[test]
fn an_alert_may_refer_to_what_stands_around_it() {
    let inner = json!([{"$id": "1", "Type": "ip", "Address": "192.0.2.2"}, {"$ref": "2"}, {"Type": "dns", "DomainName": "x", "DnsServerIp": {"$ref": "2"}}]);
    let graph = EntityGraph::from_entities(&json!([
        {"$id": "1", "Type": "ip", "Address": "192.0.2.1"},
        {"$id": "2", "Type": "ip", "Address": "192.0.2.3"},
        {"Type": "alert", "DisplayName": "a", "Entities": inner.to_string()},
    ]));
    assert_eq!(graph.rejected, []);
    assert_eq!(
        outline(&graph)[5..],
        ["a -entities-> 192.0.2.2", "a -entities-> 192.0.2.3", "x -dns_server_ip-> 192.0.2.3", "a -entities-> x"]
    );
}

#[test]
fn a_text_in_place_of_an_entity_becomes_one() {
    let graph =
        EntityGraph::from_entities(&json!({"Type": "dns", "DomainName": "a.example", "IpAddress": ["192.0.2.1"]}));
    assert_eq!(outline(&graph), ["dns_resolution a.example", "ip 192.0.2.1", "a.example -ip_addresses-> 192.0.2.1"]);
    let graph = EntityGraph::from_entities(&json!({"Type": "process", "ProcessId": "1", "ImageFile": "/usr/bin/wget"}));
    assert_eq!(outline(&graph)[..2], ["process /usr/bin/wget", "file /usr/bin/wget"]);
}

#[test]
fn pairs_of_kind_and_properties_are_read() {
    let (graph, _) = EntityGraph::from_incident(&json!({"Entities": [["Ip", {"address": "192.0.2.1"}]]}));
    assert_eq!(outline(&graph), ["ip 192.0.2.1"]);
}

#[test]
fn evidence_of_microsoft_graph_is_read_as_far_as_it_is_known() {
    let (graph, facts) = EntityGraph::from_alert(&json!({
        "id": "da637", "title": "Suspicious sign-in", "severity": "medium", "serviceSource": "microsoftDefenderForEndpoint",
        "createdDateTime": "2025-05-18T20:19:00Z", "alertWebUrl": "https://security.example/alerts/da637",
        "mitreTechniques": ["T1078"],
        "evidence": [
            {"@odata.type": "#microsoft.graph.security.ipEvidence", "ipAddress": "192.0.2.1"},
            {"@odata.type": "#microsoft.graph.security.deviceEvidence", "deviceDnsName": "web1.contoso.com"},
        ]
    }));
    assert_eq!(outline(&graph), ["ip 192.0.2.1", "host web1.contoso.com"]);
    assert_eq!((facts.id.as_deref(), facts.techniques), (Some("da637"), vec!["T1078".to_owned()]));
    assert!(facts.url.is_some() && facts.generated_at.is_some());
}

#[test]
fn extended_links_are_read() {
    let links =
        json!([{"Href": "https://a.example", "Label": "Page", "Type": "webLink"}, {"Label": "nothing"}]).to_string();
    let (_, facts) = EntityGraph::from_alert(&json!({"AlertName": "x", "ExtendedLinks": links}));
    assert_eq!(facts.links, [AlertLink { label: Some("Page".into()), url: "https://a.example".into() }]);
}

#[test]
fn limits_are_reported_and_not_crossed() {
    let many: Value = (0..2_000).map(|n| json!({"Type": "url", "Url": format!("http://a.example/{n}")})).collect();
    let graph = EntityGraph::from_entities(&many);
    assert_eq!(graph.entities.len(), settle::MAX_ENTITIES);
    let too_many = RejectedEntity { pointer: String::new(), reason: EntityRejection::TooMany };
    assert_eq!(graph.rejected, std::slice::from_ref(&too_many));

    // Many records of few entities are not too many; references to what is left out go with it.
    let host = |n: usize| json!({"Type": "host", "AzureID": format!("/vm/{}", n % 10)});
    let process = |n: usize| json!({"Type": "process", "ProcessId": n.to_string(), "Host": host(n)});
    let graph = EntityGraph::from_entities(&(0..400).map(process).collect());
    assert_eq!((graph.entities.len(), graph.edges.len(), graph.rejected.len()), (410, 400, 0));
    let graph = EntityGraph::from_entities(&json!((0..6_000).map(process).collect::<Vec<_>>()));
    assert_eq!((graph.entities.len(), graph.rejected), (settle::MAX_ENTITIES, vec![too_many]));
    assert_eq!(graph.edges.len(), settle::MAX_ENTITIES - 10);

    let deep = (0..100).fold(
        json!({"Type": "process", "ProcessId": "0"}),
        |parent, n| json!({"Type": "process", "ProcessId": n.to_string(), "ParentProcess": parent}),
    );
    let graph = EntityGraph::from_entities(&deep);
    assert_eq!(graph.entities.len(), reader::MAX_DEPTH + 1);
    assert_eq!(graph.rejected[0].reason, EntityRejection::TooDeep);

    let (graph, facts) = EntityGraph::from_incident(&json!(7));
    assert_eq!(graph.rejected, [RejectedEntity { pointer: String::new(), reason: EntityRejection::NotAnEntity }]);
    assert_eq!(facts, IncidentFacts::default());
}

/// JSON that looks like entities often enough to reach every corner.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "1",
        "2",
        "/x/Entities/1",
        "ip",
        "Host",
        "process",
        "192.0.2.1",
        "a.example",
        "",
        "ian",
        "Microsoft.X/Incidents",
        "[{\"$ref\":\"1\"}]",
        "{\"Type\":\"ip\"}",
        "2021-06-29T11:35:51Z",
        "C:\\x",
        "é",
    ]);
    let key = prop::sample::select(vec![
        "$id",
        "$ref",
        "id",
        "Type",
        "kind",
        "@odata.type",
        "properties",
        "properties.address",
        "Address",
        "Host",
        "HostName",
        "hostEntityId",
        "xEntityIds",
        "ParentProcess",
        "ImageFile",
        "FileHashes",
        "IPs",
        "entities",
        "alerts",
        "object",
        "relatedEntities",
        "location",
        "Entities",
        "friendlyName",
        "ExtendedLinks",
        "Account",
        "Name",
        "url",
        "evidence",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_json_gives_a_sound_graph(json in any_json()) {
        for graph in [
            EntityGraph::from_entities(&json),
            EntityGraph::from_incident(&json).0,
            EntityGraph::from_alert(&json).0,
        ] {
            let ids: std::collections::HashSet<_> = graph.entities.iter().map(Entity::id).collect();
            prop_assert_eq!(ids.len(), graph.entities.len());
            prop_assert!(graph.edges.iter().all(|e| ids.contains(e.source.as_str()) && ids.contains(e.target.as_str())));
            for entity in &graph.entities {
                prop_assert!(!entity.id().is_empty() && !entity.name().is_empty());
                prop_assert!(entity.properties().values().all(|value| !value.is_null()));
                let _ = (entity.observables(), entity.location(), entity.is_built_in_account());
            }
        }
    }
}
