//! What a workspace of Sentinel keeps: bookmarks, watchlists, rules, searches, indicators, summaries, connectors.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tests::{
    arm::{Arm, bookmark, no_role, refusal},
    service::{QUIET, Service, client, json},
    vendor::{Reply, Vendor},
};

mod indicators;
mod rules;
mod watchlists;

const GUID: &str = "73e01a99-5cd7-4139-a149-9f2736ff2ab5";

async fn start(arm: &Arm) -> Service {
    Service::start(&format!("{QUIET}{}", arm.settings())).await
}

fn request(service: &Service, method: Method, path: &str) -> RequestBuilder {
    client().request(method, format!("{}/v1/sentinel/soc/{path}", service.base()))
}

/// Status and body of a call; null if there is none.
async fn call(service: &Service, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
    let mut request = request(service, method, path);
    if let Some(body) = body {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.unwrap();
    (status, if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() })
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, answer) = call(service, Method::GET, path, None).await;
    assert_eq!(status, 200, "{answer:#}");
    answer
}

async fn post(service: &Service, path: &str, body: &Value) -> (u16, Value) {
    call(service, Method::POST, path, Some(body)).await
}

async fn delete(service: &Service, path: &str) -> u16 {
    call(service, Method::DELETE, path, None).await.0
}

#[tokio::test]
async fn bookmarks_are_made_found_by_id_and_name_and_deleted() {
    let arm = Arm::start();
    let service = start(&arm).await;
    let new = json!({ "name": "It's \"new\"", "query": "SigninLogs | where a == 'b'", "query_result": { "a": 1 }, "labels": ["x"] });
    let (status, made) = post(&service, "bookmarks", &new).await;
    assert_eq!((status, &made["name"]), (201, &json!("It's \"new\"")), "{made:#}");
    let id = made["id"].as_str().unwrap();
    let kept = arm.resource(&format!("bookmarks/{id}")).unwrap();
    assert_eq!(
        (&kept["properties"]["queryResult"], &kept["properties"]["displayName"]),
        (&json!("{\"a\":1}"), &json!("It's \"new\""))
    );
    assert_eq!(get(&service, &format!("bookmarks/{id}")).await, made);
    assert_eq!(get(&service, "bookmarks/IT'S%20%22new%22").await, made);
    assert_eq!(delete(&service, "bookmarks/it's%20%22new%22").await, 204);
    assert_eq!((arm.list("bookmarks").len(), delete(&service, "bookmarks/it's%20%22new%22").await), (0, 404));
}

#[tokio::test]
async fn a_name_of_several_is_refused_with_their_ids() {
    let arm = Arm::start();
    arm.has("bookmarks/a1", bookmark("Same", "T")).has("bookmarks/a2", bookmark("same", "T"));
    let service = start(&arm).await;
    let (status, problem) = call(&service, Method::DELETE, "bookmarks/same", None).await;
    assert_eq!(status, 409);
    assert!(
        problem["detail"].as_str().is_some_and(|detail| detail.contains("a1") && detail.contains("a2")),
        "{problem}"
    );
    assert_eq!(arm.list("bookmarks").len(), 2);
    assert_eq!(get(&service, "bookmarks/a2").await["id"], "a2");
}

#[tokio::test]
async fn a_list_is_whole_whatever_its_pages_are() {
    let arm = Arm::start();
    for number in 0..130 {
        arm.has(&format!("bookmarks/b{number:03}"), bookmark(&format!("n{number}"), "T"));
    }
    let service = start(&arm).await;
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&service, &format!("bookmarks?limit=40&cursor={cursor}")).await;
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(names.len() % 40, 0);
        cursor = next.to_owned();
    }
    let all: Vec<String> = (0..130).map(|number| format!("b{number:03}")).collect();
    assert_eq!(names, all);
    let csv = request(&service, Method::GET, "bookmarks").header("accept", "text/csv").send().await.unwrap();
    assert_eq!(csv.text().await.unwrap().lines().count(), 131);
    let (status, problem) = call(&service, Method::GET, "bookmarks?cursor=x", None).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/cursor")));
}

