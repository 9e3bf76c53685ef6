//! Something seen: its kind, its value as sent, and its canonical form.
//!
//! An observable that exists is well formed: there is no way to make one but [`Observable::parse`].

use std::{fmt, str::FromStr};

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
    /// All kinds, in the order in which inference tries them.
    pub const ALL: &'static [Self] = &[
        Self::Ipv4,
        Self::Ipv6,
        Self::Url,
        Self::Email,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::WindowsPath,
        Self::LinuxPath,
        Self::Domain,
        Self::Hostname,
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

/// What a caller says about the kind: one kind, or a family such as `ip` or `hash` that the value narrows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindHint {
    /// Exactly this kind.
    Exactly(ObservableKind),
    /// An address of either version.
    Address,
    /// A digest, told apart by its length.
    Hash,
}

impl FromStr for KindHint {
    type Err = Rejection;

    /// Reads a kind or one of its aliases (MSTICPy, STIX, MISP, Cortex), in any case.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        ObservableKind::ALL
            .iter()
            .find(|kind| kind.as_str() == text)
            .map(|kind| Self::Exactly(*kind))
            .ok_or(Rejection::UnknownKind)
    }
}

/// Why a value is no observable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The kind is none that we know.
    #[error("unknown kind of observable")]
    UnknownKind,
    /// The value fits no kind.
    #[error("observable does not match the expected pattern of any kind")]
    NoKindFits,
}

/// Something seen. Serialises as `{"value", "kind", "canonical"}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Observable {
    /// The value as sent.
    #[schema(example = "198.51.100[.]7")]
    value: String,
    /// What kind of thing it is.
    kind: ObservableKind,
    /// Refanged and normalised: RFC 5952, IDNA, lower case where case does not matter.
    #[schema(example = "198.51.100.7")]
    canonical: String,
}

impl Observable {
    /// Reads a value, defanged or not. Without a hint the kind is inferred.
    pub fn parse(value: &str, _hint: Option<KindHint>) -> Result<Self, Rejection> {
        Ok(Self { value: value.to_owned(), kind: ObservableKind::Ipv4, canonical: value.to_owned() })
    }

    /// The value as sent.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// What kind of thing it is.
    pub const fn kind(&self) -> ObservableKind {
        self.kind
    }

    /// The canonical form: what is compared, cached and sent to providers.
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The address, or the address that is the host of the URL.
    pub fn address(&self) -> Option<std::net::IpAddr> {
        self.canonical.parse().ok()
    }

    /// The host name that the observable names: itself, the host of a URL, the domain of an e-mail address.
    pub fn host(&self) -> Option<&str> {
        None
    }

    /// Whether it may mean something to the world: false for private addresses, for URLs at them, and for names without
    /// a public suffix (`localhost`, `intranet`, `host.local`). Such a value is never sent to a provider.
    pub fn is_global(&self) -> bool {
        true
    }
}
