//! What operators see: log lines, exposition, and what a collector receives.

use std::{
    io::{BufRead, BufReader, Read},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    time::{Duration, SystemTime},
};

use model::{CacheStatus, Outcome};
use tracing::subscriber::with_default;

use super::*;
use crate::settings::{LogFormat, OtlpProtocol, OtlpSettings};

/// What was written.
#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Page {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn settings(log_format: LogFormat, log_level: &str) -> TelemetrySettings {
    TelemetrySettings { log_format, log_level: log_level.to_owned(), otlp: None, metrics: true }
}

/// The log of `work`.
fn log_of(settings: &TelemetrySettings, work: impl FnOnce(&Telemetry)) -> String {
    let page = Page::default();
    let (telemetry, subscriber) = Telemetry::build(settings, page.clone(), false).unwrap();
    with_default(subscriber, || {
        work(&telemetry);
        telemetry.shut_down();
    });
    page.text()
}

#[test]
fn a_json_log_line_is_one_line_of_json_with_the_fields_beside_the_message() {
    let log = log_of(&settings(LogFormat::Json, "info"), |_| {
        let request = RequestSpan::begin("POST", None);
        request.span().in_scope(|| {
            tracing::info!(trace_id = %request.trace_id(), status = 200, caller = "a\"b\nc\u{1b}", "request");
        });
    });
    let line = log.strip_suffix('\n').unwrap();
    assert!(!line.contains('\n') && !line.contains('\u{1b}'));
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(line["message"], "request");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["status"], 200);
    assert_eq!(line["caller"], "a\"b\nc\u{1b}");
    assert_eq!(line["trace_id"].as_str().map(str::len), Some(32));
    assert_eq!(line.get("span"), None);
}

#[test]
fn a_text_log_line_cannot_be_forged_by_a_field() {
    let log = log_of(&settings(LogFormat::Text, "info"), |_| tracing::info!(caller = "a\nINFO b", "request"));
    assert_eq!(log.lines().count(), 1, "{log}");
}

#[test]
fn a_bare_level_is_for_our_own_code_and_others_never_say_more_than_warnings() {
    let log = log_of(&settings(LogFormat::Text, "debug"), |_| {
        tracing::debug!("ours");
        tracing::info!(target: "hyper_util::client", "theirs");
        tracing::warn!(target: "hyper_util::client", "their warning");
    });
    assert!(log.contains("ours") && log.contains("their warning") && !log.contains("theirs"), "{log}");
    let log = log_of(&settings(LogFormat::Text, "error,hyper_util=info"), |_| {
        tracing::warn!("ours");
        tracing::info!(target: "hyper_util::client", "theirs");
    });
    assert!(!log.contains("ours") && log.contains("theirs"), "{log}");
}

#[test]
fn the_level_changes_while_the_service_runs() {
    let log = log_of(&settings(LogFormat::Text, "info"), |telemetry| {
        tracing::debug!("before");
        telemetry.level().set("debug").unwrap();
        tracing::debug!("after");
        assert!(matches!(telemetry.level().set("loud"), Err(TelemetryError::Level)));
    });
    assert!(!log.contains("before") && log.contains("after"), "{log}");
}

#[test]
fn every_metric_of_the_table_is_exposed_with_help_type_and_no_other_labels() {
    let metrics = Metrics::new().unwrap();
    let active = metrics.request_began();
    let time = Duration::from_millis(3);
    metrics.request("POST", Some("/v1/enrich"), 200, time);
    metrics.request("BREW", None, 404, time);
    metrics.caller_refused(CallerLimit::Rate);
    metrics.lookup("abuseipdb", Outcome::Hit, Some(CacheStatus::Miss), time);
    metrics.lookup("abuseipdb", Outcome::Skipped, None, time);
    metrics.call("abuseipdb", CallOutcome::Answered, 9, time);
    metrics.cache_read(CacheTier::Far, CacheRead::Failed);
    metrics.redis_up(true);
    metrics.budget_left("abuseipdb", 86_400, 999);
    metrics.budget_refused("abuseipdb");
    metrics.breaker("abuseipdb", BreakerState::HalfOpen);
    metrics.list_updated("abuseipdb", SystemTime::UNIX_EPOCH + Duration::from_secs(5));
    metrics.geo_built("country", SystemTime::UNIX_EPOCH);
    metrics.log_lines_lost(1);
    let text = metrics.render_prometheus().unwrap();

    for metric in METRICS {
        let name = metric.name.replace('.', "_");
        let help = text.lines().find(|line| line.starts_with(&format!("# HELP {name}"))).expect(&name);
        assert!(help.ends_with(metric.help), "{help}");
        let exposed = help.split(' ').nth(2).unwrap();
        assert!(text.contains(&format!("# TYPE {exposed} ")), "{exposed}");
        let samples: Vec<_> = text.lines().filter(|line| line.starts_with(exposed)).collect();
        assert!(!samples.is_empty(), "{exposed}");
        for sample in samples {
            let (labels, value) = sample.trim_start_matches(exposed).rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{sample}");
            let labels = labels.split_once('{').map_or("", |(_, labels)| labels.trim_end_matches('}'));
            for label in labels.split(',').filter_map(|label| label.split_once('=')).map(|(label, _)| label) {
                let known = metric.labels.iter().any(|known| known.replace('.', "_") == label);
                assert!(known || label == "le", "{sample}");
            }
        }
    }
    assert_eq!(text.matches("# HELP").count(), METRICS.len(), "{text}");
    assert!(text.contains("http_server_active_requests 1\n"), "{text}");
    assert!(text.contains("http_request_method=\"_OTHER\"") && !text.contains("BREW"), "{text}");
    assert!(
        text.contains("pivotd_calls_total{attempts=\"3+\",outcome=\"answered\",provider=\"abuseipdb\"} 1"),
        "{text}"
    );
    assert!(text.contains("pivotd_list_updated_timestamp_seconds{provider=\"abuseipdb\"} 5"), "{text}");
    drop(active);
    assert!(metrics.render_prometheus().unwrap().contains("http_server_active_requests 0\n"));
}

