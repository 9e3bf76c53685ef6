//! The certificates that servers show, within what may be contacted.

mod certificate;
mod shown;

use std::net::IpAddr;

pub use certificate::{Certificate, Details};
use model::{KindHint, Observable, ObservableKind, Rejection, SkipReason, refang};
use providers::SideEffect;
pub use shown::{Shown, Tls};
use url::{Host, Url};

use crate::{
    dns::{Subject, closed_by_label},
    lookups::Permission,
    settings::{DnsSettings, PolicySettings},
};

/// Where TLS is spoken unless it is said otherwise.
const HTTPS: u16 = 443;

/// Whose certificate is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// A canonical name, or an address without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    subject: Subject,
}

impl Target {
    /// Reads `host`, `host:port` or a URL, defanged or not.
    pub fn read(value: &str) -> Result<Self, Rejection> {
        const MISMATCH: Rejection = Rejection::Mismatch(KindHint::Exactly(ObservableKind::Hostname));
        if value.len() > model::MAX_VALUE_BYTES {
            return Err(Rejection::TooLong);
        }
        let text = refang(value.trim());
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { host: address.to_string(), port: HTTPS, subject: Subject::Address(address) });
        }
        // The scheme is one whose default port is kept apart from a port that is written.
        let rest = text.split_once("://").map_or(&*text, |(_, rest)| rest);
        let url = Url::parse(&format!("https://{rest}")).map_err(|_| MISMATCH)?;
        let port = url.port().unwrap_or(HTTPS);
        match url.host().ok_or(Rejection::NoHost)? {
            Host::Ipv4(address) => Ok(Self::at(address.into(), port)),
            Host::Ipv6(address) => Ok(Self::at(address.into(), port)),
            Host::Domain(name) => {
                let name = Observable::parse(name, Some(KindHint::Exactly(ObservableKind::Hostname)))?;
                Ok(Self { host: name.canonical().to_owned(), port, subject: Subject::Name(name) })
            }
        }
    }

    fn at(address: IpAddr, port: u16) -> Self {
        Self { host: address.to_string(), port, subject: Subject::Address(address) }
    }

    /// Why it must not be contacted, if so. Which addresses may be is decided on connecting.
    pub fn closed(&self, permission: &Permission, dns: &DnsSettings, policy: &PolicySettings) -> Option<SkipReason> {
        let active = SideEffect::Active;
        if !policy.side_effects.contains(&active) || !permission.allows(active) {
            return Some(SkipReason::Policy);
        }
        match &self.subject {
            Subject::Name(_) => self.subject.closed(permission, dns, policy),
            Subject::Address(_) => closed_by_label(permission, policy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_in_every_spelling() {
        for (value, host, port) in [
            ("contoso.com", "contoso.com", 443),
            ("Contoso[.]com:8443", "contoso.com", 8443),
            ("hxxps://www.contoso[.]com/a?b", "www.contoso.com", 443),
            ("http://contoso.com/", "contoso.com", 443),
            ("http://contoso.com:8080/", "contoso.com", 8080),
            ("8.8.8[.]8", "8.8.8.8", 443),
            ("8.8.8.8:853", "8.8.8.8", 853),
            ("2001:db8::1", "2001:db8::1", 443),
            ("[2001:db8::1]:853", "2001:db8::1", 853),
            ("b\u{fc}cher.de", "xn--bcher-kva.de", 443),
        ] {
            let target = Target::read(value).unwrap();
            assert_eq!((target.host.as_str(), target.port), (host, port), "{value}");
        }
        for value in ["", "a b", "contoso.com:70000", "https://", "-.com"] {
            assert!(Target::read(value).is_err(), "{value}");
        }
    }
}
