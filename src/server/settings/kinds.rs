//! What a setting's text can be: each function reads one kind, or says what would be allowed.

use std::{
    collections::BTreeSet,
    fmt::Display,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;
use model::Tlp;
use url::{Host, Url};

use super::Secret;

/// A text that is not of the kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// What would be.
    pub(super) allowed: String,
    /// Whether the text may hold a secret and so must not be shown.
    pub(super) hidden: bool,
}

impl Wrong {
    pub(super) fn allowed(what: impl Into<String>) -> Self {
        Self { allowed: what.into(), hidden: false }
    }

    pub(super) fn hidden(what: impl Into<String>) -> Self {
        Self { allowed: what.into(), hidden: true }
    }
}

/// `true` or `false`; not `yes`, `on` or `1`.
pub(super) fn flag(text: &str) -> Result<bool, Wrong> {
    match text {
        "true" | "True" | "TRUE" => Ok(true),
        "false" | "False" | "FALSE" => Ok(false),
        _ => Err(Wrong::allowed("true or false")),
    }
}

/// A whole number.
pub(super) fn whole<T: TryFrom<u64>>(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<T, Wrong> {
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| Wrong::allowed(format!("a whole number from {} to {}", range.start(), range.end())))
    }
}

/// A number of seconds.
pub(super) fn seconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<Duration, Wrong> {
    let whole = whole(range);
    move |text| whole(text).map(Duration::from_secs)
}

/// A number of milliseconds.
pub(super) fn milliseconds(range: RangeInclusive<u64>) -> impl Fn(&str) -> Result<Duration, Wrong> {
    let whole = whole(range);
    move |text| whole(text).map(Duration::from_millis)
}

/// Any text.
pub(super) fn text(text: &str) -> Result<String, Wrong> {
    Ok(text.to_owned())
}

/// A text that says something.
pub(super) fn name(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() { Err(Wrong::allowed("a text that is not empty")) } else { Ok(text.to_owned()) }
}

/// A path.
pub(super) fn path(text: &str) -> Result<PathBuf, Wrong> {
    name(text).map(Into::into).map_err(|_| Wrong::allowed("a path"))
}

/// One of some words.
pub(super) fn one_of<T: Copy, const N: usize>(words: [(&'static str, T); N]) -> impl Fn(&str) -> Result<T, Wrong> {
    move |text| {
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| Wrong::allowed(or(words.iter().map(|(word, _)| word))))
    }
}

/// One of some words that are only known at run time.
pub(super) fn known(words: &BTreeSet<&str>) -> impl Fn(&str) -> Result<String, Wrong> {
    move |text| if words.contains(text) { Ok(text.to_owned()) } else { Err(Wrong::allowed(or(words))) }
}

/// A text that none of those before it is.
pub(super) fn unique(seen: &mut BTreeSet<String>) -> impl FnMut(&str) -> Result<String, Wrong> {
    move |text| {
        let text = name(text)?;
        if seen.insert(text.clone()) { Ok(text) } else { Err(Wrong::allowed("a text that no other has")) }
    }
}

/// An address with a port to listen on.
pub(super) fn socket(text: &str) -> Result<SocketAddr, Wrong> {
    text.parse().map_err(|_| Wrong::allowed("an address with a port, such as 127.0.0.1:8080 or [::1]:8080"))
}

/// The address of a name server; port 53 unless it says otherwise.
pub(super) fn name_server(text: &str) -> Result<SocketAddr, Wrong> {
    let with_port = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, 53));
    with_port.or_else(|_| text.parse()).map_err(|_| Wrong::allowed("an IP address, with a port if it is not 53"))
}

/// A range of addresses, or one address.
pub(super) fn network(text: &str) -> Result<IpNet, Wrong> {
    let single = text.parse::<IpAddr>().map(IpNet::from);
    single.or_else(|_| text.parse()).map_err(|_| Wrong::allowed("a range such as 10.0.0.0/8, or an IP address"))
}

/// A base address: http or https, and nothing in it that could be a secret. Shown only when nothing in it could be.
pub(super) fn web_address(text: &str) -> Result<Url, Wrong> {
    plain_address(text, &["http", "https"], "an http or https address without user name, password, query and fragment")
}

/// Where a provider is asked: over HTTP, or as `whois://host:port`.
pub(super) fn provider_address(text: &str) -> Result<Url, Wrong> {
    let allowed = "an http, https or whois address without user name, password, query and fragment";
    plain_address(text, &["http", "https", "whois"], allowed)
}

/// Where a PostgreSQL server is.
pub(super) fn postgres_address(text: &str) -> Result<Url, Wrong> {
    plain_address(
        text,
        &["postgres"],
        "an address such as postgres://db.corp.example:5432, without user name and password",
    )
}

