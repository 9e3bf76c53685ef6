//! Watchlists and their items.

use super::*;

fn with_watchlist() -> Arm {
    let arm = Arm::start();
    arm.has(
        "watchlists/assets",
        json!({ "properties": { "watchlistId": GUID, "displayName": "High value assets", "provider": "p",
        "itemsSearchKey": "host", "uploadStatus": "Complete" } }),
    );
    for (id, host, owner) in [("i1", "dc01", "it"), ("i2", "dc02", "it")] {
        let item = json!({ "properties": { "itemsKeyValue": { "host": host, "owner": owner }, "updated": "2026-05-01T00:00:00Z" } });
        arm.has(&format!("watchlists/assets/watchlistItems/{id}"), item);
    }
    arm
}

#[tokio::test]
async fn a_watchlist_is_made_of_rows_in_json_and_in_csv() {
    let arm = Arm::start();
    let service = start(&arm).await;
    let new = json!({ "alias": "assets", "name": "High value assets", "search_key": "host", "rows": [{ "host": "dc,01", "n": 1 }] });
    let (status, made) = post(&service, "watchlists", &new).await;
    assert_eq!((status, &made["alias"], &made["search_key"]), (201, &json!("assets"), &json!("host")), "{made:#}");
    let kept = arm.resource("watchlists/assets").unwrap();
    assert_eq!(kept["properties"]["rawContent"], "host,n\r\n\"dc,01\",1\r\n");
    let csv = request(&service, Method::POST, "watchlists?alias=others&search_key=host")
        .header("content-type", "text/csv")
        .body("host,n\ndc02,=1+1\n");
    let (status, made) = json(csv.send().await.unwrap()).await;
    assert_eq!((status.as_u16(), &made["name"]), (201, &json!("others")), "{made:#}");
    assert_eq!(arm.resource("watchlists/others").unwrap()["properties"]["rawContent"], "host,n\r\ndc02,=1+1\r\n");
}

#[tokio::test]
async fn a_watchlist_that_there_is_is_not_made_again() {
    let arm = with_watchlist();
    let service = start(&arm).await;
    let new = json!({ "alias": "assets", "search_key": "host", "rows": [{ "host": "x" }] });
    assert_eq!(post(&service, "watchlists", &new).await.0, 409);
    for (body, pointer) in [
        (json!({ "alias": "a b", "search_key": "host", "rows": [{ "host": "x" }] }), "/alias"),
        (json!({ "alias": "new", "search_key": "user", "rows": [{ "host": "x" }] }), "/search_key"),
        (json!({ "alias": "new", "search_key": "host", "rows": [] }), "/rows"),
        (json!({ "alias": "new", "search_key": "host" }), "/rows"),
    ] {
        let (status, problem) = post(&service, "watchlists", &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{problem}");
    }
    assert_eq!(arm.list("watchlists").len(), 1);
}

#[tokio::test]
async fn the_items_of_a_watchlist_are_a_table() {
    let arm = with_watchlist();
    let service = start(&arm).await;
    let items = get(&service, "watchlists/high%20value%20assets/items").await;
    assert_eq!((&items["watchlist"], &items["row_count"]), (&json!("assets"), &json!(2)));
    let first = json!({ "_item_id": "i1", "_updated": "2026-05-01T00:00:00Z", "host": "dc01", "owner": "it" });
    assert_eq!(items["rows"][0], first);
    let csv =
        request(&service, Method::GET, "watchlists/assets/items").header("accept", "text/csv").send().await.unwrap();
    assert!(csv.text().await.unwrap().starts_with("_item_id,_updated,host,owner\r\n"));
}

#[tokio::test]
async fn each_row_becomes_an_item_of_its_own() {
    let arm = with_watchlist();
    let service = start(&arm).await;
    let rows = json!({ "rows": [
        { "host": "dc01", "owner": "it" }, { "host": "dc02", "owner": "soc" }, { "host": "dc03", "owner": "it" }, { "host": "dc04", "owner": "it" }
    ] });
    arm.instead("PUT", "/watchlistitems/i2", 1, refusal(400, "BadRequest", "no"));
    let (status, put) = post(&service, "watchlists/assets/items", &rows).await;
    assert_eq!(status, 200, "{put:#}");
    let outcomes: Vec<_> =
        put["items"].as_array().unwrap().iter().map(|item| item["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["unchanged", "error", "created", "created"]);
    assert_eq!([&put["created"], &put["updated"], &put["unchanged"], &put["failed"]], [2, 0, 1, 1]);
    let mut hosts: Vec<_> = arm
        .list("watchlists/assets/watchlistItems")
        .iter()
        .map(|item| item["properties"]["itemsKeyValue"]["host"].to_string())
        .collect();
    hosts.sort();
    assert_eq!(hosts, ["\"dc01\"", "\"dc02\"", "\"dc03\"", "\"dc04\""]);
    let again = post(&service, "watchlists/assets/items", &rows).await.1;
    assert_eq!([&again["created"], &again["updated"], &again["unchanged"]], [0, 1, 3]);
    assert_eq!(
        arm.resource("watchlists/assets/watchlistItems/i2").unwrap()["properties"]["itemsKeyValue"]["owner"],
        "soc"
    );
}

#[tokio::test]
async fn items_and_watchlists_are_deleted() {
    let arm = with_watchlist();
    let service = start(&arm).await;
    assert_eq!(delete(&service, "watchlists/assets/items/i1").await, 204);
    assert_eq!(arm.list("watchlists/assets/watchlistItems").len(), 1);
    assert_eq!(delete(&service, "watchlists/High%20value%20assets").await, 204);
    assert_eq!((arm.list("watchlists").len(), delete(&service, "watchlists/assets").await), (0, 404));
}
