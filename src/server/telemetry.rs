//! What the service tells its operator: log lines, spans, metrics.
//!
//! Never an observable, a key, a query or an address: not in a line, not in a span, not in a label.

mod labels;
mod lines;
mod logs;
mod metrics;
mod otlp;
pub mod spans;

use std::io::{self, IsTerminal, Write};

pub use labels::{BreakerState, CacheRead, CacheTier, CallOutcome, CallerLimit};
use lines::LineWriter;
pub use logs::LogLevel;
pub use metrics::{ActiveRequest, METRICS, Metric, Metrics};
use model::{Fault, Faulty};
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::{error::OTelSdkError, trace::SdkTracerProvider};
use otlp::{Exporters, GrpcRuntime};
pub use spans::{RequestSpan, TraceId};
use tracing::Subscriber;
use tracing_subscriber::{Layer, Registry, filter::filter_fn, layer::SubscriberExt, util::SubscriberInitExt};

use crate::settings::TelemetrySettings;

/// Why the service cannot tell anything.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level is not one.
    #[error("not a log level")]
    Level,
    /// The logs have ended.
    #[error("the logs have ended")]
    Gone,
    /// Something else takes the process's log lines already.
    #[error("log lines are taken by something else already")]
    Taken,
    /// A thread was refused.
    #[error("a thread could not be started")]
    Thread(#[source] io::Error),
    /// The OTLP exporter cannot work with these settings.
    #[error("the otlp exporter could not be made")]
    Exporter(#[source] ExporterBuildError),
    /// The metrics could not be prepared.
    #[error("the metrics could not be prepared")]
    Metrics(#[source] OTelSdkError),
    /// The metrics could not be written down.
    #[error("the metrics could not be rendered")]
    Exposition(#[source] prometheus::Error),
}

impl Faulty for TelemetryError {
    fn fault(&self) -> Fault {
        match self {
            Self::Level => Fault::Invalid,
            Self::Gone => Fault::Unavailable,
            Self::Taken | Self::Thread(_) | Self::Exporter(_) | Self::Metrics(_) | Self::Exposition(_) => {
                Fault::Internal
            }
        }
    }
}

/// Logs, spans and metrics of a process. Dropping it without [`Telemetry::shut_down`] still writes waiting log lines.
pub struct Telemetry {
    metrics: Metrics,
    level: LogLevel,
    tracer: Option<SdkTracerProvider>,
    // In the order in which they have to end.
    _runtime: Option<GrpcRuntime>,
    _writer: LineWriter,
}

impl Telemetry {
    /// Starts telling. Once in a process, before the first runtime.
    pub fn start(settings: &TelemetrySettings) -> Result<Self, TelemetryError> {
        let (telemetry, subscriber) = Self::build(settings, io::stdout(), io::stdout().is_terminal())?;
        subscriber.try_init().map_err(|_| TelemetryError::Taken)?;
        Ok(telemetry)
    }

    /// Everything but taking the process's log lines.
    fn build<W: Write + Send + 'static>(
        settings: &TelemetrySettings,
        out: W,
        colours: bool,
    ) -> Result<(Self, impl Subscriber + Send + Sync + use<W>), TelemetryError> {
        let (metrics, tracer, runtime) = match &settings.otlp {
            None => (Metrics::new()?, None, None),
            Some(otlp) => {
                let Exporters { spans, metrics, runtime } = otlp::exporters(otlp)?;
                let tracer =
                    SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(otlp::resource()).build();
                (Metrics::sent(metrics, otlp::resource())?, Some(tracer), runtime)
            }
        };
        let lost = metrics.clone();
        let (lines, writer) =
            lines::write_to(out, move |lines| lost.log_lines_lost(lines)).map_err(TelemetryError::Thread)?;
        let (logs, level) = logs::layer(settings.log_format, &settings.log_level, lines, colours)?;
        let spans = tracer.as_ref().map(|tracer| {
            tracing_opentelemetry::layer()
                .with_tracer(tracer.tracer("pivotd"))
                .with_location(false)
                .with_threads(false)
                .with_target(false)
                .with_tracked_inactivity(false)
                .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == spans::TARGET))
        });
        let subscriber = Registry::default().with(logs).with(spans);
        Ok((Self { metrics, level, tracer, _runtime: runtime, _writer: writer }, subscriber))
    }

    /// The metrics, to hand to whoever counts.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The log level, to change it.
    pub fn level(&self) -> &LogLevel {
        &self.level
    }

    /// Sends and writes what waits. Blocks, for some seconds when the collector does not answer: not for a worker.
    pub fn shut_down(self) {
        // The errors' own texts may name the collector.
        if self.tracer.as_ref().is_some_and(|tracer| tracer.shutdown().is_err()) {
            tracing::warn!("the last spans were not sent");
        }
        if self.metrics.shut_down().is_err() {
            tracing::warn!("the last metrics were not sent");
        }
    }
}

#[cfg(test)]
mod tests;
