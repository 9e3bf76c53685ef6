//! The way of spans and metrics to a collector. It is the operator's own, so the rules for calls out do not apply to it.
//!
//! Beyond the settings, the SDK reads its standard variables, such as `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`.

use opentelemetry::KeyValue;
use opentelemetry_otlp::{MetricExporter, Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use tokio::runtime::{Builder, Runtime};

use super::TelemetryError;
use crate::settings::{OtlpProtocol, OtlpSettings};

/// What sends.
pub(super) struct Exporters {
    pub(super) spans: SpanExporter,
    pub(super) metrics: MetricExporter,
    /// What gRPC runs on: it has to outlive the exporters.
    pub(super) runtime: Option<GrpcRuntime>,
}

/// A runtime that may be dropped anywhere.
pub(super) struct GrpcRuntime(Option<Runtime>);

impl Drop for GrpcRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Makes the exporters.
///
/// For HTTP they block a thread of their own and need no runtime: with the client that needs one, the SDK's threads
/// would find none and lose every span.
pub(super) fn exporters(settings: &OtlpSettings) -> Result<Exporters, TelemetryError> {
    // The HTTP client wants a TLS provider even for plain addresses. Whoever installed one first wins.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base = settings.endpoint.as_str().trim_end_matches('/');
    match settings.protocol {
        OtlpProtocol::Http => Ok(Exporters {
            spans: SpanExporter::builder()
                .with_http()
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(format!("{base}/v1/traces"))
                .build()
                .map_err(TelemetryError::Exporter)?,
            metrics: MetricExporter::builder()
                .with_http()
                .with_protocol(Protocol::HttpBinary)
                .with_endpoint(format!("{base}/v1/metrics"))
                .build()
                .map_err(TelemetryError::Exporter)?,
            runtime: None,
        }),
        OtlpProtocol::Grpc => {
            let runtime = Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("otlp")
                .enable_all()
                .build()
                .map_err(TelemetryError::Thread)?;
            let entered = runtime.enter();
            let spans = SpanExporter::builder().with_tonic().with_endpoint(base).build();
            let metrics = MetricExporter::builder().with_tonic().with_endpoint(base).build();
            drop(entered);
            Ok(Exporters {
                spans: spans.map_err(TelemetryError::Exporter)?,
                metrics: metrics.map_err(TelemetryError::Exporter)?,
                runtime: Some(GrpcRuntime(Some(runtime))),
            })
        }
    }
}

/// What the collector is told about the sender.
pub(super) fn resource() -> Resource {
    Resource::builder()
        .with_service_name("pivotd")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build()
}