#[tokio::test]
async fn what_azure_refuses_reaches_the_caller_as_what_it_is() {
    let arm = Arm::start();
    arm.has("bookmarks/a1", bookmark("n", "T"));
    let service = start(&arm).await;
    arm.instead("PUT", "/bookmarks/", 1, no_role("Microsoft.SecurityInsights/bookmarks/write"));
    let (status, problem) = post(&service, "bookmarks", &json!({ "name": "n", "query": "T" })).await;
    assert_eq!(status, 403);
    assert!(problem["detail"].as_str().unwrap().contains("Microsoft.SecurityInsights/bookmarks/write"), "{problem}");
    let (status, _) = call(&service, Method::GET, &format!("bookmarks/{GUID}"), None).await;
    assert_eq!(status, 404);
    arm.instead("GET", "/bookmarks", 1, refusal(429, "TooManyRequests", "slow").header("retry-after", "600"));
    let answer = request(&service, Method::GET, "bookmarks").send().await.unwrap();
    assert_eq!(answer.status(), 503);
    assert!(answer.headers()["retry-after"].to_str().unwrap().parse::<u64>().unwrap() > 500);
    let (status, problem) = call(&service, Method::GET, "bookmarks?deadline_ms=0", None).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/deadline_ms")));
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let arm = Arm::start();
    arm.has("bookmarks/a1", bookmark("n", "T"));
    let (key, digest) = server::api::new_key();
    let auth = format!("auth: {{ api_keys: [{{ id: reader, sha256: {digest}, scopes: [sentinel.read] }}] }}\n");
    let service = Service::start(&format!("{QUIET}{}{auth}", arm.settings())).await;
    let ask = |method| request(&service, method, "bookmarks/a1").header("x-api-key", &key).send();
    assert_eq!(ask(Method::GET).await.unwrap().status(), 200);
    assert_eq!(ask(Method::DELETE).await.unwrap().status(), 403);
    let new = json!({ "name": "n", "query": "T" });
    let made = request(&service, Method::POST, "bookmarks").header("x-api-key", &key).json(&new).send().await.unwrap();
    assert_eq!((made.status().as_u16(), arm.list("bookmarks").len()), (403, 1));
}

#[tokio::test]
async fn saved_searches_are_listed_and_hunting_queries_are_some_of_them() {
    let arm = Arm::start();
    let search = |category: &str, name: &str| {
        json!({ "properties": { "category": category, "displayName": name, "query": "T", "version": 2,
        "tags": [{ "name": "tactics", "value": "Impact" }] } })
    };
    arm.has("/savedSearches/s1", search("Hunting Queries", "Hunt"))
        .has("/savedSearches/s2", search("General", "Other"));
    let service = start(&arm).await;
    assert_eq!(get(&service, "saved-searches").await["items"].as_array().unwrap().len(), 2);
    let hunting = get(&service, "hunting-queries").await;
    assert_eq!(
        (hunting["items"].as_array().unwrap().len(), &hunting["items"][0]["tags"]["tactics"]),
        (1, &json!("Impact"))
    );
    assert_eq!(get(&service, "hunting-queries/hunt").await["id"], "s1");
    let (status, _) = call(&service, Method::GET, "hunting-queries/s2", None).await;
    assert_eq!((status, get(&service, "saved-searches/s2").await["name"].clone()), (404, json!("Other")));
}

