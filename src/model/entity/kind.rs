//! What kind of thing an entity is: Sentinel's kinds and MSTICPy's classes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::catalogue::{Class, class};
use crate::{Fault, Faulty};

/// What kind of thing an entity is. New kinds may be added; treat one that you do not know as `unknown`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// A user or service account.
    Account,
    /// A computer.
    Host,
    /// An IP address.
    Ip,
    /// A URL.
    Url,
    /// A file.
    File,
    /// The digest of a file.
    FileHash,
    /// A process.
    Process,
    /// A name and the addresses that it resolved to.
    DnsResolution,
    /// A key of the Windows registry.
    RegistryKey,
    /// A value under a key of the Windows registry.
    RegistryValue,
    /// Malware, by the name that a vendor gives it.
    Malware,
    /// A resource in Azure.
    AzureResource,
    /// A cloud application.
    CloudApplication,
    /// A security group.
    SecurityGroup,
    /// A mailbox.
    Mailbox,
    /// The configuration of a mailbox.
    MailboxConfiguration,
    /// Similar mails that were found together.
    MailCluster,
    /// A mail.
    MailMessage,
    /// A mail that somebody reported.
    SubmissionMail,
    /// A device of the internet of things.
    IotDevice,
    /// A logon session on a host.
    HostLogonSession,
    /// A sign-in session in the cloud.
    CloudLogonSession,
    /// A connection between two addresses.
    NetworkConnection,
    /// An OAuth application.
    OauthApplication,
    /// A service principal.
    ServicePrincipal,
    /// A place on earth.
    GeoLocation,
    /// A security alert.
    Alert,
    /// An incident.
    Incident,
    /// A hunting bookmark.
    Bookmark,
    /// What threat intelligence says about an entity.
    ThreatIntelligence,
    /// A kind that is not in this list.
    Unknown,
}

/// A text that names no kind of entity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of entity")]
pub struct UnknownEntityKind;

impl Faulty for UnknownEntityKind {
    fn fault(&self) -> Fault {
        Fault::Missing
    }
}

impl EntityKind {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Account,
        Self::Host,
        Self::Ip,
        Self::Url,
        Self::File,
        Self::FileHash,
        Self::Process,
        Self::DnsResolution,
        Self::RegistryKey,
        Self::RegistryValue,
        Self::Malware,
        Self::AzureResource,
        Self::CloudApplication,
        Self::SecurityGroup,
        Self::Mailbox,
        Self::MailboxConfiguration,
        Self::MailCluster,
        Self::MailMessage,
        Self::SubmissionMail,
        Self::IotDevice,
        Self::HostLogonSession,
        Self::CloudLogonSession,
        Self::NetworkConnection,
        Self::OauthApplication,
        Self::ServicePrincipal,
        Self::GeoLocation,
        Self::Alert,
        Self::Incident,
        Self::Bookmark,
        Self::ThreatIntelligence,
        Self::Unknown,
    ];

    /// The name in requests, answers and addresses.
    pub const fn as_str(self) -> &'static str {
        self.class().name
    }

    /// What the catalogue says about entities of this kind.
    pub(super) const fn class(self) -> &'static Class {
        class(self)
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntityKind {
    type Err = UnknownEntityKind;

    /// Reads a kind in any spelling (ours, Sentinel's alert schema, Azure Resource Manager, MSTICPy, Microsoft Graph), in
    /// any case, with hyphens or without.
    fn from_str(text: &str) -> Result<Self, UnknownEntityKind> {
        Self::ALL.iter().copied().find(|kind| kind.class().is_called(text)).ok_or(UnknownEntityKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_in_every_spelling() {
        for (text, kind) in [
            ("Ip", EntityKind::Ip),
            ("IpAddress", EntityKind::Ip),
            ("dns", EntityKind::DnsResolution),
            ("DnsResolution", EntityKind::DnsResolution),
            ("registry-key", EntityKind::RegistryKey),
            ("RegistryKey", EntityKind::RegistryKey),
            ("SubmissionMail", EntityKind::SubmissionMail),
            ("serviceprincipal", EntityKind::ServicePrincipal),
            ("iotdevice", EntityKind::IotDevice),
            ("alerts", EntityKind::Alert),
            ("SecurityAlert", EntityKind::Alert),
            ("User", EntityKind::Account),
            ("MACHINE", EntityKind::Host),
        ] {
            assert_eq!(text.parse(), Ok(kind), "{text}");
        }
        assert_eq!("spaceship".parse::<EntityKind>(), Err(UnknownEntityKind));
    }

    #[test]
    fn the_name_in_the_catalogue_is_the_one_that_is_serialised() {
        for kind in EntityKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
