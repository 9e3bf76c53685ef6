//! `/v1/sentinel/{workspace}/incidents`: listed, read, made, changed, commented and related.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::{
    arm::{self, Arm, WORKSPACE, WORKSPACE_ID, alert, bookmark, entity, incident},
    service::{QUIET, Service, json as answer_of},
    vendor::{Manner, Reply},
};

const ROOT: &str = "/v1/sentinel/soc/incidents";

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

async fn start(count: u32) -> (Arm, Service) {
    let fake = Arm::start();
    for number in 0..count {
        let severity = ["High", "Medium", "Low"][number as usize % 3];
        fake.has(&format!("incidents/{}", id(number)), incident(number, &format!("Title {number}"), severity));
    }
    let service = Service::start(&format!("{QUIET}{}", fake.settings())).await;
    (fake, service)
}

async fn get(service: &Service, path: &str) -> Value {
    let (status, answer) = answer_of(service.get(path).send().await.unwrap()).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    answer
}

async fn send(service: &Service, method: Method, path: &str, body: &Value) -> (u16, Value) {
    let client = tests::service::client();
    let request = client.request(method, format!("{}{path}", service.base())).json(body);
    let (status, answer) = answer_of(request.send().await.unwrap()).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn a_list_is_read_page_by_page_with_filter_and_order() {
    let (fake, service) = start(150).await;
    let path =
        format!("{ROOT}?filter=properties/severity%20eq%20'High'&order_by=properties/incidentNumber%20desc&limit=20");
    let (mut numbers, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = get(&service, &format!("{path}{cursor}")).await;
        numbers.extend(page["items"].as_array().unwrap().iter().map(|item| item["number"].as_u64().unwrap()));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(numbers, (0..50).rev().map(|n| n * 3).collect::<Vec<_>>());
    let first = &get(&service, &format!("{ROOT}?limit=1")).await["items"][0];
    assert_eq!((&first["id"], &first["severity"], &first["status"]), (&json!(id(0)), &json!("High"), &json!("New")));
    assert_eq!((&first["counts"]["alerts"], &first["counts"]["tactics"][0]), (&json!(1), &json!("CommandAndControl")));
    assert!(!first.to_string().contains("null"), "{first}");
    let bad = service.get(&format!("{ROOT}?filter=nonsense")).send().await.unwrap();
    let (status, problem) = answer_of(bad).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("Invalid OData filter"), "{problem}");
    assert!(fake.seen().iter().all(|seen| seen.target.contains("api-version=2025-09-01")));
}

#[tokio::test]
async fn rows_come_for_all_incidents_in_every_form() {
    let (fake, service) = start(1_201).await;
    let form =
        |accept: &'static str, query: &str| service.get(&format!("{ROOT}{query}")).header("accept", accept).send();
    let text = form("application/x-ndjson", "").await.unwrap().text().await.unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((rows.len(), fake.seen().len()), (1_201, 3));
    assert_eq!(rows[7]["properties.title"], "Title 7");
    assert_eq!(rows[7]["properties.additionalData.alertsCount"], 1);
    assert_eq!(rows[7]["properties.createdTimeUtc"], rows[7]["properties"]["createdTimeUtc"]);
    assert_eq!(rows[7]["properties"]["additionalData"]["tactics"], json!(["CommandAndControl"]));
    let csv = form("text/csv", "?limit=3").await.unwrap().text().await.unwrap();
    let head = "id,name,etag,type,properties.title,properties.description,properties.severity,properties.status,";
    assert!(csv.starts_with(head) && csv.matches(",Title ").count() == 3, "{csv}");
    assert!(fake.seen().last().unwrap().target.contains("top=3"), "no more is asked for than is wanted");
    let parquet = form("application/vnd.apache.parquet", "").await.unwrap().bytes().await.unwrap();
    assert!(parquet.starts_with(b"PAR1"));
    let none = form("text/csv", "?filter=properties/title%20eq%20'x'").await.unwrap().text().await.unwrap();
    assert!(none.starts_with(head) && none.lines().count() == 1, "{none}");
}

/// An incident as Azure shows it, from a row in which the members of objects are columns.
fn unflattened(row: &Value) -> Value {
    let mut incident = json!({});
    for (key, value) in row.as_object().unwrap().iter().filter(|(key, _)| !["Alerts", "id"].contains(&key.as_str())) {
        let place = key.split('.').fold(&mut incident, |place, part| &mut place[part]);
        *place = value.clone();
    }
    incident
}

#[tokio::test]
async fn rows_are_those_of_msticpy() {
    let Some(file) = tests::shared("data/sentinel_incidents.ndjson") else { return };
    let (fake, service) = start(0).await;
    let text = std::fs::read_to_string(file).unwrap();
    let expected: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (number, row) in expected.iter().enumerate() {
        fake.has(&format!("incidents/{}", id(number as u32)), unflattened(row));
    }
    let answer = service.get(ROOT).header("accept", "application/x-ndjson").send().await.unwrap().text().await.unwrap();
    let rows: Vec<Value> = answer.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(&expected) {
        for (column, cell) in expected.as_object().unwrap() {
            // Ids and etags are the fake's own, and alerts are asked for by themselves.
            if !["id", "etag", "Alerts"].contains(&column.as_str()) {
                assert_eq!(row.get(column), Some(cell), "{column}");
            }
        }
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_does_not_look_whole() {
    let (fake, service) = start(600).await;
    let list = || service.get(ROOT).header("accept", "application/x-ndjson").send();
    fake.instead("GET", "/incidents", 1, arm::no_role("Microsoft.SecurityInsights/incidents/read"));
    let (status, problem) = answer_of(list().await.unwrap()).await;
    assert_eq!((status, &problem["type"]), (StatusCode::FORBIDDEN, &json!("/problems/denied")));
    assert!(problem["detail"].as_str().unwrap().contains("role that allows Microsoft.SecurityInsights/incidents/read"));
    // The page is there; the next one is not.
    let next = format!("{}/subscriptions/x/incidents?api-version=2025-09-01", fake.base());
    let page = json!({ "value": [incident(1, "T", "Low")], "nextLink": next }).to_string();
    fake.instead("GET", "/workspaces/", 1, Reply::json(page));
    let answer = list().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.is_err(), "the body ends badly");
}

#[tokio::test]
async fn an_incident_is_found_by_id_number_and_title_with_what_belongs_to_it() {
    let (fake, service) = start(3).await;
    let here = format!("incidents/{}", id(1));
    fake.has(&format!("{here}/entities/e1"), entity("Ip", json!({ "address": "185.220.101.46" })));
    fake.has(
        &format!("{here}/entities/e2"),
        entity("Host", json!({ "hostName": "web01", "dnsDomain": "contoso.com" })),
    );
    fake.has(&format!("{here}/alerts/a1"), alert("alert-1", "Beacon"));
    fake.has("bookmarks/b1", bookmark("Found", "T"));
    let related = json!({ "properties": { "relatedResourceId": arm::below("bookmarks/b1") } });
    fake.has(&format!("{here}/relations/r1"), related);
    for word in [id(1), "1".to_owned(), "Title%201".to_owned()] {
        let found = get(&service, &format!("{ROOT}/{word}?expand=entities,alerts,comments,bookmarks")).await;
        assert_eq!((&found["id"], &found["number"]), (&json!(id(1)), &json!(1)), "{word}");
        let kinds: Vec<_> = found["entities"]["entities"].as_array().unwrap().iter().map(|one| &one["kind"]).collect();
        assert_eq!(kinds, ["ip", "host"]);
        assert_eq!(found["alerts"], get(&service, &format!("{ROOT}/{word}/alerts")).await["items"]);
        assert_eq!((&found["alerts"][0]["id"], &found["alerts"][0]["name"]), (&json!("alert-1"), &json!("Beacon")));
        assert_eq!((&found["comments"], &found["bookmarks"][0]["name"]), (&json!([]), &json!("Found")));
        assert_eq!(found["bookmarks"], get(&service, &format!("{ROOT}/{word}/bookmarks")).await["items"]);
        assert_eq!(found["entities"], get(&service, &format!("{ROOT}/{word}/entities")).await);
    }
    let relation = &get(&service, &format!("{ROOT}/1/relations")).await["items"][0];
    assert_eq!(relation["related_id"], arm::below("bookmarks/b1"));
    fake.instead("POST", "/alerts", 1, arm::no_role("Microsoft.SecurityInsights/incidents/alerts/action"));
    let found = get(&service, &format!("{ROOT}/1?expand=alerts,entities")).await;
    assert_eq!((found.get("alerts"), found["entities"].is_object()), (None, true));
    let failed = &found["failed"][0];
    assert_eq!(failed["permission"], "Microsoft.SecurityInsights/incidents/alerts/action", "{failed}");
    fake.has(&format!("incidents/{}", id(9)), incident(9, "Title 1", "Low"));
    for (word, status, detail) in [
        (id(77), 404, "NotFound"),
        ("77".to_owned(), 404, "no incident"),
        ("Title%201".to_owned(), 409, id(9).as_str()),
    ] {
        let (was, problem) = answer_of(service.get(&format!("{ROOT}/{word}")).send().await.unwrap()).await;
        assert_eq!(was.as_u16(), status, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(detail), "{problem}");
    }
}

#[tokio::test]
async fn a_workspace_goes_by_all_its_names_and_an_unknown_one_is_told() {
    let (_fake, service) = start(1).await;
    for name in ["SOC", WORKSPACE, WORKSPACE_ID] {
        assert_eq!(get(&service, &format!("/v1/sentinel/{name}/incidents")).await["items"][0]["number"], 0);
    }
    let (status, problem) = answer_of(service.get("/v1/sentinel/other/incidents").send().await.unwrap()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(problem["detail"].as_str().unwrap().contains("they have soc"), "{problem}");
    let settings = format!("{QUIET}sources: {{ bare: {{ kind: sentinel, workspace_id: x }} }}");
    let bare = Service::start(&settings).await;
    let (status, problem) = answer_of(bare.get("/v1/sentinel/bare/incidents").send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["type"]), (422, &json!("/problems/unsupported")));
    let needs = "sources.bare.subscription_id, sources.bare.resource_group, sources.bare.workspace_name, sources.bare.credential";
    assert!(problem["detail"].as_str().unwrap().contains(needs), "{problem}");
}

#[tokio::test]
async fn an_incident_is_made_with_its_bookmarks() {
    let (fake, service) = start(1).await;
    fake.has("bookmarks/b1", bookmark("Found", "T"));
    let body = json!({ "title": "It's \"new\"", "severity": "high", "labels": ["a"], "description": "D",
        "owner": { "email": "alice@contoso.com" }, "first_activity": "2026-05-01T00:00:00Z",
        "bookmarks": ["Found", "nowhere"] });
    let (status, made) = send(&service, Method::POST, ROOT, &body).await;
    assert_eq!((status, &made["title"], &made["severity"]), (201, &json!("It's \"new\""), &json!("High")), "{made:#}");
    assert_eq!((&made["labels"][0]["name"], &made["owner"]["email"]), (&json!("a"), &json!("alice@contoso.com")));
    assert_eq!((made["failed"].as_array().unwrap().len(), &made["failed"][0]["part"]), (1, &json!("nowhere")));
    let read = get(&service, &format!("{ROOT}/{}?expand=bookmarks", made["id"].as_str().unwrap())).await;
    assert_eq!((&read["bookmarks"][0]["name"], &read["counts"]["bookmarks"]), (&json!("Found"), &json!(1)));
    for (body, pointer) in [
        (json!({ "title": "x", "severity": "worst" }), "/severity"),
        (json!({ "title": "x", "severity": "Low", "status": "Closed" }), "/status"),
        (json!({ "title": "x", "severity": "Low", "colour": "red" }), "/colour"),
        (json!({ "severity": "Low" }), "/title"),
    ] {
        let (status, problem) = send(&service, Method::POST, ROOT, &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
}

#[tokio::test]
async fn a_change_keeps_all_else_and_is_refused_when_it_is_meant_for_another_state() {
    let (fake, service) = start(2).await;
    let path = format!("{ROOT}/1");
    let before = get(&service, &path).await;
    let change = json!({ "severity": "High", "owner": { "email": "bob@contoso.com" }, "add_labels": ["x"] });
    let (status, changed) = send(&service, Method::PATCH, &path, &change).await;
    assert_eq!((status, &changed["severity"], &changed["title"]), (200, &json!("High"), &before["title"]), "{changed}");
    assert_eq!((&changed["labels"][0]["name"], &changed["owner"]["email"]), (&json!("x"), &json!("bob@contoso.com")));
    assert_eq!(changed["number"], before["number"]);
    let calls = fake.seen().len();
    send(&service, Method::PATCH, &path, &json!({ "severity": "High" })).await;
    assert!(fake.seen()[calls..].iter().all(|seen| seen.method == "GET"), "nothing differs, nothing is written");

    let stale = json!({ "etag": before["etag"], "status": "Active" });
    let (status, problem) = send(&service, Method::PATCH, &path, &stale).await;
    assert_eq!((status, &problem["type"]), (412, &json!("/problems/changed-meanwhile")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("PreconditionFailed"));
    // Somebody else is faster: the change is made again on what there is now.
    fake.instead("PUT", "/incidents/", 1, arm::refusal(412, "PreconditionFailed", "modified"));
    let (status, _) = send(&service, Method::PATCH, &path, &json!({ "status": "Active" })).await;
    assert_eq!(status, 200);

    let (status, problem) = send(&service, Method::PATCH, &path, &json!({ "status": "Closed" })).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/classification")));
    let close = json!({ "status": "Closed", "classification": "FalsePositive", "classification_reason": "InaccurateData",
        "classification_comment": "test data", "unassign": true });
    let (status, closed) = send(&service, Method::PATCH, &path, &close).await;
    assert_eq!(
        (status, &closed["status"], &closed["classification_reason"]),
        (200, &json!("Closed"), &json!("InaccurateData"))
    );
    assert_eq!(closed["owner"], json!({}));
    fake.instead("PUT", "/incidents/", 1, arm::no_role("Microsoft.SecurityInsights/incidents/write"));
    let (status, problem) = send(&service, Method::PATCH, &path, &json!({ "title": "T" })).await;
    assert_eq!(status, 403);
    assert!(problem["detail"].as_str().unwrap().contains("Microsoft.SecurityInsights/incidents/write"), "{problem}");
}

#[tokio::test]
async fn a_long_comment_is_cut_and_the_hundred_and_first_is_refused() {
    let (fake, service) = start(1).await;
    let path = format!("{ROOT}/0/comments");
    let row = format!("<tr><td>{}</td></tr>", "x".repeat(100));
    let message = format!("<table><tbody>{}</tbody></table>", row.repeat(400));
    let (status, long) = send(&service, Method::POST, &path, &json!({ "message": message })).await;
    assert_eq!(status, 201, "{long}");
    let left_out = long["left_out"].as_u64().unwrap();
    assert!(left_out > 100 && long["message"].as_str().unwrap().contains(&format!("{left_out} more rows")));
    assert_eq!(long["author"]["name"], "pivotd");
    for _ in 1..100 {
        let (status, short) = send(&service, Method::POST, &path, &json!({ "message": "it's <b>bold</b>" })).await;
        assert_eq!((status, &short["left_out"]), (201, &json!(0)));
    }
    let (status, problem) = send(&service, Method::POST, &path, &json!({ "message": "one more" })).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/conflict")));
    assert!(problem["detail"].as_str().unwrap().contains("100 comments"), "{problem}");
    assert_eq!(get(&service, &path).await["items"].as_array().unwrap().len(), 100);
    assert_eq!(fake.list(&format!("incidents/{}/comments", id(0))).len(), 100);
    let (status, _) = send(&service, Method::POST, &path, &json!({ "message": " " })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn a_bookmark_is_attached_once() {
    let (fake, service) = start(1).await;
    fake.has("bookmarks/b1", bookmark("Found", "T"));
    let path = format!("{ROOT}/0/relations");
    let (status, made) = send(&service, Method::POST, &path, &json!({ "bookmark": "found" })).await;
    assert_eq!((status, &made["related_type"]), (201, &json!("Microsoft.SecurityInsights/bookmarks")), "{made}");
    let (status, problem) = send(&service, Method::POST, &path, &json!({ "bookmark": "Found" })).await;
    assert_eq!((status, &problem["type"]), (409, &json!("/problems/conflict")), "{problem}");
    let (status, _) = send(&service, Method::POST, &path, &json!({ "bookmark": "b", "resource_id": "/c/d" })).await;
    assert_eq!(status, 400);
}

#[tokio::test]
async fn who_may_only_read_writes_nothing() {
    let fake = Arm::start();
    fake.has(&format!("incidents/{}", id(0)), incident(0, "T", "Low"));
    // SHA-256 of "reader".
    let auth = "auth: { api_keys: [ { id: reader, scopes: [sentinel.read], \
        sha256: 3d0941964aa3ebdcb00ccef58b1bb399f9f898465e9886d5aec7f31090a0fb30 } ] }\n";
    let service = Service::start(&format!("{QUIET}{auth}{}", fake.settings())).await;
    let client = tests::service::client();
    let call = |method: Method, path: &str, body: Value| {
        client.request(method, format!("{}{path}", service.base())).header("x-api-key", "reader").json(&body).send()
    };
    assert_eq!(call(Method::GET, ROOT, json!(null)).await.unwrap().status(), 200);
    let comments = format!("{ROOT}/0/comments");
    let enrich = format!("{ROOT}/0/enrich");
    for (method, path, body) in [
        (Method::POST, ROOT, json!({ "title": "x", "severity": "Low" })),
        (Method::PATCH, &format!("{ROOT}/0"), json!({ "title": "x" })),
        (Method::POST, &comments, json!({ "message": "x" })),
        (Method::POST, &enrich, json!({})),
    ] {
        assert_eq!(call(method, path, body).await.unwrap().status(), 403, "{path}");
    }
    assert!(fake.seen().iter().all(|seen| seen.method == "GET"));
}

#[tokio::test]
async fn azure_that_fails_or_hangs_is_a_problem_in_time() {
    let (fake, service) = start(1).await;
    fake.instead("GET", "/incidents", 3, arm::refusal(500, "InternalServerError", "secret words"));
    let (status, problem) = answer_of(service.get(ROOT).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), problem.get("detail")), (502, None), "{problem}");
    fake.instead("GET", "/incidents", 1, arm::refusal(429, "TooManyRequests", "x").header("retry-after", "60"));
    let (status, problem) = answer_of(service.get(ROOT).send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &problem["retry_after_s"]), (503, &json!(60)), "{problem}");
    let (other, service) = start(1).await;
    other.instead(
        "GET",
        "/incidents",
        1,
        Reply::json("{}").manner(Manner::Hang).after(std::time::Duration::from_secs(20)),
    );
    let (status, _) = answer_of(service.get(&format!("{ROOT}?deadline_ms=200")).send().await.unwrap()).await;
    assert_eq!(status.as_u16(), 504);
}
