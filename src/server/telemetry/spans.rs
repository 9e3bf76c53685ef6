//! The spans: one for a request, one for each lookup, one for each call out. Without OTLP none is made.
//!
//! Never a value, a query or an address. Of what the caller sends only `traceparent` is read; nothing of it goes out again.

use std::fmt;

use model::{CacheStatus, Outcome};
use opentelemetry::{
    Context,
    propagation::{Extractor, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::labels::{self, CallOutcome};

/// The target of all spans of this file, and of no others: what is exported is chosen by it.
pub(super) const TARGET: &str = "pivotd";

/// The id that connects an answer, its log line and its spans: the caller's, or a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(u128);

impl fmt::Display for TraceId {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl TraceId {
    fn random() -> Self {
        // All zeros means "none".
        Self(rand::random::<u128>().max(1))
    }
}

/// The span of a request, from its headers to the end of its answer.
#[derive(Debug, Clone)]
pub struct RequestSpan {
    span: Span,
    trace_id: TraceId,
}

impl RequestSpan {
    /// Begins, under the caller's span if `traceparent` is one. <https://www.w3.org/TR/trace-context/>
    pub fn begin(method: &str, traceparent: Option<&str>) -> Self {
        let method = labels::method(method);
        let span = tracing::info_span!(
            target: TARGET,
            "request",
            otel.kind = "server",
            otel.name = method,
            otel.status_code = Empty,
            http.request.method = method,
            http.route = Empty,
            http.response.status_code = Empty,
            error.r#type = Empty,
        );
        let parent = traceparent.and_then(remote_parent);
        let trace_id = match &parent {
            Some(parent) => Some(parent.trace_id()),
            None if span.is_disabled() => None,
            None => Some(span.context().span().span_context().trace_id()),
        };
        if let Some(parent) = parent {
            // Fails when no spans are made; the id is what matters then.
            let _ = span.set_parent(Context::new().with_remote_span_context(parent));
        }
        let trace_id = trace_id.map(|id| u128::from_be_bytes(id.to_bytes())).filter(|id| *id != 0);
        Self { span, trace_id: trace_id.map_or_else(TraceId::random, TraceId) }
    }

    /// The span, to run the request in.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The id for the answer and the log line. There is always one.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// Says how it ended. `route` is the template, never the path.
    pub fn end(&self, method: &str, route: Option<&str>, status: u16) {
        if self.span.is_disabled() {
            return;
        }
        if let Some(route) = route {
            // A span that has begun is renamed here alone: recording `otel.name` would come too late.
            self.span.context().span().update_name(format!("{} {route}", labels::method(method)));
            self.span.record("http.route", route);
        }
        self.span.record("http.response.status_code", i64::from(status));
        if status >= 500 {
            self.span.record("error.type", status.to_string());
            self.span.record("otel.status_code", "error");
        }
    }
}

/// The span of one lookup: one provider, one observable. `kind` is the observable's kind.
pub fn lookup(provider: &'static str, kind: &'static str) -> Span {
    tracing::info_span!(target: TARGET, "lookup", provider, kind, outcome = Empty, cache = Empty)
}

/// Says how a lookup ended.
pub fn lookup_ended(span: &Span, outcome: Outcome, cache: Option<CacheStatus>) {
    span.record("outcome", outcome.as_str());
    if let Some(cache) = cache {
        span.record("cache", cache.as_str());
    }
}

/// The span of one call to a provider, retries included.
pub fn call(provider: &str, method: &str) -> Span {
    let method = labels::method(method);
    tracing::info_span!(
        target: TARGET,
        "call",
        otel.kind = "client",
        otel.name = method,
        otel.status_code = Empty,
        provider,
        http.request.method = method,
        http.response.status_code = Empty,
        error.r#type = Empty,
        attempts = Empty,
    )
}

/// Says how a call ended; `status` is that of the last answer, if there was one.
pub fn call_ended(span: &Span, outcome: CallOutcome, attempts: u32, status: Option<u16>) {
    span.record("attempts", i64::from(attempts));
    if let Some(status) = status {
        span.record("http.response.status_code", i64::from(status));
    }
    if !outcome.is_answer() {
        span.record("error.type", outcome.as_str());
        span.record("otel.status_code", "error");
    }
}

/// The caller's span, if the header is a valid `traceparent`.
fn remote_parent(traceparent: &str) -> Option<SpanContext> {
    /// Shows the propagator this header and no other: `tracestate` and `baggage` stay unread.
    struct Header<'a>(&'a str);

    impl Extractor for Header<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            (key == "traceparent").then_some(self.0)
        }

        fn keys(&self) -> Vec<&str> {
            vec!["traceparent"]
        }
    }

    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Header(traceparent));
    let parent = context.span().span_context().clone();
    parent.is_valid().then_some(parent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_callers_trace_id_is_kept_without_any_exporter() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let request = RequestSpan::begin("POST", Some(header));
        assert_eq!(request.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    }

    #[test]
    fn a_request_without_a_valid_traceparent_gets_an_id_of_its_own() {
        let invalid = [
            "",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        ];
        let ids: Vec<_> = invalid.iter().map(|header| RequestSpan::begin("GET", Some(header)).trace_id()).collect();
        for (index, id) in ids.iter().enumerate() {
            assert!(id.0 != 0 && id.to_string() != "4bf92f3577b34da6a3ce929d0e0e4736", "{id}");
            assert!(!ids[..index].contains(id));
        }
    }

    proptest! {
        #[test]
        fn no_header_is_able_to_break_it(header in ".{0,80}") {
            let id = RequestSpan::begin("GET", Some(&header)).trace_id().to_string();
            prop_assert_eq!(id.len(), 32);
        }
    }
}
