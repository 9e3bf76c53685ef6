//! A provider as this installation runs it: its facts with the operator's overrides, its key, its places in the queue.

use std::{sync::Arc, time::Duration};

use model::{ObservableKind, Tlp};
use providers::{Facts, Provider, SideEffect, Window};
use tokio::sync::Semaphore;
use url::Url;

use crate::{
    cache::Lifetime,
    settings::{ProviderSettings, Secret},
    upstream::name_credential,
};

/// A provider and how it is run here.
pub struct Member {
    /// Who it is.
    pub provider: &'static dyn Provider,
    /// Its id, shared by all findings.
    pub id: Arc<str>,
    /// Whether it answers unless it is left out by name.
    pub enabled: bool,
    /// The settings that are missing before it can be asked.
    pub needs: Vec<String>,
    /// Where it is asked.
    pub base_url: Option<Url>,
    /// Whether the settings say where: then it is asked there about everything.
    pub own_server: bool,
    /// Its key.
    pub key: Option<Secret>,
    /// The id or user name beside the key.
    pub user: Option<Secret>,
    /// Name of the credential that tokens for it are asked for with.
    pub identity: Option<String>,
    /// Time limit of one lookup.
    pub timeout: Duration,
    /// The strictest label that may be sent.
    pub max_tlp: Tlp,
    /// Limits of the credential.
    pub windows: Arc<[Window]>,
    /// How long its answers stay fresh.
    pub lifetime: Lifetime,
    /// Name of the credential in the budgets: a digest, so that providers that share a key share its budget.
    pub credential: Arc<str>,
    /// Calls at once.
    pub places: Semaphore,
}

impl Member {
    /// Applies the operator's settings to a provider's facts.
    pub fn new(provider: &'static dyn Provider, settings: &ProviderSettings) -> Self {
        let facts = provider.facts();
        let key = settings.key.clone();
        let has_credentials = (!facts.auth.needs_key() || key.is_some())
            && (!facts.auth.needs_id() || settings.id.is_some())
            && (!facts.auth.needs_credential() || settings.credential.is_some());
        Self {
            id: facts.id.into(),
            needs: settings.needs(facts),
            enabled: settings.enabled.unwrap_or(facts.on_by_default && has_credentials),
            base_url: settings.base_url.clone().or_else(|| Url::parse(facts.base_url).ok()),
            own_server: settings.base_url.is_some(),
            user: settings.id.clone(),
            identity: settings.credential.clone(),
            timeout: settings.timeout.unwrap_or(facts.timeout),
            max_tlp: settings.max_tlp.unwrap_or(facts.max_tlp),
            windows: settings.budgets.clone().map_or_else(|| facts.budgets.into(), Into::into),
            lifetime: Lifetime::of(facts, settings),
            credential: name_credential(facts.id, key.as_ref()).into(),
            places: Semaphore::new(usize::from(facts.concurrency.max(1))),
            key,
            provider,
        }
    }

    /// The provider's facts.
    pub fn facts(&self) -> &'static Facts {
        self.provider.facts()
    }

    /// Whether it can be asked at all.
    pub fn is_ready(&self) -> bool {
        self.needs.is_empty()
    }

    /// Whether it answers for a kind, with its usual question or the named one.
    pub fn answers(&self, kind: ObservableKind, query_type: Option<&str>) -> bool {
        self.facts().answers(kind, query_type)
    }

    /// What asking it does.
    pub fn side_effect(&self, query_type: Option<&str>) -> SideEffect {
        self.facts().side_effect_of(query_type)
    }

    /// Whether it answers from a list in memory, so that nothing leaves the process.
    pub fn is_list(&self) -> bool {
        self.provider.list().is_some()
    }
}
