//! What only network lookups need: guides to registries, many addresses in one request, autonomous systems.

use std::sync::Arc;

use futures::{StreamExt as _, future::join_all, stream};
use model::{Finding, Observable};
use tokio::time::Instant;

use super::{Lookups, Member, Permission, gate, runner::Lookup};

/// So many are asked about one by one before they are asked about at once.
const FEW: usize = 50;

/// Parts of one answer that are taken in at once.
const AT_ONCE: usize = 32;

impl Lookups {
    /// The provider with this id, or nobody while it is off.
    pub fn if_enabled(&self, id: &str) -> Vec<String> {
        let enabled = self.state.load().roster.enabled();
        enabled.iter().filter(|member| &*member.id == id).map(|member| member.id.to_string()).collect()
    }

    /// Sees to it that the providers know the registries, unless that takes too long.
    pub async fn freshen_guides(&self, until: Instant) {
        for member in self.members() {
            self.runner.guides.freshen(&member, &self.runner.asker.upstream, until).await;
        }
    }

    /// Asks a provider about many observables at once, so that [`Self::look_up`] then finds the answers near. Few are left
    /// to be asked one by one, and so is whatever this does not bring. Whether it did anything.
    pub async fn look_ahead(
        &self,
        id: &str,
        observables: &[Observable],
        permission: &Permission,
        refresh: bool,
        until: Instant,
    ) -> bool {
        let state = self.state.load_full();
        let Some(member) = state.roster.enabled().into_iter().find(|member| &*member.id == id) else { return false };
        let Some(bulk) = member.provider.bulk() else { return false };
        let mut lookups: Vec<Lookup> = Vec::new();
        for observable in observables {
            let open = member.answers(observable.kind(), None)
                && gate::closed_to(&member, observable, None, permission, &state.policy).is_none();
            let lookup = lookup(&member, observable, refresh);
            if open && !self.runner.has_near(&lookup) {
                lookups.push(lookup);
            }
        }
        lookups.sort_by(|a, b| a.observable.canonical().cmp(b.observable.canonical()));
        lookups.dedup_by(|a, b| a.observable.key() == b.observable.key());
        if lookups.len() <= FEW {
            return false;
        }
        for chunk in lookups.chunks(bulk.most()) {
            let asked: Vec<&Observable> = chunk.iter().map(|lookup| &*lookup.observable).collect();
            let Ok(answer) = self.runner.asker.ask_all(&member, bulk, &asked, until).await else { return false };
            let parts = chunk.iter().filter_map(|lookup| Some((lookup, bulk.part(&lookup.observable, &answer)?)));
            stream::iter(parts)
                .for_each_concurrent(AT_ONCE, |(lookup, part)| self.runner.take_part(lookup, part))
                .await;
        }
        true
    }

    /// What the providers say about an autonomous system, each that says something about any.
    pub async fn look_up_system(&self, asn: u32, until: Instant) -> Vec<Finding> {
        let members = self.state.load().roster.enabled();
        let asked = members.iter().map(|member| self.runner.look_up_system(member, asn, until));
        join_all(asked).await.into_iter().flatten().collect()
    }
}

fn lookup(member: &Arc<Member>, observable: &Observable, refresh: bool) -> Lookup {
    Lookup {
        member: member.clone(),
        observable: Arc::new(observable.clone()),
        query_type: None,
        refresh,
        include_raw: false,
    }
}
