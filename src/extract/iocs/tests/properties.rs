//! What holds for every text.

use proptest::prelude::*;

use super::super::{Ioc, Kinds, Options, extract_iocs};

fn everything(text: &str) -> Vec<Ioc<'_>> {
    extract_iocs(text, &Options { kinds: Kinds::all(), ..Options::default() })
}

fn holds(text: &str) {
    let found = everything(text);
    assert!(found.is_sorted_by_key(|ioc| ioc.first_offset));
    for ioc in &found {
        assert_eq!(text.get(ioc.first_offset..ioc.first_offset + ioc.value.len()), Some(ioc.value));
        assert!(ioc.count > 0);
        assert_eq!(
            ioc.observable().map(|observable| observable.canonical().to_owned()).as_deref(),
            Some(&*ioc.canonical)
        );
        let same = |other: &&Ioc<'_>| (other.kind, &other.canonical) == (ioc.kind, &ioc.canonical);
        assert_eq!(found.iter().filter(same).count(), 1);
    }
}

/// Pieces of what is looked for, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "http",
        "hxxps",
        "://",
        ":",
        "/",
        "\\",
        "\\/",
        ".",
        "[.]",
        "(dot)",
        "[",
        "]",
        "(",
        ")",
        "@",
        "[at]",
        "%",
        "%2F",
        "%253A",
        "a",
        "evil",
        "com",
        "sh",
        "1",
        "255",
        "fe80",
        "::",
        "C:\\",
        "\\\\",
        "-",
        "_",
        " ",
        "\n",
        "\\n",
        "\"",
        "'",
        ",",
        "&",
        "?",
        "#",
        "é",
        "访",
        "🍯",
        "\u{301}",
        "d41d8cd98f00b204e9800998ecf8427e",
        "/etc/",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn iocs() -> impl Strategy<Value = (&'static str, String)> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|quad| ("ipv4", std::net::Ipv4Addr::from(quad).to_string())),
        any::<[u16; 8]>().prop_map(|groups| (
            "ipv6",
            format!("2001:{}", groups.map(|group| format!("{:x}", group | 0x100))[1..].join(":"))
        )),
        "[a-z][a-z0-9]{2,10}(-[a-z0-9]{1,5})?\\.(com|net|org|ru|xyz|co\\.uk)".prop_map(|name| ("domain", name)),
        "https?://[a-z]{3,10}\\.(com|top)(:[1-9][0-9]{1,3})?/[a-zA-Z0-9/_-]{1,20}(\\?[a-z]=[a-zA-Z0-9]{1,8})?"
            .prop_map(|url| ("url", url)),
        "[a-z]{1,8}([.+_-][a-z0-9]{1,8})?@[a-z]{3,10}\\.com".prop_map(|email| ("email", email)),
        any::<[u8; 16]>().prop_filter("a digest is no pattern", varied).prop_map(|bytes| ("md5", hex(&bytes))),
        any::<[u8; 20]>().prop_map(|bytes| ("sha1", hex(&bytes))),
        any::<[u8; 32]>().prop_map(|bytes| ("sha256", hex(&bytes))),
    ]
}

fn varied(bytes: &[u8; 16]) -> bool {
    bytes.iter().collect::<std::collections::HashSet<_>>().len() > 12
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

proptest! {
    #[test]
    fn a_value_stands_where_it_is_said_to_stand(text in ".{0,200}") {
        holds(&text);
    }

    #[test]
    fn a_value_stands_where_it_is_said_to_stand_in_pieces(text in pieces()) {
        holds(&text);
    }

    #[test]
    fn what_is_planted_in_noise_is_found(
        (kind, planted) in iocs(),
        before in "([a-zA-Z0-9,;:=.-]{0,12} ){0,6}",
        after in "( [a-zA-Z0-9,;:=.-]{0,12}){0,6}",
        quote in prop::sample::select(vec!["", "\"", "'", "(", "<", ","]),
    ) {
        let text = format!("{before}{quote}{planted}{}{after}", quote.replace('(', ")").replace('<', ">"));
        let offset = before.len() + quote.len();
        let found = everything(&text);
        prop_assert!(
            found.iter().any(|ioc| ioc.kind.as_str() == kind && ioc.value == planted && ioc.first_offset <= offset),
            "{} {} in {}: {:?}", kind, planted, text, found
        );
    }

    #[test]
    fn a_defanged_name_is_found(name in "[a-z]{3,10}\\.(com|net|ru)", dot in prop::sample::select(vec!["[.]", "(.)", "{.}", "[dot]", "(dot)"])) {
        let defanged = name.replace('.', dot);
        let text = format!("see {defanged}, please");
        let found = everything(&text);
        prop_assert_eq!(found.iter().map(|ioc| (ioc.value, &*ioc.canonical)).collect::<Vec<_>>(), [(&*defanged, &*name)]);
    }
}
