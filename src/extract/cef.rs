//! One event in ArcSight's Common Event Format: a header of seven fields and an extension of keys and values.
//!
//! *Implementing ArcSight Common Event Format*, version 25: in the header `|` and `\` are escaped, in the extension `=`, `\`
//! and line ends; a value reaches to the last blank before the next key.

use std::borrow::Cow;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// The seven fields of the header, from the version on: version, vendor, product, version of the product, class of
    /// event, name, severity.
    pub header: [Cow<'a, str>; 7],
    /// The keys and values of the extension, in order.
    pub extension: Vec<(&'a str, Cow<'a, str>)>,
}

/// Reads the event of a line, which may begin with a syslog header. `None`: there is none.
pub fn read(line: &str) -> Option<Event<'_>> {
    let (_, event) = line.split_once("CEF:")?;
    let mut rest = event;
    let mut header: [Cow<'_, str>; 7] = Default::default();
    for field in &mut header {
        let end = unescaped(rest, b'|')?;
        *field = unescape(rest.get(..end)?.trim(), false);
        rest = rest.get(end + 1..)?;
    }
    Some(Event { header, extension: pairs(rest.trim()) })
}

/// Where this byte stands first without a backslash before it.
fn unescaped(text: &str, byte: u8) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|found| {
        let hit = found == byte && !escaped;
        escaped = found == b'\\' && !escaped;
        hit
    })
}

fn pairs(text: &str) -> Vec<(&str, Cow<'_, str>)> {
    // Where each key begins and where its `=` stands.
    let mut keys = Vec::new();
    let mut start = 0;
    while let Some(equals) = text.get(start..).and_then(|rest| unescaped(rest, b'=')).map(|at| start + at) {
        let before = text.get(start..equals).unwrap_or_default();
        let key = before.rfind(char::is_whitespace).map_or(start, |blank| start + blank + 1);
        let is_key =
            |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-[]".contains(&b));
        if text.get(key..equals).is_some_and(is_key) {
            keys.push((key, equals));
        }
        start = equals + 1;
    }
    let ends = keys.iter().skip(1).map(|(key, _)| *key).chain([text.len()]);
    keys.iter()
        .zip(ends)
        .filter_map(|((key, equals), end)| {
            Some((text.get(*key..*equals)?, unescape(text.get(equals + 1..end)?.trim_end(), true)))
        })
        .collect()
}

/// A text without its escapes.
fn unescape(text: &str, with_line_ends: bool) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some(next @ ('\\' | '|' | '='))) => {
                plain.push(next);
                letters.next();
            }
            ('\\', Some('n' | 'r')) if with_line_ends => {
                plain.push('\n');
                letters.next();
            }
            _ => plain.push(letter),
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_header_and_the_extension_are_taken_apart() {
        let line = "<134>Nov 24 08:00:00 fw01 CEF:0|Sec\\|urity|threat\\\\manager|1.0|100|worm stopped|10|\
                    src=10.0.0.1 msg=a value with \\= and blanks\\nsecond line dst=2.1.2.2 cs1Label=Rule cs1= spt=1232";
        let event = read(line).unwrap();
        assert_eq!(event.header, ["0", "Sec|urity", "threat\\manager", "1.0", "100", "worm stopped", "10"]);
        let pairs: Vec<_> = event.extension.iter().map(|(key, value)| (*key, value.as_ref())).collect();
        assert_eq!(
            pairs,
            [
                ("src", "10.0.0.1"),
                ("msg", "a value with = and blanks\nsecond line"),
                ("dst", "2.1.2.2"),
                ("cs1Label", "Rule"),
                ("cs1", ""),
                ("spt", "1232"),
            ]
        );
    }

    #[test]
    fn a_value_may_hold_what_looks_like_no_key() {
        let event = read("CEF:0|a|b|c|d|e|f|request=http://x/?a=1&b=2 act=blocked").unwrap();
        assert_eq!(event.extension, [("request", "http://x/?a=1&b=2".into()), ("act", "blocked".into())]);
    }

    #[test]
    fn what_is_no_event_is_none() {
        for line in ["", "CEF:", "CEF:0|a|b|c|d|e", "no event"] {
            assert_eq!(read(line), None, "{line}");
        }
        assert!(read("CEF:0|a|b|c|d|e|f|").unwrap().extension.is_empty());
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in "(CEF:0\\|)?[a-z=|\\\\ \u{e9}]{0,80}") {
            let _ = read(&text);
        }
    }
}
