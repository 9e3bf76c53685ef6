//! Addresses and networks.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value as Json;

use super::{Context, RowFunction, arg, arrays::list};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "parse_ipv4" => |_, cells| V4::read(&arg(cells, 0).text()).map(|ip| i64::from(ip.masked(ip.prefix))).into(),
        "parse_ipv4_mask" => |_, cells| {
            let prefix = prefix(arg(cells, 1), 32);
            prefix.and_then(|prefix| Some(i64::from(V4::read(&arg(cells, 0).text())?.masked(prefix)))).into()
        },
        "ipv4_compare" => |_, cells| v4_order(cells).into(),
        "ipv4_is_match" => |_, cells| v4_order(cells).map(|order| order == 0).into(),
        "ipv4_is_in_range" => |_, cells| in_v4(&arg(cells, 0).text(), &arg(cells, 1).text()).into(),
        "ipv4_is_in_any_range" => |_, cells| in_any(cells, in_v4),
        "ipv4_is_private" => |_, cells| is_private(&arg(cells, 0).text()).into(),
        "ipv4_netmask_suffix" => |_, cells| V4::read(&arg(cells, 0).text()).map(|ip| i64::from(ip.prefix)).into(),
        "format_ipv4" => |_, cells| format_v4(cells, false),
        "format_ipv4_mask" => |_, cells| format_v4(cells, true),
        "ipv4_range_to_cidr_list" => cidr_list,
        "has_ipv4" => |_, cells| has_v4(cells, false),
        "has_ipv4_prefix" => |_, cells| has_v4(cells, true),
        "has_any_ipv4" => |_, cells| has_v4(cells, false),
        "has_any_ipv4_prefix" => |_, cells| has_v4(cells, true),
        "parse_ipv6" => |_, cells| V6::read(&arg(cells, 0).text()).map(|ip| write_v6(ip.masked(ip.prefix))).into(),
        "parse_ipv6_mask" => |_, cells| {
            let prefix = prefix(arg(cells, 1), 128);
            prefix.and_then(|prefix| Some(write_v6(V6::read(&arg(cells, 0).text())?.masked(prefix)))).into()
        },
        "ipv6_compare" => |_, cells| v6_order(cells).into(),
        "ipv6_is_match" => |_, cells| v6_order(cells).map(|order| order == 0).into(),
        "ipv6_is_in_range" => |_, cells| in_v6(&arg(cells, 0).text(), &arg(cells, 1).text()).into(),
        "ipv6_is_in_any_range" => |_, cells| in_any(cells, in_v6),
        _ => return None,
    })
}

/// An address with the length of its network's prefix.
#[derive(Debug, Clone, Copy)]
struct V4 {
    bits: u32,
    prefix: u32,
}

impl V4 {
    fn read(text: &str) -> Option<Self> {
        let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
        let prefix = prefix.map_or(Some(32), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= 32))?;
        Some(Self { bits: address.parse::<Ipv4Addr>().ok()?.to_bits(), prefix })
    }

    const fn masked(self, prefix: u32) -> u32 {
        if prefix == 0 { 0 } else { self.bits & (u32::MAX << (32 - prefix)) }
    }
}

/// IPv4 addresses are mapped ones.
#[derive(Debug, Clone, Copy)]
struct V6 {
    bits: u128,
    prefix: u32,
}

impl V6 {
    fn read(text: &str) -> Option<Self> {
        if let Some(ip) = V4::read(text) {
            return Some(Self {
                bits: Ipv4Addr::from_bits(ip.bits).to_ipv6_mapped().to_bits(),
                prefix: 96 + ip.prefix,
            });
        }
        let (address, prefix) = text.trim().split_once('/').map_or((text.trim(), None), |(a, p)| (a, Some(p)));
        let prefix = prefix.map_or(Some(128), |prefix| prefix.parse().ok().filter(|prefix| *prefix <= 128))?;
        let address: Ipv6Addr = address.parse().ok()?;
        // `::1.2.3.4` is the older spelling of a mapped address; its prefix counts the bits of the IPv4 address.
        if let Some(v4) = address.to_ipv4().filter(|_| text.contains('.')) {
            let prefix = if prefix <= 32 { 96 + prefix } else { prefix };
            return Some(Self { bits: v4.to_ipv6_mapped().to_bits(), prefix });
        }
        Some(Self { bits: address.to_bits(), prefix })
    }

    const fn masked(self, prefix: u32) -> u128 {
        if prefix == 0 { 0 } else { self.bits & (u128::MAX << (128 - prefix)) }
    }
}

fn prefix(cell: &Cell<'_>, longest: u32) -> Option<u32> {
    u32::try_from(cell.long()?).ok().filter(|prefix| *prefix <= longest)
}

