//! What a request says that its body is.
//!
//! A body without a media type is refused too: a page in a browser can send one across origins without asking, and a
//! service that listens on loopback without credentials must not answer it.

use actix_web::http::header::{self, HeaderMap};

use crate::api::problem::{Kind, Problem};

/// What a body can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// JSON.
    Json,
    /// Newline-delimited JSON.
    Ndjson,
    /// Comma-separated values.
    Csv,
    /// An Arrow IPC stream.
    #[cfg(feature = "engine")]
    Arrow,
    /// Parquet.
    #[cfg(feature = "engine")]
    Parquet,
}

impl Media {
    /// What operations on tables understand.
    pub(crate) const TABLES: &'static [Self] = &[
        Self::Json,
        Self::Ndjson,
        Self::Csv,
        #[cfg(feature = "engine")]
        Self::Arrow,
        #[cfg(feature = "engine")]
        Self::Parquet,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv",
            #[cfg(feature = "engine")]
            Self::Arrow => engine::forms::ARROW_STREAM,
            #[cfg(feature = "engine")]
            Self::Parquet => engine::forms::PARQUET,
        }
    }

    fn of(essence: &str) -> Option<Self> {
        match essence.to_ascii_lowercase().as_str() {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Some(Self::Ndjson),
            "text/csv" => Some(Self::Csv),
            #[cfg(feature = "engine")]
            engine::forms::ARROW_STREAM => Some(Self::Arrow),
            #[cfg(feature = "engine")]
            engine::forms::PARQUET => Some(Self::Parquet),
            "application/json" => Some(Self::Json),
            essence => (essence.starts_with("application/") && essence.ends_with("+json")).then_some(Self::Json),
        }
    }
}

/// What the body says that it is, which must be one of those `understood`, in UTF-8.
pub(crate) fn read_media(headers: &HeaderMap, understood: &[Media]) -> Result<Media, Problem> {
    let names = understood.iter().map(|media| media.as_str()).collect::<Vec<_>>().join(", ");
    let refuse = |detail: &str| Problem::new(Kind::UnsupportedMediaType).detail(detail).header(header::ACCEPT, &names);
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(refuse(&format!("Content-Type is missing; {names} is expected")));
    };
    let text = value.to_str().unwrap_or_default();
    let (essence, parameters) = text.split_once(';').unwrap_or((text, ""));
    let media = Media::of(essence.trim()).filter(|media| understood.contains(media));
    let media = media.ok_or_else(|| refuse(&format!("Content-Type is not {names}")))?;
    if parameters.split(';').any(is_other_charset) {
        return Err(refuse("the charset is not utf-8"));
    }
    Ok(media)
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
        read_media(&headers, &[Media::Json]).is_ok()
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
        assert!(read_media(&HeaderMap::new(), Media::TABLES).is_err());
    }

    #[test]
    fn tables_come_in_all_forms() {
        for (text, media) in [
            ("application/json", Media::Json),
            ("application/x-ndjson", Media::Ndjson),
            ("text/csv; header=present; charset=utf-8", Media::Csv),
            #[cfg(feature = "engine")]
            ("application/vnd.apache.arrow.stream", Media::Arrow),
            #[cfg(feature = "engine")]
            ("application/vnd.apache.parquet", Media::Parquet),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(text));
            assert_eq!(read_media(&headers, Media::TABLES).unwrap(), media);
        }
    }
}
