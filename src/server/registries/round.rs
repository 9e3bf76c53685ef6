//! Asking one network provider about many values, and how it ended.

use std::sync::Arc;

use model::{CacheUse, Finding, Observable, Outcome};
use providers::Purpose;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::Found;
use crate::lookups::{Ask, Lookups, Permission};

/// How registries are asked.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    /// What may be done with the values.
    pub(crate) permission: Permission,
    /// When the answer is due.
    pub(crate) deadline: Instant,
    /// Ask again whatever the cache holds.
    pub(crate) refresh: bool,
    /// Pass on the answers as received.
    pub(crate) include_raw: bool,
}

/// One round of asking: whom, and how.
pub(super) struct Round<'a> {
    pub(super) provider: &'static str,
    pub(super) manner: &'a Manner,
}

impl Round<'_> {
    /// As [`Self::ask`], with one request about all of them where they are many.
    pub(super) async fn ask_in_bulk(&self, lookups: &Lookups, observables: Vec<Observable>) -> Found {
        let Manner { permission, deadline, refresh, .. } = self.manner;
        let ahead = lookups.look_ahead(self.provider, &observables, permission, *refresh, *deadline).await;
        // What was just brought is not asked for again.
        let manner = Manner { refresh: refresh & !ahead, ..self.manner.clone() };
        Round { manner: &manner, ..*self }.ask(lookups, observables).await
    }

    /// Asks the provider, if it is on, about all observables: the findings about each, and whether all were in time.
    pub(super) async fn ask(&self, lookups: &Lookups, observables: Vec<Observable>) -> Found {
        let count = observables.len();
        let Manner { permission, deadline, refresh, include_raw } = self.manner.clone();
        let ask = Ask {
            observables,
            purpose: Purpose::Network,
            providers: Some(lookups.if_enabled(self.provider)),
            query_type: None,
            permission,
            deadline,
            refresh,
            include_raw,
        };
        match lookups.look_up(ask).await {
            Ok(answered) => (answered.items.into_iter().map(|item| item.findings).collect(), answered.complete),
            // The settings changed between the two looks at them: nobody is asked.
            Err(_) => (vec![Vec::new(); count], true),
        }
    }
}

/// How asking one provider ended.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Asked {
    /// Id of the provider.
    #[schema(value_type = String, example = "rdap")]
    provider: Arc<str>,
    /// How it ended.
    outcome: Outcome,
    /// Why there is no answer, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    reason: Option<Arc<str>>,
    /// Seconds after which asking again makes sense.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    retry_after_s: Option<u64>,
    /// How the cache served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cache: Option<CacheUse>,
    /// The answer as received; only with `include_raw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object, nullable = false)]
    raw: Option<serde_json::Value>,
    /// Time that it took.
    elapsed_ms: u64,
}

impl From<&Finding> for Asked {
    fn from(finding: &Finding) -> Self {
        Self {
            provider: finding.provider.clone(),
            outcome: finding.outcome,
            reason: finding.reason.clone(),
            retry_after_s: finding.retry_after_s,
            cache: finding.cache.clone(),
            raw: finding.raw.clone(),
            elapsed_ms: finding.elapsed_ms,
        }
    }
}

/// How it ended on the whole: an answer is one whoever gives it; without one, what stands most in the way.
pub(crate) fn overall(findings: &[Finding]) -> (Outcome, Option<Arc<str>>) {
    const ORDER: [Outcome; 9] = [
        Outcome::Hit,
        Outcome::Clean,
        Outcome::RateLimited,
        Outcome::Timeout,
        Outcome::Error,
        Outcome::Unauthorized,
        Outcome::NotFound,
        Outcome::Skipped,
        Outcome::Unsupported,
    ];
    let place = |finding: &&Finding| ORDER.iter().position(|outcome| *outcome == finding.outcome);
    findings.iter().min_by_key(place).map_or_else(
        || (Outcome::Skipped, Some("nobody who could be asked is on".into())),
        |finding| (finding.outcome, finding.reason.clone()),
    )
}
