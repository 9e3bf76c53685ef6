//! Autonomous systems: what the registries say about a number. No observable, so kept in a cache of its own, in the process.

use std::{sync::Arc, time::Duration};

use model::{CacheStatus, CacheUse, Finding, Outcome};
use moka::future::Cache;
use tokio::time::{Instant, timeout_at};

use super::{Member, asker::failed, fan_out::elapsed_ms, runner::Runner};

/// Registrations change rarely.
const FRESH: Duration = Duration::from_hours(24);

/// Characters of findings, roughly: the largest networks have tens of thousands of prefixes.
const MOST: u64 = 16 * 1024 * 1024;

/// What registries said about autonomous systems. Whoever asks while somebody asks waits for the same answer.
pub(super) struct Systems(Cache<(Arc<str>, u32), Finding>);

impl Systems {
    pub(super) fn new() -> Self {
        let weigh = |_: &(Arc<str>, u32), finding: &Finding| {
            let prefixes =
                finding.evidence.get("prefixes").and_then(|prefixes| prefixes.as_array()).map_or(0, Vec::len);
            u32::try_from(1_000 + prefixes * 40).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(MOST).weigher(weigh).time_to_live(FRESH).build())
    }
}

impl Runner {
    /// What a provider says about an autonomous system; `None` for one that says nothing about any.
    pub(super) async fn look_up_system(&self, member: &Member, asn: u32, until: Instant) -> Option<Finding> {
        let registry = member.provider.systems()?;
        let started = Instant::now();
        let until = until.min(started + member.timeout);
        let ask = async {
            let finding = self.asker.ask_system(member, registry, asn, until).await;
            if finding.outcome.is_answer() { Ok(finding) } else { Err(finding) }
        };
        let asked = self.systems.0.entry((member.id.clone(), asn)).or_try_insert_with(ask);
        let mut finding = match timeout_at(until, asked).await {
            Ok(Ok(entry)) => {
                let status = if entry.is_fresh() { CacheStatus::Miss } else { CacheStatus::Hit };
                let mut finding = entry.into_value();
                finding.cache = Some(CacheUse { status, age_s: None, expires_at: None });
                finding
            }
            Ok(Err(finding)) => Finding::clone(&finding),
            Err(_) => failed(member, Outcome::Timeout, "no answer before the deadline"),
        };
        finding.elapsed_ms = elapsed_ms(started.elapsed());
        Some(finding)
    }
}
