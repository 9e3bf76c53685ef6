//! What kind of address an IP address is, after the IANA special-purpose registries.
//!
//! This decides what may be asked of the world and whom the service may connect to, so a doubtful address is not global.
//! Python's `ipaddress.is_global` is the measure. The answers differ in three places only:
//!
//! - multicast (224.0.0.0/4, ff00::/8) and the withdrawn site-local range (fec0::/10) are not global here;
//! - an IPv6 address that carries an IPv4 address (mapped, translated, compatible, NAT64) is judged by that one;
//! - registry rows that Python's table lacks count: 192.88.99.2, 100:0:0:1::/64, 5f00::/16, and 2001:1::3 as global.

mod registry;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use registry::SpecialPurpose;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of address it is. New kinds may be added; treat unknown ones as `reserved`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IpType {
    /// Globally reachable.
    Public,
    /// For use inside a site: RFC 1918, unique local, site-local.
    Private,
    /// The host itself.
    Loopback,
    /// Valid on one link only.
    LinkLocal,
    /// A group of hosts.
    Multicast,
    /// No address: `0.0.0.0` or `::`.
    Unspecified,
    /// Shared by the customers of a carrier (RFC 6598).
    Shared,
    /// For use in documents.
    Documentation,
    /// For measurements between network devices.
    Benchmarking,
    /// Set aside for protocols, tunnels or the future.
    Reserved,
}

impl IpType {
    /// The name in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Loopback => "loopback",
            Self::LinkLocal => "link_local",
            Self::Multicast => "multicast",
            Self::Unspecified => "unspecified",
            Self::Shared => "shared",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Reserved => "reserved",
        }
    }

    /// The word that MSTICPy's `get_ip_type` has for it: what Python calls private is `Private`, and shared address space,
    /// which Python calls neither private nor global, is `Unspecified`.
    pub const fn msticpy_label(self) -> &'static str {
        match self {
            Self::Public => "Public",
            Self::Loopback => "Loopback",
            Self::LinkLocal => "Link Local",
            Self::Multicast => "Multicast",
            Self::Unspecified | Self::Shared => "Unspecified",
            Self::Private | Self::Documentation | Self::Benchmarking | Self::Reserved => "Private",
        }
    }
}

/// The kind of an address.
pub fn ip_type(address: IpAddr) -> IpType {
    if address.is_multicast() {
        return IpType::Multicast;
    }
    let registered = SpecialPurpose::of(address).map_or(IpType::Public, |row| row.ip_type);
    match address {
        // A row that says more than "global" (loopback, unspecified) goes before the address inside.
        IpAddr::V6(v6) if registered == IpType::Public => match carried(v6) {
            Some(v4) => ip_type(v4.into()),
            None => registered,
        },
        _ => registered,
    }
}

/// Whether an address is globally reachable.
pub fn is_global(address: IpAddr) -> bool {
    ip_type(address) == IpType::Public
}

/// The IPv4 address that packets to this IPv6 address may end at. 6to4 and Teredo are left out: they are never global.
fn carried(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., high, low] = v6.segments();
    match v6.segments() {
        [0, 0, 0, 0, 0, 0 | 0xffff, ..]      // IPv4-compatible, IPv4-mapped (RFC 4291, 2.5.5)
        | [0, 0, 0, 0, 0xffff, 0, ..]        // IPv4-translated (RFC 7915)
        | [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))), // RFC 6052
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python's current `ipaddress.is_global` says at the edges of every range and at random: `address<TAB>true|false`.
    const PYTHON: &str = include_str!("golden/python_is_global.tsv");

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn labels(text: &str) -> (&'static str, &'static str) {
        let ip_type = ip_type(ip(text));
        (ip_type.as_str(), ip_type.msticpy_label())
    }

    /// The differences from Python that the module names.
    fn differs_from_python(address: IpAddr) -> bool {
        let ranges = ["224.0.0.0/4", "ff00::/8", "fec0::/10", "192.88.99.2/32", "100:0:0:1::/64", "5f00::/16"];
        let carriers = ["::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "2001:1::3/128"];
        ranges.iter().chain(&carriers).any(|range| range.parse::<ipnet::IpNet>().unwrap().contains(&address))
    }

    #[test]
    fn global_is_what_python_calls_global_but_for_the_named_differences() {
        let mut compared = 0;
        for line in PYTHON.lines() {
            let (address, global) = line.split_once('\t').unwrap();
            if !differs_from_python(ip(address)) {
                assert_eq!(is_global(ip(address)), global == "true", "{address}");
                compared += 1;
            }
        }
        assert!(compared > 200, "{compared}");
    }

    #[test]
    fn an_address_that_carries_a_private_one_is_not_global() {
        for carrier in ["::ffff:10.0.0.1", "::ffff:0:10.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1"] {
            assert_eq!(ip_type(ip(carrier)), IpType::Private, "{carrier}");
        }
        for carrier in ["::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "::8.8.8.8", "64:ff9b::8.8.8.8"] {
            assert!(is_global(ip(carrier)), "{carrier}");
        }
        assert_eq!(ip_type(ip("::ffff:127.0.0.1")), IpType::Loopback);
        assert_eq!(ip_type(ip("64:ff9b::169.254.169.254")), IpType::LinkLocal);
        // 6to4 and Teredo, whatever they carry.
        for tunnel in ["2002:a00:1::", "2002:808:808::1", "2001:0:808:808::1"] {
            assert_eq!(ip_type(ip(tunnel)), IpType::Reserved, "{tunnel}");
        }
    }

    #[test]
    fn nobody_connects_to_multicast_site_local_or_metadata_addresses() {
        let forbidden = ["224.0.0.1", "239.255.255.255", "ff02::1", "::ffff:224.0.0.1", "fec0::1", "169.254.169.254"];
        for address in forbidden.into_iter().chain(["fd00:ec2::254", "0.0.0.0", "::", "192.88.99.2", "5f00::1"]) {
            assert!(!is_global(ip(address)), "{address}");
        }
        assert!(is_global(ip("2001:1::3")));
    }

    #[test]
    fn the_labels_are_those_that_msticpy_gives() {
        assert_eq!(labels("8.8.8.8"), ("public", "Public"));
        assert_eq!(labels("10.0.0.1"), ("private", "Private"));
        assert_eq!(labels("127.0.0.1"), ("loopback", "Loopback"));
        assert_eq!(labels("169.254.1.1"), ("link_local", "Link Local"));
        assert_eq!(labels("224.0.0.1"), ("multicast", "Multicast"));
        assert_eq!(labels("0.0.0.0"), ("unspecified", "Unspecified"));
        assert_eq!(labels("100.64.0.1"), ("shared", "Unspecified"));
        assert_eq!(labels("240.0.0.1"), ("reserved", "Private"));
        assert_eq!(labels("192.88.99.1"), ("public", "Public"));
        assert_eq!(labels("::ffff:8.8.8.8"), ("public", "Public"));
        assert_eq!(labels("198.51.100.7"), ("documentation", "Private"));
        assert_eq!(labels("198.18.0.1"), ("benchmarking", "Private"));
        assert_eq!(labels("fe80::1"), ("link_local", "Link Local"));
        assert_eq!(labels("fd12::1"), ("private", "Private"));
    }

    #[test]
    fn the_name_in_answers_is_the_serialised_one() {
        for ip_type in [IpType::LinkLocal, IpType::Public, IpType::Documentation] {
            assert_eq!(serde_json::to_value(ip_type).unwrap(), ip_type.as_str());
        }
    }
}
