//! What a source wants sent. Only the runner sends it, fills in credentials, and knows the base address.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// HTTP methods that sources use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// DELETE
    Delete,
}

/// The body of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON.
    Json(Value),
    /// `application/x-www-form-urlencoded`.
    Form(Vec<(&'static str, String)>),
    /// Plain text.
    Text(String),
}

/// An HTTP request relative to the source's base address.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Method.
    pub method: Method,
    /// Path below the base address, encoded, beginning with `/`; or, where an answer named the next page, absolute: then
    /// it must have the origin of the base address.
    pub path: String,
    /// Query parameters, not encoded.
    pub query: Vec<(&'static str, String)>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Body,
    /// How long to wait before it is sent.
    pub after: Duration,
}

impl Request {
    fn new(method: Method, path: &str) -> Self {
        Self {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Body::Empty,
            after: Duration::ZERO,
        }
    }

    /// GET below the base address. `path` is constant text: values go in by [`Self::segment`] and [`Self::query`].
    pub fn get(path: &str) -> Self {
        Self::new(Method::Get, path)
    }

    /// POST below the base address.
    pub fn post(path: &str) -> Self {
        Self::new(Method::Post, path)
    }

    /// DELETE below the base address.
    pub fn delete(path: &str) -> Self {
        Self::new(Method::Delete, path)
    }

    /// Appends `/` and the value, percent-encoded so that it stays one path segment.
    #[must_use]
    pub fn segment(mut self, value: &str) -> Self {
        self.path.push('/');
        match value {
            // A segment of dots alone would be resolved away.
            "." | ".." => self.path.push_str(&value.replace('.', "%2E")),
            _ => self.path.extend(utf8_percent_encode(value, SEGMENT)),
        }
        self
    }

    /// Appends constant text to the path.
    #[must_use]
    pub fn then(mut self, path: &str) -> Self {
        self.path.push_str(path);
        self
    }

    /// Adds a query parameter.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it no sooner than so long from now.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.after = wait;
        self
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Sets a body of plain text.
    #[must_use]
    pub fn text(mut self, body: impl Into<String>) -> Self {
        self.body = Body::Text(body.into());
        self
    }

    /// Adds a form field.
    #[must_use]
    pub fn form(mut self, name: &'static str, value: impl Into<String>) -> Self {
        match &mut self.body {
            Body::Form(fields) => fields.push((name, value.into())),
            _ => self.body = Body::Form(vec![(name, value.into())]),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_leaves_its_path_segment() {
        let request = Request::get("/workspaces").segment("a/../../admin?x=1#y").then("/query");
        assert_eq!(request.path, "/workspaces/a%2F..%2F..%2Fadmin%3Fx%3D1%23y/query");
        assert_eq!(Request::get("").segment("..").path, "/%2E%2E");
    }
}
