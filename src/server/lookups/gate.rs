//! Whether an observable may be shown to a provider at all. Decided before any cache or network is touched.

use model::{Observable, ObservableKind, Pap, SkipReason, Tlp};
use providers::{Purpose, SideEffect};

use super::Member;
use crate::settings::PolicySettings;

/// What one request permits.
#[derive(Debug, Clone, Default)]
pub struct Permission {
    /// How far the observables may travel; absent: as the settings say.
    pub tlp: Option<Tlp>,
    /// What may be noticed; absent: whatever the settings allow.
    pub pap: Option<Pap>,
    /// The side effects that lookups may have, of those that the settings allow; absent: all of these.
    pub side_effects: Option<Vec<SideEffect>>,
}

/// Why this provider must not see this observable, if so.
pub(super) fn closed_to(
    member: &Member,
    observable: &Observable,
    query_type: Option<&str>,
    permission: &Permission,
    policy: &PolicySettings,
) -> Option<SkipReason> {
    // A list is looked up in memory: nothing leaves, whatever the label.
    let leaves = !member.is_list();
    // What is internal is just what the organisation's own systems are asked about.
    let knows_us = member.facts().purpose == Purpose::Context;
    let side_effect = member.side_effect(query_type);
    if leaves && permission.tlp.unwrap_or(policy.tlp_default) > member.max_tlp {
        Some(SkipReason::Tlp)
    } else if !member.facts().answers_private && !observable.is_global() {
        Some(SkipReason::NotGlobal)
    } else if leaves && !knows_us && is_internal(observable, policy) {
        Some(SkipReason::InternalDomain)
    } else if is_forbidden(member, side_effect, permission, policy) {
        Some(SkipReason::Policy)
    } else if !member.is_ready() {
        Some(SkipReason::NoCredentials)
    } else {
        None
    }
}

/// Why this provider must not be sent a text, if so. Nobody knows what it names: no internal domain may stand in it.
pub(super) fn closed_to_text(
    member: &Member,
    text: &str,
    permission: &Permission,
    policy: &PolicySettings,
) -> Option<SkipReason> {
    let text = text.to_lowercase();
    if permission.tlp.unwrap_or(policy.tlp_default) > member.max_tlp {
        Some(SkipReason::Tlp)
    } else if policy.internal_domains.iter().any(|domain| text.contains(domain.as_str())) {
        Some(SkipReason::InternalDomain)
    } else if is_forbidden(member, member.side_effect(None), permission, policy) {
        Some(SkipReason::Policy)
    } else if !member.is_ready() {
        Some(SkipReason::NoCredentials)
    } else {
        None
    }
}

/// Whether the settings or the request do not permit what asking does.
fn is_forbidden(member: &Member, side_effect: SideEffect, permission: &Permission, policy: &PolicySettings) -> bool {
    !policy.side_effects.contains(&side_effect)
        || !permission.allows(side_effect)
        || permission.pap.is_some_and(|pap| pap > max_pap(member, side_effect))
}

impl Permission {
    /// Whether the side effect is permitted. One without effects needs no mention.
    pub fn allows(&self, side_effect: SideEffect) -> bool {
        side_effect == SideEffect::Passive
            || self.side_effects.as_ref().is_none_or(|allowed| allowed.contains(&side_effect))
    }
}

/// The strictest PAP label under which this may be asked: what is one's own is noticed by nobody, a third party may be
/// asked under amber, and what others or the thing itself can notice needs green.
fn max_pap(member: &Member, side_effect: SideEffect) -> Pap {
    match side_effect {
        SideEffect::Publishes | SideEffect::Active => Pap::Green,
        SideEffect::Passive if member.is_list() || member.facts().answers_private => Pap::Red,
        SideEffect::Passive => Pap::Amber,
    }
}

/// Whether the observable names a host in one of the domains, or is a mail address there.
fn is_internal(observable: &Observable, policy: &PolicySettings) -> bool {
    // A path names no host, and a hash is of no domain.
    if observable.kind().is_hash()
        || matches!(observable.kind(), ObservableKind::WindowsPath | ObservableKind::LinuxPath)
    {
        return false;
    }
    observable.host().is_some_and(|host| policy.is_internal(host))
}