#[tokio::test]
async fn a_search_job_runs_and_leaves_a_table_behind() {
    let arm = Arm::start();
    let service = start(&arm).await;
    arm.has("/tables/Heartbeat", json!({ "properties": { "provisioningState": "Succeeded" } }));
    let (status, job) =
        post(&service, "search-jobs", &json!({ "name": "beacons", "query": "T | where a == 'it''s'", "limit": 7 }))
            .await;
    assert_eq!((status, &job["table"], &job["state"]), (201, &json!("beacons_SRCH"), &json!("running")), "{job:#}");
    let mut table = arm.resource("/tables/beacons_SRCH").unwrap();
    let sent = &table["properties"]["searchResults"];
    assert_eq!((&sent["query"], &sent["limit"]), (&json!("T | where a == 'it''s'"), &json!(7)));
    let at = |key: &str| {
        let when: model::When = sent[key].as_str().unwrap().parse().unwrap();
        when.resolve(std::time::SystemTime::now().into()).unwrap()
    };
    assert_eq!((at("endSearchTime") - at("startSearchTime")).num_days(), 90);
    table["properties"]["provisioningState"] = json!("Succeeded");
    table["properties"]["resultStatistics"] = json!({ "progress": 100, "ingestedRecords": 3, "scannedGb": 1.5 });
    arm.has("/tables/beacons_SRCH", table);
    let done = get(&service, "search-jobs/beacons").await;
    assert_eq!((&done["state"], &done["found"]), (&json!("succeeded"), &json!(3)));
    assert_eq!(get(&service, "search-jobs").await["items"], json!([done]));
    assert_eq!(post(&service, "search-jobs", &json!({ "name": "beacons", "query": "T" })).await.0, 409);
    assert_eq!(delete(&service, "search-jobs/beacons_SRCH").await, 204);
    let (status, _) = call(&service, Method::GET, "search-jobs/beacons", None).await;
    assert_eq!((status, arm.list("/tables").len()), (404, 1));
}

#[tokio::test]
async fn a_job_that_azure_only_begins_runs() {
    let arm = Arm::start();
    arm.takes_its_time("/tables/", 3, true);
    let service = start(&arm).await;
    let (status, job) = post(&service, "search-jobs", &json!({ "query": "T", "start": "-2d", "end": "-1d" })).await;
    assert_eq!((status, &job["state"], &job["limit"]), (201, &json!("running"), &json!(1000)), "{job:#}");
    assert_eq!(job["table"], format!("{}_SRCH", job["name"].as_str().unwrap()));
    assert!(job["start"].as_str() < job["end"].as_str());
}

#[tokio::test]
async fn dynamic_summaries_are_made_changed_and_deleted() {
    let arm = Arm::start();
    let service = start(&arm).await;
    let new = json!({ "name": "Hunt 7", "tactics": ["discovery"], "rows": [{ "host": "a" }] });
    let (status, made) = post(&service, "dynamic-summaries", &new).await;
    assert_eq!((status, &made["tactics"]), (201, &json!(["Discovery"])), "{made:#}");
    let (status, changed) =
        call(&service, Method::PATCH, "dynamic-summaries/hunt%207", Some(&json!({ "description": "done" }))).await;
    assert_eq!(
        (status, &changed["description"], &changed["name"]),
        (200, &json!("done"), &json!("Hunt 7")),
        "{changed:#}"
    );
    assert_eq!(get(&service, "dynamic-summaries").await["items"].as_array().unwrap().len(), 1);
    let (status, problem) = post(&service, "dynamic-summaries", &json!({ "name": "n", "tactics": ["x"] })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/tactics/0")));
    assert_eq!(delete(&service, &format!("dynamic-summaries/{}", made["id"].as_str().unwrap())).await, 204);
}

#[tokio::test]
async fn the_items_of_a_summary_are_found_where_the_events_are() {
    let (arm, logs) = (Arm::start(), Vendor::start());
    arm.has(
        &format!("dynamicSummaries/{GUID}"),
        json!({ "properties": { "summaryId": GUID, "summaryName": "Hunt 7" } }),
    );
    let rows = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"SummaryItemId","type":"string"}],"rows":[["1"],["2"]]}]}"#;
    logs.says("/v1/workspaces/", Reply::json(rows));
    let settings = format!("{QUIET}{}    base_url: '{}'\n", arm.settings(), logs.base());
    let service = Service::start(&settings).await;
    let items = get(&service, "dynamic-summaries/hunt%207/items").await;
    assert_eq!((&items["row_count"], &items["outcome"]), (&json!(2), &json!("complete")), "{items:#}");
    let asked = String::from_utf8(logs.seen()[0].body.to_vec()).unwrap();
    assert!(asked.contains(GUID) && asked.contains("DynamicSummary"), "{asked}");
}

