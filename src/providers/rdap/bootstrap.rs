//! Which registry answers for a name, an address or an autonomous system: IANA's bootstrap files (RFC 9224).
//!
//! Copies of the files are compiled in, so that there is an answer from the first moment on; newer ones replace them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use serde::Deserialize;
use url::Url;

use crate::{
    HttpAnswer, Misread,
    lenient::{List, Texts},
};

/// Where IANA keeps the files. <https://www.iana.org/assignments/rdap-dns>
pub(super) const FILES: &[&str] = &[DNS, IPV4, IPV6, ASN];

const DNS: &str = "https://data.iana.org/rdap/dns.json";
const IPV4: &str = "https://data.iana.org/rdap/ipv4.json";
const IPV6: &str = "https://data.iana.org/rdap/ipv6.json";
const ASN: &str = "https://data.iana.org/rdap/asn.json";

static REGISTRIES: LazyLock<RwLock<Registries>> = LazyLock::new(|| {
    let mut registries = Registries::default();
    for (file, text) in [
        (DNS, include_str!("bootstrap/dns.json")),
        (IPV4, include_str!("bootstrap/ipv4.json")),
        (IPV6, include_str!("bootstrap/ipv6.json")),
        (ASN, include_str!("bootstrap/asn.json")),
    ] {
        // A test holds the copies to their form.
        let _ = registries.learn(file, text.as_bytes());
    }
    RwLock::new(registries)
});

/// The base address of a registry, without a slash at the end.
type Base = Arc<str>;

/// The server of the registry of a domain name: the one of its longest known suffix.
pub(super) fn of_domain(name: &str) -> Option<Base> {
    ask(|registries| registries.of_domain(name))
}

/// The server of the registry that gave out the smallest network around an address.
pub(super) fn of_address(address: IpAddr) -> Option<Base> {
    ask(|registries| registries.of_address(address))
}

/// The server of the registry that gave out the smallest range around an autonomous system.
pub(super) fn of_system(asn: u32) -> Option<Base> {
    ask(|registries| registries.of_system(asn))
}

/// Takes a newer copy of one of [`FILES`]. One that names no usable server changes nothing.
pub(super) fn learn(file: &str, body: &[u8]) -> Result<(), Misread> {
    REGISTRIES.write().unwrap_or_else(PoisonError::into_inner).learn(file, body)
}

fn ask<T>(question: impl FnOnce(&Registries) -> T) -> T {
    question(&REGISTRIES.read().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Default)]
struct Registries {
    domains: HashMap<String, Base>,
    v4: Vec<(Range, Base)>,
    v6: Vec<(Range, Base)>,
    systems: Vec<(Range, Base)>,
}

/// First and last, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u128,
    last: u128,
}

#[derive(Deserialize)]
struct File {
    services: List<(Texts, Texts)>,
}

impl Registries {
    fn learn(&mut self, file: &str, body: &[u8]) -> Result<(), Misread> {
        let answer = HttpAnswer { status: 200, headers: Vec::new(), body: bytes::Bytes::copy_from_slice(body) };
        let File { services: List(services) } = answer.json()?;
        let entries: Vec<(String, Base)> = services
            .into_iter()
            .filter_map(|(Texts(entries), Texts(servers))| Some((entries, preferred(&servers)?)))
            .flat_map(|(entries, base)| entries.into_iter().map(move |entry| (entry, base.clone())))
            .collect();
        if entries.is_empty() {
            return Err(Misread::Lacking("services"));
        }
        match file {
            DNS => self.domains = entries.into_iter().map(|(name, base)| (name.to_ascii_lowercase(), base)).collect(),
            IPV4 => self.v4 = ranges(entries, network),
            IPV6 => self.v6 = ranges(entries, network),
            _ => self.systems = ranges(entries, systems),
        }
        Ok(())
    }

    fn of_domain(&self, name: &str) -> Option<Base> {
        let mut rest = name.trim_end_matches('.');
        loop {
            if let Some(base) = self.domains.get(rest) {
                return Some(base.clone());
            }
            rest = rest.split_once('.')?.1;
        }
    }

    fn of_address(&self, address: IpAddr) -> Option<Base> {
        match address {
            IpAddr::V4(address) => smallest(&self.v4, address.to_bits().into()),
            IpAddr::V6(address) => smallest(&self.v6, address.to_bits()),
        }
    }

    fn of_system(&self, asn: u32) -> Option<Base> {
        smallest(&self.systems, asn.into())
    }
}

/// The server that is asked, of those that a registry has: `https` before `http`, and nothing else.
fn preferred(servers: &[String]) -> Option<Base> {
    let of = |scheme: &str| {
        servers.iter().find(|server| {
            Url::parse(server).is_ok_and(|url| {
                url.scheme() == scheme && url.has_host() && url.username().is_empty() && url.query().is_none()
            })
        })
    };
    of("https").or_else(|| of("http")).map(|server| server.trim_end_matches('/').into())
}

fn smallest(ranges: &[(Range, Base)], number: u128) -> Option<Base> {
    ranges
        .iter()
        .filter(|(range, _)| (range.first..=range.last).contains(&number))
        .min_by_key(|(range, _)| range.last - range.first)
        .map(|(_, base)| base.clone())
}

