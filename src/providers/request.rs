//! What a provider wants sent. Only the runner sends it, fills in credentials, and knows the base address.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value, percent-encoded so that it stays one segment of a path.
pub(crate) fn encoded(value: &str) -> String {
    match value {
        // A segment of dots alone would be resolved away.
        "." | ".." => value.replace('.', "%2E"),
        _ => utf8_percent_encode(value, SEGMENT).to_string(),
    }
}

/// What a provider wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// An HTTP exchange.
    Http(HttpRequest),
    /// A look into the provider's own list, which the service keeps in memory.
    Listed,
    /// Nothing: the provider cannot be asked about this value.
    Nothing,
    /// Text for text over a connection of its own, as WHOIS has it (RFC 3912).
    Text(TextRequest),
    /// The TXT records of a name.
    Txt(String),
}

/// What is said to a server that then answers until it hangs up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextRequest {
    /// The server that another one's answer named, asked on port 43; `None`: the provider's own.
    pub server: Option<String>,
    /// What is said, with its line ends.
    pub say: String,
}

impl TextRequest {
    /// Says one line to the provider's own server.
    pub fn line(text: &str) -> Self {
        // What would end the line early does not belong to it.
        let text: String = text.chars().filter(|character| !character.is_control()).collect();
        Self { server: None, say: format!("{text}\r\n") }
    }

    /// Says it to another server.
    #[must_use]
    pub fn to(mut self, server: &str) -> Self {
        self.server = Some(server.to_owned());
        self
    }
}

impl From<TextRequest> for Request {
    fn from(request: TextRequest) -> Self {
        Self::Text(request)
    }
}

/// HTTP methods that providers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
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
}

/// An HTTP request relative to the provider's base address.
#[derive(Debug, Clone, PartialEq)]
pub struct HttpRequest {
    /// Method.
    pub method: Method,
    /// Path below the base address, encoded, beginning with `/`; or, for addresses that an answer named, absolute.
    pub path: String,
    /// Query parameters, not encoded.
    pub query: Vec<(&'static str, String)>,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Body,
    /// How long to wait before it is sent: results that take their time are not asked for at once.
    pub after: Duration,
}

impl HttpRequest {
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

    /// Appends `/` and the value, percent-encoded so that it stays one path segment.
    #[must_use]
    pub fn segment(mut self, value: &str) -> Self {
        self.path.push('/');
        self.path.push_str(&encoded(value));
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

impl From<HttpRequest> for Request {
    fn from(request: HttpRequest) -> Self {
        Self::Http(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_never_leaves_its_path_segment() {
        let request = HttpRequest::get("/domains").segment("a/../../admin?x=1#y").then("/general");
        assert_eq!(request.path, "/domains/a%2F..%2F..%2Fadmin%3Fx%3D1%23y/general");
        assert_eq!(HttpRequest::get("").segment("..").path, "/%2E%2E");
    }

    #[test]
    fn a_value_never_becomes_a_second_line() {
        assert_eq!(TextRequest::line("example.com\r\nquit").say, "example.comquit\r\n");
    }
}
