//! What metrics and spans are told apart by: closed sets, so that no caller can make a new series.

/// How a call to a provider ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallOutcome {
    /// It answered; "not known" is an answer.
    Answered,
    /// It refused the credentials.
    Unauthorized,
    /// Its own limit was reached.
    RateLimited,
    /// It rejected the request for another reason.
    Rejected,
    /// It failed.
    Failed,
    /// It did not answer in time.
    Timeout,
    /// There was no connection.
    Unreachable,
    /// The address policy forbade the call.
    Forbidden,
    /// The answer was too large or of the wrong type.
    Unreadable,
}

impl CallOutcome {
    /// The name in metrics and spans.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Unauthorized => "unauthorized",
            Self::RateLimited => "rate_limited",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Forbidden => "forbidden",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether the provider said what was asked of it.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Answered)
    }
}

/// Which cache was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheTier {
    /// The one in the process.
    Near,
    /// The one that replicas share.
    Far,
}

impl CacheTier {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Near => "near",
            Self::Far => "far",
        }
    }
}

/// What reading a cache gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheRead {
    /// A fresh answer.
    Hit,
    /// An answer past its time.
    Stale,
    /// Nothing.
    Miss,
    /// The cache could not be read.
    Failed,
}

impl CacheRead {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Miss => "miss",
            Self::Failed => "failed",
        }
    }
}

/// State of a provider's breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BreakerState {
    /// Calls pass.
    Closed,
    /// One call probes.
    HalfOpen,
    /// No call passes.
    Open,
}

impl BreakerState {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }

    /// The number in metrics: the higher, the worse.
    pub const fn as_number(self) -> u64 {
        match self {
            Self::Closed => 0,
            Self::HalfOpen => 1,
            Self::Open => 2,
        }
    }
}

/// Which limit a caller ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallerLimit {
    /// Requests a second.
    Rate,
    /// Requests at once.
    Concurrent,
    /// Size of the body.
    Body,
    /// Items in one call.
    Items,
    /// Nesting of the body.
    Depth,
}

impl CallerLimit {
    /// The name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rate => "rate",
            Self::Concurrent => "concurrent",
            Self::Body => "body",
            Self::Items => "items",
            Self::Depth => "depth",
        }
    }
}

/// The method of a request as a label: whatever is not standard is `_OTHER`, as OpenTelemetry has it.
pub(super) fn method(name: &str) -> &'static str {
    const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "WHOIS"];
    METHODS.into_iter().find(|method| *method == name).unwrap_or("_OTHER")
}

/// The number of attempts as a label.
pub(super) const fn attempts(count: u32) -> &'static str {
    match count {
        0 => "0",
        1 => "1",
        2 => "2",
        _ => "3+",
    }
}
