//! What is known about a request before its handler runs: its trace and its caller.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev};

use super::{
    caller::Caller,
    problem::{Kind, Problem},
};
use crate::telemetry::TraceId;

/// What is known about a request before its handler runs; one of the request's extensions.
pub(crate) struct Arrival {
    pub(crate) trace_id: TraceId,
    pub(crate) caller: Option<Caller>,
}

impl FromRequest for TraceId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        let arrived = request.extensions().get::<Arrival>().map(|arrival| arrival.trace_id);
        ready(arrived.ok_or_else(|| Problem::new(Kind::Internal).caused_by("a request came past the guard")))
    }
}
