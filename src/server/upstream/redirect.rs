//! Redirects, followed by hand: each step is a new address to check, and credentials stay with their origin.
//!
//! Which statuses change the method is as browsers do it (Fetch, "HTTP-redirect fetch").

use bytes::Bytes;
use reqwest::{
    Method, StatusCode,
    header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, HeaderMap, LOCATION},
};
use url::Url;

use super::{Call, SendError, address_policy::is_callable, body::ACCEPTED_ENCODINGS, headers::without_credentials};

/// One request on the way to an answer.
#[derive(Clone)]
pub(super) struct Hop {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Hop {
    /// The call itself.
    pub(super) fn first(call: &Call) -> Result<Self, SendError> {
        if !is_callable(&call.url) {
            return Err(SendError::BadUrl);
        }
        let mut headers = call.headers.clone();
        headers.entry(ACCEPT_ENCODING).or_insert(ACCEPTED_ENCODINGS);
        Ok(Self { method: call.method.clone(), url: call.url.clone(), headers, body: call.body.clone() })
    }

    /// Where an answer sends us; `None` when it is no redirect.
    pub(super) fn next(&self, status: StatusCode, answer: &HeaderMap) -> Result<Option<Self>, SendError> {
        if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let Some(location) = answer.get(LOCATION) else { return Ok(None) };
        let location = std::str::from_utf8(location.as_bytes()).map_err(|_| SendError::BadRedirect)?;
        let url = self.url.join(location).map_err(|_| SendError::BadRedirect)?;
        let downgrade = self.url.scheme() == "https" && url.scheme() != "https";
        if !is_callable(&url) || downgrade {
            return Err(SendError::BadRedirect);
        }

        let mut next = Self { url, ..self.clone() };
        let becomes_get = match status.as_u16() {
            303 => self.method != Method::HEAD,
            301 | 302 => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            next.method = Method::GET;
            next.body = Bytes::new();
            for name in [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LANGUAGE] {
                next.headers.remove(name);
            }
        }
        if next.url.origin() != self.url.origin() {
            // A body holds what was asked, and with some providers the key: only who was meant gets it.
            if !next.body.is_empty() {
                return Err(SendError::BadRedirect);
            }
            next.headers = without_credentials(&next.headers);
        }
        Ok(Some(next))
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::{AUTHORIZATION, HeaderValue};

    use super::*;

    fn hop(method: Method) -> Hop {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer k"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let body = if method == Method::POST { Bytes::from_static(b"{}") } else { Bytes::new() };
        Hop { method, url: "https://a.example/x/y".parse().unwrap(), headers, body }
    }

    fn follow(method: Method, status: u16, location: &str) -> Result<Option<Hop>, SendError> {
        let mut answer = HeaderMap::new();
        answer.insert(LOCATION, HeaderValue::from_str(location).unwrap());
        hop(method).next(StatusCode::from_u16(status).unwrap(), &answer)
    }

    #[test]
    fn statuses_keep_or_change_the_method() {
        for (method, status, expected) in [
            (Method::POST, 301, Method::GET),
            (Method::POST, 302, Method::GET),
            (Method::POST, 303, Method::GET),
            (Method::POST, 307, Method::POST),
            (Method::POST, 308, Method::POST),
            (Method::PUT, 302, Method::PUT),
            (Method::PUT, 303, Method::GET),
            (Method::HEAD, 303, Method::HEAD),
            (Method::GET, 302, Method::GET),
        ] {
            let next = follow(method.clone(), status, "/z").unwrap().unwrap();
            assert_eq!(next.method, expected, "{method} {status}");
            let keeps_body = method == Method::POST && expected == Method::POST;
            assert_eq!(next.body.is_empty(), !keeps_body, "{method} {status}");
            assert_eq!(next.headers.contains_key(CONTENT_TYPE), expected == method, "{method} {status}");
        }
    }

    #[test]
    fn places_are_relative_to_the_last_one() {
        for (location, expected) in [
            ("z?q=1", "https://a.example/x/z?q=1"),
            ("//a.example/z", "https://a.example/z"),
            ("https://a.example:443/z", "https://a.example/z"),
        ] {
            let next = follow(Method::GET, 302, location).unwrap().unwrap();
            assert_eq!(next.url.as_str(), expected);
            assert!(next.headers.contains_key(AUTHORIZATION), "{location}");
        }
    }

    #[test]
    fn credentials_and_bodies_stay_with_their_origin() {
        for location in ["https://b.example/", "https://a.example:8443/", "https://sub.a.example/"] {
            let next = follow(Method::GET, 302, location).unwrap().unwrap();
            assert!(!next.headers.contains_key(AUTHORIZATION), "{location}");
            assert_eq!(follow(Method::POST, 307, location).err(), Some(SendError::BadRedirect), "{location}");
        }
    }

    #[test]
    fn unusable_places_are_refused() {
        for location in [
            "http://a.example/",
            "ftp://a.example/",
            "file:///etc/passwd",
            "https://user:pass@a.example/",
            "https://",
            "javascript:x",
        ] {
            assert_eq!(follow(Method::GET, 302, location).err(), Some(SendError::BadRedirect), "{location}");
        }
    }

    #[test]
    fn other_statuses_are_answers() {
        for status in [200, 201, 300, 304, 305, 404] {
            assert!(follow(Method::GET, status, "/z").unwrap().is_none(), "{status}");
        }
        assert!(hop(Method::GET).next(StatusCode::FOUND, &HeaderMap::new()).unwrap().is_none(), "without a place");
    }
}
