//! One request from its arrival to the last byte of its answer, and what is told of it: a line, a span, a measurement.
//!
//! The line names the template of the path: never the path, the query string, a header or a body.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use actix_web::{
    body::{BodySize, MessageBody},
    dev::{RequestHead, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderValue},
    },
};
use bytes::Bytes;
use tracing::Span;

use crate::{
    api::{
        limits::{Permit, Standing},
        problem::{Kind, Problem},
        route_table::Route,
    },
    telemetry::{ActiveRequest, CallerLimit, Metrics, RequestSpan, TraceId},
};

/// The status in the log when the caller went away before there was an answer. (nginx calls it so.)
const CLIENT_CLOSED_REQUEST: u16 = 499;

/// What is known about a request. When it is dropped, it is told.
pub(crate) struct Visit {
    /// Whether it is for a part of the service that is not open to everybody.
    pub(super) guarded: bool,
    pub(super) route: Option<Arc<Route>>,
    pub(super) caller: Option<Arc<str>>,
    pub(super) standing: Standing,
    pub(super) permit: Option<Permit>,
    span: RequestSpan,
    metrics: Metrics,
    _active: ActiveRequest,
    method: Method,
    started: Instant,
    status: u16,
    bytes: usize,
    problem: Option<Kind>,
    cause: Option<String>,
}

impl Visit {
    pub(super) fn new(head: &RequestHead, metrics: &Metrics) -> Self {
        let parent = head.headers().get("traceparent").and_then(|value| value.to_str().ok());
        Self {
            guarded: false,
            route: None,
            caller: None,
            standing: Standing::default(),
            permit: None,
            span: RequestSpan::begin(head.method.as_str(), parent),
            _active: metrics.request_began(),
            metrics: metrics.clone(),
            method: head.method.clone(),
            started: Instant::now(),
            status: CLIENT_CLOSED_REQUEST,
            bytes: 0,
            problem: None,
            cause: None,
        }
    }

    /// The span, to run the handler in.
    pub(super) fn span(&self) -> Span {
        self.span.span().clone()
    }

    pub(super) fn trace_id(&self) -> TraceId {
        self.span.trace_id()
    }

    /// Notes why it failed.
    pub(super) fn failed(&mut self, problem: &Problem) {
        self.status = problem.kind().status().as_u16();
        self.problem = Some(problem.kind());
        self.cause = problem.cause().map(str::to_owned);
        let limit = match problem.kind() {
            Kind::Exhausted => self.standing.exceeded(),
            Kind::BodyTooLarge => Some(CallerLimit::Body),
            Kind::TooManyItems => Some(CallerLimit::Items),
            Kind::TooDeep => Some(CallerLimit::Depth),
            _ => None,
        };
        if let Some(limit) = limit {
            self.metrics.caller_refused(limit);
        }
    }

    /// Sends the answer on its way, with the headers that every answer has.
    pub(super) fn depart<B>(mut self, mut response: ServiceResponse<B>) -> ServiceResponse<Departing<B>> {
        self.status = response.status().as_u16();
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.guarded && !headers.contains_key(header::CACHE_CONTROL) {
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        std::mem::take(&mut self.standing).write(headers);
        response.map_body(|_, body| Departing { body, visit: self })
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        let elapsed = self.started.elapsed();
        let (method, route) = (self.method.as_str(), self.route.as_ref().map(|route| route.template.as_str()));
        self.metrics.request(method, route, self.status, elapsed);
        self.span.end(method, route, self.status);

        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    method,
                    route = route.unwrap_or("-"),
                    status = self.status,
                    caller = self.caller.as_deref(),
                    bytes = self.bytes,
                    elapsed_ms = elapsed.as_secs_f64() * 1e3,
                    trace_id = %self.trace_id(),
                    problem = self.problem.map(Kind::name),
                    cause = self.cause.as_deref(),
                    "request"
                )
            };
        }
        match self.problem {
            Some(problem) if problem.is_ours() => line!(error),
            _ if self.guarded => line!(info),
            // Probes and scrapes would drown the rest.
            _ => line!(debug),
        }
    }
}

/// The body of an answer on its way: counts its bytes and keeps the visit until it has left.
pub(crate) struct Departing<B> {
    body: B,
    visit: Visit,
}

impl<B: MessageBody + Unpin> MessageBody for Departing<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let polled = Pin::new(&mut self.body).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &polled {
            self.visit.bytes += bytes.len();
        }
        polled
    }
}