fn plain_address(text: &str, schemes: &[&str], allowed: &str) -> Result<Url, Wrong> {
    Url::parse(text)
        .ok()
        .filter(|url| schemes.contains(&url.scheme()) && url.has_host())
        .filter(|url| url.username().is_empty() && url.password().is_none())
        .filter(|url| url.query().is_none() && url.fragment().is_none())
        .ok_or_else(|| Wrong { allowed: allowed.to_owned(), hidden: text.contains(['@', '?', '#']) })
}

/// An address that may hold credentials, with one of some schemes.
pub(super) fn secret_address(schemes: &'static [&'static str]) -> impl Fn(Secret) -> Result<Secret, Wrong> {
    move |secret| {
        let text = secret.expose();
        let valid =
            schemes.iter().any(|scheme| text.starts_with(scheme)) && Url::parse(text).is_ok_and(|url| url.has_host());
        if valid { Ok(secret) } else { Err(Wrong::hidden(format!("an address that begins with {}", or(schemes)))) }
    }
}

/// The SHA-256 of a key. What stands there instead may be the key itself.
pub(super) fn digest(text: &str) -> Result<[u8; 32], Wrong> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest)
        .map(|()| digest)
        .map_err(|_| Wrong::hidden("the SHA-256 of the key: 64 hexadecimal digits"))
}

/// A domain, in the form in which names are compared: lower case, ASCII, no dot at either end.
pub(super) fn domain(text: &str) -> Result<String, Wrong> {
    let bare = text.strip_prefix("*.").unwrap_or(text).trim_matches('.');
    match Host::parse(bare) {
        Ok(Host::Domain(domain)) if !domain.is_empty() => Ok(domain),
        _ => Err(Wrong::allowed("a domain, such as corp.example")),
    }
}

/// A TLP label.
pub(super) fn tlp(text: &str) -> Result<Tlp, Wrong> {
    text.parse().map_err(|_| Wrong::allowed("clear, green, amber, amber+strict or red"))
}

/// `a, b or c`
pub(super) fn or<W: Display>(words: impl IntoIterator<Item = W>) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| word.to_string()).collect();
    match (words.pop(), words.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} or {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_true_and_false_are_flags() {
        assert_eq!(flag("true"), Ok(true));
        for text in ["yes", "on", "1", "y", ""] {
            assert_eq!(flag(text), Err(Wrong::allowed("true or false")));
        }
    }

    #[test]
    fn a_number_has_to_be_whole_and_within_its_range() {
        let kind = whole::<u8>(1..=300);
        assert_eq!(kind("255"), Ok(255));
        for text in ["0", "256", "301", "1.5", "-1", "ten", "1e2", "99999999999999999999"] {
            assert_eq!(kind(text), Err(Wrong::allowed("a whole number from 1 to 300")), "{text}");
        }
    }

    #[test]
    fn a_web_address_holds_no_secret_and_shows_none() {
        assert_eq!(web_address("https://intel.example/api").unwrap().as_str(), "https://intel.example/api");
        assert!(!web_address("ftp://x").unwrap_err().hidden);
        for text in ["https://u:p@x/", "https://x/?key=1", "https://x/#k", "u:p@x"] {
            assert!(web_address(text).unwrap_err().hidden, "{text}");
        }
    }

    #[test]
    fn domains_are_compared_in_one_form() {
        for text in ["Corp.Example", "*.corp.example", ".corp.example.", "corp.example"] {
            assert_eq!(domain(text), Ok("corp.example".to_owned()));
        }
        assert_eq!(domain("bücher.example"), Ok("xn--bcher-kva.example".to_owned()));
        for text in ["", "*.", "10.0.0.1", "a b", "http://x"] {
            assert!(domain(text).is_err(), "{text}");
        }
    }

    #[test]
    fn addresses_and_ranges_have_their_short_forms() {
        assert_eq!(name_server("9.9.9.9"), Ok("9.9.9.9:53".parse().unwrap()));
        assert_eq!(name_server("[::1]:5353"), Ok("[::1]:5353".parse().unwrap()));
        assert_eq!(network("10.1.2.3"), Ok("10.1.2.3/32".parse().unwrap()));
        assert!(network("10.0.0.0/33").is_err() && socket("8080").is_err());
    }

    #[test]
    fn what_stands_in_place_of_a_digest_or_a_secret_address_is_not_shown() {
        assert_eq!(digest(&"aB".repeat(32)), Ok([0xab; 32]));
        assert!(digest("the key itself").unwrap_err().hidden);
        let kind = secret_address(&["redis://", "rediss://"]);
        assert!(kind(Secret::new("rediss://:pw@cache.example:6380/1")).is_ok());
        assert!(kind(Secret::new("http://:pw@cache.example")).unwrap_err().hidden);
    }

    proptest! {
        #[test]
        fn no_text_breaks_any_kind(text in ".{0,60}") {
            let _ = (flag(&text), socket(&text), network(&text), web_address(&text), digest(&text), domain(&text));
            let _ = (tlp(&text), name_server(&text), whole::<u32>(0..=9)(&text), secret_address(&[])(Secret::new(text)));
        }
    }
}
