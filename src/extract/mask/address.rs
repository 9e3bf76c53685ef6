//! Masks of addresses: addresses with a common prefix have masks with one as long, and no two have the same mask. Networks
//! with a meaning (private, link-local, documentation, multicast) stay that network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::keyed::Keyed;

/// First octets that are nothing but the start of ordinary addresses.
const SPECIAL: [u8; 8] = [0, 10, 100, 127, 169, 172, 192, 198];
const DOCUMENTATION: u8 = 203;
const MULTICAST: u8 = 224;

pub(super) fn mask(keyed: &Keyed, address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => mask_v4(keyed, address).into(),
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(mapped) => mask_v4(keyed, mapped).to_ipv6_mapped().into(),
            None => mask_v6(keyed, address).into(),
        },
    }
}

fn mask_v4(keyed: &Keyed, address: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, d] = address.octets();
    if a == 0 || a == 127 || a >= MULTICAST {
        return address;
    }
    let is_ordinary =
        |octet: &u8| (1..MULTICAST).contains(octet) && *octet != DOCUMENTATION && !SPECIAL.contains(octet);
    let first = if is_ordinary(&a) { moved(keyed, &[], a, is_ordinary) } else { a };
    // The second octet decides about some networks: it moves among its like.
    let second = match (a, b) {
        (192, 168) | (169, 254) => b,
        (192, 0) | (198, 51) | (203, 0) => b,
        (192, _) => moved(keyed, &[a], b, |b| !matches!(b, 0 | 168)),
        (169, _) => moved(keyed, &[a], b, |b| *b != 254),
        (172, 16..=31) => moved(keyed, &[a], b, |b| (16..=31).contains(b)),
        (172, _) => moved(keyed, &[a], b, |b| !(16..=31).contains(b)),
        (100, 64..=127) => moved(keyed, &[a], b, |b| (64..=127).contains(b)),
        (100, _) => moved(keyed, &[a], b, |b| !(64..=127).contains(b)),
        (198, 18..=19) => moved(keyed, &[a], b, |b| (18..=19).contains(b)),
        (198, _) => moved(keyed, &[a], b, |b| !matches!(b, 18 | 19 | 51)),
        (203, _) => moved(keyed, &[a], b, |b| *b != 0),
        _ => moved(keyed, &[a], b, |_| true),
    };
    // TEST-NET and the like are networks of 24 bits.
    let third = match (a, b, c) {
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => c,
        (192, 0, _) => moved(keyed, &[a, b], c, |c| !matches!(c, 0 | 2)),
        (198, 51, _) => moved(keyed, &[a, b], c, |c| *c != 100),
        (203, 0, _) => moved(keyed, &[a, b], c, |c| *c != 113),
        _ => moved(keyed, &[a, b], c, |_| true),
    };
    Ipv4Addr::new(first, second, third, moved(keyed, &[a, b, c], d, |_| true))
}

/// An octet moved among those that are allowed, by as much as what stands before it decides: so no two become one.
fn moved(keyed: &Keyed, before: &[u8], octet: u8, is_allowed: impl Fn(&u8) -> bool) -> u8 {
    let allowed: Vec<u8> = (0..=u8::MAX).filter(is_allowed).collect();
    let Some(place) = allowed.iter().position(|allowed| *allowed == octet) else { return octet };
    let by = keyed.below("ipv4", before, u64::try_from(allowed.len()).unwrap_or(1));
    let place = (place + usize::try_from(by).unwrap_or(0)) % allowed.len();
    allowed.get(place).copied().unwrap_or(octet)
}

fn mask_v6(keyed: &Keyed, address: Ipv6Addr) -> Ipv6Addr {
    let segments = address.segments();
    if address.is_loopback() || address.is_unspecified() || address.is_multicast() {
        return address;
    }
    let mut masked = [0; 8];
    let mut before = Vec::new();
    for (place, (segment, slot)) in segments.iter().zip(&mut masked).enumerate() {
        // What kind of address it is stands in its first bits, for documentation in the second group, too.
        let kept = match (place, segments) {
            (0, [0xfe80..=0xfebf, ..]) => 0xffff,
            (0, [0xfc00..=0xfdff, ..]) => 0xff00,
            (0, [0x2001, ..]) => 0xffff,
            (1, [0x2001, 0x0db8 | 0, ..]) => 0xffff,
            (0, _) => 0xe000,
            // Zeros in the middle are no address's own.
            (1..=3, [0xfe80..=0xfebf, ..]) => 0xffff,
            _ => 0,
        };
        let bits = u16::try_from(keyed.below("ipv6", &before, 1 << 16)).unwrap_or(0);
        *slot = segment ^ (bits & !kept);
        before.extend_from_slice(&segment.to_be_bytes());
    }
    masked.into()
}
