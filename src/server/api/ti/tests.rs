//! One answer in every format, as it is to stay.

use std::sync::Arc;

use chrono::DateTime;
use model::{Finding, Observable, Outcome, Pap, SkipReason, Tlp, Verdict};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{dbot, flat, found::Found, misp, msticpy, stix};
use crate::{
    enrich::Rejected,
    lookups::{Item, combine},
};

fn answer(provider: &str, verdict: Verdict, score: Option<u8>, evidence: &Value) -> Finding {
    let outcome = if verdict == Verdict::Benign { Outcome::Clean } else { Outcome::Hit };
    let mut finding = Finding::without_answer(provider.into(), outcome, "");
    finding.reason = None;
    finding.verdict = verdict;
    finding.score = score;
    finding.evidence = Arc::new(evidence.as_object().unwrap().clone());
    finding
}

fn item(value: &str, findings: Vec<Finding>) -> Item {
    let combined = combine(&findings);
    let observable = Observable::parse(value, None).unwrap();
    Item { observable, verdict: combined.verdict, score: combined.score, findings }
}

/// Something of everything: bad, doubtful, good, unknown, failed, skipped, unreadable, twice the same.
fn found() -> Found {
    let mut bad = answer(
        "abuseipdb",
        Verdict::Malicious,
        Some(90),
        &json!({ "reports": 3, "labels": ["ssh", "=1+1"], "isp": "A, \"B\"\r\n" }),
    );
    bad.reference = Some("https://www.abuseipdb.com/check/198.51.100.7".into());
    bad.raw = Some(json!({ "data": { "totalReports": 3 } }));
    let mut not_found = Finding::without_answer("otx".into(), Outcome::NotFound, "");
    not_found.reason = None;
    let limited = Finding::without_answer("virustotal".into(), Outcome::RateLimited, "the limit was reached");
    let skipped = |reason| Finding::skipped("virustotal".into(), reason);
    let good = |provider| answer(provider, Verdict::Benign, None, &json!({ "rank": 1 }));
    let doubtful = || answer("otx", Verdict::Suspicious, None, &json!({ "pulses": 1 }));
    Found {
        items: vec![
            item("198.51.100[.]7", vec![bad, not_found, limited]),
            item("2001:db8::7", vec![skipped(SkipReason::NotGlobal)]),
            item("example.org", vec![good("otx"), skipped(SkipReason::Budget)]),
            item("http://example.org/o'brien?a=%7B,%7D", vec![doubtful()]),
            item("someone@example.org", vec![]),
            item("d41d8cd98f00b204e9800998ecf8427e", vec![good("virustotal")]),
            item("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", vec![doubtful()]),
            item(r"C:\Users\o'brien\a.exe", vec![]),
            item("/usr/bin/", vec![]),
            item("hxxp://example[.]org/o'brien?a=%7B,%7D", vec![doubtful()]),
        ],
        rejected: vec![Rejected { value: "=cmd|'/c calc'!A1".into(), reason: "of no known kind".into() }],
        complete: false,
        query_type: None,
        tlp: Tlp::Amber,
        pap: Some(Pap::Green),
        titles: [("abuseipdb", "AbuseIPDB"), ("otx", "AlienVault OTX"), ("virustotal", "VirusTotal")]
            .map(|(id, title)| (id.into(), title))
            .into(),
        at: DateTime::from_timestamp(1_767_323_045, 678_000_000).unwrap(),
        id: Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef),
    }
}

fn csv(table: &model::Table) -> String {
    let mut out = Vec::new();
    model::table::csv::write_header(table, &mut out).unwrap();
    model::table::csv::write(table, 0..table.row_count(), &mut out).unwrap();
    String::from_utf8(out).unwrap().replace("\r\n", "\n")
}

#[test]
fn flat_has_a_row_for_everything_that_was_asked() {
    let table = flat::table(&found()).unwrap();
    assert_eq!(table.row_count(), 11);
    insta::assert_snapshot!(csv(&table));
}

#[test]
fn msticpy_has_the_columns_of_its_results() {
    let mut found = found();
    found.query_type = Some("passivedns".into());
    let table = msticpy::table(&found).unwrap();
    let names: Vec<_> = table.columns().iter().map(model::Column::name).collect();
    let expected = "Ioc IocType SafeIoc QuerySubtype Provider Result Severity Details RawResult Reference Status";
    assert_eq!(names.join(" "), expected);
    insta::assert_snapshot!(csv(&table));
}

#[test]
fn dbot_scores_what_answered_and_tells_what_did_not() {
    insta::assert_json_snapshot!(dbot::answer(&found()));
}

#[test]
fn misp_gets_an_event() {
    insta::assert_json_snapshot!(misp::answer(&found()));
}

#[test]
fn stix_gets_a_bundle() {
    insta::assert_json_snapshot!(stix::bundle(&found()));
}

#[test]
fn a_stix_bundle_has_each_object_once_and_all_that_it_refers_to() {
    for tlp in [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict, Tlp::Red] {
        let bundle = serde_json::to_value(stix::bundle(&Found { tlp, ..found() })).unwrap();
        let objects = bundle["objects"].as_array().unwrap();
        let ids: std::collections::HashSet<_> = objects.iter().map(|object| object["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), objects.len(), "{tlp}");
        for object in objects {
            for (name, value) in object.as_object().unwrap() {
                let referred: Vec<&Value> = match name.ends_with("_ref") {
                    true => vec![value],
                    false if name.ends_with("_refs") => value.as_array().unwrap().iter().collect(),
                    false => vec![],
                };
                assert!(referred.iter().all(|id| ids.contains(id.as_str().unwrap())), "{tlp} {name}");
            }
        }
    }
}

#[test]
fn ids_in_stix_are_the_same_in_every_answer() {
    let ids = |found: &Found| -> Vec<Value> {
        let bundle = serde_json::to_value(stix::bundle(found)).unwrap();
        bundle["objects"].as_array().unwrap().iter().map(|object| object["id"].clone()).collect()
    };
    let later = Found { at: DateTime::from_timestamp(1_800_000_000, 0).unwrap(), id: Uuid::nil(), ..found() };
    assert_eq!(ids(&found()), ids(&later));
}
