//! Something seen: its kind, its value as sent, and its canonical form.
//!
//! An observable that exists is well formed: there is no way to make one but [`Observable::parse`].

mod canonical;
mod hint;
mod infer;
mod kind;
#[cfg(test)]
mod properties;
mod refang;
mod rejection;
#[cfg(test)]
mod tests;

use std::{
    hash::{Hash, Hasher},
    net::IpAddr,
};

pub use hint::KindHint;
pub use kind::ObservableKind;
pub use refang::refang;
pub use rejection::Rejection;
use serde::Serialize;
use utoipa::ToSchema;

use crate::is_global;
use canonical::{name, url};

/// Longest value that is read, in bytes; the canonical form is held to it too.
pub const MAX_VALUE_BYTES: usize = 8192;

/// Something seen. Serialises as `{"value", "kind", "canonical"}`. Two are equal if kind and canonical form are, however
/// they were written.
#[derive(Debug, Clone, Serialize, ToSchema)]
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
    ///
    /// An IPv4-mapped IPv6 address is read as the IPv4 address in it, as dual-stack sockets log them, unless the hint says
    /// `ipv6`.
    pub fn parse(value: &str, hint: Option<KindHint>) -> Result<Self, Rejection> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(Rejection::TooLong);
        }
        let text = value.trim();
        if text.is_empty() {
            return Err(Rejection::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(Rejection::ControlCharacters);
        }
        let (kind, canonical) = match hint {
            Some(hint) => canonical::read(text, hint)?,
            None => infer::read(text)?,
        };
        Ok(Self { value: value.to_owned(), kind, canonical })
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

    /// What tells observables apart.
    pub fn key(&self) -> (ObservableKind, &str) {
        (self.kind, &self.canonical)
    }

    /// The address, or the address that is the host of the URL.
    pub fn address(&self) -> Option<IpAddr> {
        match self.kind {
            ObservableKind::Ipv4 | ObservableKind::Ipv6 => self.canonical.parse().ok(),
            ObservableKind::Url => url::host(&self.canonical)?.parse().ok(),
            _ => None,
        }
    }

    /// The host name that the observable names: itself, the host of a URL, the domain of an e-mail address. An address is
    /// no name.
    pub fn host(&self) -> Option<&str> {
        match self.kind {
            ObservableKind::Domain | ObservableKind::Hostname => Some(&self.canonical),
            ObservableKind::Email => self.canonical.rsplit_once('@').map(|(_, domain)| domain),
            ObservableKind::Url => url::host(&self.canonical).filter(|host| host.parse::<IpAddr>().is_err()),
            _ => None,
        }
    }

    /// Whether it may mean something to the world: false for private addresses, for URLs at them, for names without a
    /// public suffix (`localhost`, `intranet`, `host.local`) and under `home.arpa`, and for paths, which say much about one
    /// machine and nothing about others. Such a value is never sent to a provider. Digests are always global; so are onion
    /// names, which the Tor network gives out once in the world.
    pub fn is_global(&self) -> bool {
        match self.kind {
            ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 => true,
            ObservableKind::WindowsPath | ObservableKind::LinuxPath => false,
            _ => match (self.address(), self.host()) {
                (Some(address), _) => is_global(address),
                (None, Some(host)) => name::is_global(host),
                (None, None) => false,
            },
        }
    }
}

impl PartialEq for Observable {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Observable {}

impl Hash for Observable {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}
