//! No value ends its literal: each is read back by a small reader of that language's literals, which knows nothing of the
//! writers.

use std::str::Chars;

use proptest::prelude::*;

use super::*;

/// Texts in which everything that ends something is frequent.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[\"'`\\\\@~|;/*#$%&+{}<>()\\[\\],:=?. -]{1,4}",
        2 => "[a-z0-9\\u{e9}\\u{4e2d}]{1,4}",
        1 => prop::sample::select(vec!["\n", "\r", "\t", "\0", "\u{85}", "\u{2028}", "\u{b}", "\"\"\"", "```", "~~~", "*/", "\\u0022", "$$"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// The place after some text of a template.
fn place(dialect: Dialect, before: &str) -> Place {
    let mut scanner = Scanner::new(dialect, before);
    scanner.read(before);
    scanner.place("'")
}

/// The value as it is written after the text, and before what follows.
fn written(dialect: Dialect, before: &str, value: &str, after: &str) -> Option<String> {
    let mut text = before.to_owned();
    place(dialect, before).write(value, &mut text).ok()?;
    text.push_str(after);
    Some(text)
}

/// Reads a literal with backslashes behind its opening quote: its value, and what is left.
fn read_backslash(text: &str, quote: char, line_ends_it: bool) -> (String, String) {
    let mut chars = text.chars();
    let mut value = String::new();
    while let Some(found) = chars.next() {
        match found {
            _ if found == quote => return (value, chars.collect()),
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' if line_ends_it => {
                panic!("the literal goes over the end of a line")
            }
            '\\' => match chars.next() {
                Some('n') => value.push('\n'),
                Some('r') => value.push('\r'),
                Some('t') => value.push('\t'),
                Some('u') => {
                    let hex: String = take(&mut chars, 4);
                    value.push(char::from_u32(u32::from_str_radix(&hex, 16).unwrap()).unwrap());
                }
                Some(escaped) => value.push(escaped),
                None => panic!("the literal ends in a backslash"),
            },
            found => value.push(found),
        }
    }
    panic!("the literal does not end")
}

/// Reads a literal in which the quote is doubled.
fn read_doubled(text: &str, quote: char) -> (String, String) {
    let mut chars = text.chars().peekable();
    let mut value = String::new();
    while let Some(found) = chars.next() {
        if found == quote {
            if chars.peek() != Some(&quote) {
                return (value, chars.collect());
            }
            chars.next();
        }
        value.push(found);
    }
    panic!("the literal does not end")
}

/// Reads a literal that ends with the first of these texts.
fn read_until(text: &str, close: &str) -> (String, String) {
    let (value, rest) = text.split_once(close).unwrap();
    (value.to_owned(), rest.to_owned())
}

fn take(chars: &mut Chars<'_>, count: usize) -> String {
    chars.by_ref().take(count).collect()
}

/// Dialect, text before, text after, reader of what is behind the text before.
type Case = (Dialect, &'static str, &'static str, fn(&str) -> (String, String));

const CASES: &[Case] = &[
    (Dialect::Kql, "T | where a == \"", "\" | take 1", |text| read_backslash(text, '"', true)),
    (Dialect::Kql, "T // it's\n| where a == '", "' | take 1", |text| read_backslash(text, '\'', true)),
    (Dialect::Kql, "T | where a == h@\"", "\" | take 1", |text| read_doubled(text, '"')),
    (Dialect::Kql, "T | where a == @'c:\\", "' | take 1", |text| read_doubled(text, '\'')),
    (Dialect::Kql, "T | where a == ```", "``` | take 1", |text| read_until(text, "```")),
    (Dialect::Spl, "search index=* user=\"", "\" | head 1", |text| read_backslash_only(text, '"')),
    (Dialect::Sumo, "_index=\"", "\" | count", |text| read_backslash_only(text, '"')),
    (Dialect::LogScale, "user=\"", "\" | count()", |text| read_backslash_only(text, '"')),
    (Dialect::Lucene, "user:\"", "\" AND x:1", |text| read_backslash_only(text, '"')),
    (Dialect::EsQl, "FROM x | WHERE a == \"", "\" | LIMIT 1", |text| read_backslash(text, '"', true)),
    (Dialect::EsQl, "FROM x | WHERE a == \"\"\"", "\"\"\" | LIMIT 1", |text| read_until(text, "\"\"\"")),
    (Dialect::Sql, "SELECT * FROM t WHERE a = '", "' AND true", |text| read_doubled(text, '\'')),
    (Dialect::Sql, "SELECT \"", "\" FROM t", |text| read_doubled(text, '"')),
    (Dialect::Sql, "SELECT E'", "' FROM t", |text| read_backslash_only(text, '\'')),
    (Dialect::Sql, "SELECT $$", "$$ FROM t", |text| read_until(text, "$$")),
    (Dialect::BackslashSql, "SELECT * FROM t WHERE a = '", "' AND true", |text| read_backslash_only(text, '\'')),
    (Dialect::OData, "a eq '", "' and b", |text| read_doubled(text, '\'')),
    (Dialect::Rql, "config from x where a = '", "' and b", |text| read_until(text, "'")),
];

/// Reads a literal in which a backslash takes the next character for itself, whatever it is.
fn read_backslash_only(text: &str, quote: char) -> (String, String) {
    let mut chars = text.chars();
    let mut value = String::new();
    while let Some(found) = chars.next() {
        match found {
            _ if found == quote => return (value, chars.collect()),
            '\\' => value.extend(chars.next()),
            found => value.push(found),
        }
    }
    panic!("the literal does not end")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_value_ends_its_literal(value in hostile()) {
        for (dialect, before, after, read) in CASES {
            prop_assert!(matches!(place(*dialect, before).spot, Spot::Literal(_)), "{before}");
            let Some(text) = written(*dialect, before, &value, after) else { continue };
            let (read_back, rest) = read(&text[before.len()..]);
            prop_assert_eq!(&read_back, &value, "{}", before);
            prop_assert_eq!(rest, after[after.find(' ').unwrap()..].to_owned(), "{}", before);
        }
    }

    #[test]
    fn lists_hold_what_was_put_into_them(items in prop::collection::vec(hostile(), 1..4)) {
        for dialect in [Dialect::Kql, Dialect::Spl, Dialect::Sql, Dialect::BackslashSql, Dialect::EsQl, Dialect::OData] {
            let mut text = String::new();
            for item in &items {
                dialect.quote(item, &mut text).unwrap();
                text.push(' ');
            }
            let mut rest = text;
            for item in &items {
                let quote = rest.chars().next().unwrap();
                let (value, after) = match dialect {
                    Dialect::Kql | Dialect::EsQl => read_backslash(&rest[1..], quote, true),
                    Dialect::Spl | Dialect::BackslashSql => read_backslash_only(&rest[1..], quote),
                    _ => read_doubled(&rest[1..], quote),
                };
                prop_assert_eq!(&value, item);
                rest = after.strip_prefix(' ').unwrap().to_owned();
            }
        }
    }

    #[test]
    fn a_query_within_json_stays_within_its_string_and_its_literal(value in hostile()) {
        let before = "{ \"querymetadata\": { \"query_by_user\": \"config from x where a = '";
        let spot = place(Dialect::Rql, before);
        let is_literal = matches!(spot, Place { spot: Spot::Literal(_), layer: Layer::Json });
        prop_assert!(is_literal);
        if let Some(text) = written(Dialect::Rql, before, &value, "'\" } }") {
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let query = json["querymetadata"]["query_by_user"].as_str().unwrap();
            prop_assert_eq!(query, format!("config from x where a = '{value}'"));
            prop_assert!(!value.contains(['\'', '\\']));
        }
    }

    #[test]
    fn other_strings_of_the_json_take_any_text(value in hostile()) {
        let before = "{ \"unit\": \"";
        let text = written(Dialect::Rql, before, &value, "\" }").unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json["unit"].as_str().unwrap(), value);
    }

    #[test]
    fn raw_text_within_json_does_not_leave_its_string(value in hostile()) {
        let before = "{ \"query_by_user\": \"";
        prop_assert!(place(Dialect::Rql, before).is_open());
        let text = written(Dialect::Rql, before, &value, "\" }").unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(json["query_by_user"].as_str().unwrap(), value);
    }

    #[test]
    fn a_filter_within_an_address_stays_within_its_parameter_and_its_literal(value in hostile()) {
        let before = "/security/alerts?$filter=a eq '";
        let text = written(Dialect::OData, before, &value, "'&$top=5").unwrap();
        let address = url::Url::parse("https://graph.example").unwrap().join(&text).unwrap();
        let pairs: Vec<_> = address.query_pairs().collect();
        prop_assert_eq!(pairs.len(), 2);
        prop_assert_eq!((&*pairs[1].0, &*pairs[1].1), ("$top", "5"));
        // Tabs and line ends are dropped by readers of addresses unless they are encoded.
        let (read, rest) = read_doubled(pairs[0].1.strip_prefix("a eq '").unwrap(), '\'');
        prop_assert_eq!((read, rest), (value, String::new()));
    }

    #[test]
    fn a_segment_of_a_path_stays_one(value in hostile()) {
        let before = "/security/alerts/";
        let mut scanner = Scanner::new(Dialect::OData, before);
        scanner.read(before);
        let place = scanner.place("");
        prop_assert_eq!(place.spot, Spot::Segment);
        let mut text = before.to_owned();
        if place.write(&value, &mut text).is_ok() {
            let address = url::Url::parse("https://graph.example").unwrap().join(&text).unwrap();
            let segments: Vec<_> = address.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 3);
            let decoded = percent_encoding::percent_decode_str(segments[2]).decode_utf8().unwrap();
            prop_assert_eq!(&*decoded, &value);
        }
    }

    #[test]
    fn a_comment_ends_where_the_template_ends_it(value in hostile()) {
        for (dialect, before, end) in [(Dialect::Kql, "T // ", "\n"), (Dialect::Sql, "SELECT 1 /* ", "*/"), (Dialect::Sql, "-- ", "\n")] {
            prop_assert_eq!(place(dialect, before).spot, Spot::Comment);
            let text = written(dialect, before, &value, end).unwrap();
            prop_assert_eq!(text[before.len()..].find(end).unwrap(), text.len() - before.len() - end.len());
            prop_assert!(end != "\n" || !text[..text.len() - 1].contains(super::literal::is_line_break));
        }
    }
}

