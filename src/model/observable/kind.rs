//! The closed set of kinds that an observable can have.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of thing was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObservableKind {
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// A registrable or other domain name with a public suffix.
    Domain,
    /// The name of a host, which need not have a public suffix.
    Hostname,
    /// An absolute URL.
    Url,
    /// An e-mail address.
    Email,
    /// An MD5 digest in hexadecimal.
    Md5,
    /// A SHA-1 digest in hexadecimal.
    Sha1,
    /// A SHA-256 digest in hexadecimal.
    Sha256,
    /// A path on a Windows file system.
    WindowsPath,
    /// A path on a Linux file system.
    LinuxPath,
}

impl ObservableKind {
    /// All kinds, in the order in which documents list them.
    pub const ALL: &'static [Self] = &[
        Self::Ipv4,
        Self::Ipv6,
        Self::Domain,
        Self::Hostname,
        Self::Url,
        Self::Email,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::WindowsPath,
        Self::LinuxPath,
    ];

    /// The name in requests, answers, settings and metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Domain => "domain",
            Self::Hostname => "hostname",
            Self::Url => "url",
            Self::Email => "email",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::WindowsPath => "windows_path",
            Self::LinuxPath => "linux_path",
        }
    }

    /// Whether it is an IP address.
    pub const fn is_address(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6)
    }

    /// Whether it is a file digest.
    pub const fn is_hash(self) -> bool {
        matches!(self, Self::Md5 | Self::Sha1 | Self::Sha256)
    }
}

impl fmt::Display for ObservableKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
