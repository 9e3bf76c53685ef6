//! Everything that is counted and measured, in one table. Prometheus and OTLP read the same instruments.
//!
//! A label is of a closed set: provider ids, route templates, and the words of `labels`. Never an observable or an address.

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use model::{CacheStatus, Outcome};
use opentelemetry::{
    KeyValue,
    metrics::{Counter, Gauge, Histogram, Meter, MeterProvider, UpDownCounter},
};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider, exporter::PushMetricExporter},
};
use prometheus::{Registry, TextEncoder};

use super::{
    TelemetryError,
    labels::{self, BreakerState, CacheRead, CacheTier, CallOutcome, CallerLimit},
};

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its OpenTelemetry name; Prometheus has `_` for `.`, then the unit, then `_total` for what only grows.
    pub name: &'static str,
    /// UCUM unit; in braces: what is counted.
    pub unit: &'static str,
    /// The names of its labels.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

/// Declares the table and the instruments made from it, so that neither can lack what the other has.
macro_rules! metrics {
    ($($field:ident: $instrument:ty, $name:literal, $unit:literal, [$($label:ident),*], $help:literal;)*) => {
        /// Every metric.
        pub const METRICS: &[Metric] = &[
            $(Metric { name: $name, unit: $unit, labels: &[$($label),*], help: $help },)*
        ];

        struct Instruments {
            $($field: $instrument,)*
        }

        impl Instruments {
            fn new(meter: &Meter) -> Self {
                Self { $($field: <$instrument>::build(meter, $name, $unit, $help),)* }
            }
        }
    };
}

const ATTEMPTS: &str = "attempts";
const CACHE: &str = "cache";
const CONTENT: &str = "content";
const LIMIT: &str = "limit";
const METHOD: &str = "http.request.method";
const OUTCOME: &str = "outcome";
const PROVIDER: &str = "provider";
const READ: &str = "read";
const ROUTE: &str = "http.route";
const STATUS: &str = "http.response.status_code";
const TIER: &str = "tier";
const VERSION: &str = "version";
const WINDOW: &str = "window_s";

metrics! {
    request_duration: Histogram<f64>, "http.server.request.duration", "s", [METHOD, ROUTE, STATUS],
        "Time from a request to the end of its answer.";
    active_requests: UpDownCounter<i64>, "http.server.active_requests", "{request}", [],
        "Requests that are being answered.";
    refusals: Counter<u64>, "pivotd.caller.refusals", "{request}", [LIMIT],
        "Requests refused because a caller reached a limit of this service.";
    lookups: Counter<u64>, "pivotd.lookups", "{lookup}", [PROVIDER, OUTCOME, CACHE],
        "Lookups of one observable with one provider.";
    lookup_duration: Histogram<f64>, "pivotd.lookup.duration", "s", [CACHE],
        "Time of a lookup, from a cache or not.";
    calls: Counter<u64>, "pivotd.calls", "{call}", [PROVIDER, OUTCOME, ATTEMPTS],
        "Calls to providers, retries included.";
    call_duration: Histogram<f64>, "pivotd.call.duration", "s", [PROVIDER],
        "Time of a call to a provider, retries included.";
    cache_reads: Counter<u64>, "pivotd.cache.reads", "{read}", [TIER, READ],
        "Reads of the caches.";
    redis_up: Gauge<u64>, "pivotd.redis.up", "", [],
        "Whether the shared cache answers: 1 or 0.";
    budget_left: Gauge<u64>, "pivotd.budget.left", "{request}", [PROVIDER, WINDOW],
        "Requests left in a window of a budget when it was last asked.";
    budget_refusals: Counter<u64>, "pivotd.budget.refusals", "{lookup}", [PROVIDER],
        "Lookups skipped because the budget was used up.";
    breaker: Gauge<u64>, "pivotd.breaker.state", "", [PROVIDER],
        "State of a provider's breaker: 0 closed, 1 half open, 2 open.";
    list_updated: Gauge<f64>, "pivotd.list.updated.timestamp", "s", [PROVIDER],
        "When a provider's list was last fetched, as Unix time.";
    geo_built: Gauge<f64>, "pivotd.geo.built.timestamp", "s", [CONTENT],
        "When a geolocation database was made, as Unix time.";
    log_lines_lost: Counter<u64>, "pivotd.log.lines.lost", "{line}", [],
        "Log lines dropped because their reader was too slow.";
    build: Gauge<u64>, "pivotd.build.info", "", [VERSION],
        "Which version runs; always 1.";
}

