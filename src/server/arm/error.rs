//! How requests to ARM fail. What Azure says is kept for the caller; the texts hold its code, never its words, which may name
//! what was asked about.

use std::time::Duration;

use model::{Fault, Faulty};
use serde::Deserialize;

use crate::{credentials::CredentialError, upstream::SendError};

/// What Azure said when it refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// A word such as `AuthorizationFailed`: letters and digits only.
    pub code: String,
    /// A sentence for people.
    pub message: String,
}

/// Why a request to ARM came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArmError {
    /// No token.
    #[error(transparent)]
    NoToken(#[from] CredentialError),
    /// The token is not accepted, nor is a new one.
    #[error("azure does not accept the credential ({})", .0.code)]
    Unauthorized(Said),
    /// The credential may not do that.
    #[error("the credential may not do that in azure ({})", .said.code)]
    Denied {
        /// The action that a role would have to allow, such as `Microsoft.SecurityInsights/incidents/write`.
        permission: Option<String>,
        /// In Azure's words.
        said: Said,
    },
    /// There is no such resource.
    #[error("azure has no such resource ({})", .0.code)]
    Missing(Said),
    /// Something else is there, or is being done with it.
    #[error("the state of the resource in azure forbids it ({})", .0.code)]
    Conflict(Said),
    /// The resource has changed since it was read.
    #[error("the resource in azure has changed since it was read ({})", .0.code)]
    Stale(Said),
    /// Azure does not take the request.
    #[error("azure does not take the request ({})", .0.code)]
    Rejected(Said),
    /// Azure wants a pause that is longer than the caller waits.
    #[error("azure wants a pause")]
    Throttled {
        /// Until then.
        retry_after: Duration,
    },
    /// The limits of the credential are used up, as far as they are known here.
    #[error("the budget of requests to azure is used up")]
    Budget {
        /// Until then.
        retry_after: Duration,
    },
    /// It has failed too often.
    #[error("azure failed too often and is left alone for a while")]
    Resting {
        /// Until then.
        retry_after: Duration,
    },
    /// Azure failed.
    #[error("azure failed with status {status} ({})", .said.code)]
    Failed {
        /// With this status.
        status: u16,
        /// In its words.
        said: Said,
    },
    /// What was begun came to a bad end.
    #[error("the operation in azure ended as {outcome} ({})", .said.code)]
    Ended {
        /// `Failed` or `Canceled`.
        outcome: &'static str,
        /// In its words.
        said: Said,
    },
    /// The answer is not JSON, or has not the documented shape.
    #[error("azure's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// A link leads away from where the account asks.
    #[error("a link in azure's answer leads elsewhere")]
    Elsewhere,
    /// The pages of a list lead back to themselves, or do not end.
    #[error("the pages of a list in azure do not end")]
    Endless,
    /// No answer.
    #[error("azure: {0}")]
    Send(#[from] SendError),
}

impl ArmError {
    /// What Azure said, if it did.
    pub const fn said(&self) -> Option<&Said> {
        match self {
            Self::Denied { said, .. } | Self::Failed { said, .. } | Self::Ended { said, .. } => Some(said),
            Self::Unauthorized(said)
            | Self::Missing(said)
            | Self::Conflict(said)
            | Self::Stale(said)
            | Self::Rejected(said) => Some(said),
            _ => None,
        }
    }

    /// When asking again makes sense.
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled { retry_after } | Self::Budget { retry_after } | Self::Resting { retry_after } => {
                Some(*retry_after)
            }
            _ => None,
        }
    }

    /// What a status that is no success means, with its body.
    pub(super) fn of(status: u16, body: &[u8]) -> Self {
        let said = Said::read(body);
        match status {
            401 => Self::Unauthorized(said),
            403 => Self::Denied { permission: said.permission(), said },
            404 | 410 => Self::Missing(said),
            409 => Self::Conflict(said),
            412 => Self::Stale(said),
            400..500 => Self::Rejected(said),
            _ => Self::Failed { status, said },
        }
    }
}

impl Faulty for ArmError {
    fn fault(&self) -> Fault {
        match self {
            Self::NoToken(error) => error.fault(),
            Self::Send(error) => error.fault(),
            Self::Unauthorized(_) | Self::Denied { .. } => Fault::Denied,
            Self::Missing(_) => Fault::Missing,
            Self::Conflict(_) | Self::Stale(_) => Fault::Conflict,
            Self::Rejected(_) => Fault::Invalid,
            Self::Throttled { .. } | Self::Budget { .. } | Self::Resting { .. } => Fault::Unavailable,
            Self::Failed { .. } | Self::Ended { .. } | Self::Unreadable(_) | Self::Elsewhere | Self::Endless => {
                Fault::Upstream
            }
        }
    }
}

