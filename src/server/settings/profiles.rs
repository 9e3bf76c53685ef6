//! `profiles`: named sets of lookups and pivots.

use std::collections::BTreeSet;

use model::When;

use super::{
    kinds::{self, Wrong},
    section::Section,
};

/// `profiles.<name>`
#[derive(Debug, Clone, Default)]
pub struct Profile {
    /// Provider ids; empty: every enabled one.
    pub lookups: Vec<String>,
    /// Pivots to run.
    pub pivots: Vec<String>,
    /// What else is asked about each observable.
    pub context: Vec<ContextPart>,
    /// When queries begin that are not told.
    pub start: Option<When>,
    /// When they end.
    pub end: Option<When>,
}

/// What is asked about an observable besides what providers say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContextPart {
    /// Whose it is, as the registries say.
    Whois,
    /// What its name servers say.
    Dns,
    /// The certificate that it shows.
    Tls,
}

impl Profile {
    pub(super) fn read(section: &Section<'_>, providers: &BTreeSet<&str>) -> Option<Self> {
        let lookups = section.list("lookups", kinds::known(providers));
        let pivots = section.list("pivots", kinds::name);
        let part = kinds::one_of([("whois", ContextPart::Whois), ("dns", ContextPart::Dns), ("tls", ContextPart::Tls)]);
        let context = section.list("context", part);
        let start = section.optional("start", time);
        let end = section.optional("end", time);
        Some(Self { lookups: lookups?, pivots: pivots?, context: context?, start: start?, end: end? })
    }
}

fn time(text: &str) -> Result<When, Wrong> {
    text.parse().map_err(|_| Wrong::allowed("RFC 3339, a number of days from now, or relative text such as -6h"))
}
