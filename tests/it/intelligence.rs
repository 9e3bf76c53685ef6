//! Vendors as the service really asks them: related things page by page, and with tokens of Entra.

use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service, json as read},
    vendor::{Reply, Vendor},
};

const POLICY: &str = "policy: { internal_domains: [corp.example] }";
const FILE: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
const GRAPH: &str = "https://graph.microsoft.com/.default";

/// A service with these providers, and a credential whose tokens come from this issuer.
async fn service(providers: &str, issuer: &Vendor) -> Service {
    let credential = format!(
        "credentials: {{ soc: {{ kind: client_secret, tenant_id: t, client_id: c, secret: s, authority: '{}' }} }}",
        issuer.base()
    );
    let text = QUIET.replace("providers: {", &format!("{credential}\n{POLICY}\nproviders: {{ {providers}, "));
    Service::start(&text).await
}

fn issuer() -> Vendor {
    let issuer = Vendor::start();
    issuer.says("/", Reply::json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#));
    issuer
}

async fn finding(service: &Service, provider: &str, value: &str, query_type: Option<&str>) -> Value {
    let mut request = json!({ "observables": [{ "value": value }], "providers": [provider] });
    if let Some(query_type) = query_type {
        request["query_type"] = query_type.into();
    }
    service.call("/v1/ti/lookup", &request).await["items"][0]["findings"][0].clone()
}

#[tokio::test]
async fn what_virustotal_relates_is_followed_page_by_page() {
    let (vendor, issuer) = (Vendor::start(), issuer());
    let place = "/ip_addresses/8.8.8.8/relationships/communicating_files";
    let file = |digit: &str| json!({"type": "file", "id": digit.repeat(64)});
    let page = |files: &[Value], cursor: Option<&str>| {
        Reply::json(json!({"data": files, "meta": {"count": 3, "cursor": cursor}}).to_string())
    };
    vendor.says(&format!("{place}?limit=40"), page(&[file("0a"), file("1b")], Some("n/ext")));
    vendor.says(&format!("{place}?limit=40&cursor=n%2Fext"), page(&[file("2c")], None));
    let service = service(&format!("virustotal: {{ base_url: '{}', key: k }}", vendor.base()), &issuer).await;

    let finding = finding(&service, "virustotal", "8.8.8.8", Some("communicating_files")).await;

    assert_eq!((&finding["outcome"], &finding["verdict"]), (&json!("hit"), &json!("unknown")), "{finding}");
    assert_eq!((&finding["evidence"]["count"], &finding["evidence"]["returned"]), (&json!(3), &json!(3)));
    assert_eq!(vendor.calls(), 2);
    assert!(vendor.seen().iter().all(|seen| seen.header("x-apikey") == Some("k")));
}

#[tokio::test]
async fn virustotal_is_searched_within_what_may_be_sent() {
    let (vendor, issuer) = (Vendor::start(), issuer());
    let stats = json!({"malicious": 5, "harmless": 1});
    let file = json!({"type": "file", "id": FILE, "attributes": {"last_analysis_stats": stats}});
    let page = json!({"data": [file], "meta": {"total_hits": 3, "cursor": "c"}});
    vendor.says("/intelligence/search?query=type%3Apeexe+p%3A4%2B&limit=1", Reply::json(page.to_string()));
    let service = service(&format!("virustotal: {{ base_url: '{}', key: k }}", vendor.base()), &issuer).await;

    let answer = service.call("/v1/ti/search", &json!({ "query": " type:peexe p:4+ ", "limit": 1 })).await;
    assert_eq!((&answer["outcome"], &answer["total"], &answer["has_more"]), (&json!("hit"), &json!(3), &json!(true)));
    assert_eq!(
        (&answer["items"][0]["observable"]["kind"], &answer["items"][0]["verdict"]),
        (&json!("sha256"), &json!("malicious"))
    );

    for (name, value, reason) in
        [("tlp", "red", "tlp"), ("pap", "red", "policy"), ("query", "domain:a.Corp.example", "internal_domain")]
    {
        let mut body = json!({ "query": "x" });
        body[name] = value.into();
        let answer = service.call("/v1/ti/search", &body).await;
        assert_eq!((&answer["outcome"], &answer["reason"]), (&json!("skipped"), &json!(reason)), "{name}");
    }
    assert_eq!(vendor.calls(), 1);
    let other = service.call("/v1/ti/search", &json!({ "provider": "abuseipdb", "query": "x" })).await;
    assert_eq!(other["outcome"], "unsupported");
    for (body, pointer) in [
        (json!({ "query": " " }), "/query"),
        (json!({ "query": "x", "limit": 101 }), "/limit"),
        (json!({ "query": "x", "provider": "nobody" }), "/provider"),
    ] {
        let (status, problem) = service.refused("/v1/ti/search", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)));
    }
}

