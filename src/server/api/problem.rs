//! Problems (RFC 9457): the body of every answer that is not a success, the framework's own failures included.
//!
//! A detail is only ever the caller's fault explained to the caller. What went wrong on our side is for the log, and what
//! the caller sent is never for the log.

mod kind;
mod pages;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{self, HeaderName, HeaderValue},
    },
};
pub use kind::Kind;
use model::Faulty;
pub(crate) use pages::routes;
use serde::Serialize;
use utoipa::ToSchema;

use crate::telemetry::TraceId;

/// The media type of a problem.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// A failure on its way to the caller. Small, because it is in every result; its parts exist only where there is one.
#[derive(Debug, Clone)]
pub struct Problem(Box<Parts>);

#[derive(Debug, Clone)]
struct Parts {
    kind: Kind,
    detail: Option<String>,
    errors: Vec<Pointed>,
    retry_after_s: Option<u64>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
    trace_id: Option<TraceId>,
}

/// One mistake and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProblemError)]
pub(crate) struct Pointed {
    /// JSON pointer (RFC 6901) into the body, or `/` and the name of a parameter.
    #[schema(example = "/observables/3/kind")]
    pub(crate) pointer: String,
    /// What is wrong there.
    pub(crate) detail: String,
}

/// The body of every answer that is not a success (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Document<'a> {
    /// Which problem it is: the address of its explanation, relative to this service.
    #[serde(rename = "type")]
    #[schema(format = UriReference, example = "/problems/invalid")]
    kind: &'a str,
    /// The same words for every occurrence.
    #[schema(example = "The request cannot be understood")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 400)]
    status: u16,
    /// What is wrong this time. Left out when the fault is not the caller's.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<&'a str>,
    /// The mistakes and their places.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Pointed],
    /// Under which the log knows this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "4bf92f3577b34da6a3ce929d0e0e4736")]
    trace_id: Option<String>,
    /// Seconds after which trying again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem without a detail.
    pub fn new(kind: Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: None,
            errors: Vec::new(),
            retry_after_s: None,
            headers: Vec::new(),
            cause: None,
            trace_id: None,
        }))
    }

    /// A mistake in the request at a place: a JSON pointer, or `/` and the name of a parameter.
    pub fn invalid_at(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        let (pointer, detail) = (pointer.into(), detail.into());
        let place = if pointer.is_empty() { "the body" } else { &pointer };
        Self::new(Kind::Invalid).detail(format!("{place}: {detail}")).at(pointer, detail)
    }

    /// One call carries more items than are allowed.
    pub fn too_many_items(pointer: impl Into<String>, count: usize, limit: usize) -> Self {
        let detail = format!("{count} items where at most {limit} are allowed in one call");
        Self::new(Kind::TooManyItems).detail(detail.clone()).at(pointer, detail)
    }

    /// Says what is wrong this time. Dropped when the fault is ours.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        if !self.0.kind.is_ours() {
            self.0.detail = Some(detail.into());
        }
        self
    }

    /// Adds a mistake and its place.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        self.0.errors.push(Pointed { pointer: pointer.into(), detail: detail.into() });
        self
    }

    /// The same problem of a part of the request: what it points to lies below this pointer.
    #[must_use]
    pub(crate) fn below(mut self, pointer: &str) -> Self {
        for error in &mut self.0.errors {
            let place = format!("{pointer}{}", error.pointer);
            let is_named = |detail: &&mut String| error.pointer.starts_with('/') && detail.starts_with(&error.pointer);
            if let Some(detail) = self.0.detail.as_mut().filter(is_named) {
                detail.insert_str(0, pointer);
            }
            error.pointer = place;
        }
        self
    }

    /// Says when trying again makes sense, in the body and in `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Adds a header to the answer. A value that no header can carry is left out.
    #[must_use]
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.push((name, value));
        }
        self
    }

    /// Keeps the cause for the log. It must hold no secret and no observed value.
    #[must_use]
    pub(crate) fn caused_by(mut self, cause: impl Into<String>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Says under which name the log knows the request.
    #[must_use]
    pub(crate) fn traced(mut self, trace_id: TraceId) -> Self {
        self.0.trace_id = Some(trace_id);
        self
    }

    /// Which problem it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The mistakes and their places.
    pub(crate) fn pointed(&self) -> &[Pointed] {
        &self.0.errors
    }

    /// What is wrong in words for the caller.
    pub(crate) fn words(&self) -> &str {
        self.0.detail.as_deref().unwrap_or(self.0.kind.row().title)
    }

    /// The cause, for the log.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.0.cause.as_deref()
    }

    /// What the framework made of a failure, as a problem. Its own words are not passed on.
    pub(crate) fn of_framework(error: &actix_web::Error) -> Self {
        if let Some(problem) = error.as_error::<Self>() {
            return problem.clone();
        }
        let problem = Self::of_status(error.as_response_error().status_code());
        if problem.0.kind.is_ours() { problem.caused_by(error.to_string()) } else { problem }
    }

    /// The problem that comes closest to a status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        Self::new(Kind::of_status(status))
    }

    /// The answer.
    pub(crate) fn answer(&self) -> HttpResponse {
        let row = self.0.kind.row();
        let document = Document {
            kind: row.address,
            title: row.title,
            status: row.status,
            detail: self.0.detail.as_deref(),
            errors: &self.0.errors,
            trace_id: self.0.trace_id.map(|id| id.to_string()),
            retry_after_s: self.0.retry_after_s,
        };
        let mut answer = HttpResponse::build(self.0.kind.status());
        answer.content_type(MEDIA_TYPE);
        if let Some(seconds) = self.0.retry_after_s {
            answer.insert_header((header::RETRY_AFTER, seconds));
        }
        for (name, value) in &self.0.headers {
            answer.append_header((name.clone(), value.clone()));
        }
        // Nothing in the document can fail to serialise.
        answer.body(serde_json::to_vec(&document).unwrap_or_default())
    }
}

