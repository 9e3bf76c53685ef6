//! What holds for every observable, whatever its value: properties over well-formed and over senseless text.

use proptest::prelude::*;

use super::*;

/// Well-formed values of every kind, in canonical or another form, none of them a path.
fn value() -> impl Strategy<Value = (ObservableKind, String)> {
    let label = "[a-z0-9]([a-z0-9_-]{0,8}[a-z0-9])?".prop_filter("A-labels", |label| !label.starts_with("xn--"));
    let suffix = prop::sample::select(vec!["com", "co.uk", "io", "рф", "onion", "github.io", "xn--p1ai"]);
    let domain =
        (prop::collection::vec(label, 1..4), suffix).prop_map(|(labels, tld)| format!("{}.{tld}", labels.join(".")));
    let v4 = any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()).boxed();
    let v6 = any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string());
    let host = prop_oneof![domain.clone(), v4.clone(), v6.clone().prop_map(|address| format!("[{address}]"))];
    let scheme = prop::sample::select(vec!["http", "https", "ftp", "ldap", "wss"]);
    let url = (
        scheme,
        host,
        prop::option::of(any::<u16>()),
        "(/[a-zA-Z0-9%~=-]{1,6}){0,3}/",
        "(\\?[a-z]=[^#\\pC\\pZ]{0,9}z)?",
    );
    let url = url.prop_map(|(scheme, host, port, path, query)| match port {
        Some(port) => format!("{scheme}://{host}:{port}{path}{query}"),
        None => format!("{scheme}://{host}{path}{query}"),
    });
    let email =
        ("[a-zA-Z0-9]{1,8}([.+_-][a-z0-9]{1,8})?", domain.clone()).prop_map(|(local, host)| format!("{local}@{host}"));
    let digest = |kind, length: usize| {
        let bytes = prop::collection::vec(prop::sample::select(b"0123456789abcdefABCDEF".to_vec()), length);
        let text = bytes.prop_map(|bytes| String::from_utf8(bytes).unwrap());
        text.prop_filter("low entropy", |text| Observable::parse(text, Some(KindHint::Hash)).is_ok())
            .prop_map(move |text| (kind, text))
    };
    prop_oneof![
        v4.prop_map(|value| (ObservableKind::Ipv4, value)),
        v6.prop_map(|value| (ObservableKind::Ipv6, value)),
        domain.prop_map(|value| (ObservableKind::Domain, value)),
        url.prop_map(|value| (ObservableKind::Url, value)),
        email.prop_map(|value| (ObservableKind::Email, value)),
        digest(ObservableKind::Md5, 32),
        digest(ObservableKind::Sha1, 40),
        digest(ObservableKind::Sha256, 64),
    ]
}

/// Text that nearly means something.
fn senseless() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        ".",
        "..",
        ":",
        "::",
        "/",
        "//",
        "://",
        "\\",
        "@",
        "%",
        "#",
        "?",
        "-",
        "_",
        " ",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "'",
        "\"",
        "<",
        ">",
        ",",
        "0",
        "1",
        "127",
        "255",
        "0x7f",
        "a",
        "b",
        "com",
        "exe",
        "local",
        "xn--",
        "dot",
        "at",
        "http",
        "hxxp",
        "file",
        "ldap",
        "mailto",
        "www",
        "C",
        "é",
        "。",
        "\u{200b}",
        "ß",
        "İ",
        "1.2.3.4",
        "fe80::1",
        "example.com",
        "d41d8cd98f00b204e9800998ecf8427e",
        "\u{3000}",
        "１",
        "[.]",
        "[://]",
        "`",
        "“",
    ]);
    prop_oneof![prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn hints() -> impl Iterator<Item = Option<KindHint>> {
    let kinds = ObservableKind::ALL.iter().map(|kind| KindHint::Exactly(*kind));
    kinds.chain([KindHint::Address, KindHint::Hash, KindHint::Path]).map(Some).chain([None])
}

fn defanged(value: &str, dot: &str) -> String {
    let value = value.replacen("http", "hXXp", 1).replacen("ftp", "fxp", 1).replacen("://", "[://]", 1);
    value.replace('.', dot).replacen('@', "[at]", 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_generated_value_is_of_its_kind((kind, value) in value()) {
        let observable = Observable::parse(&value, Some(kind.into())).unwrap();
        prop_assert_eq!(observable.kind(), kind);
        prop_assert_eq!(observable.value(), value);
    }

    #[test]
    fn defanging_changes_nothing((kind, value) in value(), dot in prop::sample::select(vec!["[.]", "(.)", "{.}", "[dot]", " (DOT) ", "\\."])) {
        let plain = Observable::parse(&value, Some(kind.into())).unwrap();
        let read = Observable::parse(&defanged(&value, dot), Some(kind.into()));
        prop_assert_eq!(read.as_ref(), Ok(&plain), "{}", defanged(&value, dot));
        if kind == ObservableKind::Ipv6 {
            prop_assert_eq!(Observable::parse(&value.replace(':', "[:]"), Some(kind.into())), Ok(plain));
        }
    }

    #[test]
    fn a_canonical_form_is_its_own(text in senseless(), (kind, value) in value()) {
        let soup = hints().filter_map(|hint| Observable::parse(&text, hint).ok());
        for observable in soup.chain(Observable::parse(&value, Some(kind.into()))) {
            let again = Observable::parse(observable.canonical(), Some(observable.kind().into()));
            prop_assert_eq!(again.as_ref().map(Observable::canonical), Ok(observable.canonical()), "{}", observable.kind());
            prop_assert!(observable.canonical().len() <= MAX_VALUE_BYTES);
            // These must hold without a panic, and a URL or a name always names something.
            let names = observable.address().is_some() || observable.host().is_some();
            prop_assert_eq!(names, !matches!(observable.kind().as_str(), "md5" | "sha1" | "sha256" | "windows_path" | "linux_path"));
            let _ = observable.is_global();
        }
    }

    #[test]
    fn what_a_hint_accepts_is_accepted_without_one_but_for_names(text in senseless(), (kind, value) in value()) {
        for hint in hints().filter(|hint| *hint != Some(ObservableKind::Hostname.into())) {
            prop_assert!(Observable::parse(&text, hint).is_err() || Observable::parse(&text, None).is_ok(), "{:?}", hint);
        }
        prop_assert!(Observable::parse(&value, None).is_ok(), "{}", kind);
    }

    #[test]
    fn a_rejection_never_repeats_the_value(text in "[a-z]{30}@[a-z]{30}") {
        for hint in hints() {
            let rejection = Observable::parse(&text, hint).unwrap_err().to_string();
            prop_assert!(!rejection.contains(&text[..10]));
        }
    }
}
