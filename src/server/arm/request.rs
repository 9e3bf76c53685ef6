//! What is sent to ARM, and what comes back.

use std::borrow::Cow;

use serde_json::Value;
use url::Url;

use super::ResourcePath;
use crate::upstream::{HeaderMap, Method};

/// A request about one resource, or one list of them.
#[derive(Debug, Clone)]
pub struct ArmRequest {
    pub(super) method: Method,
    pub(super) path: ResourcePath,
    pub(super) version: Cow<'static, str>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) if_match: Option<String>,
    pub(super) may_repeat: bool,
    pub(super) counted: Counted,
    /// Another server that takes the same tokens.
    pub(super) server: Option<Url>,
}

/// Which of ARM's limits a request counts against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Counted {
    Read,
    Write,
    Delete,
    /// Indicators that are uploaded: they have a server of their own, with its own limit.
    Upload,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct ArmAnswer {
    /// The status: 2xx.
    pub status: u16,
    /// The body; null if there was none.
    pub body: Value,
    pub(super) headers: HeaderMap,
}

impl ArmRequest {
    fn new(method: Method, path: ResourcePath, version: impl Into<Cow<'static, str>>, counted: Counted) -> Self {
        let may_repeat = method != Method::POST;
        Self {
            method,
            path,
            version: version.into(),
            query: Vec::new(),
            body: None,
            if_match: None,
            may_repeat,
            counted,
            server: None,
        }
    }

    /// Reads a resource or a list.
    pub fn get(path: ResourcePath, version: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Method::GET, path, version, Counted::Read)
    }

    /// Creates or replaces a resource.
    pub fn put(path: ResourcePath, version: &'static str, body: Value) -> Self {
        Self { body: Some(body), ..Self::new(Method::PUT, path, version, Counted::Write) }
    }

    /// Changes a resource.
    pub fn patch(path: ResourcePath, version: &'static str, body: Value) -> Self {
        Self { body: Some(body), may_repeat: false, ..Self::new(Method::PATCH, path, version, Counted::Write) }
    }

    /// Does something with a resource.
    pub fn post(path: ResourcePath, version: &'static str, body: Option<Value>) -> Self {
        Self { body, ..Self::new(Method::POST, path, version, Counted::Write) }
    }

    /// Reads where Azure wants a POST for it. May be repeated.
    pub fn ask(path: ResourcePath, version: &'static str, body: Option<Value>) -> Self {
        Self { body, may_repeat: true, ..Self::new(Method::POST, path, version, Counted::Read) }
    }

    /// Removes a resource.
    pub fn delete(path: ResourcePath, version: &'static str) -> Self {
        Self::new(Method::DELETE, path, version, Counted::Delete)
    }

    /// Uploads threat intelligence, which has a server of its own. May be repeated: the same object is taken once.
    pub fn upload(server: Url, path: ResourcePath, version: &'static str, body: Value) -> Self {
        let request = Self::new(Method::POST, path, version, Counted::Upload);
        Self { body: Some(body), may_repeat: true, server: Some(server), ..request }
    }

    /// Adds a parameter to the query string.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Only if the resource is still the one with this etag; else [`super::ArmError::Stale`].
    #[must_use]
    pub fn if_match(mut self, etag: impl Into<String>) -> Self {
        self.if_match = Some(etag.into());
        self.once()
    }

    /// Sends it at most once: what a lost answer did is not known, and doing it twice is not the same.
    #[must_use]
    pub fn once(mut self) -> Self {
        self.may_repeat = false;
        self
    }
}

impl ArmAnswer {
    /// A header, if it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
