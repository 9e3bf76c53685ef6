//! Lists that providers publish whole: fetched on a schedule, kept in memory, looked up there.

use std::{net::IpAddr, time::Duration};

use model::{Evidence, Verdict};

use crate::{Misread, Reading};

/// A published list.
#[derive(Debug, Clone, Copy)]
pub struct ListFacts {
    /// Path below the provider's base address.
    pub path: &'static str,
    /// How often it is fetched again.
    pub every: Duration,
    /// How old a copy may grow before it is no longer believed.
    pub believed_for: Duration,
    /// Reads the file. A file that is not certainly the list, such as a page or nothing at all, is a misreading and
    /// never an empty list. Of two entries for one key the later one counts.
    pub parse: fn(&[u8]) -> Result<Vec<Entry>, Misread>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What is listed.
    pub key: Key,
    /// What the list says about it.
    pub evidence: Evidence,
}

/// What an entry matches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Key {
    /// One address.
    Address(IpAddr),
    /// All addresses of a network: the first one, and the length of the prefix.
    Network(IpAddr, u8),
    /// A canonical value: a domain, URL or digest.
    Value(String),
}

/// What a look into a list found.
#[derive(Debug, Clone, PartialEq)]
pub enum Listing {
    /// It is listed, with what the list says.
    Present(Evidence),
    /// It is not listed.
    Absent,
    /// There is no believable copy of the list.
    Unavailable(String),
}

impl Listing {
    /// To be listed has this verdict; not to be listed says nothing.
    pub(crate) fn judged(&self, listed: Verdict) -> Reading {
        match self {
            Self::Present(evidence) => Reading { evidence: evidence.clone(), ..Reading::judged(listed) },
            Self::Absent => Reading::not_found().because("not on the list"),
            Self::Unavailable(reason) => Reading::failed(reason.as_str()),
        }
    }
}