impl<E: Faulty> From<E> for Problem {
    fn from(error: E) -> Self {
        let kind = Kind::from(error.fault());
        let text = error.to_string();
        if kind.is_ours() { Self::new(kind).caused_by(text) } else { Self::new(kind).detail(text) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.kind.row().title)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.0.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        self.answer()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{body::to_bytes, rt::System};
    use model::Fault;
    use serde_json::{Value, json};

    use super::*;
    use crate::telemetry::RequestSpan;

    #[derive(Debug, thiserror::Error)]
    #[error("the disk of the database is full")]
    struct Failure(Fault);

    impl Faulty for Failure {
        fn fault(&self) -> Fault {
            self.0
        }
    }

    fn body(problem: &Problem) -> Value {
        let body = System::new().block_on(to_bytes(problem.answer().into_body())).unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn a_mistake_of_the_caller_is_explained_where_it_is() {
        let problem = Problem::invalid_at("/observables/3/knd", "unknown field `knd`");
        let trace_id = RequestSpan::begin("POST", None).trace_id();
        let expected = json!({
            "type": "/problems/invalid",
            "title": "The request cannot be understood",
            "status": 400,
            "detail": "/observables/3/knd: unknown field `knd`",
            "errors": [{ "pointer": "/observables/3/knd", "detail": "unknown field `knd`" }],
            "trace_id": trace_id.to_string(),
        });
        assert_eq!(body(&problem.traced(trace_id)), expected);
    }

    #[test]
    fn what_went_wrong_on_our_side_is_for_the_log_only() {
        for fault in [Fault::Internal, Fault::Upstream, Fault::Unavailable, Fault::Timeout] {
            let problem = Problem::from(Failure(fault)).detail("also secret");
            let body = body(&problem);
            assert_eq!(body.as_object().unwrap().len(), 3, "{body}");
            assert_eq!(problem.cause(), Some("the disk of the database is full"));
        }
        let problem = Problem::from(Failure(Fault::Conflict));
        assert_eq!(body(&problem)["detail"], "the disk of the database is full");
        assert_eq!(problem.cause(), None);
    }

    #[test]
    fn the_time_to_wait_stands_in_body_and_header() {
        let problem = Problem::new(Kind::Exhausted).retry_after(7);
        assert_eq!(body(&problem)["retry_after_s"], 7);
        assert_eq!(problem.answer().headers().get(header::RETRY_AFTER).unwrap(), "7");
    }
}