/// Upper bounds of the duration histograms, in seconds. Fewer than OpenTelemetry advises, since each costs a line for
/// every route, method and status; below 5 ms because most answers come from memory.
const DURATION_BOUNDS: [f64; 10] = [0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// An instrument that a row of the table can name.
trait Instrument {
    fn build(meter: &Meter, name: &'static str, unit: &'static str, help: &'static str) -> Self;
}

macro_rules! instruments {
    ($($instrument:ty = $builder:ident $(.$with:ident($argument:expr))?;)*) => {
        $(impl Instrument for $instrument {
            fn build(meter: &Meter, name: &'static str, unit: &'static str, help: &'static str) -> Self {
                meter.$builder(name).with_unit(unit).with_description(help)$(.$with($argument))?.build()
            }
        })*
    };
}

instruments! {
    Counter<u64> = u64_counter;
    Gauge<u64> = u64_gauge;
    Gauge<f64> = f64_gauge;
    UpDownCounter<i64> = i64_up_down_counter;
    Histogram<f64> = f64_histogram.with_boundaries(DURATION_BOUNDS.to_vec());
}

/// The metrics of one service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    instruments: Instruments,
    registry: Registry,
    provider: SdkMeterProvider,
}

impl Metrics {
    /// Metrics that Prometheus can read and nothing sends.
    pub fn new() -> Result<Self, TelemetryError> {
        Self::build(SdkMeterProvider::builder())
    }

    /// Metrics that Prometheus can read and that are also sent now and then.
    pub(super) fn sent(exporter: impl PushMetricExporter, resource: Resource) -> Result<Self, TelemetryError> {
        let reader = PeriodicReader::builder(exporter).build();
        Self::build(SdkMeterProvider::builder().with_reader(reader).with_resource(resource))
    }

    fn build(builder: opentelemetry_sdk::metrics::MeterProviderBuilder) -> Result<Self, TelemetryError> {
        let registry = Registry::new();
        // Scope labels would stand on every line and say the same on each.
        let prometheus = opentelemetry_prometheus::exporter()
            .with_registry(registry.clone())
            .scope_info_enabled(false)
            .without_target_info()
            .build()
            .map_err(TelemetryError::Metrics)?;
        let provider = builder.with_reader(prometheus).build();
        let instruments = Instruments::new(&provider.meter("pivotd"));
        instruments.build.record(1, &[KeyValue::new(VERSION, env!("CARGO_PKG_VERSION"))]);
        Ok(Self(Arc::new(Shared { instruments, registry, provider })))
    }

    /// Everything in the Prometheus text format, version 0.0.4.
    pub fn render_prometheus(&self) -> Result<String, TelemetryError> {
        TextEncoder::new().encode_to_string(&self.0.registry.gather()).map_err(TelemetryError::Exposition)
    }

    /// A request has come; it counts as active until the returned value is dropped.
    pub fn request_began(&self) -> ActiveRequest {
        self.0.instruments.active_requests.add(1, &[]);
        ActiveRequest(self.clone())
    }

    /// A request was answered. `route` is the template, never the path; `None` when no route matched.
    pub fn request(&self, method: &str, route: Option<&str>, status: u16, elapsed: Duration) {
        self.0.instruments.request_duration.record(
            elapsed.as_secs_f64(),
            &[
                KeyValue::new(METHOD, labels::method(method)),
                KeyValue::new(ROUTE, route.unwrap_or_default().to_owned()),
                KeyValue::new(STATUS, i64::from(status)),
            ],
        );
    }

    /// A caller reached a limit.
    pub fn caller_refused(&self, limit: CallerLimit) {
        self.0.instruments.refusals.add(1, &[KeyValue::new(LIMIT, limit.as_str())]);
    }

    /// One provider was asked, or skipped, about one observable. `cache` is absent when it was skipped.
    pub fn lookup(&self, provider: &'static str, outcome: Outcome, cache: Option<CacheStatus>, elapsed: Duration) {
        let cache = KeyValue::new(CACHE, cache.map_or("none", CacheStatus::as_str));
        self.0.instruments.lookup_duration.record(elapsed.as_secs_f64(), std::slice::from_ref(&cache));
        self.0
            .instruments
            .lookups
            .add(1, &[KeyValue::new(PROVIDER, provider), KeyValue::new(OUTCOME, outcome.as_str()), cache]);
    }

    /// A provider was called, with so many attempts.
    pub fn call(&self, provider: &'static str, outcome: CallOutcome, attempts: u32, elapsed: Duration) {
        let provider = KeyValue::new(PROVIDER, provider);
        self.0.instruments.call_duration.record(elapsed.as_secs_f64(), std::slice::from_ref(&provider));
        self.0.instruments.calls.add(
            1,
            &[provider, KeyValue::new(OUTCOME, outcome.as_str()), KeyValue::new(ATTEMPTS, labels::attempts(attempts))],
        );
    }

    /// A cache was read.
    pub fn cache_read(&self, tier: CacheTier, read: CacheRead) {
        self.0
            .instruments
            .cache_reads
            .add(1, &[KeyValue::new(TIER, tier.as_str()), KeyValue::new(READ, read.as_str())]);
    }

    /// Whether Redis answers.
    pub fn redis_up(&self, up: bool) {
        self.0.instruments.redis_up.record(up.into(), &[]);
    }

    /// What is left of a budget in its window of so many seconds.
    pub fn budget_left(&self, provider: &'static str, per_s: u32, left: u32) {
        self.0
            .instruments
            .budget_left
            .record(left.into(), &[KeyValue::new(PROVIDER, provider), KeyValue::new(WINDOW, i64::from(per_s))]);
    }

    /// A lookup was skipped because a budget is used up.
    pub fn budget_refused(&self, provider: &'static str) {
        self.0.instruments.budget_refusals.add(1, &[KeyValue::new(PROVIDER, provider)]);
    }

    /// A breaker changed its state.
    pub fn breaker(&self, provider: &'static str, state: BreakerState) {
        self.0.instruments.breaker.record(state.as_number(), &[KeyValue::new(PROVIDER, provider)]);
    }

    /// A provider's list was fetched.
    pub fn list_updated(&self, provider: &'static str, at: SystemTime) {
        self.0.instruments.list_updated.record(unix_time(at), &[KeyValue::new(PROVIDER, provider)]);
    }

    /// A geolocation database was opened: what it holds, such as `country`, and when it was made.
    pub fn geo_built(&self, content: &'static str, at: SystemTime) {
        self.0.instruments.geo_built.record(unix_time(at), &[KeyValue::new(CONTENT, content)]);
    }

    /// So many log lines were dropped.
    pub(super) fn log_lines_lost(&self, lines: u64) {
        self.0.instruments.log_lines_lost.add(lines, &[]);
    }

    /// Sends what has not been sent. Blocks for seconds at worst.
    pub(super) fn shut_down(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        self.0.provider.shutdown()
    }
}

/// A request that is being answered.
#[must_use]
pub struct ActiveRequest(Metrics);

impl Drop for ActiveRequest {
    fn drop(&mut self) {
        self.0.0.instruments.active_requests.add(-1, &[]);
    }
}

fn unix_time(at: SystemTime) -> f64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}
