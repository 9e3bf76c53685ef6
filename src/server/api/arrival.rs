//! What is known about a request before its handler runs: its trace and its caller.

use std::{
    fmt,
    future::{Ready, ready},
    num::NonZeroU128,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev, http::header::HeaderMap};

use super::{caller::Caller, problem::Problem};

/// What is known about a request before its handler runs; one of the request's extensions.
pub(crate) struct Arrival {
    pub(crate) trace_id: TraceId,
    pub(crate) caller: Option<Caller>,
}

/// Under which name logs and traces know a request: the caller's, or a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TraceId(NonZeroU128);

impl TraceId {
    /// Reads `traceparent` (W3C Trace Context), or makes a new one.
    // Until the request's span is opened by `telemetry::spans`, which then knows it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let sent = headers.get("traceparent").and_then(|value| Self::read(value.to_str().ok()?));
        sent.unwrap_or_else(|| Self(rand::random()))
    }

    fn read(traceparent: &str) -> Option<Self> {
        let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut parts = traceparent.split('-');
        let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let lengths = (version.len(), trace.len(), parent.len(), flags.len());
        // Later versions may have more parts, version 00 has none.
        let complete = lengths == (2, 32, 16, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if !complete || ![version, trace, parent, flags].into_iter().all(is_hex) {
            return None;
        }
        u128::from_str_radix(trace, 16).ok().and_then(NonZeroU128::new).map(Self)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromRequest for TraceId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let arrived = request.extensions().get::<Arrival>().map(|arrival| arrival.trace_id);
        ready(Ok(arrived.unwrap_or_else(|| Self::of(request.headers()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_is_kept() {
        let id = TraceId::read("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(TraceId::read("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
    }

    #[test]
    fn what_is_no_traceparent_is_replaced() {
        for text in [
            "",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceId::read(text), None, "{text}");
        }
        assert_ne!(TraceId::of(&HeaderMap::new()), TraceId::of(&HeaderMap::new()));
    }
}
