//! `profiles`: named sets of lookups and pivots.

use std::collections::BTreeSet;

use super::{kinds, section::Section};

/// `profiles.<name>`
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Provider ids; empty: every enabled one.
    pub lookups: Vec<String>,
    /// Pivots to run.
    pub pivots: Vec<String>,
}

impl Profile {
    pub(super) fn read(section: &Section<'_>, providers: &BTreeSet<&str>) -> Option<Self> {
        let lookups = section.list("lookups", kinds::known(providers));
        let pivots = section.list("pivots", kinds::name);
        Some(Self { lookups: lookups?, pivots: pivots? })
    }
}
