//! What the log tells of a request, and what it must not.

use std::{
    io,
    sync::{Arc, Mutex},
};

use actix_web::{rt::System, test::TestRequest};
use serde_json::Value;

use super::service::{KEY, api, call, get, lookup};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that a request leaves.
fn lines(request: TestRequest) -> Vec<Value> {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(move || writer.clone()).finish();
    // It says something of its own when it is dropped.
    let api = api();
    tracing::subscriber::with_default(subscriber, || System::new().block_on(call(&api, request)));
    let log = log.0.lock().unwrap();
    log.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[track_caller]
fn line(request: TestRequest) -> Value {
    let mut lines = lines(request);
    assert_eq!(lines.len(), 1, "{lines:?}");
    lines.remove(0)
}

#[test]
fn a_request_leaves_one_line() {
    let line = line(
        get("/v1/demo/numbers/7")
            .insert_header(("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")),
    );
    for (name, value) in [
        ("level", Value::from("INFO")),
        ("method", "GET".into()),
        ("route", "/v1/demo/numbers/{number}".into()),
        ("status", 200.into()),
        ("caller", "admin".into()),
        ("bytes", 2_000.into()),
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736".into()),
    ] {
        assert_eq!(line[name], value, "{line}");
    }
    assert!(line["elapsed_ms"].as_f64().unwrap() > 0.0);
    assert!(line.get("problem").is_none() && line.get("cause").is_none());
}

#[test]
fn what_the_caller_sent_is_in_no_line() {
    let secret = "198.51.100.7";
    for request in [
        get(&format!("/v1/demo/lookup?value={secret}")),
        get(&format!("/v1/demo/lookup?{secret}=a")),
        get(&format!("/v1/demo/lookup/{secret}")),
        get("/v1/demo/lookup?value=panic"),
        lookup(&format!(r#"{{"observables":[{{"value":"{secret}"}}]}}"#)),
        lookup(&format!(r#"{{"observables":"{secret}"}}"#)),
        TestRequest::get().uri("/v1/demo/providers").insert_header(("x-api-key", secret)),
    ] {
        let line = line(request).to_string();
        assert!(!line.contains(secret) && !line.contains(KEY), "{line}");
    }
}

#[test]
fn the_cause_of_a_failure_on_our_side_is_in_the_log() {
    let failed = line(get("/v1/demo/lookup?value=fell"));
    assert_eq!((&failed["level"], &failed["problem"]), (&"ERROR".into(), &"internal".into()));
    assert_eq!(failed["cause"], "the shelf fell down");
    let panicked = line(get("/v1/demo/lookup?value=panic"));
    assert_eq!((&panicked["cause"], &panicked["status"]), (&"the handler panicked".into(), &500.into()));
}

#[test]
fn probes_leave_no_line_at_the_usual_level() {
    assert_eq!(lines(TestRequest::get().uri("/livez")), Vec::<Value>::new());
}
