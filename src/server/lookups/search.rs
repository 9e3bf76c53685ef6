//! Searching a provider in its own language. What is found is not kept: a search is asked by somebody who wants it now.

use model::{Finding, Observable, Outcome};
use tokio::time::Instant;

use super::{Lookups, Permission, UnknownProvider, asker::failed, fan_out::elapsed_ms, gate};

/// What is searched for, where, and how.
#[derive(Debug, Clone)]
pub struct SearchAsk {
    /// Id of the provider.
    pub provider: String,
    /// The query, in the provider's language.
    pub query: String,
    /// How many observables are wanted at most.
    pub limit: usize,
    /// What may be done.
    pub permission: Permission,
    /// When the answer is due.
    pub deadline: Instant,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Searched {
    /// How the search ended.
    pub finding: Finding,
    /// The observables, and what the provider says about each.
    pub found: Vec<(Observable, Finding)>,
}

impl Lookups {
    /// Searches. A provider that cannot or must not be searched is a finding that says so.
    pub async fn search(&self, ask: SearchAsk) -> Result<Searched, UnknownProvider> {
        let state = self.state.load_full();
        let started = Instant::now();
        let SearchAsk { provider, query, limit, permission, deadline } = ask;
        let members = state.roster.named(std::slice::from_ref(&provider))?;
        // One name leads to one provider.
        let Some(member) = members.first() else {
            return Err(UnknownProvider { position: 0, known: String::new() });
        };
        let nothing = |finding| Ok(Searched { finding, found: Vec::new() });
        let Some(search) = member.provider.search() else {
            return nothing(failed(member, Outcome::Unsupported, "the provider cannot be searched"));
        };
        if let Some(reason) = gate::closed_to_text(member, &query, &permission, &state.policy) {
            return nothing(Finding::skipped(member.id.clone(), reason));
        }
        let asked = self.runner.asker.search(member, search, &query, limit.min(search.most()), deadline);
        let (mut finding, found) = tokio::time::timeout_at(deadline, asked)
            .await
            .unwrap_or_else(|_| (failed(member, Outcome::Timeout, "no answer before the deadline"), Vec::new()));
        finding.elapsed_ms = elapsed_ms(started.elapsed());
        Ok(Searched { finding, found })
    }
}
