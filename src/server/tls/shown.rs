//! What a server shows when it is called: its certificate, and whether anybody vouches for it or malware uses it.

use std::time::SystemTime;

use chrono::Utc;
use model::{KindHint, Observable, ObservableKind, Outcome, SkipReason};
use providers::Listing;
use serde::Serialize;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::{Certificate, Target};
use crate::{
    lookups::{Lookups, Permission},
    settings::{DnsSettings, PolicySettings},
    upstream::{Distrust, Handshake, SendError, Upstream},
};

/// The list of certificates that malware uses, by its provider's id.
const ABUSE_CH_LIST: &str = "sslbl";

/// Whoever looks at servers needs these.
#[derive(Clone, Copy)]
pub struct Tls<'a> {
    /// Who calls.
    pub upstream: &'a Upstream,
    /// Who has the list of certificates that malware uses.
    pub lookups: &'a Lookups,
    /// Which names are internal.
    pub dns: &'a DnsSettings,
    /// Who may be contacted.
    pub policy: &'a PolicySettings,
}

/// What a server showed.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ShownCertificate)]
pub struct Shown {
    /// hit, unsupported (no host), skipped, timeout or error (not reached, no TLS).
    pub outcome: Outcome,
    /// Why there is no certificate, when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// The host that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub host: Option<String>,
    /// The port that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub port: Option<u16>,
    /// The address at which the host was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub address: Option<String>,
    /// The version of TLS; absent if the server broke off after it showed its certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TLSv1.3")]
    pub protocol: Option<&'static str>,
    /// The cipher suite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "TLS13_AES_256_GCM_SHA384")]
    pub cipher_suite: Option<&'static str>,
    /// Whether a trusted authority vouches for the certificate, for this host and this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub is_trusted: Option<bool>,
    /// Why it is not trusted: expired, not_yet_valid, unknown_issuer, wrong_host, revoked, bad_signature or unusable.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "unknown_issuer")]
    pub distrust: Option<&'static str>,
    /// Whether the certificate is for the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub hostname_matches: Option<bool>,
    /// The server's certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub certificate: Option<Certificate>,
    /// The certificates that it sent along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// Whether the certificate is on abuse.ch's list of those that malware uses; absent while there is no copy of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub on_abuse_list: Option<bool>,
    /// Why it is on the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub abuse_reason: Option<String>,
}

impl Shown {
    /// No certificate, and why.
    pub fn nothing(outcome: Outcome, reason: impl Into<String>) -> Self {
        Self {
            outcome,
            reason: Some(reason.into()),
            host: None,
            port: None,
            address: None,
            protocol: None,
            cipher_suite: None,
            is_trusted: None,
            distrust: None,
            hostname_matches: None,
            certificate: None,
            chain: Vec::new(),
            on_abuse_list: None,
            abuse_reason: None,
        }
    }

    fn of(self, target: Target) -> Self {
        Self { host: Some(target.host), port: Some(target.port), ..self }
    }
}

impl Tls<'_> {
    /// Calls a server, if that is allowed, and takes down what it shows.
    pub async fn look_at(&self, target: Target, permission: &Permission, deadline: Instant) -> Shown {
        if let Some(reason) = target.closed(permission, self.dns, self.policy) {
            return Shown::nothing(Outcome::Skipped, reason.as_str()).of(target);
        }
        let shown = match self.upstream.certificates(&target.host, target.port, deadline).await {
            Ok(handshake) => self.seen(&handshake),
            Err(SendError::Denied) => Shown::nothing(Outcome::Skipped, SkipReason::NotGlobal.as_str()),
            Err(error @ SendError::Timeout) => Shown::nothing(Outcome::Timeout, error.to_string()),
            Err(error) => Shown::nothing(Outcome::Error, error.to_string()),
        };
        shown.of(target)
    }

    fn seen(&self, handshake: &Handshake) -> Shown {
        let now = Utc::now();
        let mut certificates = handshake.chain.iter().map(|der| Certificate::read(der, now));
        let certificate = certificates.next();
        let (on_abuse_list, abuse_reason) =
            certificate.as_ref().and_then(|certificate| self.listed(&certificate.sha1)).unzip();
        Shown {
            outcome: Outcome::Hit,
            reason: None,
            host: None,
            port: None,
            address: Some(handshake.address.to_string()),
            protocol: handshake.protocol,
            cipher_suite: handshake.cipher_suite,
            is_trusted: Some(handshake.distrust.is_none()),
            distrust: handshake.distrust.map(Distrust::as_str),
            hostname_matches: Some(handshake.names_host),
            certificate,
            chain: certificates.collect(),
            on_abuse_list,
            abuse_reason: abuse_reason.flatten(),
        }
    }

    /// Whether abuse.ch lists a certificate, and why; `None` while there is no copy of the list to look into.
    fn listed(&self, sha1: &str) -> Option<(bool, Option<String>)> {
        let member =
            self.lookups.members().into_iter().find(|member| member.enabled && *member.id == *ABUSE_CH_LIST)?;
        let digest = Observable::parse(sha1, Some(KindHint::Exactly(ObservableKind::Sha1))).ok()?;
        match self.lookups.runner().lists().find(&member, &digest, SystemTime::now()) {
            Listing::Present(evidence) => {
                Some((true, evidence.get("reason").and_then(|reason| reason.as_str()).map(str::to_owned)))
            }
            Listing::Absent => Some((false, None)),
            Listing::Unavailable(_) => None,
        }
    }
}