/// The shapes in which resource providers say what is wrong.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Words {
    #[serde(alias = "Code")]
    code: Option<serde_json::Value>,
    #[serde(alias = "Message")]
    message: Option<serde_json::Value>,
}

impl Said {
    /// Reads the body of a refusal: `{"error": {"code", "message"}}`, or the same without the outer member.
    pub(super) fn read(body: &[u8]) -> Self {
        serde_json::from_slice::<serde_json::Value>(body).map_or_else(|_| Self::default(), |body| Self::of(&body))
    }

    pub(super) fn of(body: &serde_json::Value) -> Self {
        let words = body.get("error").filter(|error| error.is_object()).unwrap_or(body);
        // A list would be taken for the members in their order.
        let read = words.is_object().then(|| Words::deserialize(words).ok()).flatten();
        let Words { code, message } = read.unwrap_or_default();
        let text = |value: Option<serde_json::Value>| match value {
            Some(serde_json::Value::String(text)) => text,
            Some(value @ serde_json::Value::Number(_)) => value.to_string(),
            _ => String::new(),
        };
        let code = text(code).chars().filter(char::is_ascii_alphanumeric).take(80).collect();
        Self { code, message: text(message).chars().filter(|c| !c.is_control()).take(2_000).collect() }
    }

    /// The action that Azure says is not allowed: what stands in quotes after the last "perform action".
    fn permission(&self) -> Option<String> {
        let (_, rest) = self.message.rsplit_once("perform action")?;
        let (_, rest) = rest.split_once('\'')?;
        let (action, _) = rest.split_once('\'')?;
        let is_action =
            |text: &str| text.contains('/') && text.chars().all(|c| c.is_ascii_alphanumeric() || "./*-_,".contains(c));
        is_action(action).then(|| action.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_permission_is_the_one_that_azure_names() {
        let body = br#"{"error":{"code":"AuthorizationFailed","message":"The client 'a' with object id 'b' does not have
            authorization to perform action 'Microsoft.SecurityInsights/incidents/write' over scope '/subscriptions/s'."}}"#;
        let Ok(text) = std::str::from_utf8(body).map(|text| text.replace("\n            ", " ")) else { panic!() };
        let ArmError::Denied { permission, said } = ArmError::of(403, text.as_bytes()) else { panic!("not denied") };
        assert_eq!(permission.as_deref(), Some("Microsoft.SecurityInsights/incidents/write"));
        assert_eq!(said.code, "AuthorizationFailed");
        let linked = br#"{"error":{"code":"LinkedAuthorizationFailed","message":"The client has permission to perform action
            'A/x/write' on scope '/s'; however, it does not have permission to perform action(s) 'B/y/join/action' on the
            linked scope(s) '/t'"}}"#;
        let linked = String::from_utf8_lossy(linked).replace("\n            ", " ");
        let ArmError::Denied { permission, .. } = ArmError::of(403, linked.as_bytes()) else { panic!("not denied") };
        assert_eq!(permission.as_deref(), Some("B/y/join/action"));
        let other =
            ArmError::of(403, br#"{"error":{"code":"RequestDisallowedByPolicy","message":"perform action 'x'"}}"#);
        assert!(matches!(other, ArmError::Denied { permission: None, .. }));
    }

    #[test]
    fn a_refusal_is_read_in_each_shape_and_its_text_holds_no_word_of_it() {
        for (status, body) in [
            (400, r#"{"error":{"code":"BadRequest","message":"secret"}}"#),
            (404, r#"{"code":"NotFound","message":"secret"}"#),
            (409, r#"{"Code":"Conflict","Message":"secret"}"#),
            (412, r#"{"error":{"code":412,"message":"secret"}}"#),
            (500, r#"{"error":{"code":"Internal Server/Error: x","message":"secret"}}"#),
        ] {
            let error = ArmError::of(status, body.as_bytes());
            let said = error.said().unwrap();
            assert_eq!(said.message, "secret", "{body}");
            assert!(!said.code.is_empty() && !error.to_string().contains("secret"), "{error}");
            assert!(error.to_string().contains(&said.code));
        }
        for body in ["", "<html>", "[1]", "null", r#"{"error":"x"}"#] {
            assert_eq!(ArmError::of(400, body.as_bytes()), ArmError::Rejected(Said::default()), "{body}");
        }
    }
}
