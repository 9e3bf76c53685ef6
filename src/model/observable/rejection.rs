//! Why a value is no observable. The texts are shown to callers and never repeat the value.

use super::{KindHint, ObservableKind};
use crate::{Fault, Faulty};

/// Why a value is no observable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The kind is none that we know.
    #[error(
        "unknown kind of observable; allowed are ipv4, ipv6, domain, hostname, url, email, md5, sha1, sha256, \
         windows_path, linux_path, and ip, hash or path when the value shows which"
    )]
    UnknownKind,
    /// The value fits no kind.
    #[error("observable does not match the expected pattern of any kind")]
    NoKindFits,
    /// The value does not look like one of its kind.
    #[error("observable does not match the expected pattern of {0}")]
    Mismatch(KindHint),
    /// There is nothing but space.
    #[error("observable is empty")]
    Empty,
    /// The value or its canonical form is too long.
    #[error("observable is longer than {} bytes", super::MAX_VALUE_BYTES)]
    TooLong,
    /// There are control characters in it.
    #[error("observable has control characters in it")]
    ControlCharacters,
    /// It should be an IP address.
    #[error("IP address has an invalid format")]
    InvalidAddress,
    /// An address of the other version.
    #[error("observable is an {found} address where {expected} is expected")]
    WrongVersion {
        /// The version that was said.
        expected: ObservableKind,
        /// The version that it has.
        found: ObservableKind,
    },
    /// A name of one label where a domain is expected.
    #[error("name is unqualified: it has no dot")]
    Unqualified,
    /// An address where a name is expected.
    #[error("observable is an IP address where a name is expected")]
    IsAddress,
    /// A name that the public cannot resolve.
    #[error("name does not end in a known public suffix")]
    UnknownSuffix,
    /// Too regular to be a digest.
    #[error("text has too low an entropy to be a hash")]
    LowEntropy,
    /// A URL that names a file.
    #[error("file URL scheme is not supported")]
    FileUrl,
    /// A URL of a scheme that names no host on a network.
    #[error("URL scheme is not supported")]
    UnsupportedScheme,
    /// A URL without a host.
    #[error("URL has no host")]
    NoHost,
}

impl Faulty for Rejection {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLong => Fault::TooLarge,
            _ => Fault::Invalid,
        }
    }
}