#[tokio::test]
async fn data_connectors_of_every_kind_are_listed() {
    let arm = Arm::start();
    arm.has("dataConnectors/o", json!({ "kind": "Office365", "properties": { "tenantId": "t", "dataTypes": { "exchange": { "state": "Enabled" } } } }))
        .has("dataConnectors/g", json!({ "kind": "GenericUI", "properties": { "connectorUiConfig": {} } }));
    let service = start(&arm).await;
    let all = get(&service, "data-connectors").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert_eq!(all["items"][1]["data_types"], json!({ "exchange": "enabled" }));
}

#[tokio::test]
async fn a_workspace_is_found_by_a_page_of_the_portal() {
    let azure = Vendor::start();
    let tenant = "4b2462a4-bbee-495a-a0e1-f23ae524cc9c";
    azure.says(
        "/tenant/oauth2/v2.0/token",
        Reply::json(r#"{"token_type":"Bearer","expires_in":3599,"access_token":"t0ken"}"#),
    );
    azure.says(
        "/contoso.example/.well-known/openid-configuration",
        Reply::json(json!({ "token_endpoint": format!("{}/{tenant}/oauth2/token", azure.base()) }).to_string()),
    );
    azure.says(
        "/providers/Microsoft.ResourceGraph/resources",
        Reply::json(
            json!({ "data": [{ "name": "ws", "workspaceId": GUID,
        "tenantId": "home", "subscriptionId": "s", "resourceGroup": "g", "location": "westeurope" }] })
            .to_string(),
        ),
    );
    let base = azure.base();
    let settings = format!(
        "{QUIET}credentials: {{ soc: {{ kind: client_secret, tenant_id: tenant, client_id: app, secret: s3cret, authority: '{base}' }} }}\n\
         azure: {{ credential: soc, arm_url: '{base}' }}\n"
    );
    let service = Service::start(&settings).await;
    let url = "https://portal.azure.com/#@contoso.example/blade/X/id/%2Fsubscriptions%2Fs%2FresourceGroups%2Fg%2Fproviders%2FMicrosoft.OperationalInsights%2Fworkspaces%2Fws";
    let found = service.call("/v1/sentinel/workspaces/resolve", &json!({ "url": url })).await;
    let expected = json!({ "workspace_name": "ws", "workspace_id": GUID, "tenant_id": tenant, "workspace_tenant_id": "home",
        "subscription_id": "s", "resource_group": "g", "location": "westeurope" });
    assert_eq!(found["items"], json!([expected]));
    let all = service.call("/v1/sentinel/workspaces/resolve", &json!({ "subscription_id": "s" })).await;
    assert_eq!((&all["items"][0]["workspace_name"], &all["items"][0]["tenant_id"]), (&json!("ws"), &json!("home")));
    let asked = String::from_utf8(azure.seen().last().unwrap().body.to_vec()).unwrap();
    assert!(asked.contains("SecurityInsights(") && asked.contains("subscriptionId =~ 's'"), "{asked}");
    azure.says("/providers/Microsoft.ResourceGraph/resources", Reply::json(r#"{"data":[]}"#));
    let found = service.call("/v1/sentinel/workspaces/resolve", &json!({ "url": url })).await;
    assert_eq!(
        found["items"],
        json!([{ "workspace_name": "ws", "tenant_id": tenant, "subscription_id": "s", "resource_group": "g" }])
    );
    let (status, problem) =
        service.refused("/v1/sentinel/workspaces/resolve", &json!({ "url": "https://portal.azure.com/" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/url")));
}
