//! `/v1/geo`, and names and URLs, at the HTTP boundary.

use serde_json::json;
use tests::service::{QUIET, Service, json as read};

#[tokio::test]
async fn a_distance_is_measured_between_coordinates() {
    let service = Service::start(QUIET).await;
    let (from, to) =
        (json!({ "latitude": 47.6, "longitude": -122.3 }), json!({ "latitude": 51.5, "longitude": -0.12 }));
    let answer = service.call("/v1/geo/distance", &json!({ "from": from, "to": to })).await;
    assert!((answer["distance_km"].as_f64().unwrap() - 7699.755840564606).abs() < 1e-9, "{answer}");
    assert_eq!((&answer["from"], &answer["to"]), (&from, &to));
}

#[tokio::test]
async fn what_is_no_place_is_pointed_at() {
    let service = Service::start(QUIET).await;
    let here = json!({ "latitude": 1, "longitude": 2 });
    for (place, status, pointer) in [
        (json!({ "latitude": 91, "longitude": 0 }), 400, "/to/latitude"),
        (json!({ "latitude": 0, "longitude": -181 }), 400, "/to/longitude"),
        (json!({ "latitude": 0 }), 400, "/to/longitude"),
        (json!({ "longitude": 0 }), 400, "/to/latitude"),
        (json!({}), 400, "/to"),
        (json!({ "latitude": 0, "longitude": 0, "ip": "8.8.8.8" }), 400, "/to"),
        (json!({ "ip": "nowhere" }), 400, "/to/ip"),
        (json!({ "ip": "10.0.0.1" }), 400, "/to/ip"),
        // The bundled databases know countries, not coordinates.
        (json!({ "ip": "8.8.8.8" }), 422, "/to/ip"),
        (json!({ "lat": 0 }), 400, "/to/lat"),
    ] {
        let (found, problem) = service.refused("/v1/geo/distance", &json!({ "from": here, "to": place })).await;
        assert_eq!((found, problem["errors"][0]["pointer"].as_str()), (status, Some(pointer)), "{place}");
    }
}

#[tokio::test]
async fn the_databases_are_listed_with_their_age() {
    let service = Service::start(QUIET).await;
    let (_, answer) = read(service.get("/v1/geo/databases").send().await.unwrap()).await;
    for item in answer["items"].as_array().unwrap() {
        assert_eq!(item["bundled"], true);
        assert!(item["age_s"].is_u64() && item["built_at"].as_str().unwrap().ends_with('Z'), "{item}");
    }
    assert_eq!(answer["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn names_are_taken_apart() {
    let service = Service::start(QUIET).await;
    let answer = service.call("/v1/domain/parse", &json!({ "values": ["www.contoso.co.uk", "8.8.8.8", "a b"] })).await;
    assert_eq!(
        answer["items"][0],
        json!({
            "value": "www.contoso.co.uk", "outcome": "hit", "is_valid": true, "is_ip": false,
            "name": "www.contoso.co.uk", "unicode": "www.contoso.co.uk", "is_idn": false,
            "labels": ["www", "contoso", "co", "uk"], "subdomain": "www", "domain": "contoso", "suffix": "co.uk",
            "registry_suffix": "co.uk", "registrable_domain": "contoso.co.uk", "has_public_suffix": true,
            "is_private": false,
        })
    );
    assert_eq!((&answer["items"][1]["outcome"], &answer["items"][1]["is_ip"]), (&json!("unsupported"), &json!(true)));
    assert_eq!((&answer["items"][2]["is_valid"], &answer["items"][2]["is_ip"]), (&json!(false), &json!(false)));
    let (_, one) = read(service.get("/v1/domain/parse?value=contoso.com").send().await.unwrap()).await;
    assert_eq!(one["items"][0]["registrable_domain"], "contoso.com");
}

#[tokio::test]
async fn urls_are_taken_apart() {
    let service = Service::start(QUIET).await;
    let values = json!({ "values": ["hxxps://www.contoso[.]com/a?b=c#d", "mailto:a@contoso.com"] });
    let answer = service.call("/v1/url/parse", &values).await;
    assert_eq!(
        answer["items"][0],
        json!({
            "value": "hxxps://www.contoso[.]com/a?b=c#d", "outcome": "hit", "scheme": "https", "host": "www.contoso.com",
            "host_kind": "name", "registrable_domain": "contoso.com", "effective_port": 443, "path": "/a", "query": "b=c",
            "query_parameters": [{ "name": "b", "value": "c" }], "fragment": "d",
            "canonical": "https://www.contoso.com/a?b=c", "refanged": "https://www.contoso.com/a?b=c#d",
            "defanged": "hxxps://www[.]contoso[.]com/a?b=c#d",
        })
    );
    assert_eq!(
        answer["items"][1],
        json!({
            "value": "mailto:a@contoso.com", "outcome": "unsupported", "reason": "URL has no host",
        })
    );
    let (_, one) = read(service.get("/v1/url/parse?value=foo").send().await.unwrap()).await;
    assert_eq!(one["items"][0]["host"], "foo");
}