fn ranges(entries: Vec<(String, Base)>, read: fn(&str) -> Option<Range>) -> Vec<(Range, Base)> {
    entries.into_iter().filter_map(|(entry, base)| Some((read(&entry)?, base))).collect()
}

/// `198.51.0.0/16`, `2001:db8::/32`
fn network(text: &str) -> Option<Range> {
    let (address, length) = text.split_once('/')?;
    let (number, bits): (u128, u32) = match address.parse().ok()? {
        IpAddr::V4(address) => (address.to_bits().into(), 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    };
    let free = bits.checked_sub(length.parse().ok()?)?;
    let hosts = 1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1);
    Some(Range { first: number & !hosts, last: number | hosts })
}

/// `64500` or `64500-64510`
fn systems(text: &str) -> Option<Range> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last).then_some(Range { first: first.into(), last: last.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(file: &str, services: &str) -> Registries {
        let mut registries = Registries::default();
        registries.learn(file, format!("{{\"services\": {services}}}").as_bytes()).unwrap();
        registries
    }

    fn address(registries: &Registries, text: &str) -> Option<String> {
        registries.of_address(text.parse().unwrap()).map(|base| base.to_string())
    }

    #[test]
    fn the_copies_that_are_compiled_in_know_the_world() {
        for (name, server) in [
            ("example.com", Some("https://rdap.verisign.com/com/v1")),
            ("a.b.example.cz", Some("https://rdap.nic.cz")),
            ("example.de", None),
            ("example.click", Some("https://rdap.registry.click/rdap")),
            ("example.amsterdam", Some("https://rdap.nic.amsterdam")),
            ("com", Some("https://rdap.verisign.com/com/v1")),
        ] {
            assert_eq!(of_domain(name).as_deref(), server, "{name}");
        }
        for (text, server) in [
            ("8.8.8.8", Some("https://rdap.arin.net/registry")),
            ("193.0.6.139", Some("https://rdap.db.ripe.net")),
            ("2400:cb00::1", Some("https://rdap.apnic.net")),
            ("2c00::1", Some("https://rdap.afrinic.net/rdap")),
            ("fe80::1", None),
        ] {
            assert_eq!(of_address(text.parse().unwrap()).as_deref(), server, "{text}");
        }
        assert_eq!(of_system(15_169).as_deref(), Some("https://rdap.arin.net/registry"));
        assert_eq!(of_system(12_345).as_deref(), Some("https://rdap.db.ripe.net"));
        assert_eq!(of_system(0), None);
        assert!(REGISTRIES.read().unwrap().domains.len() > 1_000);
    }

    #[test]
    fn the_longest_match_wins_and_https_is_preferred() {
        let names = learned(DNS, r#"[[["uk"], ["https://a.example/"]], [["CO.uk"], ["http://b.example", "https://c.example/x/"]]]"#);
        assert_eq!(names.of_domain("www.example.co.uk").as_deref(), Some("https://c.example/x"));
        assert_eq!(names.of_domain("example.uk.").as_deref(), Some("https://a.example"));
        assert_eq!(names.of_domain("examplekuk"), None);

        let networks = learned(IPV4, r#"[[["8.0.0.0/8"], ["https://a.example"]], [["8.8.0.0/16"], ["http://b.example"]]]"#);
        assert_eq!(address(&networks, "8.8.8.8").as_deref(), Some("http://b.example"));
        assert_eq!(address(&networks, "8.9.8.8").as_deref(), Some("https://a.example"));
        assert_eq!(address(&networks, "9.9.9.9"), None);

        let systems = learned(ASN, r#"[[["1-100"], ["https://a.example"]], [["50", "7-3", "x"], ["https://b.example"]]]"#);
        assert_eq!(systems.of_system(50).as_deref(), Some("https://b.example"));
        assert_eq!(systems.of_system(100).as_deref(), Some("https://a.example"));
        assert_eq!(systems.of_system(101), None);
    }

    #[test]
    fn a_server_that_cannot_be_called_is_none() {
        let servers = |texts: &[&str]| preferred(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        for bad in ["http://example.org/%%\u{0}^", "ftp://a.example", "https://u:p@a.example", "rdap.example", ""] {
            assert_eq!(servers(&[bad, "https://good.example"]).as_deref(), Some("https://good.example"), "{bad}");
        }
        assert_eq!(servers(&["file:///etc/passwd"]), None);
    }

    #[test]
    fn a_file_without_a_server_changes_nothing() {
        let mut registries = learned(DNS, r#"[[["com"], ["https://a.example"]]]"#);
        for body in ["", "{", "<html>", "[]", "{}", r#"{"services": []}"#, r#"{"services": [[["com"], []], 7, [["x"]]]}"#] {
            assert!(registries.learn(DNS, body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(registries.of_domain("example.com").as_deref(), Some("https://a.example"));
    }

    #[test]
    fn whole_worlds_and_absurd_lengths_are_no_panic() {
        assert_eq!(network("::/0"), Some(Range { first: 0, last: u128::MAX }));
        assert_eq!(network("0.0.0.0/0"), Some(Range { first: 0, last: u128::from(u32::MAX) }));
        for text in ["1.2.3.4/33", "::/129", "1.2.3.4", "1.2.3.4/x", "/8"] {
            assert_eq!(network(text), None, "{text}");
        }
    }
}
