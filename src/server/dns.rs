//! What the name servers know about names and addresses, within what they may be asked.
//!
//! Nobody else is asked here, but name servers pass questions on: what is internal stays inside unless the settings say
//! that the servers are the operator's own.

use std::net::IpAddr;

use model::{KindHint, Observable, ObservableKind, Outcome, Pap, Rejection, SkipReason, Tlp};
use tokio::time::Instant;

use crate::{
    lookups::Permission,
    settings::{DnsSettings, PolicySettings},
    upstream::{DnsAnswer, DnsError, Presence, RecordType, Resolver},
};

/// The strictest label of what name servers may be asked. Those that answer belong to whoever owns the name.
const MAX_TLP: Tlp = Tlp::Amber;

/// The strictest label of actions: whoever runs the name servers of a name can notice the question.
const MAX_PAP: Pap = Pap::Green;

/// What a name server is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Records of a name.
    Name(Observable),
    /// The names of an address.
    Address(IpAddr),
}

/// How asking ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// Hit, not_found, unsupported, skipped, timeout or error.
    pub outcome: Outcome,
    /// Why there is no record, when there is none.
    pub reason: Option<String>,
    /// What a name server said.
    pub answer: Option<DnsAnswer>,
}

/// Who is asked, and what may be.
#[derive(Clone, Copy)]
pub struct Dns<'a> {
    /// Who is asked.
    pub resolver: &'a Resolver,
    /// Whether the name servers may see what is internal.
    pub dns: &'a DnsSettings,
    /// What is internal.
    pub policy: &'a PolicySettings,
}

impl Subject {
    /// Reads a host name, or the host name in a URL or an e-mail address, defanged or not.
    pub fn name(value: &str) -> Result<Self, Rejection> {
        let as_name = |text: &str| Observable::parse(text, Some(KindHint::Exactly(ObservableKind::Hostname)));
        let rejection = match as_name(value) {
            Ok(name) => return Ok(Self::Name(name)),
            Err(rejection) => rejection,
        };
        match Observable::parse(value, None) {
            Ok(other) => as_name(other.host().ok_or(rejection)?).map(Self::Name),
            Err(_) => Err(rejection),
        }
    }

    /// Reads an address, defanged or not.
    pub fn address(value: &str) -> Result<Self, Rejection> {
        let address = Observable::parse(value, Some(KindHint::Address))?;
        address.address().map(Self::Address).ok_or(Rejection::InvalidAddress)
    }

    /// Why name servers must not be asked, if so.
    pub fn closed(&self, permission: &Permission, dns: &DnsSettings, policy: &PolicySettings) -> Option<SkipReason> {
        let closed = closed_by_label(permission, policy);
        if closed.is_some() || dns.ask_internal {
            return closed;
        }
        match self {
            Self::Name(name) if policy.is_internal(name.canonical()) => Some(SkipReason::InternalDomain),
            Self::Name(name) if !name.is_global() => Some(SkipReason::NotGlobal),
            Self::Address(address) if !model::is_global(*address) => Some(SkipReason::NotGlobal),
            _ => None,
        }
    }
}

/// Why a label keeps somebody's own servers from being asked, if so.
pub fn closed_by_label(permission: &Permission, policy: &PolicySettings) -> Option<SkipReason> {
    if permission.tlp.unwrap_or(policy.tlp_default) > MAX_TLP {
        Some(SkipReason::Tlp)
    } else if permission.pap.is_some_and(|pap| pap > MAX_PAP) {
        Some(SkipReason::Policy)
    } else {
        None
    }
}

impl Dns<'_> {
    /// Asks for the records of a name, whatever `record_type`, or for the names of an address.
    pub async fn resolve(
        &self,
        subject: &Subject,
        record_type: RecordType,
        permission: &Permission,
        deadline: Instant,
    ) -> Resolved {
        if let Some(reason) = subject.closed(permission, self.dns, self.policy) {
            return Resolved::without_answer(Outcome::Skipped, reason.as_str());
        }
        let answer = match subject {
            Subject::Name(name) => self.resolver.records(name.canonical(), record_type, deadline).await,
            Subject::Address(address) => self.resolver.names_of(*address, deadline).await,
        };
        answer.map_or_else(Resolved::from, Resolved::from)
    }
}

impl Resolved {
    /// Nobody was asked, or nobody answered.
    pub fn without_answer(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self { outcome, reason: Some(reason.into()), answer: None }
    }
}

impl From<DnsAnswer> for Resolved {
    fn from(answer: DnsAnswer) -> Self {
        let (outcome, reason) = match answer.presence {
            Presence::Present => (Outcome::Hit, None),
            Presence::NoRecord => (Outcome::NotFound, Some("the name has no record of this type (NODATA)")),
            Presence::NoName => (Outcome::NotFound, Some("the name does not exist (NXDOMAIN)")),
        };
        Self { outcome, reason: reason.map(str::to_owned), answer: Some(answer) }
    }
}

impl From<DnsError> for Resolved {
    fn from(error: DnsError) -> Self {
        let outcome = match error {
            DnsError::BadName | DnsError::BadType => Outcome::Unsupported,
            DnsError::Timeout => Outcome::Timeout,
            DnsError::Refused | DnsError::ServerFailure | DnsError::Unreachable => Outcome::Error,
        };
        Self::without_answer(outcome, error.to_string())
    }
}
