//! Tables in requests: JSON, NDJSON and CSV say the same.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

async fn refused(request: RequestBuilder) -> (u16, Value) {
    let (status, problem) = read(request.send().await.unwrap()).await;
    (status.as_u16(), problem)
}

fn sent(service: &Service, query: &str, media: &str, body: &'static str) -> RequestBuilder {
    client().post(format!("{}/v1/iocs/extract{query}", service.base())).header("content-type", media).body(body)
}

#[tokio::test]
async fn a_table_is_searched_in_whatever_form_it_comes() {
    let service = Service::start(QUIET).await;
    let rows = json!([
        { "Id": 1, "Who": "a@example.org", "What": "beacon to hxxp://198.51.100[.]7/a" },
        { "Id": 2, "Who": "9.9.9.9", "What": "C:\\Users\\x\\evil.exe, \"quoted\"" },
    ]);
    let expected =
        service.call("/v1/iocs/extract", &json!({ "rows": rows, "columns": ["What"], "include_paths": true })).await;
    let found: Vec<_> = expected["items"].as_array().unwrap().iter().map(|item| item["source_row"].clone()).collect();
    assert!(found.contains(&json!(0)) && found.contains(&json!(1)), "{expected:#}");
    assert!(!expected.to_string().contains("example.org"), "the other column is left alone");

    let described = json!({ "rows": rows, "columns": [{ "name": "What", "type": "string" }], "include_paths": true });
    assert_eq!(service.call("/v1/iocs/extract", &described).await, expected);

    let ndjson = concat!(
        r#"{"Id":1,"Who":"a@example.org","What":"beacon to hxxp://198.51.100[.]7/a"}"#,
        "\n",
        r#"{"Id":2,"Who":"9.9.9.9","What":"C:\\Users\\x\\evil.exe, \"quoted\""}"#,
    );
    let csv = "Id,Who,What\r\n1,a@example.org,beacon to hxxp://198.51.100[.]7/a\r\n\
               2,9.9.9.9,\"C:\\Users\\x\\evil.exe, \"\"quoted\"\"\"\r\n";
    for (media, body) in [("application/x-ndjson", ndjson), ("text/csv; charset=utf-8", csv)] {
        let request = sent(&service, "?columns=What&include_paths=true", media, body);
        let (status, answer) = read(request.send().await.unwrap()).await;
        assert_eq!((status.as_u16(), &answer), (200, &expected), "{media}");
    }
}

#[tokio::test]
async fn a_cell_among_cells_of_other_types_is_searched_as_it_was_sent() {
    let service = Service::start(QUIET).await;
    let body = json!({ "rows": [{ "x": "C:\\Windows\\a.exe" }, { "x": 5 }, { "x": null }, { "x": { "ip": "9.9.9.9" } }],
        "include_paths": true });
    let answer = service.call("/v1/iocs/extract", &body).await;
    assert_eq!(answer["items"][0]["value"], "C:\\Windows\\a.exe");
    assert_eq!((&answer["items"][1]["value"], &answer["items"][1]["source_row"]), (&json!("9.9.9.9"), &json!(3)));
}

#[tokio::test]
async fn what_is_no_table_is_refused_where_it_is_wrong() {
    let service = Service::start(QUIET).await;
    let (status, problem) = refused(sent(&service, "", "text/csv", "a,b\n1,2\n3\n")).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("row 1"), "{problem}");
    let (status, problem) = refused(sent(&service, "", "application/x-ndjson", "{\"a\":1}\n[2]\n")).await;
    assert_eq!(status, 400);
    assert!(problem["detail"].as_str().unwrap().contains("row 1"), "{problem}");
    let (status, problem) = refused(sent(&service, "?colums=a", "text/csv", "a\n1\n")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/colums")));
    let (status, problem) = refused(sent(&service, "?columns=b", "text/csv", "a\n1\n")).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!("/columns/0")));
    let answer = sent(&service, "", "text/html", "<a>").send().await.unwrap();
    assert_eq!(answer.headers()["accept"], "application/json, application/x-ndjson, text/csv");
    assert_eq!(answer.status(), 415);
}
