//! Whose networks and domains are, as the registries say: over RDAP, from Team Cymru, and over WHOIS on port 43 where a
//! registry has no RDAP.

mod columns;
mod owners;
mod round;

pub(crate) use columns::{DomainColumns, NetworkColumns, together};
use model::{Finding, KindHint, Observable, ObservableKind, Outcome};
pub(crate) use owners::{DomainOwner, NetworkOwner, address, domain_owners, network_owners};
use round::Round;
pub(crate) use round::{Asked, Manner, overall};

use crate::lookups::Lookups;

/// Who says who announces a network.
const CYMRU: &str = "cymru";

/// Who says whose a network or a domain is.
const RDAP: &str = "rdap";

/// The same where a registry has no RDAP.
const WHOIS: &str = "whois";

/// The findings about each observable, and whether all were in time.
pub(crate) type Found = (Vec<Vec<Finding>>, bool);

/// Asks the registries whose the networks of addresses are.
pub(crate) async fn networks(lookups: &Lookups, addresses: Vec<Observable>, manner: &Manner) -> Found {
    lookups.freshen_guides(manner.deadline).await;
    Round { provider: RDAP, manner }.ask(lookups, addresses).await
}

/// Asks Team Cymru who announces the networks of addresses, in bulk where they are many.
pub(crate) async fn announcements(lookups: &Lookups, addresses: Vec<Observable>, manner: &Manner) -> Found {
    Round { provider: CYMRU, manner }.ask_in_bulk(lookups, addresses).await
}

/// Asks the registries whose domains are, which must be the parts that can be registered.
pub(crate) async fn domains(lookups: &Lookups, domains: Vec<Observable>, manner: &Manner) -> Found {
    lookups.freshen_guides(manner.deadline).await;
    let (mut findings, mut complete) = Round { provider: RDAP, manner }.ask(lookups, domains.clone()).await;

    // Where the registry has no RDAP, or RDAP is off.
    let has_none = |findings: &[Finding]| findings.iter().all(|finding| finding.outcome == Outcome::Unsupported);
    let without: Vec<usize> =
        (0..findings.len()).filter(|row| findings.get(*row).is_some_and(|found| has_none(found))).collect();
    let rest = without.iter().filter_map(|row| domains.get(*row).cloned()).collect();
    let (more, in_time) = Round { provider: WHOIS, manner }.ask(lookups, rest).await;
    complete &= in_time;
    for (row, more) in without.into_iter().zip(more) {
        if let Some(findings) = findings.get_mut(row) {
            findings.extend(more);
        }
    }
    (findings, complete)
}

/// The domain in a name, URL or mail address that can be registered.
pub(crate) fn registrable(observable: &Observable) -> Option<Observable> {
    if observable.kind().is_hash() || observable.address().is_some() {
        return None;
    }
    let domain = observable.host().and_then(psl::domain_str)?;
    Observable::parse(domain, Some(KindHint::Exactly(ObservableKind::Domain))).ok()
}
