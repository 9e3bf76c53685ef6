//! What a request says that its body is.
//!
//! A body without a media type is refused too: a page in a browser can send one across origins without asking, and a
//! service that listens on loopback without credentials must not answer it.

use actix_web::http::header::{self, HeaderMap};

use crate::api::problem::{Kind, Problem};

/// Refuses everything but JSON in UTF-8.
pub(super) fn require_json(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |detail: &str| {
        Err(Problem::new(Kind::UnsupportedMediaType).detail(detail).header(header::ACCEPT, "application/json"))
    };
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return refuse("Content-Type is missing; application/json is expected");
    };
    let media = value.to_str().unwrap_or_default();
    let (essence, parameters) = media.split_once(';').unwrap_or((media, ""));
    if !is_json(essence.trim()) {
        return refuse("Content-Type is not application/json");
    }
    if parameters.split(';').any(is_other_charset) {
        return refuse("the charset is not utf-8");
    }
    Ok(())
}

fn is_json(essence: &str) -> bool {
    let essence = essence.to_ascii_lowercase();
    essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn is_other_charset(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        name.trim().eq_ignore_ascii_case("charset")
            && !matches!(value.trim().trim_matches('"').to_ascii_lowercase().as_str(), "utf-8" | "utf8" | "us-ascii")
    })
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};

    use super::*;

    fn accepts(media: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
        require_json(&headers).is_ok()
    }

    #[test]
    fn json_in_utf_8_is_accepted_however_it_is_written() {
        for media in [
            "application/json",
            "Application/JSON; Charset=\"UTF-8\"",
            "application/json;charset=utf-8;odata.metadata=minimal",
            "application/vnd.soar+json",
        ] {
            assert!(accepts(media), "{media}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for media in ["text/plain", "application/json; charset=utf-16", "application/jsonl", "text/x+json", "json", ""]
        {
            assert!(!accepts(media), "{media}");
        }
        assert!(require_json(&HeaderMap::new()).is_err());
    }
}
