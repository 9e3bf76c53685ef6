//! What indicators become on their way to Sentinel, and what is read of them.

use proptest::prelude::*;

use model::Observable;

use super::{search::metric_rows, stix, *};
use crate::sentinel::object::read;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

fn new(of: Json) -> IndicatorInput {
    serde_json::from_value(of).unwrap()
}

fn published() -> Json {
    json!({
        "id": "/…/ThreatIntelligence/180105c7-a28d-b1a2-4a78-234f6ec80fd6", "name": "180105c7-a28d-b1a2-4a78-234f6ec80fd6",
        "etag": "\"0000322c-0000-0800-0000-5e976c960000\"", "type": "Microsoft.SecurityInsights/ThreatIntelligence", "kind": "indicator",
        "properties": {
            "confidence": 78, "created": "2020-04-15T20:20:38.6160949Z", "createdByRef": "contoso@contoso.com",
            "externalId": "indicator--a2b6a95e-2108-4a38-bd49-ef95811bbcd7", "externalReferences": [], "granularMarkings": [],
            "lastUpdatedTimeUtc": "2020-04-15T20:20:38.6161887Z", "revoked": false, "source": "Azure Sentinel",
            "threatIntelligenceTags": ["new schema"], "displayName": "new schema", "description": "debugging indicators",
            "threatTypes": ["compromised"], "killChainPhases": [], "pattern": "[url:value = 'https://www.contoso.com']",
            "patternType": "url", "validFrom": "2020-04-15T17:44:00.114052Z", "validUntil": ""
        }
    })
}

#[test]
fn an_indicator_is_read_as_it_is_published() {
    let indicator: Indicator = read(published()).unwrap();
    assert_eq!((indicator.confidence, indicator.valid_until), (Some(78), None));
    assert_eq!(indicator.tags, ["new schema"]);
    let shown = serde_json::to_value(&indicator).unwrap();
    assert_eq!(shown["valid_from"], "2020-04-15T17:44:00.114052Z");
    assert!(shown.get("valid_until").is_none());
}

#[test]
fn a_new_indicator_holds_for_ever_unless_it_says_until_when() {
    let body = new(json!({ "value": "hxxps://evil[.]example/a" })).body(now()).unwrap();
    assert_eq!(body["kind"], "indicator");
    let sent = &body["properties"];
    assert_eq!(
        (&sent["pattern"], &sent["patternType"]),
        (&json!("[url:value = 'https://evil.example/a']"), &json!("url"))
    );
    assert_eq!((&sent["validFrom"], sent.get("validUntil")), (&json!("2023-11-14T22:13:20Z"), None));
    let until = new(
        json!({ "value": "evil.example", "valid_until": "+1d", "confidence": 90, "labels": ["a"], "source": "me" }),
    );
    let sent = &until.body(now()).unwrap()["properties"];
    assert_eq!((&sent["validUntil"], &sent["confidence"]), (&json!("2023-11-15T22:13:20Z"), &json!(90)));
    assert_eq!((&sent["threatIntelligenceTags"], &sent["source"]), (&json!(["a"]), &json!("me")));
}

#[test]
fn every_kind_has_its_pattern() {
    for (value, kind, pattern) in [
        ("198.51.100[.]7", "ipv4", "[ipv4-addr:value = '198.51.100.7']"),
        ("2001:db8::1", "ipv6", "[ipv6-addr:value = '2001:db8::1']"),
        ("Evil-Contoso.com", "dns", "[domain-name:value = 'evil-contoso.com']"),
        ("a@contoso.com", "email", "[email-addr:value = 'a@contoso.com']"),
        ("d41d8cd98f00b204e9800998ecf8427e", "md5_hash", "[file:hashes.'MD5' = 'd41d8cd98f00b204e9800998ecf8427e']"),
        (
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "sha1_hash",
            "[file:hashes.'SHA-1' = 'da39a3ee5e6b4b0d3255bfef95601890afd80709']",
        ),
    ] {
        let sent = new(json!({ "value": value, "kind": kind })).body(now()).unwrap();
        assert_eq!(sent["properties"]["pattern"], pattern);
    }
    let path = new(json!({ "value": "C:\\x.exe", "kind": "windows_path" })).body(now());
    assert_eq!(path.unwrap_err().pointer, "/kind");
    assert_eq!(new(json!({ "value": "not one" })).body(now()).unwrap_err().pointer, "/value");
    let sure = new(json!({ "value": "a.example", "confidence": 101 })).body(now());
    assert_eq!(sure.unwrap_err().pointer, "/confidence");
}

