//! `policy`: what may be sent to whom.

use model::Tlp;
use providers::SideEffect;

use super::{kinds, section::Section};

/// `policy`
#[derive(Debug, Clone)]
pub struct PolicySettings {
    /// Label of a request that gives none.
    pub tlp_default: Tlp,
    /// Domains whose names are never sent out.
    pub internal_domains: Vec<String>,
    /// The side effects that lookups may have.
    pub side_effects: Vec<SideEffect>,
}

impl PolicySettings {
    /// Whether a name, in lower case, is one of the internal domains or lies below one.
    pub fn is_internal(&self, name: &str) -> bool {
        let below = |domain: &String| {
            name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.internal_domains.iter().any(below)
    }

    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        const SIDE_EFFECTS: [SideEffect; 3] = [SideEffect::Passive, SideEffect::Publishes, SideEffect::Active];
        let side_effect = kinds::one_of(SIDE_EFFECTS.map(|effect| (effect.as_str(), effect)));
        let tlp_default = section.required("tlp_default", kinds::tlp);
        let internal_domains = section.list("internal_domains", kinds::domain);
        let side_effects = section.list("side_effects", side_effect);
        Some(Self { tlp_default: tlp_default?, internal_domains: internal_domains?, side_effects: side_effects? })
    }
}
