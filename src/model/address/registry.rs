//! The IANA special-purpose address registries, as tables.
//!
//! <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>, both as of October 2025. "Globally reachable: true" is
//! [`IpType::Public`]; "N/A" is not, but for the withdrawn 6to4 relays, whose addresses are ordinary ones again.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use super::IpType;
use super::IpType::{Benchmarking, Documentation, LinkLocal, Loopback, Private, Public, Reserved, Shared, Unspecified};

/// A range that is set aside: one row of a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialPurpose {
    /// What the registry calls it.
    pub name: &'static str,
    /// Where it is set aside.
    pub rfc: &'static str,
    /// What kind of address is in it.
    pub ip_type: IpType,
}

impl SpecialPurpose {
    /// The narrowest row that an address lies in.
    pub fn of(address: IpAddr) -> Option<&'static Self> {
        match address {
            IpAddr::V4(v4) => V4.iter().find(|(range, _)| range.contains(&v4)).map(|(_, row)| row),
            IpAddr::V6(v6) => V6.iter().find(|(range, _)| range.contains(&v6)).map(|(_, row)| row),
        }
    }
}

const fn v4([a, b, c, d]: [u8; 4], bits: u8, ip_type: IpType, rfc: &'static str, name: &'static str) -> Row<Ipv4Net> {
    (Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits), SpecialPurpose { name, rfc, ip_type })
}

const fn v6(address: u128, bits: u8, ip_type: IpType, rfc: &'static str, name: &'static str) -> Row<Ipv6Net> {
    (Ipv6Net::new_assert(Ipv6Addr::from_bits(address), bits), SpecialPurpose { name, rfc, ip_type })
}

type Row<Range> = (Range, SpecialPurpose);

/// The IPv4 registry; a narrower range stands before the wider one around it.
const V4: &[Row<Ipv4Net>] = &[
    v4([0, 0, 0, 0], 32, Unspecified, "RFC 1122, 3.2.1.3", "this host on this network"),
    v4([0, 0, 0, 0], 8, Reserved, "RFC 791, 3.2", "this network"),
    v4([10, 0, 0, 0], 8, Private, "RFC 1918", "private use"),
    v4([100, 64, 0, 0], 10, Shared, "RFC 6598", "shared address space"),
    v4([127, 0, 0, 0], 8, Loopback, "RFC 1122, 3.2.1.3", "loopback"),
    v4([169, 254, 0, 0], 16, LinkLocal, "RFC 3927", "link local"),
    v4([172, 16, 0, 0], 12, Private, "RFC 1918", "private use"),
    v4([192, 0, 0, 0], 29, Reserved, "RFC 7335", "IPv4 service continuity prefix"),
    v4([192, 0, 0, 8], 32, Reserved, "RFC 7600", "IPv4 dummy address"),
    v4([192, 0, 0, 9], 32, Public, "RFC 7723", "Port Control Protocol anycast"),
    v4([192, 0, 0, 10], 32, Public, "RFC 8155", "TURN anycast"),
    v4([192, 0, 0, 170], 31, Reserved, "RFC 8880, RFC 7050, 2.2", "NAT64/DNS64 discovery"),
    v4([192, 0, 0, 0], 24, Reserved, "RFC 6890, 2.1", "IETF protocol assignments"),
    v4([192, 0, 2, 0], 24, Documentation, "RFC 5737", "documentation (TEST-NET-1)"),
    v4([192, 31, 196, 0], 24, Public, "RFC 7535", "AS112-v4"),
    v4([192, 52, 193, 0], 24, Public, "RFC 7450", "AMT"),
    v4([192, 88, 99, 2], 32, Reserved, "RFC 6751", "6a44 relay anycast"),
    v4([192, 88, 99, 0], 24, Public, "RFC 7526", "deprecated (6to4 relay anycast)"),
    v4([192, 168, 0, 0], 16, Private, "RFC 1918", "private use"),
    v4([192, 175, 48, 0], 24, Public, "RFC 7534", "direct delegation AS112 service"),
    v4([198, 18, 0, 0], 15, Benchmarking, "RFC 2544", "benchmarking"),
    v4([198, 51, 100, 0], 24, Documentation, "RFC 5737", "documentation (TEST-NET-2)"),
    v4([203, 0, 113, 0], 24, Documentation, "RFC 5737", "documentation (TEST-NET-3)"),
    v4([255, 255, 255, 255], 32, Reserved, "RFC 8190, RFC 919, 7", "limited broadcast"),
    v4([240, 0, 0, 0], 4, Reserved, "RFC 1112, 4", "reserved"),
];

