//! `providers`: what differs here from what each provider is by itself.

use std::{collections::BTreeSet, time::Duration};

use model::Tlp;
use providers::{Facts, Window};
use url::Url;

use super::{Secret, kinds, section::Section};

/// `providers.<id>`
#[derive(Debug, Clone, Default)]
pub struct ProviderSettings {
    /// On or off; absent: as the provider is by default.
    pub enabled: Option<bool>,
    /// Its key.
    pub key: Option<Secret>,
    /// The id or user name beside the key.
    pub id: Option<Secret>,
    /// Name of the credential that tokens for it are asked for with.
    pub credential: Option<String>,
    /// Where it is asked.
    pub base_url: Option<Url>,
    /// Time limit of one request.
    pub timeout: Option<Duration>,
    /// The strictest label that may be sent.
    pub max_tlp: Option<Tlp>,
    /// Limits of the credential.
    pub budgets: Option<Vec<Window>>,
    /// How long an answer stays fresh.
    pub fresh: Option<Duration>,
    /// How long "not known" stays fresh.
    pub fresh_unknown: Option<Duration>,
}

impl ProviderSettings {
    /// The settings that are missing before this provider can be asked.
    pub fn needs(&self, facts: &Facts) -> Vec<String> {
        let missing = |needed: bool, key: &str| needed.then(|| format!("providers.{}.{key}", facts.id));
        [
            missing(facts.auth.needs_key() && self.key.is_none(), "key"),
            missing(facts.auth.needs_id() && self.id.is_none(), "id"),
            missing(facts.auth.needs_credential() && self.credential.is_none(), "credential"),
            missing(facts.base_url.is_empty() && self.base_url.is_none(), "base_url"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn read(section: &Section<'_>, credentials: &BTreeSet<&str>) -> Option<Self> {
        const YEAR_S: u64 = 366 * 24 * 3600;
        let enabled = section.optional("enabled", kinds::flag);
        let key = section.secret("key");
        let id = section.secret("id");
        let credential = section.optional("credential", kinds::known(credentials));
        let base_url = section.optional("base_url", kinds::provider_address);
        let timeout = section.optional("timeout_ms", kinds::milliseconds(1..=100_000));
        let max_tlp = section.optional("max_tlp", kinds::tlp);
        let budgets = section.optional_items("budgets", window);
        let fresh = section.optional("fresh_s", kinds::seconds(0..=YEAR_S));
        let fresh_unknown = section.optional("fresh_unknown_s", kinds::seconds(0..=YEAR_S));
        Some(Self {
            enabled: enabled?,
            key: key?,
            id: id?,
            credential: credential?,
            base_url: base_url?,
            timeout: timeout?,
            max_tlp: max_tlp?,
            budgets: budgets?,
            fresh: fresh?,
            fresh_unknown: fresh_unknown?,
        })
    }
}

pub(super) fn window(section: &Section<'_>) -> Option<Window> {
    let requests = section.required("requests", kinds::whole(1..=u32::MAX.into()));
    let per_s = section.required("per_s", kinds::whole(1..=u32::MAX.into()));
    Some(Window { requests: requests?, per_s: per_s? })
}
