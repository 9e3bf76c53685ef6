//! What a source says when it gives less than was asked for: in its own words, which hold no secret of ours.

use std::time::Duration;

use serde_json::Value;

/// How much of what a source says is passed on.
const LONGEST_WORDS: usize = 2_000;

/// Which trouble it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// The query is wrong.
    Rejected,
    /// The credentials are.
    Unauthorized,
    /// Too many requests.
    RateLimited,
    /// It took the source too long.
    Timeout,
    /// The source failed.
    Failed,
    /// The answer is not what is documented.
    Unreadable,
    /// The rows are there, but not all of them, or not all that is in them.
    Incomplete,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Trouble {
    /// Which kind.
    pub kind: TroubleKind,
    /// The source's own code for it.
    pub code: Option<String>,
    /// The source's own words.
    pub message: String,
    /// When asking again makes sense.
    pub retry_after: Option<Duration>,
}

impl Trouble {
    /// A trouble in words of ours or the source's.
    pub fn new(kind: TroubleKind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(LONGEST_WORDS) {
            message.truncate(end);
        }
        Self { kind, code: None, message, retry_after: None }
    }

    /// With the source's own code.
    #[must_use]
    pub fn code(mut self, code: Option<impl Into<String>>) -> Self {
        self.code = code.map(Into::into);
        self
    }

    /// The answer is not what is documented.
    pub fn unreadable() -> Self {
        Self::new(TroubleKind::Unreadable, "the answer does not have the documented shape")
    }
}

/// What an answer that is not a success means.
pub fn of_status(status: u16, body: &[u8]) -> Trouble {
    let kind = match status {
        401 | 403 => TroubleKind::Unauthorized,
        402 | 429 => TroubleKind::RateLimited,
        408 | 504 => TroubleKind::Timeout,
        400..500 => TroubleKind::Rejected,
        _ => TroubleKind::Failed,
    };
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let (code, words) = json.as_ref().map_or((None, None), said);
    let plain = || {
        let text = std::str::from_utf8(body).ok()?.trim();
        let is_text = json.is_none() && !text.is_empty() && !text.starts_with('<');
        is_text.then(|| text.to_owned())
    };
    let words = words.or_else(plain).unwrap_or_else(|| format!("status {status}"));
    Trouble::new(kind, words).code(code)
}

/// The code and the words of an error, in whichever of the usual places they are. Inner errors know best, so that all words
/// on the way to the innermost are taken.
pub(crate) fn said(json: &Value) -> (Option<String>, Option<String>) {
    let error = match json {
        Value::Object(map) => ["error", "Error"].iter().find_map(|key| map.get(*key)).unwrap_or(json),
        Value::Array(items) => items.first().unwrap_or(json),
        _ => json,
    };
    let error = error.get("error").filter(|inner| inner.is_object()).unwrap_or(error);
    let (mut code, mut words) = (None, Vec::new());
    let mut level = Some(error);
    for _ in 0..8 {
        let Some(error) = level else { break };
        if let Some(text) = error.as_str() {
            push(&mut words, text);
        }
        code = text_of(error, &["code", "@type", "type", "errorCode", "error_code"]).map(str::to_owned).or(code);
        let found = ["message", "@message", "reason", "error_description", "error_detail", "detail", "text", "msg"];
        if let Some(text) = text_of(error, &found) {
            push(&mut words, text);
        }
        level =
            ["innererror", "innerError", "details", "messages", "errors", "caused_by"].iter().find_map(
                |key| match error.get(*key)? {
                    Value::Array(items) => items.first(),
                    inner @ Value::Object(_) => Some(inner),
                    _ => None,
                },
            );
    }
    (code, (!words.is_empty()).then(|| words.join(": ")))
}

fn text_of<'v>(value: &'v Value, keys: &[&str]) -> Option<&'v str> {
    keys.iter().find_map(|key| value.get(*key)?.as_str()).filter(|text| !text.is_empty())
}

fn push<'v>(words: &mut Vec<&'v str>, text: &'v str) {
    if !words.iter().any(|known| known.contains(text)) {
        words.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_each_vendor_are_found() {
        for (body, code, message) in [
            (
                r#"{"error":{"message":"The request had some invalid properties","code":"BadArgumentError","innererror":
                {"code":"SemanticError","message":"A semantic error occurred.","innererror":{"code":"SEM0100","message":
                "'where' operator: Failed to resolve table 'X'"}}}}"#,
                Some("SEM0100"),
                "The request had some invalid properties: A semantic error occurred.: 'where' operator: Failed to resolve table 'X'",
            ),
            (
                r#"{"error":{"code":"General_BadRequest","message":"Request is invalid","@type":"K","@message":"Syntax"}}"#,
                Some("General_BadRequest"),
                "Request is invalid",
            ),
            (
                r#"{"messages":[{"type":"FATAL","text":"Unknown search command 'x'."}]}"#,
                Some("FATAL"),
                "Unknown search command 'x'.",
            ),
            (
                r#"{"error":{"type":"parsing_exception","reason":"line 1:1"},"status":400}"#,
                Some("parsing_exception"),
                "line 1:1",
            ),
            (r#"{"error":"quota"}"#, None, "quota"),
            ("Code: 62. DB::Exception: Syntax error", None, "Code: 62. DB::Exception: Syntax error"),
            ("<html>login</html>", None, "status 400"),
            ("", None, "status 400"),
        ] {
            let trouble = of_status(400, body.as_bytes());
            assert_eq!((trouble.code.as_deref(), trouble.message.as_str()), (code, message), "{body}");
            assert_eq!(trouble.kind, TroubleKind::Rejected);
        }
    }
}
