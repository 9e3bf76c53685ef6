//! Tables in requests and answers: JSON, NDJSON, CSV, Arrow and Parquet say the same.

use engine::forms::{read_parquet, read_stream, write_parquet};
use model::{Column, ColumnType, Table};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

async fn refused(request: RequestBuilder) -> (u16, Value) {
    let (status, problem) = read(request.send().await.unwrap()).await;
    (status.as_u16(), problem)
}

fn sent(service: &Service, query: &str, media: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
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
    let columns = ["Id", "Who", "What"].map(|name| {
        let texts = rows.as_array().unwrap().iter().map(|row| match &row[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        Column::of(name, ColumnType::String, texts.collect::<Vec<_>>().iter().map(String::as_str)).unwrap()
    });
    let table = Table::new(columns.into()).unwrap();
    let mut writer = engine::forms::StreamWriter::new(&table).unwrap();
    let stream = [writer.rows(&table, 0..2).unwrap(), writer.end().unwrap()].concat();
    for (media, body) in [
        ("application/x-ndjson", ndjson.into()),
        ("text/csv; charset=utf-8", csv.into()),
        ("application/vnd.apache.arrow.stream", stream),
        ("application/vnd.apache.parquet", write_parquet(&table).unwrap()),
    ] {
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
    assert_eq!(
        answer.headers()["accept"],
        "application/json, application/x-ndjson, text/csv, application/vnd.apache.arrow.stream, \
         application/vnd.apache.parquet"
    );
    assert_eq!(answer.status(), 415);
}

#[tokio::test]
async fn bytes_that_are_no_table_of_their_kind_are_refused() {
    let service = Service::start(QUIET).await;
    for media in ["application/vnd.apache.arrow.stream", "application/vnd.apache.parquet"] {
        let (status, problem) = refused(sent(&service, "", media, "{\"rows\":[]}")).await;
        assert_eq!(status, 400, "{problem}");
        assert_eq!(problem["detail"], "the bytes are not what their media type says");
    }
}

#[tokio::test]
async fn a_table_in_an_answer_says_the_same_in_arrow_and_parquet() {
    let service = Service::start(QUIET).await;
    let body = json!({ "observables": [{ "value": "10.0.0.4" }, { "value": "evil.example" }], "format": "flat" });
    let ask = async |accept: &str| {
        let request = client().post(format!("{}/v1/ti/lookup", service.base())).header("accept", accept).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["content-type"]), (200, &accept.parse().unwrap()));
        answer.bytes().await.unwrap().to_vec()
    };
    let expected: Value = serde_json::from_slice(&ask("application/json").await).unwrap();
    let arrow = read_stream(ask("application/vnd.apache.arrow.stream").await, 1 << 20).unwrap();
    let parquet = read_parquet(ask("application/vnd.apache.parquet").await, 1 << 20).unwrap();
    assert_eq!(arrow, parquet);
    let arrow = serde_json::to_value(&arrow).unwrap();
    assert_eq!((&arrow["columns"], arrow["row_count"].as_u64()), (&expected["columns"], Some(2)));
}
