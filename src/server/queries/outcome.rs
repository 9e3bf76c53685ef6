//! How a query ended, and what is missing from its rows.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sources::{Trouble, TroubleKind};
use utoipa::ToSchema;

use super::Piece;

/// How a query ended. New outcomes may be added; treat unknown ones as `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum QueryOutcome {
    /// All rows are there, or as many as were wanted.
    Complete,
    /// Some rows are missing; `partial_errors` says why.
    Partial,
    /// The source says that the query is wrong.
    Rejected,
    /// The source refused the credentials.
    Unauthorized,
    /// The source's own limit was reached.
    RateLimited,
    /// No answer before the deadline.
    Timeout,
    /// The source failed or answered garbage.
    Error,
}

impl QueryOutcome {
    /// The name in answers and headers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Rejected => "rejected",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::Timeout => "timeout",
            Self::Error => "error",
        }
    }
}

impl From<TroubleKind> for QueryOutcome {
    fn from(kind: TroubleKind) -> Self {
        match kind {
            TroubleKind::Rejected => Self::Rejected,
            TroubleKind::Unauthorized => Self::Unauthorized,
            TroubleKind::RateLimited => Self::RateLimited,
            TroubleKind::Timeout => Self::Timeout,
            TroubleKind::Failed | TroubleKind::Unreadable => Self::Error,
            TroubleKind::Incomplete => Self::Partial,
        }
    }
}

/// Why some rows are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PartialError {
    /// Where: the name of the connection.
    #[schema(example = "east")]
    pub connection: String,
    /// Beginning of the span of time, if the query was split.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub start: Option<DateTime<Utc>>,
    /// End of that span.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub end: Option<DateTime<Utc>>,
    /// How this part ended.
    pub outcome: QueryOutcome,
    /// The source's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "PartialError")]
    pub code: Option<String>,
    /// The source's own words.
    pub message: String,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_s: Option<u64>,
}

impl PartialError {
    /// The trouble of a part.
    pub fn of(piece: &Piece, trouble: Trouble) -> Self {
        Self {
            connection: piece.connection.as_ref().to_owned(),
            start: piece.chunk.map(|chunk| chunk.start()),
            end: piece.chunk.map(|chunk| chunk.end()),
            outcome: trouble.kind.into(),
            code: trouble.code,
            message: trouble.message,
            retry_after_s: trouble.retry_after.map(in_seconds),
        }
    }
}

/// Whole seconds, rounded up: whoever waits so long waits long enough.
fn in_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}