fn v4_order(cells: &[Cell<'_>]) -> Option<i64> {
    let (a, b) = (V4::read(&arg(cells, 0).text())?, V4::read(&arg(cells, 1).text())?);
    let asked = if arg(cells, 2).is_null() { 32 } else { prefix(arg(cells, 2), 32)? };
    let prefix = a.prefix.min(b.prefix).min(asked);
    Some(a.masked(prefix).cmp(&b.masked(prefix)) as i64)
}

fn v6_order(cells: &[Cell<'_>]) -> Option<i64> {
    let (one, other) = (arg(cells, 0).text(), arg(cells, 1).text());
    let (a, b) = (V6::read(&one)?, V6::read(&other)?);
    let asked = if arg(cells, 2).is_null() { 128 } else { prefix(arg(cells, 2), 128)? };
    // Of two IPv4 addresses the prefix is one of IPv4.
    let asked = if V4::read(&one).is_some() && V4::read(&other).is_some() && asked <= 32 { 96 + asked } else { asked };
    let prefix = a.prefix.min(b.prefix).min(asked);
    Some(a.masked(prefix).cmp(&b.masked(prefix)) as i64)
}

fn in_v4(address: &str, range: &str) -> Option<bool> {
    let (address, range) = (V4::read(address)?, V4::read(range)?);
    let prefix = address.prefix.min(range.prefix);
    Some(address.masked(prefix) == range.masked(prefix))
}

fn in_v6(address: &str, range: &str) -> Option<bool> {
    let (address, range) = (V6::read(address)?, V6::read(range)?);
    Some(address.masked(range.prefix) == range.masked(range.prefix))
}

fn in_any<'a>(cells: &[Cell<'a>], is_in: fn(&str, &str) -> Option<bool>) -> Cell<'a> {
    let address = arg(cells, 0).text();
    let mut known = None;
    for index in 1..cells.len() {
        let ranges = list(cells, index).unwrap_or_else(|| vec![Json::from(arg(cells, index).text().as_ref())]);
        for range in ranges.iter().filter_map(Json::as_str) {
            match is_in(&address, range) {
                Some(true) => return Cell::Bool(true),
                Some(false) => known = Some(false),
                None => {}
            }
        }
    }
    known.into()
}

fn is_private(address: &str) -> Option<bool> {
    let address = V4::read(address)?;
    let first = Ipv4Addr::from_bits(address.masked(address.prefix));
    Some(first.is_private())
}

fn format_v4<'a>(cells: &[Cell<'a>], with_mask: bool) -> Cell<'a> {
    let ip = match arg(cells, 0) {
        Cell::Text(text) => V4::read(text),
        other => other.long().and_then(|bits| u32::try_from(bits).ok()).map(|bits| V4 { bits, prefix: 32 }),
    };
    let asked = if arg(cells, 1).is_null() { Some(32) } else { prefix(arg(cells, 1), 32) };
    let (Some(ip), Some(asked)) = (ip, asked) else { return Cell::of("") };
    let prefix = ip.prefix.min(asked);
    let address = Ipv4Addr::from_bits(ip.masked(prefix));
    Cell::of(if with_mask { format!("{address}/{prefix}") } else { address.to_string() })
}

/// The fewest networks that are a range of addresses.
fn cidr_list<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let (Some(from), Some(to)) = (V4::read(&arg(cells, 0).text()), V4::read(&arg(cells, 1).text())) else {
        return Cell::Null;
    };
    let (mut at, end) = (u64::from(from.bits), u64::from(to.bits));
    let mut networks = Vec::new();
    while at <= end {
        let mut size = if at == 0 { 1 << 32 } else { 1 << at.trailing_zeros().min(32) };
        while at + size - 1 > end {
            size /= 2;
        }
        let address = Ipv4Addr::from_bits(u32::try_from(at).unwrap_or(u32::MAX));
        networks.push(Json::from(format!("{address}/{}", 32 - size.trailing_zeros())));
        at += size;
    }
    Cell::of_list(networks)
}

/// Whether a text has an address, or one that begins so, as a word of its own.
fn has_v4<'a>(cells: &[Cell<'a>], is_prefix: bool) -> Cell<'a> {
    let text = arg(cells, 0).text();
    let mut wanted = Vec::new();
    for index in 1..cells.len() {
        match list(cells, index) {
            Some(items) => wanted.extend(items.iter().filter_map(|item| item.as_str().map(str::to_owned))),
            None => wanted.push(arg(cells, index).text().into_owned()),
        }
    }
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    Cell::Bool(words.any(|word| {
        let word = word.trim_matches('.');
        word.parse::<Ipv4Addr>().is_ok()
            && wanted.iter().any(|wanted| if is_prefix { word.starts_with(wanted.as_str()) } else { word == wanted })
    }))
}

fn write_v6(bits: u128) -> String {
    let segments: Vec<_> =
        Ipv6Addr::from_bits(bits).segments().iter().map(|segment| format!("{segment:04x}")).collect();
    segments.join(":")
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn is(name: &'static str, a: &'static str, b: &'static str) -> Cell<'static> {
        run(name, ColumnType::Bool, &[Cell::of(a), Cell::of(b)])
    }

    #[test]
    fn the_shorter_prefix_counts() {
        assert_eq!(is("ipv4_is_match", "192.168.1.1/30", "192.168.1.255/24"), Cell::Bool(true));
        assert_eq!(is("ipv4_is_in_range", "192.168.2.1", "192.168.1.0/24"), Cell::Bool(false));
        assert!(is("ipv4_is_in_range", "192.168.2", "192.168.1.0/24").is_null());
    }

    #[test]
    fn a_range_is_the_fewest_networks() {
        let list =
            run("ipv4_range_to_cidr_list", ColumnType::Dynamic, &[Cell::of("1.1.128.0"), Cell::of("1.1.140.255")]);
        assert_eq!(list.text(), r#"["1.1.128.0/21","1.1.136.0/22","1.1.140.0/24"]"#);
        let all =
            run("ipv4_range_to_cidr_list", ColumnType::Dynamic, &[Cell::of("0.0.0.0"), Cell::of("255.255.255.255")]);
        assert_eq!(all.text(), r#"["0.0.0.0/0"]"#);
    }

    #[test]
    fn addresses_stand_by_themselves_in_texts() {
        assert_eq!(is("has_ipv4", "05:04:54 127.0.0.1 GET /favicon.ico 404", "127.0.0.1"), Cell::Bool(true));
        assert_eq!(is("has_ipv4", "at 127.0.0.12 only", "127.0.0.1"), Cell::Bool(false));
        assert_eq!(is("has_ipv4_prefix", "at 127.0.0.12 only", "127.0."), Cell::Bool(true));
    }
}