#[test]
fn a_change_keeps_what_it_does_not_speak_of() {
    let body = new(json!({ "description": "seen again", "revoked": true })).change(published(), now()).unwrap();
    let sent = &body["properties"];
    assert_eq!((&sent["description"], &sent["revoked"]), (&json!("seen again"), &json!(true)));
    assert_eq!(
        (&sent["confidence"], &sent["displayName"], &sent["source"]),
        (&json!(78), &json!("new schema"), &json!("Azure Sentinel"))
    );
    assert_eq!((&sent["validUntil"], &body["etag"]), (&json!(""), &published()["etag"]));
    assert!(sent.get("lastUpdatedTimeUtc").is_none() && body.get("id").is_none());
    let other = new(json!({ "value": "198.51.100.7" })).change(published(), now()).unwrap();
    assert_eq!(
        (&other["properties"]["patternType"], &other["properties"]["confidence"]),
        (&json!("ipv4-addr"), &json!(78))
    );
}

#[test]
fn a_query_says_only_what_is_asked() {
    let query: IndicatorQuery =
        serde_json::from_value(json!({ "keywords": ["x"], "min_confidence": 25, "sort_by": "-confidence" })).unwrap();
    let expected = json!({ "pageSize": 100, "keywords": ["x"], "minConfidence": 25,
        "sortBy": [{ "itemKey": "confidence", "sortOrder": "descending" }] });
    assert_eq!(query.body(100, now()).unwrap(), expected);
}

#[test]
fn metrics_are_rows() {
    let rows = metric_rows(&json!({ "value": [{ "properties": {
        "patternTypeMetrics": [{ "metricName": "url", "metricValue": 20 }], "sourceMetrics": [{ "metricName": "z", "metricValue": 2 }] } }] }));
    assert_eq!(
        json!(rows),
        json!([
            { "by": "pattern_type", "value": "url", "count": 20 }, { "by": "source", "value": "z", "count": 2 }
        ])
    );
}

#[test]
fn the_same_pattern_of_the_same_source_is_the_same_object() {
    let object = |value: &str, source: &str| stix::object(new(json!({ "value": value })), source, now()).unwrap();
    let (one, again) = (object("evil[.]example", "a"), object("EVIL.example", "a"));
    assert_eq!(one["id"], again["id"]);
    assert_ne!(one["id"], object("evil.example", "b")["id"]);
    assert_eq!((&one["pattern_type"], &one["spec_version"]), (&json!("stix"), &json!("2.1")));
    assert_eq!(stix::faults(one.as_object().unwrap()), Vec::<String>::new());
}

#[test]
fn what_an_object_lacks_is_told_before_it_is_sent() {
    let faults = |of: Json| stix::faults(of.as_object().unwrap());
    assert!(faults(json!({ "type": "malware" }))[0].starts_with("type: one of indicator"));
    let bad = json!({ "type": "indicator", "id": "malware--1", "created": "t", "modified": "t", "pattern": "p", "valid_from": "t" });
    assert_eq!(faults(bad), ["pattern_type: missing", "id: must begin with indicator--"]);
}

#[test]
fn what_was_not_taken_is_told_by_the_callers_own_count() {
    let answer =
        json!({ "errors": [{ "recordIndex": 1, "errorMessages": ["Error for Property=id"] }, { "recordIndex": 9 }] });
    let expected = vec![stix::Rejected { index: 7, reasons: vec!["Error for Property=id".to_owned()] }];
    assert_eq!(stix::rejected(&answer, &[5, 7]), expected);
    assert_eq!(stix::rejected(&Json::Null, &[5]), vec![]);
}

proptest! {
    #[test]
    fn no_value_ends_the_literal_that_it_stands_in(path in "[a-z'\\\\ =\\[\\]/]{1,30}") {
        let value = format!("https://evil.example/{path}");
        let observable = Observable::parse(&value, Some("url".parse().unwrap()));
        let pattern = new(json!({ "value": value, "kind": "url" })).pattern();
        if let (Ok(pattern), Ok(observable)) = (pattern, observable) {
            let pattern = pattern.text;
            let literal = pattern.strip_prefix("[url:value = '").and_then(|rest| rest.strip_suffix("']")).unwrap();
            let (mut plain, mut chars) = (String::new(), literal.chars());
            while let Some(c) = chars.next() {
                prop_assert_ne!(c, '\'');
                plain.push(if c == '\\' { chars.next().unwrap() } else { c });
            }
            prop_assert_eq!(plain, observable.canonical());
        }
    }
}
