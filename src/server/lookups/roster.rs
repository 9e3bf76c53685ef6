//! Who can be asked here: every provider as the settings run it.

use std::{collections::BTreeMap, sync::Arc};

use providers::Provider;

use super::Member;
use crate::settings::ProviderSettings;

/// A request named a provider that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such provider; there are {known}")]
pub struct UnknownProvider {
    /// Its place among the names given.
    pub position: usize,
    /// The ids that exist.
    pub known: String,
}

/// Every provider of this installation, in alphabetical order. Swapped whole when the settings are read again.
pub struct Roster {
    members: Vec<Arc<Member>>,
}

impl Roster {
    /// Applies the settings to all providers.
    pub fn new(
        providers: impl IntoIterator<Item = &'static dyn Provider>,
        settings: &BTreeMap<String, ProviderSettings>,
    ) -> Self {
        let absent = ProviderSettings::default();
        let mut members: Vec<_> = providers
            .into_iter()
            .map(|provider| Member::new(provider, settings.get(provider.facts().id).unwrap_or(&absent)).into())
            .collect();
        members.sort_by(|a: &Arc<Member>, b| a.id.cmp(&b.id));
        Self { members }
    }

    /// All of them.
    pub fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    /// The ones that are on.
    pub fn enabled(&self) -> Vec<Arc<Member>> {
        self.members.iter().filter(|member| member.enabled).cloned().collect()
    }

    /// The ones with these ids, in the order given, each once.
    pub fn named(&self, ids: &[String]) -> Result<Vec<Arc<Member>>, UnknownProvider> {
        let mut chosen: Vec<Arc<Member>> = Vec::with_capacity(ids.len());
        for (position, id) in ids.iter().enumerate() {
            let member = self.find(id).ok_or_else(|| UnknownProvider { position, known: self.ids() })?;
            if !chosen.iter().any(|other| other.id == member.id) {
                chosen.push(member);
            }
        }
        Ok(chosen)
    }

    fn find(&self, id: &str) -> Option<Arc<Member>> {
        self.members.iter().find(|member| member.id.eq_ignore_ascii_case(id.trim())).cloned()
    }

    fn ids(&self) -> String {
        self.members.iter().map(|member| &*member.id).collect::<Vec<_>>().join(", ")
    }
}
