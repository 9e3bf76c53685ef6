//! What came back: the answer as received, and the usual meaning of its status.

use bytes::Bytes;
use model::{Fault, Faulty};
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
    /// The body lacks the field that decides.
    #[error("the answer lacks the field {0}")]
    Lacking(&'static str),
    /// A rule of a definition makes no sense of it. The text is the rule's.
    #[error("the rule \"{0}\" cannot be worked out from the answer")]
    Rule(String),
    /// The answer has another form than the request asked for.
    #[error("the answer is of another kind than was asked for")]
    WrongKind,
}

impl Faulty for Misread {
    fn fault(&self) -> Fault {
        Fault::Upstream
    }
}

/// An answer to a [`crate::Request`].
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Of an HTTP exchange.
    Http(HttpAnswer),
    /// Of a look into a list.
    Listing(Listing),
    /// What a server said until it hung up.
    Text(Bytes),
    /// The strings of a name's TXT records; none if there is no such name.
    Txt(Vec<String>),
}

impl Answer {
    /// The HTTP answer.
    pub const fn http(&self) -> Result<&HttpAnswer, Misread> {
        match self {
            Self::Http(answer) => Ok(answer),
            _ => Err(Misread::WrongKind),
        }
    }

    /// The entry in the list.
    pub const fn listing(&self) -> Result<&Listing, Misread> {
        match self {
            Self::Listing(listing) => Ok(listing),
            _ => Err(Misread::WrongKind),
        }
    }

    /// The text, whatever its bytes.
    pub fn text(&self) -> Result<std::borrow::Cow<'_, str>, Misread> {
        match self {
            Self::Text(bytes) => Ok(String::from_utf8_lossy(bytes)),
            _ => Err(Misread::WrongKind),
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

    /// Whether the body is a web page, whatever its content type says: what proxies, portals and front doors answer.
    pub fn is_page(&self) -> bool {
        self.body.trim_ascii_start().starts_with(b"<")
    }

    /// What the status means with most providers, seen together with the body: `None` when the body decides.
    ///
    /// Readers whose provider puts its errors in the body look there first: a status alone decides nothing.
    pub fn usual_meaning(&self) -> Option<Reading> {
        match self.status {
            200..=299 if self.body.trim_ascii().is_empty() => {
                Some(Reading::failed("the provider answered without a body"))
            }
            403 | 404 | 410 if self.is_page() => {
                // A front door's page says nothing about the credentials or the value.
                Some(Reading::failed(format!("the provider answered with status {} and a web page", self.status)))
            }
            status => Reading::of_status(status),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Outcome;

    use super::*;

    fn answer(status: u16, body: &'static str) -> HttpAnswer {
        HttpAnswer { status, headers: Vec::new(), body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn a_status_means_something_only_together_with_its_body() {
        for (status, body, outcome) in [
            (200, r#"{"data": {}}"#, None),
            (200, " ", Some(Outcome::Error)),
            (204, "", Some(Outcome::Error)),
            (400, "{}", Some(Outcome::Unsupported)),
            (401, "<html>", Some(Outcome::Unauthorized)),
            (402, "{}", Some(Outcome::RateLimited)),
            (403, "{}", Some(Outcome::Unauthorized)),
            (403, "\n<!DOCTYPE html>", Some(Outcome::Error)),
            (404, "", Some(Outcome::NotFound)),
            (404, "<html>", Some(Outcome::Error)),
            (429, "", Some(Outcome::RateLimited)),
            (302, "", Some(Outcome::Error)),
            (503, "", Some(Outcome::Error)),
        ] {
            assert_eq!(answer(status, body).usual_meaning().map(|reading| reading.outcome), outcome, "{status} {body}");
        }
    }

    #[test]
    fn a_misreading_never_repeats_what_was_sent() {
        let error = answer(200, r#"{"score": "secret-value"}"#).json::<std::collections::HashMap<String, u8>>();
        assert!(!error.unwrap_err().to_string().contains("secret"));
        assert_eq!(answer(200, "<html>").json::<u8>(), Err(Misread::NotJson));
    }
}
