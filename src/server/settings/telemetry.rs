//! `telemetry`: logs, traces, metrics.

use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

use super::{kinds, section::Section};

/// `telemetry`
#[derive(Debug, Clone)]
pub struct TelemetrySettings {
    /// `json` or `text`.
    pub log_format: LogFormat,
    /// A filter such as `info` or `info,server=debug`.
    pub log_level: String,
    /// Where traces and metrics are sent.
    pub otlp: Option<OtlpSettings>,
    /// Whether `/metrics` is served.
    pub metrics: bool,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// `telemetry.otlp`
#[derive(Debug, Clone)]
pub struct OtlpSettings {
    /// Base address of the collector.
    pub endpoint: Url,
    /// How it is spoken to.
    pub protocol: OtlpProtocol,
}

/// OTLP transports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// HTTP with protobuf.
    Http,
    /// gRPC.
    Grpc,
}

impl TelemetrySettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let log = section.section("log", |log| {
            let format = log.required("format", kinds::one_of([("json", LogFormat::Json), ("text", LogFormat::Text)]));
            let level = log.required("level", level);
            Some((format?, level?))
        });
        let otlp = section.section("otlp", OtlpSettings::read);
        let metrics = section.required("metrics", kinds::flag);
        let (log_format, log_level) = log?;
        Some(Self { log_format, log_level, otlp: otlp?, metrics: metrics? })
    }
}

impl OtlpSettings {
    fn read(section: &Section<'_>) -> Option<Option<Self>> {
        let endpoint = section.optional("endpoint", kinds::web_address);
        let protocol =
            section.required("protocol", kinds::one_of([("http", OtlpProtocol::Http), ("grpc", OtlpProtocol::Grpc)]));
        let (endpoint, protocol) = (endpoint?, protocol?);
        if protocol == OtlpProtocol::Grpc && endpoint.as_ref().is_some_and(|url| url.scheme() != "http") {
            section.tell("endpoint", "grpc over TLS is not supported", "an http address, or the protocol http");
        }
        Some(endpoint.map(|endpoint| Self { endpoint, protocol }))
    }
}

fn level(text: &str) -> Result<String, kinds::Wrong> {
    const ALLOWED: &str = "off, error, warn, info, debug or trace, and target=level after commas";
    log_filter(text).map(|_| text.to_owned()).ok_or_else(|| kinds::Wrong::allowed(ALLOWED))
}

/// Reads a log filter: a level for this service's own code, and `target=level` for others.
///
/// Other code never says more than warnings unless it is named, since what it says may hold what was asked.
pub fn log_filter(text: &str) -> Option<Targets> {
    const OWN: [&str; 5] = ["extract", "model", "pivotd", "providers", "server"];
    let mut filter = Targets::new();
    for part in text.split(',').map(str::trim) {
        filter = match part.split_once('=') {
            Some((target, level)) if !target.is_empty() => filter.with_target(target, level_of(level)?),
            Some(_) => return None,
            None => {
                let level = level_of(part)?;
                filter.with_targets(OWN.map(|target| (target, level))).with_default(level.min(LevelFilter::WARN))
            }
        };
    }
    Some(filter)
}

/// Only names: `Targets` would also take numbers.
fn level_of(text: &str) -> Option<LevelFilter> {
    text.chars().all(char::is_alphabetic).then(|| text.parse().ok()).flatten()
}