#[test]
fn where_it_cannot_be_sure_a_place_is_open() {
    for (dialect, before) in [
        (Dialect::Kql, "T | where a == \"\\"),
        (Dialect::Kql, "T | where "),
        (Dialect::Kql, "T | where a == \"x\n"),
        (Dialect::Spl, "search user='"),
        (Dialect::Plain, "anything '"),
        (Dialect::OData, "/security/alerts?$filter="),
        (Dialect::OData, "/sec"),
        (Dialect::Rql, "{ \"limit\": "),
    ] {
        assert!(place(dialect, before).is_open(), "{before}");
    }
}

#[test]
fn what_a_literal_cannot_hold_is_refused() {
    for (dialect, before, value) in [
        (Dialect::Kql, "T | where a == @\"", "two\nlines"),
        (Dialect::Kql, "T | where a == ```", "a`"),
        (Dialect::Rql, "config from x where a = '", "it's"),
        (Dialect::Rql, "config from x where a = '", "c:\\"),
        (Dialect::OData, "/security/alerts/", ".."),
    ] {
        let mut scanner = Scanner::new(dialect, before);
        scanner.read(before);
        assert_eq!(scanner.place("").write(value, &mut String::new()), Err(Unwritable), "{before}");
    }
}

#[test]
fn times_are_written_as_each_language_has_them() {
    let instant = "2024-05-01T12:30:05.25Z".parse().unwrap();
    for (dialect, expected) in [
        (Dialect::Kql, "2024-05-01T12:30:05.250000Z"),
        (Dialect::Spl, "\"2024-05-01 12:30:05.250000\""),
        (Dialect::Sumo, "2024-05-01T12:30:05"),
        (Dialect::Sql, "2024-05-01 12:30:05.250000+00:00"),
        (Dialect::CybereasonJson, "1714566605250"),
    ] {
        let mut text = String::new();
        dialect.write_instant(instant, true, &mut text);
        assert_eq!(text, expected);
    }
}

#[test]
fn a_dialect_has_one_name() {
    for name in Dialect::names() {
        assert_eq!(Dialect::named(name).unwrap().name(), name);
    }
    assert_eq!(Dialect::named("cobol"), None);
}
