//! IP addresses: dotted quads without leading zeros, and IPv6 as RFC 5952 writes it.

use std::net::IpAddr;

use crate::observable::{ObservableKind, Rejection};

/// Reads an address. Brackets and the zone of an IPv6 address are dropped: the zone means nothing on another machine.
pub(in crate::observable) fn parse(text: &str) -> Result<IpAddr, Rejection> {
    let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match text.split_once('%') {
        Some((address, zone)) if is_zone(zone) => address.parse().map(IpAddr::V6),
        _ => text.parse(),
    }
    .map_err(|_| Rejection::InvalidAddress)
}

/// The canonical form of an address of this version.
pub(super) fn canonical(expected: ObservableKind, text: &str) -> Result<String, Rejection> {
    let address = parse(text)?;
    let found = version(address);
    if found == expected { Ok(address.to_string()) } else { Err(Rejection::WrongVersion { expected, found }) }
}

/// Version and canonical form, where an IPv4-mapped address is the IPv4 address in it.
pub(in crate::observable) fn unmapped(address: IpAddr) -> (ObservableKind, String) {
    let address = address.to_canonical();
    (version(address), address.to_string())
}

const fn version(address: IpAddr) -> ObservableKind {
    match address {
        IpAddr::V4(_) => ObservableKind::Ipv4,
        IpAddr::V6(_) => ObservableKind::Ipv6,
    }
}

/// A number or the name of an interface (RFC 6874).
fn is_zone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}
