//! What must be found in texts, and what must not.

mod addresses;
mod digests;
mod emails;
mod golden;
mod hostile;
mod names;
mod paths;
mod properties;
mod urls;

use super::*;

/// Everything that stands in a text, as `kind value`.
fn all(text: &str) -> Vec<String> {
    shown(text, &Options { kinds: Kinds::all(), ..Options::default() })
}

/// Everything of one kind that stands in a text.
fn only(kind: ObservableKind, text: &str) -> Vec<&str> {
    let options = Options { kinds: [kind].into_iter().collect(), ..Options::default() };
    extract_iocs(text, &options).into_iter().map(|ioc| ioc.value).collect()
}

fn shown(text: &str, options: &Options) -> Vec<String> {
    extract_iocs(text, options).iter().map(|ioc| format!("{} {}", ioc.kind, ioc.value)).collect()
}

#[test]
fn a_line_with_everything_is_read_without_noise() {
    let text = "curl https://www.evil.com/a?b=http%3A%2F%2Fother.org%2Fx 1.2.3.4 fe80::1 user@contoso.com \
                d41d8cd98f00b204e9800998ecf8427e";
    assert_eq!(
        all(text),
        [
            "url https://www.evil.com/a?b=http%3A%2F%2Fother.org%2Fx",
            "domain www.evil.com",
            "url http%3A%2F%2Fother.org%2Fx",
            "domain other.org",
            "ipv4 1.2.3.4",
            "ipv6 fe80::1",
            "email user@contoso.com",
            "domain contoso.com",
            "md5 d41d8cd98f00b204e9800998ecf8427e",
        ]
    );
}

#[test]
fn spellings_of_one_thing_are_counted_together() {
    let found = extract_iocs("Evil.com evil[.]com, http://EVIL.com/x; 8.8.8.8 evil.com", &Options::default());
    let shown: Vec<_> =
        found.iter().map(|ioc| (ioc.value, ioc.canonical.as_str(), ioc.count, ioc.first_offset)).collect();
    assert_eq!(
        shown,
        [
            ("Evil.com", "evil.com", 4, 0),
            ("http://EVIL.com/x", "http://evil.com/x", 1, 21),
            ("8.8.8.8", "8.8.8.8", 1, 40),
        ]
    );
}

#[test]
fn offsets_are_bytes() {
    let found = extract_iocs("é 🍯 evil.com", &Options::default());
    assert_eq!(found.first().map(|ioc| ioc.first_offset), Some(8));
}

#[test]
fn only_what_is_asked_for_is_found() {
    let text = "http://evil.com/x bob@evil.com 192.0.2.1 /etc/passwd";
    assert_eq!(only(ObservableKind::Domain, text), ["evil.com"]);
    assert_eq!(only(ObservableKind::Ipv4, text), ["192.0.2.1"]);
    assert_eq!(only(ObservableKind::LinuxPath, text), ["/etc/passwd"]);
    assert!(only(ObservableKind::Hostname, text).is_empty());
    assert!(shown(text, &Options::default()).iter().all(|ioc| !ioc.contains("path")));
}

#[test]
fn what_is_defanged_is_left_alone_on_request() {
    let plain = Options { defanged: false, ..Options::default() };
    assert_eq!(
        shown("evil[.]com 192.0.2[.]1 bob[at]evil.org www.evil.net", &plain),
        ["domain evil.org", "domain www.evil.net"]
    );
}

#[test]
fn no_more_are_found_than_allowed() {
    let few = Options { max_items: 2, ..Options::default() };
    let found = extract_iocs("a.com b.com c.com a.com", &few);
    assert_eq!(found.iter().map(|ioc| (ioc.value, ioc.count)).collect::<Vec<_>>(), [("a.com", 2), ("b.com", 1)]);
}

#[test]
fn what_is_found_is_an_observable() {
    for ioc in extract_iocs(r"x=http%3A%2F%2Fa.com%2Fy hxxp:\/\/b[.]com\/z 192.0.2[.]1", &Options::default()) {
        let observable = ioc.observable().expect(ioc.value);
        assert_eq!((observable.kind(), observable.canonical()), (ioc.kind, ioc.canonical.as_str()));
    }
}