/// A collector that takes everything: path and body of each request.
fn collector() -> (OtlpSettings, mpsc::Receiver<(String, Vec<u8>)>) {
    fn serve(stream: TcpStream, received: &mpsc::Sender<(String, Vec<u8>)>) -> io::Result<()> {
        let mut reader = BufReader::new(stream);
        loop {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                if reader.read_until(b'\n', &mut head)? == 0 {
                    return Ok(());
                }
            }
            let head = String::from_utf8_lossy(&head).to_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            reader.read_exact(&mut body)?;
            let path = head.split(' ').nth(1).unwrap().to_owned();
            let _ = received.send((path, body));
            reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
    }

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (send, received) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let send = send.clone();
            std::thread::spawn(move || serve(stream.unwrap(), &send));
        }
    });
    (OtlpSettings { endpoint, protocol: OtlpProtocol::Http }, received)
}

#[test]
fn a_collector_receives_spans_under_the_callers_trace_and_the_metrics() {
    let (otlp, received) = collector();
    let settings = TelemetrySettings { otlp: Some(otlp), ..settings(LogFormat::Json, "info") };
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let own = Mutex::new(None);
    log_of(&settings, |telemetry| {
        let request = RequestSpan::begin("POST", Some(header));
        assert_eq!(request.trace_id().to_string(), &header[3..35]);
        request.span().in_scope(|| {
            let lookup = spans::lookup("abuseipdb", "ipv4");
            lookup.in_scope(|| {
                let call = spans::call("abuseipdb", "GET");
                spans::call_ended(&call, CallOutcome::Failed, 2, Some(502));
                tracing::info!("not a span event");
            });
            spans::lookup_ended(&lookup, Outcome::Error, Some(CacheStatus::Miss));
            tracing::info_span!("not ours").in_scope(|| ());
        });
        request.end("POST", Some("/v1/enrich"), 500);
        let request = RequestSpan::begin("GET", None);
        *own.lock().unwrap() = Some(request.trace_id().to_string());
        request.end("GET", Some("/version"), 200);
        telemetry.metrics().request("POST", Some("/v1/enrich"), 500, Duration::from_millis(1));
    });

    let mut spans = Vec::new();
    let mut metrics = Vec::new();
    while let Ok((path, body)) = received.try_recv() {
        match path.as_str() {
            "/v1/traces" => spans.extend(body),
            "/v1/metrics" => metrics.extend(body),
            other => panic!("{other}"),
        }
    }
    let has = |body: &[u8], part: &[u8]| body.windows(part.len()).any(|window| window == part);
    let own = own.lock().unwrap().take().unwrap();
    assert!(has(&spans, &hex::decode(&header[3..35]).unwrap()), "the caller's trace");
    assert!(has(&spans, &hex::decode(&header[36..52]).unwrap()), "the caller's span");
    assert!(has(&spans, &hex::decode(own).unwrap()), "a trace of our own under the id that was answered");
    for part in ["pivotd", "POST /v1/enrich", "http.route", "lookup", "abuseipdb", "ipv4", "attempts", "failed"] {
        assert!(has(&spans, part.as_bytes()), "{part}");
    }
    for part in ["not ours", "not a span event", "code.", "thread."] {
        assert!(!has(&spans, part.as_bytes()), "{part}");
    }
    assert!(has(&metrics, b"http.server.request.duration"));
}

#[test]
fn a_collector_that_is_away_costs_neither_start_nor_requests() {
    for protocol in [OtlpProtocol::Http, OtlpProtocol::Grpc] {
        // A port that nobody listens on.
        let endpoint = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let otlp = OtlpSettings { endpoint: format!("http://{endpoint}").parse().unwrap(), protocol };
        let settings = TelemetrySettings { otlp: Some(otlp), ..settings(LogFormat::Json, "info") };
        let log = log_of(&settings, |_| RequestSpan::begin("GET", None).end("GET", None, 200));
        assert!(log.contains("not sent"), "{log}");
    }
}
