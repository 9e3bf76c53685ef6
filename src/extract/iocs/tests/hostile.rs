//! Texts made to be slow: a scanner that looks at anything again and again would take hours for one of these.

use std::time::{Duration, Instant};

use super::super::{Kinds, Options, extract_iocs};

const MIB: usize = 1 << 20;

/// A hundred times what one text needs, and nothing against what quadratic time would take.
const ENOUGH: Duration = Duration::from_secs(10);

#[rustfmt::skip]
const UNITS: &[&str] = &[
    "a", "a.", "a.a.a-", "-", "_", ".", ":", "::", "1:", "1.", "1.1.1.1.", "/", "//", "\\", "\\\\", "%", "%25", "%2E",
    "[", "[.", "[.]", "a[.]", "a [.] ", "(", "@", "a@", "a@a.", "a.a@", "a+", "a+a@a.aa", "http://", "http://a",
    "http://a.com/", "http://a.com/?", "http://[", "http://a@", "http%3A%2F%2Fa.com%2F", "http:\\/\\/a.com\\/",
    "ftp://1.1.1.1/,", "0", "f", "0123456789abcdef", "C:\\", "C:\\a ", "C:\\a\\", "C:\\a b\\", "%a%\\", ".\\",
    " .\\a", "\\\\a\\", "\\\\a\\a ", "/a", " /a", "/a,/", "\\/a", "\\n", "\\na", "a\\n", "fe80::1", "fe80::1.", "é",
    "é.", "访", "访.a", "\u{0}", "'", "',", "((a.com", "a.com))", "&quot;", "\\u0026", "=http://a.com?", ",http://a/x",
];

fn extracts_in_time(text: &str) {
    let begun = Instant::now();
    let options = Options { kinds: Kinds::all(), ..Options::default() };
    assert!(extract_iocs(text, &options).len() <= options.max_items);
    assert!(begun.elapsed() < ENOUGH, "{}", text.chars().take(40).collect::<String>());
}

#[test]
fn time_is_linear_in_whatever_is_repeated() {
    for unit in UNITS {
        extracts_in_time(&unit.repeat(MIB / unit.len()));
    }
}

#[test]
fn time_is_linear_in_whatever_is_repeated_within_something() {
    for unit in UNITS {
        for start in ["http://a.com/", "http://a.com/?", "C:\\x\\", "/etc/", "1:", "a@"] {
            extracts_in_time(&[start, &unit.repeat(MIB / 4 / unit.len())].concat());
        }
    }
}

#[test]
fn a_text_of_distinct_things_yields_no_more_than_allowed() {
    let text: String = (0..MIB / 16).map(|number| format!("a{number}.com ")).collect();
    assert_eq!(extract_iocs(&text, &Options::default()).len(), Options::default().max_items);
}
