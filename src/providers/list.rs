//! Lists that providers publish whole: fetched on a schedule, kept in memory, looked up there.

use std::{net::IpAddr, path::Path, time::Duration};

use model::{Evidence, Observable, Verdict};

use crate::{Misread, Reading};

/// A published list.
#[derive(Clone, Copy)]
pub struct ListFacts {
    /// Where it lies.
    pub from: ListSource,
    /// How often it is fetched again.
    pub every: Duration,
    /// How old a copy may grow before it is no longer believed.
    pub believed_for: Duration,
    /// Reads the file. A file that is not certainly the list, such as a page or nothing at all, is a misreading and
    /// never an empty list. Of two entries for one key the later one counts.
    pub parse: &'static Parse,
}

/// Reads the file of a list.
pub type Parse = dyn Fn(&[u8]) -> Result<Vec<Entry>, Misread> + Send + Sync;

/// Where a list lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListSource {
    /// At a path below the provider's base address.
    Path(&'static str),
    /// In a file on disk.
    File(&'static Path),
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

impl Key {
    /// Whether an observable is what is listed.
    pub(crate) fn holds(&self, observable: &Observable) -> bool {
        match self {
            Self::Address(address) => observable.address() == Some(*address),
            Self::Network(first, length) => observable.address().is_some_and(|address| match (first, address) {
                (IpAddr::V4(first), IpAddr::V4(address)) => {
                    let shift = 32_u32.saturating_sub(u32::from(*length));
                    first.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
                }
                (IpAddr::V6(first), IpAddr::V6(address)) => {
                    let shift = 128_u32.saturating_sub(u32::from(*length));
                    first.to_bits().checked_shr(shift) == address.to_bits().checked_shr(shift)
                }
                _ => false,
            }),
            Self::Value(value) => {
                value == observable.canonical() || observable.host().is_some_and(|host| value == host)
            }
        }
    }
}

impl Listing {
    /// What a file says of an observable.
    pub(crate) fn of(file: &[u8], facts: &ListFacts, observable: &Observable) -> Self {
        match (facts.parse)(file) {
            Ok(entries) => entries
                .into_iter()
                .find(|entry| entry.key.holds(observable))
                .map_or(Self::Absent, |entry| Self::Present(entry.evidence)),
            Err(misread) => Self::Unavailable(misread.to_string()),
        }
    }
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
