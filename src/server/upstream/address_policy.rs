//! Which addresses may be called: global ones, and what the settings allow by range. Never by name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use url::{Host, Url};

use super::SendError;

const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Which addresses may be called.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    allow_ranges: Vec<IpNet>,
}

impl AddressPolicy {
    /// Global addresses, and those in the ranges.
    pub const fn new(allow_ranges: Vec<IpNet>) -> Self {
        Self { allow_ranges }
    }

    /// Whether the address may be called. An IPv4 address that is written as IPv6 is judged as what it is.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        model::is_global(address) || self.allow_ranges.iter().any(|range| range.contains(&address))
    }

    /// What can be said before names are resolved; also where a proxy resolves them.
    pub(super) fn check(&self, url: &Url) -> Result<(), SendError> {
        let permitted = match url.host().ok_or(SendError::BadUrl)? {
            Host::Ipv4(address) => self.permits(address.into()),
            Host::Ipv6(address) => self.permits(address.into()),
            Host::Domain(name) => !is_localhost(name) || LOOPBACK.into_iter().any(|address| self.permits(address)),
        };
        permitted.then_some(()).ok_or(SendError::Denied)
    }
}

/// `localhost` and what is below it are always loopback (RFC 6761 section 6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// Whether the service calls such addresses at all. Credentials travel in headers, never before the host.
pub(super) fn is_callable(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(ranges: &[&str]) -> AddressPolicy {
        AddressPolicy::new(ranges.iter().map(|range| range.parse().unwrap()).collect())
    }

    fn permits(policy: &AddressPolicy, address: &str) -> bool {
        policy.permits(address.parse().unwrap())
    }

    fn check(policy: &AddressPolicy, url: &str) -> Result<(), SendError> {
        policy.check(&url.parse().unwrap())
    }

    #[test]
    fn what_is_not_global_is_refused() {
        for address in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(!permits(&policy(&[]), address), "{address}");
        }
        for address in ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"] {
            assert!(permits(&policy(&[]), address), "{address}");
        }
    }

    #[test]
    fn a_range_permits_exactly_itself() {
        let policy = policy(&["10.1.0.0/16", "fd00::/64"]);
        for address in ["10.1.0.0", "10.1.255.255", "fd00::1", "::ffff:10.1.2.3"] {
            assert!(permits(&policy, address), "{address}");
        }
        for address in ["10.2.0.0", "10.0.255.255", "127.0.0.1", "fd00:0:0:1::1"] {
            assert!(!permits(&policy, address), "{address}");
        }
    }

    #[test]
    fn addresses_are_seen_through_their_spellings() {
        for host in [
            "127.1",
            "2130706433",
            "0x7f.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "[::ffff:7f00:1]",
            "[::1]",
            "１２７.０.０.１",
        ] {
            assert_eq!(check(&policy(&[]), &format!("http://{host}/")), Err(SendError::Denied), "{host}");
        }
    }

    #[test]
    fn localhost_is_loopback_by_any_name() {
        for host in ["localhost", "LOCALHOST.", "a.localhost"] {
            assert_eq!(check(&policy(&[]), &format!("http://{host}/")), Err(SendError::Denied), "{host}");
            assert_eq!(check(&policy(&["127.0.0.0/8"]), &format!("http://{host}/")), Ok(()), "{host}");
        }
        assert_eq!(check(&policy(&[]), "http://localhost.example/"), Ok(()));
    }

    #[test]
    fn only_plain_web_addresses_are_callable() {
        for url in ["https://a.example/", "http://1.1.1.1:81/x"] {
            assert!(is_callable(&url.parse().unwrap()), "{url}");
        }
        for url in
            ["ftp://a.example/", "file:///etc/passwd", "data:,x", "https://user@a.example/", "https://:key@a.example/"]
        {
            assert!(!is_callable(&url.parse().unwrap()), "{url}");
        }
    }
}
