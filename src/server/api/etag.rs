//! Answers that rarely change: sent once, then confirmed by their tag (RFC 9110, section 13).

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentType, EntityTag, Header as _, IfNoneMatch},
};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

/// A JSON text and its tag.
#[derive(Debug, Clone)]
pub struct Tagged {
    json: Bytes,
    tag: EntityTag,
}

impl Tagged {
    /// Tags a JSON text by its content. The tag is weak, because compression changes the bytes that are sent.
    pub fn new(json: impl Into<Bytes>) -> Self {
        let json = json.into();
        let digest = hex::encode(Sha256::digest(&json));
        Self { tag: EntityTag::new_weak(digest.chars().take(32).collect()), json }
    }

    /// The text.
    pub fn json(&self) -> Bytes {
        self.json.clone()
    }

    /// The text, or that it has not changed since the caller read it.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let known = match IfNoneMatch::parse(request) {
            Ok(IfNoneMatch::Any) => request.headers().contains_key(header::IF_NONE_MATCH),
            Ok(IfNoneMatch::Items(tags)) => tags.iter().any(|tag| tag.weak_eq(&self.tag)),
            Err(_) => false,
        };
        let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header(header::ETag(self.tag.clone())).insert_header((header::CACHE_CONTROL, "no-cache"));
        if known { answer.finish() } else { answer.content_type(ContentType::json()).body(self.json.clone()) }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{http::StatusCode, test::TestRequest};

    use super::*;

    fn status(tagged: &Tagged, known: Option<&str>) -> StatusCode {
        let request = match known {
            Some(tag) => TestRequest::get().insert_header((header::IF_NONE_MATCH, tag)),
            None => TestRequest::get(),
        };
        tagged.answer(&request.to_http_request()).status()
    }

    #[test]
    fn a_text_that_is_known_is_not_sent_again() {
        let tagged = Tagged::new("{}");
        let tag = tagged.tag.to_string();
        assert_eq!(status(&tagged, None), StatusCode::OK);
        for known in [tag.as_str(), tag.trim_start_matches("W/"), &format!("\"other\", {tag}"), "*"] {
            assert_eq!(status(&tagged, Some(known)), StatusCode::NOT_MODIFIED, "{known}");
        }
        for unknown in ["\"other\"", "garbage", ""] {
            assert_eq!(status(&tagged, Some(unknown)), StatusCode::OK, "{unknown}");
        }
        assert_ne!(tagged.tag, Tagged::new("{ }").tag);
    }
}