#[tokio::test]
async fn defender_ti_is_asked_with_a_token_that_goes_nowhere_else() {
    let (vendor, stranger, issuer) = (Vendor::start(), Vendor::start(), issuer());
    let host = "/security/threatIntelligence/hosts/example.com";
    let cookies = |name: &str, next: Option<String>| {
        Reply::json(
            json!({"value": [{"name": name, "host": {"id": "www.example.com"}}], "@odata.nextLink": next}).to_string(),
        )
    };
    vendor.says(&format!("{host}/reputation"), Reply::json(r#"{"classification": "suspicious", "score": 70}"#));
    vendor.says(&format!("{host}/cookies"), cookies("a", Some(format!("{}/second", vendor.base()))));
    vendor.says("/second", cookies("b", Some(format!("{}/third", stranger.base()))));
    stranger.says("/", Reply::json("{}").status(401));
    let service = service(&format!("defender_ti: {{ base_url: '{}', credential: soc }}", vendor.base()), &issuer).await;

    let reputation = finding(&service, "defender_ti", "example.com", None).await;
    assert_eq!((&reputation["verdict"], &reputation["score"]), (&json!("suspicious"), &json!(70)), "{reputation}");
    let cookies = finding(&service, "defender_ti", "example.com", Some("cookies")).await;
    assert_eq!(cookies["evidence"]["record_count"], 2, "{cookies}");
    assert_eq!(cookies["related"][0]["canonical"], "www.example.com");

    assert!(vendor.seen().iter().all(|seen| seen.header("authorization") == Some("Bearer t0ken")));
    assert!(stranger.seen().iter().all(|seen| seen.header("authorization").is_none()));
    assert_eq!((stranger.calls(), issuer.calls()), (1, 1), "one token serves all");
    let asked = String::from_utf8_lossy(&issuer.seen()[0].body).into_owned();
    assert!(asked.contains(&GRAPH.replace(':', "%3A").replace('/', "%2F")), "{asked}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_not_shown_again_and_one_that_is_not_given_is_told() {
    let (vendor, issuer) = (Vendor::start(), issuer());
    vendor.says("/", Reply::json(r#"{"error": {"code": "InvalidAuthenticationToken"}}"#).status(401));
    let settings = format!("defender_ti: {{ base_url: '{}', credential: soc }}", vendor.base());
    let service = service(&settings, &issuer).await;
    assert_eq!(finding(&service, "defender_ti", "example.com", None).await["outcome"], "unauthorized");
    issuer.says("/", Reply::json(r#"{"error": "invalid_client", "error_description": "no"}"#).status(401));
    let told = finding(&service, "defender_ti", "example.com", None).await;
    assert_eq!((&told["outcome"], issuer.calls(), vendor.calls()), (&json!("unauthorized"), 2, 1), "{told}");
    assert!(told["reason"].as_str().unwrap().contains("the credential was refused"), "{told}");
}

#[tokio::test]
async fn sentinels_own_indicators_are_queried() {
    let (vendor, issuer) = (Vendor::start(), issuer());
    let columns = json!([{"name": "IsActive"}, {"name": "Confidence"}, {"name": "SourceSystem"}]);
    let table = json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [[true, 85, "Feed"]]}]});
    vendor.says("/v1/workspaces/w/query", Reply::json(table.to_string()));
    let settings = format!("microsoft_sentinel: {{ base_url: '{}/v1/workspaces/w', credential: soc }}", vendor.base());
    let service = service(&settings, &issuer).await;

    // An address of one's own may be an indicator of one's own.
    let finding = finding(&service, "microsoft_sentinel", "10.1.2.3", None).await;

    assert_eq!(
        (&finding["verdict"], &finding["evidence"]["confidence"]),
        (&json!("malicious"), &json!(85)),
        "{finding}"
    );
    let body: Value = serde_json::from_slice(&vendor.seen()[0].body).unwrap();
    assert!(body["query"].as_str().unwrap().contains("=~ \"10.1.2.3\""));
    assert_eq!(vendor.seen()[0].header("authorization"), Some("Bearer t0ken"));
}

#[tokio::test]
async fn the_catalogue_says_that_a_credential_is_missing() {
    let service = Service::start(QUIET).await;
    let (_, catalogue) = read(service.get("/v1/ti/providers").send().await.unwrap()).await;
    let items = catalogue["items"].as_array().unwrap();
    let of = |id: &str| items.iter().find(|item| item["id"] == id).unwrap();
    assert_eq!(of("defender_ti")["needs"], json!(["providers.defender_ti.credential"]));
    let needs = json!(["providers.microsoft_sentinel.credential", "providers.microsoft_sentinel.base_url"]);
    assert_eq!(of("microsoft_sentinel")["needs"], needs);
    assert_eq!(of("defender_ti")["enabled"], false);
}
