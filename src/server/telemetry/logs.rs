//! How log lines look, and which are written.
//!
//! Spans leave no trace in the log: the id of a request is a field of its line.

use tracing::Metadata;
use tracing_subscriber::{
    Layer, Registry,
    filter::{FilterExt, Targets, filter_fn},
    fmt, reload,
};

use super::{TelemetryError, lines::Lines};
use crate::settings::{LogFormat, log_filter};

/// Changes the level while the service runs.
#[derive(Clone)]
pub struct LogLevel(reload::Handle<Targets, Registry>);

impl LogLevel {
    /// Takes a filter as in `telemetry.log.level`.
    pub fn set(&self, level: &str) -> Result<(), TelemetryError> {
        let filter = log_filter(level).ok_or(TelemetryError::Level)?;
        self.0.reload(filter).map_err(|_| TelemetryError::Gone)
    }
}

/// The part of the subscriber that writes lines. `colours` are for a terminal.
pub(super) fn layer(
    format: LogFormat,
    level: &str,
    lines: Lines,
    colours: bool,
) -> Result<(Box<dyn Layer<Registry> + Send + Sync>, LogLevel), TelemetryError> {
    let filter = log_filter(level).ok_or(TelemetryError::Level)?;
    let (filter, handle) = reload::Layer::new(filter);
    let events = filter_fn(|metadata: &Metadata<'_>| metadata.is_event());
    let lines = fmt::layer().with_writer(lines).with_ansi(colours && format == LogFormat::Text);
    let layer = match format {
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .with_filter(filter.and(events))
            .boxed(),
        LogFormat::Text => lines.with_filter(filter.and(events)).boxed(),
    };
    Ok((layer, LogLevel(handle)))
}
