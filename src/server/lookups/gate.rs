//! Whether an observable may be shown to a provider at all. Decided before any cache or network is touched.

use model::{Observable, ObservableKind, SkipReason, Tlp};
use providers::Purpose;

use super::Member;
use crate::settings::PolicySettings;

/// Why this provider must not see this observable, if so.
pub(super) fn closed_to(
    member: &Member,
    observable: &Observable,
    query_type: Option<&str>,
    tlp: Tlp,
    policy: &PolicySettings,
) -> Option<SkipReason> {
    // A list is looked up in memory: nothing leaves, whatever the label.
    let leaves = !member.is_list();
    // What is internal is just what the organisation's own systems are asked about.
    let knows_us = member.facts().purpose == Purpose::Context;
    if leaves && tlp > member.max_tlp {
        Some(SkipReason::Tlp)
    } else if !member.facts().answers_private && !observable.is_global() {
        Some(SkipReason::NotGlobal)
    } else if leaves && !knows_us && is_internal(observable, &policy.internal_domains) {
        Some(SkipReason::InternalDomain)
    } else if !policy.side_effects.contains(&member.side_effect(query_type)) {
        Some(SkipReason::Policy)
    } else if !member.is_ready() {
        Some(SkipReason::NoCredentials)
    } else {
        None
    }
}

/// Whether the observable names a host in one of the domains, or is a mail address there.
fn is_internal(observable: &Observable, domains: &[String]) -> bool {
    // A path names no host, and a hash is of no domain.
    if observable.kind().is_hash()
        || matches!(observable.kind(), ObservableKind::WindowsPath | ObservableKind::LinuxPath)
    {
        return false;
    }
    let Some(host) = observable.host() else { return false };
    domains.iter().any(|domain| {
        host.len() >= domain.len()
            && host.is_char_boundary(host.len() - domain.len())
            && host.split_at(host.len() - domain.len()).1.eq_ignore_ascii_case(domain)
            && (host.len() == domain.len() || host.as_bytes().get(host.len() - domain.len() - 1) == Some(&b'.'))
    })
}
