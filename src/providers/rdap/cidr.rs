//! From the first and last address of a network to its prefixes: many registries give only the range.

use std::net::IpAddr;

/// A range that is so ragged is given as first and last address alone.
const MOST: usize = 25;

/// The prefixes that make up a range; empty for what is no range.
pub(super) fn of_range(first: Option<&str>, last: Option<&str>) -> Vec<String> {
    let read = |text: Option<&str>| text.and_then(|text| text.trim().parse::<IpAddr>().ok());
    match (read(first), read(last)) {
        (Some(IpAddr::V4(first)), Some(IpAddr::V4(last))) => {
            let name = |number: u128| u32::try_from(number).map(|bits| IpAddr::from(bits.to_be_bytes())).ok();
            split(first.to_bits().into(), last.to_bits().into(), 32, name)
        }
        (Some(IpAddr::V6(first)), Some(IpAddr::V6(last))) => {
            split(first.to_bits(), last.to_bits(), 128, |number| Some(IpAddr::from(number.to_be_bytes())))
        }
        _ => Vec::new(),
    }
}

fn split(first: u128, last: u128, bits: u32, name: impl Fn(u128) -> Option<IpAddr>) -> Vec<String> {
    let mut prefixes = Vec::new();
    let mut next = first;
    while next <= last {
        if prefixes.len() == MOST {
            return Vec::new();
        }
        // As large as its beginning allows, and as is left.
        let left = (last - next).checked_add(1).map_or(u128::BITS, u128::ilog2);
        let free = next.trailing_zeros().min(left).min(bits);
        prefixes.extend(name(next).map(|address| format!("{address}/{}", bits - free)));
        match 1_u128.checked_shl(free).and_then(|size| next.checked_add(size)) {
            Some(after) => next = after,
            None => break,
        }
    }
    prefixes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_becomes_the_fewest_prefixes() {
        for (first, last, prefixes) in [
            ("1.1.1.0", "1.1.1.255", &["1.1.1.0/24"][..]),
            ("8.0.0.0", "8.127.255.255", &["8.0.0.0/9"]),
            ("10.0.0.1", "10.0.0.4", &["10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/32"]),
            ("0.0.0.0", "255.255.255.255", &["0.0.0.0/0"]),
            ("255.255.255.255", "255.255.255.255", &["255.255.255.255/32"]),
            ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", &["2001:db8::/32"]),
            ("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", &["::/0"]),
            ("2.0.0.0", "1.0.0.0", &[]),
            ("1.0.0.0", "::1", &[]),
            ("1.0.0.0", "x", &[]),
            ("0.0.0.1", "255.255.255.254", &[]),
        ] {
            assert_eq!(of_range(Some(first), Some(last)), prefixes, "{first} {last}");
        }
    }
}
