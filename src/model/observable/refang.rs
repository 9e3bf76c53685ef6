//! Undoes what people do to values so that nobody clicks on them, and takes off what sentences put around them.
//!
//! Not for paths: `\.` and a trailing dot mean something there.

use std::borrow::Cow;

/// What stands in brackets of any sort in place of the right-hand text.
const BRACKETED: &[(&str, &str)] = &[
    (".", "."),
    ("dot", "."),
    ("@", "@"),
    ("at", "@"),
    (":", ":"),
    ("://", "://"),
    (":/", ":/"),
    ("/", "/"),
    ("//", "//"),
];

/// Schemes that are spelt so that they do not work.
const SCHEMES: &[(&str, &str)] = &[
    ("hxxp", "http"),
    ("hxxps", "https"),
    ("h**p", "http"),
    ("h**ps", "https"),
    ("htxp", "http"),
    ("htxps", "https"),
    ("hxtp", "http"),
    ("hxtps", "https"),
    ("meow", "http"),
    ("meows", "https"),
    ("fxp", "ftp"),
    ("fxps", "ftps"),
    ("sfxp", "sftp"),
];

/// Restores a defanged value. Refanging twice gives the same.
pub fn refang(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| matches!(byte, b']' | b')' | b'}' | b'\\')) {
        return restore_scheme(bare(text));
    }
    let text = unbracket(text);
    Cow::Owned(restore_scheme(bare(&text)).into_owned())
}

/// The text without the quotes, angle brackets and punctuation that a sentence leaves around it.
pub(super) fn bare(text: &str) -> &str {
    let mut text = text.trim_start_matches(|c: char| c.is_whitespace() || "<\"'`«“”‘’".contains(c));
    while let Some(last) = text.chars().next_back() {
        let rest = text.strip_suffix(last).unwrap_or_default();
        // An IPv6 address may end in two colons.
        let goes = match last {
            ':' => !rest.ends_with(':'),
            _ => last.is_whitespace() || ".,;!?>\"'`»“”‘’。".contains(last),
        };
        if !goes {
            break;
        }
        text = rest;
    }
    text
}

/// Replaces bracketed signs and words, with the spaces around them, and escaped dots. A replacement may complete the
/// brackets around it (`[[.]]`), so each closing bracket is judged by what stands before it by then.
fn unbracket(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        let replacement = match next {
            ']' => bracketed(&out, '['),
            ')' => bracketed(&out, '('),
            '}' => bracketed(&out, '{'),
            _ => None,
        };
        match replacement {
            Some((kept, sign)) => {
                out.truncate(kept);
                push(&mut out, sign);
                rest = rest.as_str().trim_start().chars();
            }
            None => push(&mut out, next.encode_utf8(&mut [0; 4])),
        }
    }
    out
}

/// If the text ends in an opening bracket and a defanged sign: how much stands before, and the sign.
fn bracketed(text: &str, opening: char) -> Option<(usize, &'static str)> {
    BRACKETED.iter().find_map(|(spelling, sign)| {
        let (before, end) = text.split_at_checked(text.len().checked_sub(spelling.len())?)?;
        let before = before.strip_suffix(opening)?;
        end.eq_ignore_ascii_case(spelling).then(|| (before.trim_end().len(), *sign))
    })
}

/// Appends a sign; a dot takes the backslashes before it away.
fn push(out: &mut String, sign: &str) {
    if sign == "." {
        out.truncate(out.trim_end_matches('\\').len());
    }
    out.push_str(sign);
}

/// The text with a scheme that works.
fn restore_scheme(text: &str) -> Cow<'_, str> {
    let restored = text.split_once(':').and_then(|(scheme, rest)| {
        let (_, works) = SCHEMES.iter().find(|(broken, _)| scheme.eq_ignore_ascii_case(broken))?;
        Some(format!("{works}:{rest}"))
    });
    restored.map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dots_signs_and_schemes_come_back() {
        for (defanged, restored) in [
            ("8[.]8(.)8{.}8", "8.8.8.8"),
            ("evil[dot]com", "evil.com"),
            ("evil (DOT) com", "evil.com"),
            (r"evil\.com", "evil.com"),
            (r"192\.0\[.]2.1", "192.0.2.1"),
            ("2001[:]db8::1", "2001:db8::1"),
            ("user[@]evil[.]com", "user@evil.com"),
            ("user[at]evil.com", "user@evil.com"),
            ("user (at) evil (dot) com", "user@evil.com"),
            ("hXXp://a[.]com", "http://a.com"),
            ("hxxps[:]//a.com/x", "https://a.com/x"),
            ("hxxps[://]a.com", "https://a.com"),
            ("h**p://a.com", "http://a.com"),
            ("meow://a.com", "http://a.com"),
            ("fXp://a.com", "ftp://a.com"),
            ("[[.]]", ""),
            ("a[[.]]b", "a.b"),
        ] {
            assert_eq!(refang(defanged), restored, "{defanged}");
        }
    }

    #[test]
    fn the_punctuation_of_a_sentence_is_not_part_of_the_value() {
        for around in ["{},", "<{}>", "\"{}\".", "{};", "{}!?", "“{}”", "{}:", "{}。"] {
            assert_eq!(refang(&around.replace("{}", "http://a.com/x")), "http://a.com/x", "{around}");
        }
        assert_eq!(refang("fe80::,"), "fe80::");
    }

    #[test]
    fn a_value_that_is_not_defanged_is_not_copied() {
        for value in ["8.8.8.8", "http://a.com/x", "d41d8cd98f00b204e9800998ecf8427e"] {
            assert!(matches!(refang(value), Cow::Borrowed(_)), "{value}");
        }
    }

    #[test]
    fn brackets_that_are_no_defanging_stay() {
        for value in ["[2001:db8::1]", "http://[::]/", "http://a.com/?f[name]=(x)", "http://a.com/x{y}"] {
            assert_eq!(refang(value), value);
        }
    }

    proptest! {
        #[test]
        fn refanging_twice_gives_the_same(text in r"([\[\](){}.@:/\\ ]|dot|at|hxxp|a|“|é){0,40}") {
            let once = refang(&text).into_owned();
            prop_assert_eq!(refang(&once).into_owned(), once);
        }
    }
}
