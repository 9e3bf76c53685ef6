//! What goes wrong in Azure, as problems: its code and its words reach the caller, and never the log.

use super::problem::{Kind, Problem};
use crate::arm::{ArmError, Said};

/// The problem of a request to Azure that came to nothing.
pub(crate) fn problem(error: &ArmError) -> Problem {
    let retry_after = error.retry_after().map(|wait| wait.as_secs().max(1));
    let problem = match error {
        ArmError::Denied { permission: Some(action), said } => Problem::new(Kind::Denied)
            .detail(format!("the credential of this installation has no role that allows {action}: {}", words(said))),
        ArmError::Stale(said) => Problem::new(Kind::Stale).detail(words(said)),
        _ => match error.said() {
            Some(said) => Problem::from(error.clone()).detail(words(said)),
            None => Problem::from(error.clone()),
        },
    };
    match retry_after {
        Some(seconds) => problem.retry_after(seconds),
        None => problem,
    }
}

fn words(said: &Said) -> String {
    match (said.code.as_str(), said.message.as_str()) {
        ("", "") => "azure gives no reason".to_owned(),
        (code, "") => format!("azure says {code}"),
        ("", message) => format!("azure says: {message}"),
        (code, message) => format!("azure says {code}: {message}"),
    }
}
