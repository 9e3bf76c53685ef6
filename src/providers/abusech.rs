//! What abuse.ch's services have in common: they answer with status 200 and say in `query_status` how it went.

use crate::{HttpAnswer, Reading, lenient::Text};

/// What `query_status` means when it is not `ok`, or the status of the answer where it is absent.
pub(crate) fn failure(query_status: &Text, answer: &HttpAnswer) -> Option<Reading> {
    Some(match query_status.as_deref() {
        Some("ok") => return None,
        Some("no_results" | "no_result" | "hash_not_found" | "not_found") => Reading::not_found(),
        Some(status) if status.starts_with("illegal_") || status.starts_with("invalid_") => {
            Reading::unsupported("the provider does not accept this value")
        }
        Some(status) if status.contains("auth") || status.contains("blacklisted") => {
            Reading::unauthorized("the provider refused the credentials")
        }
        Some(_) => Reading::failed("the provider reports an error"),
        None => return answer.usual_meaning(),
    })
}
