//! Threat intelligence: one indicator at a time, and many as STIX.

use super::*;

async fn begin() -> (Arm, Service) {
    let arm = Arm::start();
    arm.takes_intelligence();
    let service = Service::start(&format!("{QUIET}{}    ti_url: '{}'\n", arm.settings(), arm.base())).await;
    (arm, service)
}

#[tokio::test]
async fn an_indicator_holds_for_ever_and_a_change_keeps_the_rest() {
    let (arm, service) = begin().await;
    let new = json!({ "value": "hxxps://evil-contoso[.]com/it's", "confidence": 80, "tags": ["a"], "kill_chain_phases": ["Delivery"] });
    let (status, made) = post(&service, "ti-indicators", &new).await;
    assert_eq!(
        (status, &made["pattern"]),
        (201, &json!("[url:value = 'https://evil-contoso.com/it\\'s']")),
        "{made:#}"
    );
    assert!(made.get("valid_until").is_none());
    let id = made["id"].as_str().unwrap();
    let path = format!("ti-indicators/{id}");
    let (status, changed) = call(
        &service,
        Method::PATCH,
        &path,
        Some(&json!({ "description": "seen", "valid_until": "2030-01-01T00:00:00Z" })),
    )
    .await;
    assert_eq!(
        (status, &changed["description"], &changed["confidence"]),
        (200, &json!("seen"), &json!(80)),
        "{changed:#}"
    );
    assert_eq!((&changed["valid_until"], &changed["pattern"]), (&json!("2030-01-01T00:00:00Z"), &made["pattern"]));
    let (_, tagged) = post(&service, &format!("{path}/tags"), &json!({ "tags": ["b"] })).await;
    assert_eq!(tagged["tags"], json!(["a", "b"]), "{tagged:#}");
    let (_, tagged) = post(&service, &format!("{path}/tags"), &json!({ "tags": ["c"], "replace": true })).await;
    assert_eq!((&tagged["tags"], &tagged["confidence"]), (&json!(["c"]), &json!(80)));
    assert_eq!(delete(&service, &path).await, 204);
    assert!(arm.list("threatIntelligence/main/indicators").is_empty());
}

#[tokio::test]
async fn what_makes_no_indicator_is_pointed_at() {
    let (_arm, service) = begin().await;
    for (body, pointer) in [
        (json!({}), "/value"),
        (json!({ "value": "not one" }), "/value"),
        (json!({ "value": "C:\\x.exe", "kind": "windows_path" }), "/kind"),
        (json!({ "value": "198.51.100.7", "confidence": 101 }), "/confidence"),
    ] {
        let (status, problem) = post(&service, "ti-indicators", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
}

#[tokio::test]
async fn indicators_are_found_page_by_page_and_counted() {
    let (arm, service) = begin().await;
    for number in 0..250 {
        let word = if number % 2 == 0 { "even" } else { "odd" };
        let indicator = json!({ "kind": "indicator", "properties": { "displayName": word, "pattern": "p", "patternType": "url", "source": "s" } });
        arm.has(&format!("threatIntelligence/main/indicators/n{number:03}"), indicator);
    }
    let (status, page) = post(&service, "ti-indicators/query?limit=60", &json!({ "keywords": ["even"] })).await;
    assert_eq!((status, page["items"].as_array().unwrap().len()), (200, 60), "{page:#}");
    let next = page["next"].as_str().unwrap();
    let (_, rest) =
        post(&service, &format!("ti-indicators/query?limit=1000&cursor={next}"), &json!({ "keywords": ["even"] }))
            .await;
    assert_eq!((rest["items"].as_array().unwrap().len(), rest.get("next")), (65, None));
    assert_eq!(get(&service, "ti-indicators?limit=1000").await["items"].as_array().unwrap().len(), 250);
    arm.has(
        "threatIntelligence/main/metrics",
        json!({ "value": [{ "properties": { "sourceMetrics": [{ "metricName": "z", "metricValue": 2 }] } }] }),
    );
    let counted = get(&service, "ti-indicators/metrics").await;
    assert_eq!(counted["rows"], json!([{ "by": "source", "value": "z", "count": 2 }]));
}

#[tokio::test]
async fn many_objects_go_a_hundred_at_a_time_and_bad_ones_are_told() {
    let (arm, service) = begin().await;
    let object = |number: usize| {
        json!({ "type": "indicator", "id": format!("indicator--{number}"), "created": "2026-01-01T00:00:00Z",
        "modified": "2026-01-01T00:00:00Z", "pattern": "[url:value = 'x']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z" })
    };
    let mut objects: Vec<Value> = (0..250).map(object).collect();
    objects[3] = json!({ "type": "malware", "id": "malware--1" });
    objects[150]["name"] = json!("bad");
    let upload = json!({ "source": "Hunt team", "objects": objects, "indicators": [{ "value": "198.51.100.7" }, { "value": "no" , "kind": "ipv4" }] });
    let (status, told) = post(&service, "ti-indicators/upload", &upload).await;
    assert_eq!((status, &told["received"], &told["accepted"]), (200, &json!(252), &json!(249)), "{told:#}");
    let rejected: Vec<_> =
        told["rejected"].as_array().unwrap().iter().map(|of| of["index"].as_u64().unwrap()).collect();
    assert_eq!(rejected, [3, 150, 251]);
    let uploads: Vec<_> = arm.seen().into_iter().filter(|seen| seen.target.contains("stix-objects:upload")).collect();
    assert_eq!(uploads.len(), 3);
    assert!(uploads[0].target.ends_with("?api-version=2024-02-01-preview"), "{}", uploads[0].target);
    let (status, _) =
        post(&service, "ti-indicators/upload", &json!({ "source": "Microsoft Sentinel", "objects": [object(1)] }))
            .await;
    assert_eq!(status, 400);
    arm.instead(
        "POST",
        "stix-objects:upload",
        1,
        no_role("Microsoft.SecurityInsights/threatIntelligence/indicators/write"),
    );
    assert_eq!(post(&service, "ti-indicators/upload", &json!({ "objects": [object(1)] })).await.0, 403);
}
