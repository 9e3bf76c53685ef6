//! What may be sent to whom: the labels of a request, its side effects, and what the settings make of them.

use model::Tlp;
use providers::{Provider, SideEffect};
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fake},
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

/// One provider of each sort: a third party, one that publishes, one that contacts the thing, a system of one's own.
fn sorts() -> Vec<&'static dyn Provider> {
    vec![
        fake("contacting", |facts| facts.side_effect = SideEffect::Active),
        fake("own", |facts| facts.answers_private = true),
        fake("publishing", |facts| facts.side_effect = SideEffect::Publishes),
        fake("third", |_| {}),
    ]
}

async fn start(vendor: &Vendor, side_effects: &str) -> Service {
    vendor.says("/", Reply::json(ANSWER));
    let ids = ["contacting", "own", "publishing", "third"];
    let providers: String = ids.map(|id| format!("  {id}: {{ base_url: \"{}\" }}\n", vendor.base())).concat();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    Service::start_with(&format!("{settings}policy: {{ side_effects: {side_effects} }}\n"), sorts()).await
}

/// Those that were asked; the others must have been skipped by policy.
fn asked(answer: &Value) -> Vec<&str> {
    let findings = answer["items"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 4, "{answer:#}");
    let skipped = findings.iter().filter(|f| f["outcome"] == "skipped");
    assert!(skipped.clone().all(|f| f["reason"] == "policy"), "{answer:#}");
    findings.iter().filter(|f| f["outcome"] == "hit").map(|f| f["provider"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_pap_label_decides_who_may_notice() {
    let vendor = Vendor::start();
    let service = start(&vendor, "[passive, publishes, active]").await;
    for (pap, expected) in [
        ("PAP:CLEAR", &["contacting", "own", "publishing", "third"][..]),
        ("green", &["contacting", "own", "publishing", "third"]),
        ("amber", &["own", "third"]),
        ("red", &["own"]),
    ] {
        let body = json!({ "observables": [{ "value": "8.8.8.8" }], "pap": pap });
        assert_eq!(asked(&service.call("/v1/ti/lookup", &body).await), expected, "{pap}");
        let enriched = service.call("/v1/enrich", &body).await;
        assert_eq!(asked(&enriched), expected, "{pap}");
    }
    let (status, problem) = service
        .refused("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }], "pap": "amber+strict" }))
        .await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/pap")));
}

#[tokio::test]
async fn a_request_narrows_the_side_effects_that_the_settings_allow() {
    let vendor = Vendor::start();
    let service = start(&vendor, "[passive, publishes]").await;
    let everything = service.call("/v1/ti/lookup", &json!({ "observables": [{ "value": "8.8.8.8" }] })).await;
    assert_eq!(asked(&everything), ["own", "publishing", "third"]);
    for (named, expected) in
        [(json!([]), &["own", "third"][..]), (json!(["publishes", "active"]), &["own", "publishing", "third"])]
    {
        let body = json!({ "observables": [{ "value": "8.8.8.8" }], "allow_side_effects": named });
        assert_eq!(asked(&service.call("/v1/ti/lookup", &body).await), expected, "{named}");
    }
    let get = service.get("/v1/ti/lookup?value=8.8.8.8&allow_side_effects=passive&pap=red").send().await.unwrap();
    assert_eq!(asked(&read(get).await.1), ["own"]);
}

#[tokio::test]
async fn a_provider_s_own_label_is_what_the_settings_say() {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let settings = QUIET.replace(
        "providers: { tor: { enabled: false } }",
        &format!(
            "providers:\n  strict: {{ base_url: \"{0}\", max_tlp: green }}\n  trusted: {{ base_url: \"{0}\", max_tlp: red }}",
            vendor.base()
        ),
    );
    let providers = vec![fake("strict", |_| {}), fake("trusted", |facts| facts.max_tlp = Tlp::Green)];
    let service =
        Service::start_with(&format!("{settings}\npolicy: {{ tlp_default: amber+strict }}\n"), providers).await;

    for (tlp, expected) in [
        (None, [json!("tlp"), Value::Null]),
        (Some("red"), [json!("tlp"), Value::Null]),
        (Some("TLP:GREEN"), [Value::Null, Value::Null]),
    ] {
        let mut body = json!({ "observables": [{ "value": "8.8.8.8" }] });
        if let Some(tlp) = tlp {
            body["tlp"] = json!(tlp);
        }
        let answer = service.call("/v1/ti/lookup", &body).await;
        let findings = &answer["items"][0]["findings"];
        assert_eq!([&findings[0]["reason"], &findings[1]["reason"]].map(Clone::clone), expected, "{tlp:?}");
    }
}
