//! `telemetry`: logs, traces, metrics.

use tracing_subscriber::filter::{LevelFilter, Targets};
use url::Url;

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
