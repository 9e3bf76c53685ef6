//! What came back: the answer as received, and the usual meaning of its status.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{Listing, Reading};

/// Why an answer could not be read. The text never repeats what the provider sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misread {
    /// The body is not JSON.
    #[error("the answer is not valid JSON")]
    NotJson,
    /// The body is JSON of another shape.
    #[error("the answer does not have the documented shape ({0})")]
    Shape(String),
    /// The answer has another form than the request asked for.
    #[error("the answer is of another kind than was asked for")]
    WrongKind,
}

/// An answer to a [`crate::Request`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Of an HTTP exchange.
    Http(HttpAnswer),
    /// Of a look into a list.
    Listing(Listing),
}

impl Answer {
    /// The HTTP answer.
    pub const fn http(&self) -> Result<&HttpAnswer, Misread> {
        match self {
            Self::Http(answer) => Ok(answer),
            Self::Listing(_) => Err(Misread::WrongKind),
        }
    }

    /// The entry in the list.
    pub const fn listing(&self) -> Result<&Listing, Misread> {
        match self {
            Self::Listing(listing) => Ok(listing),
            Self::Http(_) => Err(Misread::WrongKind),
        }
    }
}

/// An HTTP answer as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status.
    pub status: u16,
    /// The headers that matter for reading: content type, `Retry-After`, rate limits. Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, decompressed.
    pub body: Bytes,
}

impl HttpAnswer {
    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON of a known shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Misread> {
        serde_json::from_slice(&self.body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => {
                // serde's text may quote the value: keep only where it was.
                Misread::Shape(format!("line {}, column {}", error.line(), error.column()))
            }
            _ => Misread::NotJson,
        })
    }

    /// The body as text, whatever its bytes.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// What a status means with most providers: `None` for 2xx, whose body decides.
    pub fn usual_meaning(&self) -> Option<Reading> {
        Some(match self.status {
            200..=299 => return None,
            400 | 422 => Reading::unsupported("the provider does not accept this value"),
            401 | 403 => Reading::unauthorized("the provider refused the credentials"),
            402 | 429 => Reading::rate_limited("the provider's own limit is reached"),
            404 | 410 => Reading::not_found(),
            status => Reading::failed(format!("the provider answered with status {status}")),
        })
    }
}
