//! What one provider says about one observable, and what all of them say together.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::Observable;

/// How a lookup ended. New outcomes may be added; treat unknown ones as `error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The provider knows something that matters.
    Hit,
    /// The provider knows it and nothing bad about it.
    Clean,
    /// The provider does not know it.
    NotFound,
    /// The provider cannot answer for this kind or value.
    Unsupported,
    /// The provider's own limit was reached.
    RateLimited,
    /// The provider refused the credentials.
    Unauthorized,
    /// No answer before the deadline.
    Timeout,
    /// The provider failed or answered garbage.
    Error,
    /// It was not asked; the reason says why.
    Skipped,
}

impl Outcome {
    /// The name in answers, logs and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Clean => "clean",
            Self::NotFound => "not_found",
            Self::Unsupported => "unsupported",
            Self::RateLimited => "rate_limited",
            Self::Unauthorized => "unauthorized",
            Self::Timeout => "timeout",
            Self::Error => "error",
            Self::Skipped => "skipped",
        }
    }

    /// Whether the provider gave an answer that may be kept.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Hit | Self::Clean | Self::NotFound)
    }

    /// Whether the lookup was tried and failed.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unauthorized | Self::Timeout | Self::Error)
    }
}

/// Why a provider was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SkipReason {
    /// The observable's TLP label forbids it.
    Tlp,
    /// A private or otherwise not global address or host.
    NotGlobal,
    /// The name lies in a domain that the settings call internal.
    InternalDomain,
    /// The credential's budget is used up for now.
    Budget,
    /// The provider failed so often that it is given a rest.
    Breaker,
    /// Its key is not configured.
    NoCredentials,
    /// The settings, the request or the PAP label forbid what asking does.
    Policy,
}

impl SkipReason {
    /// The text of `reason`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tlp => "tlp",
            Self::NotGlobal => "not_global",
            Self::InternalDomain => "internal_domain",
            Self::Budget => "budget",
            Self::Breaker => "breaker",
            Self::NoCredentials => "no_credentials",
            Self::Policy => "policy",
        }
    }
}

/// How bad it is, from nothing known to bad, so that the greatest is the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nobody says.
    #[default]
    Unknown,
    /// Known, and nothing bad.
    Benign,
    /// Deserves a look.
    Suspicious,
    /// Bad.
    Malicious,
}

impl Verdict {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Benign => "benign",
            Self::Suspicious => "suspicious",
            Self::Malicious => "malicious",
        }
    }
}

/// What a provider gives as grounds, by name; values as the provider types them.
pub type Evidence = Map<String, Value>;

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CacheStatus {
    /// From the cache, fresh.
    Hit,
    /// Asked now.
    Miss,
    /// From the cache, past its time, because a refresh runs or the provider fails.
    Stale,
    /// Asked now by another call at the same time; both got the one answer.
    Coalesced,
    /// Not cached: the answer comes from memory or the caller asked for a refresh.
    Bypass,
}

impl CacheStatus {
    /// The name in answers, spans and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Stale => "stale",
            Self::Coalesced => "coalesced",
            Self::Bypass => "bypass",
        }
    }
}

/// How the cache served a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CacheUse {
    /// Where the answer came from.
    pub status: CacheStatus,
    /// Age of the answer in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub age_s: Option<u64>,
    /// When it stops being fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, nullable = false)]
    pub expires_at: Option<Arc<str>>,
}

/// What one provider says about one observable. Cheap to clone: the large parts are shared.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Finding {
    /// Id of the provider.
    #[schema(value_type = String, example = "abuseipdb")]
    pub provider: Arc<str>,
    /// How the lookup ended.
    pub outcome: Outcome,
    /// How bad the provider thinks it is.
    pub verdict: Verdict,
    /// 0 (harmless) to 100 (certainly bad).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(maximum = 100, nullable = false)]
    pub score: Option<u8>,
    /// What the provider gives as grounds.
    #[schema(value_type = Object)]
    pub evidence: Arc<Evidence>,
    /// Other observables that the provider connects with this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<Observable>, nullable = false)]
    pub related: Option<Arc<[Observable]>>,
    /// A page for people about this observable. Never holds a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uri, nullable = false)]
    pub reference: Option<Arc<str>>,
    /// The provider's answer as received; only with `include_raw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    pub raw: Option<Value>,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub reason: Option<Arc<str>>,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retry_after_s: Option<u64>,
    /// How the cache served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub cache: Option<CacheUse>,
    /// Time that the lookup took.
    pub elapsed_ms: u64,
}

impl Finding {
    /// A finding without an answer: its outcome and why.
    pub fn without_answer(provider: Arc<str>, outcome: Outcome, reason: impl Into<Arc<str>>) -> Self {
        Self {
            provider,
            outcome,
            verdict: Verdict::Unknown,
            score: None,
            evidence: Arc::default(),
            related: None,
            reference: None,
            raw: None,
            reason: Some(reason.into()),
            retry_after_s: None,
            cache: None,
            elapsed_ms: 0,
        }
    }

    /// The provider was not asked.
    pub fn skipped(provider: Arc<str>, reason: SkipReason) -> Self {
        Self::without_answer(provider, Outcome::Skipped, reason.as_str())
    }
}