/// The IPv6 registry and the withdrawn site-local range; a narrower range stands before the wider one around it.
const V6: &[Row<Ipv6Net>] = &[
    v6(0x1, 128, Loopback, "RFC 4291", "loopback address"),
    v6(0x0, 128, Unspecified, "RFC 4291", "unspecified address"),
    // The address inside decides.
    v6(0xffff_0000_0000, 96, Public, "RFC 4291", "IPv4-mapped address"),
    v6(0x0064_ff9b << 96, 96, Public, "RFC 6052", "IPv4-IPv6 translation"),
    v6(0x0064_ff9b_0001 << 80, 48, Reserved, "RFC 8215", "IPv4-IPv6 translation, local use"),
    v6(0x0100 << 112, 64, Reserved, "RFC 6666", "discard-only address block"),
    v6(0x0100_0000_0000_0001 << 64, 64, Reserved, "RFC 9780", "dummy IPv6 prefix"),
    v6(0x2001 << 112, 32, Reserved, "RFC 4380, RFC 8190", "Teredo"),
    v6((0x2001_0001 << 96) + 1, 128, Public, "RFC 7723", "Port Control Protocol anycast"),
    v6((0x2001_0001 << 96) + 2, 128, Public, "RFC 8155", "TURN anycast"),
    v6((0x2001_0001 << 96) + 3, 128, Public, "RFC 9665", "DNS-SD service registration anycast"),
    v6(0x2001_0002 << 96, 48, Benchmarking, "RFC 5180", "benchmarking"),
    v6(0x2001_0003 << 96, 32, Public, "RFC 7450", "AMT"),
    v6(0x2001_0004_0112 << 80, 48, Public, "RFC 7535", "AS112-v6"),
    v6(0x2001_0010 << 96, 28, Reserved, "RFC 4843", "deprecated (ORCHID)"),
    v6(0x2001_0020 << 96, 28, Public, "RFC 7343", "ORCHIDv2"),
    v6(0x2001_0030 << 96, 28, Public, "RFC 9374", "drone remote id entity tags"),
    v6(0x2001 << 112, 23, Reserved, "RFC 2928", "IETF protocol assignments"),
    v6(0x2001_0db8 << 96, 32, Documentation, "RFC 3849", "documentation"),
    v6(0x2002 << 112, 16, Reserved, "RFC 3056", "6to4"),
    v6(0x2620_004f_8000 << 80, 48, Public, "RFC 7534", "direct delegation AS112 service"),
    v6(0x3fff << 112, 20, Documentation, "RFC 9637", "documentation"),
    v6(0x5f00 << 112, 16, Reserved, "RFC 9602", "segment routing (SRv6) SIDs"),
    v6(0xfc00 << 112, 7, Private, "RFC 4193, RFC 8190", "unique local"),
    v6(0xfe80 << 112, 10, LinkLocal, "RFC 4291", "link-local unicast"),
    v6(0xfec0 << 112, 10, Private, "RFC 3879", "site-local unicast, deprecated"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<&'static str> {
        SpecialPurpose::of(text.parse().unwrap()).map(|row| row.name)
    }

    #[test]
    fn no_row_is_hidden_by_a_wider_one_before_it() {
        for (index, (range, row)) in V4.iter().enumerate() {
            assert!(!V4[..index].iter().any(|(before, _)| before.contains(range)), "{range} {}", row.name);
            assert_eq!(range.addr(), range.network());
        }
        for (index, (range, row)) in V6.iter().enumerate() {
            assert!(!V6[..index].iter().any(|(before, _)| before.contains(range)), "{range} {}", row.name);
            assert_eq!(range.addr(), range.network());
        }
    }

    #[test]
    fn the_narrowest_row_is_found() {
        assert_eq!(name("192.0.0.10"), Some("TURN anycast"));
        assert_eq!(name("192.0.0.11"), Some("IETF protocol assignments"));
        assert_eq!(name("2001::1"), Some("Teredo"));
        assert_eq!(name("2001:4:112::1"), Some("AS112-v6"));
        assert_eq!(name("2001:4::1"), Some("IETF protocol assignments"));
        assert_eq!(name("64:ff9b::1"), Some("IPv4-IPv6 translation"));
        assert_eq!(name("8.8.8.8"), None);
        assert_eq!(name("2606:4700::1111"), None);
    }
}
