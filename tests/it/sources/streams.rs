//! Rows that are passed on as they come: without holding them, and told apart from half an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use serde_json::json;
use tests::{
    entra::{credentials, issuer},
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

/// A workspace of so many rows, made as they are sent. Says how many were, and whether it was left before the end.
struct Workspace {
    base: String,
    sent: Arc<AtomicU64>,
    was_left: Arc<AtomicBool>,
}

struct Leaving(Arc<AtomicBool>, Arc<AtomicU64>, u64);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.store(self.1.load(Ordering::SeqCst) < self.2, Ordering::SeqCst);
    }
}

impl Workspace {
    fn of(rows: u64) -> Self {
        const AT_ONCE: u64 = 500;
        let (sent, was_left) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let state = (Arc::clone(&sent), Arc::clone(&was_left));
        let server = HttpServer::new(move || {
            let (sent, was_left) = state.clone();
            App::new().default_service(web::to(move || {
                let leaving = Leaving(was_left.clone(), sent.clone(), rows);
                let sent = sent.clone();
                let head = r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"TimeGenerated","type":"datetime"},
                    {"name":"Computer","type":"string"},{"name":"EventID","type":"int"},{"name":"Message","type":"string"}],"rows":["#;
                let body = stream::iter((0..rows).step_by(AT_ONCE as usize)).map(move |from| {
                    let _alive = &leaving;
                    let until = (from + AT_ONCE).min(rows);
                    let mut piece = String::with_capacity(64 * 1024);
                    for row in from..until {
                        let comma = if row == 0 { "" } else { "," };
                        piece += &format!(
                            r#"{comma}["2026-05-01T00:00:00.1234567Z","host-{row:07}",{},"An account was logged on from 10.0.0.{}"]"#,
                            row % 9000,
                            row % 250
                        );
                    }
                    sent.store(until, Ordering::SeqCst);
                    Bytes::from(piece)
                });
                let head = stream::iter([Bytes::from_static(head.as_bytes())]);
                let foot = stream::iter([Bytes::from_static(b"]}]}")]);
                async move { HttpResponse::Ok().content_type("application/json").streaming(head.chain(body).chain(foot).map(Ok::<_, std::io::Error>)) }
            }))
        });
        let server = server.workers(1).disable_signals().shutdown_timeout(0).bind("127.0.0.1:0").expect("a free port");
        let base = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Self { base, sent, was_left }
    }
}

async fn service(issuer: &Vendor, base: &str) -> Service {
    let sources =
        format!("sources: {{ soc: {{ kind: sentinel, credential: soc, workspace_id: ws, base_url: '{base}' }} }}");
    Service::start(&format!("{QUIET}{}{sources}", credentials(issuer))).await
}

fn stream_of(service: &Service, body: &serde_json::Value) -> reqwest::RequestBuilder {
    service.post("/v1/sources/soc/query", body).header("accept", "application/x-ndjson")
}

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_million_rows_pass_through_little_memory() {
    const ROWS: u64 = 1_000_000;
    let (issuer, workspace) = (issuer(), Workspace::of(ROWS));
    let service = service(&issuer, &workspace.base).await;
    // Once before, so that only what grows with the rows is measured.
    let warm =
        stream_of(&service, &json!({ "query": "T", "max_rows": 2000 })).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(warm.iter().filter(|byte| **byte == b'\n').count(), 2000);
    let before = peak();
    let answer = stream_of(&service, &json!({ "query": "T" })).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["x-outcome"].to_str().unwrap()), (200, "streaming"));
    let (mut rows, mut last, mut body) = (0, Vec::new(), answer.bytes_stream());
    while let Some(piece) = body.next().await {
        let piece = piece.expect("the whole answer");
        rows += piece.iter().filter(|byte| **byte == b'\n').count() as u64;
        last = piece.to_vec();
    }
    assert_eq!(rows, ROWS);
    let text = String::from_utf8(last).unwrap();
    let last: serde_json::Value = serde_json::from_str(text.trim_end().rsplit('\n').next().unwrap()).unwrap();
    assert_eq!(last["Computer"], format!("host-{:07}", ROWS - 1));
    assert_eq!(last["TimeGenerated"], "2026-05-01T00:00:00.1234567Z");
    let grown = peak() - before;
    assert!(grown < 64 << 20, "{} MiB more", grown >> 20);
}

#[tokio::test]
async fn who_has_read_enough_is_not_sent_the_rest() {
    let (issuer, workspace) = (issuer(), Workspace::of(100_000_000));
    let service = service(&issuer, &workspace.base).await;
    let answer = stream_of(&service, &json!({ "query": "T" })).send().await.unwrap();
    let mut body = answer.bytes_stream();
    body.next().await.unwrap().unwrap();
    drop(body);
    tokio::time::timeout(Duration::from_secs(20), async {
        while !workspace.was_left.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the source is told");
    assert!(workspace.sent.load(Ordering::SeqCst) < 10_000_000);
}

#[tokio::test]
async fn half_an_answer_breaks_off_and_does_not_look_whole() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let rows: Vec<_> = (0..3_000).map(|number| json!([number])).collect();
    let whole = json!({ "tables": [{ "columns": [{ "name": "N", "type": "int" }], "rows": rows }] }).to_string();
    vendor.says("/", Reply::json(&whole[..whole.len() - 5]));
    let service = service(&issuer, vendor.base()).await;
    let json = service.call("/v1/sources/soc/query", &json!({ "query": "T" })).await;
    assert_eq!((&json["outcome"], &json["row_count"]), (&json!("partial"), &json!(3000)), "{}", json["partial_errors"]);
    let answer = stream_of(&service, &json!({ "query": "T" })).send().await.unwrap();
    assert!(answer.bytes().await.is_err(), "it broke off");
}

#[tokio::test]
async fn what_happens_before_the_first_row_is_told_in_headers() {
    let (issuer, vendor) = (issuer(), Vendor::start());
    let service = service(&issuer, vendor.base()).await;
    for (reply, outcome) in [
        (Reply::json(r#"{"error":{"message":"no such table\nreally"}}"#).status(400), "rejected"),
        (Reply::json(r#"{"tables":[{"columns":[{"name":"N","type":"int"}],"rows":[]}]}"#), "complete"),
        (Reply::json("{}").after(Duration::from_secs(30)), "timeout"),
        (Reply::json("[[[").header("content-type", "text/html"), "error"),
    ] {
        vendor.says("/", reply);
        let answer = stream_of(&service, &json!({ "query": "T", "deadline_ms": 1500 })).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.headers()["x-outcome"].to_str().unwrap()), (200, outcome));
        if outcome == "rejected" {
            assert_eq!(answer.headers()["x-reason"], "no such table really");
        }
        assert!(answer.bytes().await.unwrap().is_empty());
    }
}
