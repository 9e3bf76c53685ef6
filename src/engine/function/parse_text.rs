//! Texts of known forms: command lines, CSV, XML, versions.

use serde_json::{Map, Value as Json};

use super::{Context, RowFunction, arg};
use crate::cell::{Cell, DECIMAL_ONE};

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "parse_command_line" => parse_command_line,
        "parse_csv" => |_, cells| Cell::of_list(csv(&arg(cells, 0).text()).into_iter().map(Json::from).collect()),
        "parse_version" => |_, cells| version(&arg(cells, 0).text()).map_or(Cell::Null, Cell::Decimal),
        "parse_xml" => |_, cells| Cell::of_json(&xml(&arg(cells, 0).text()).unwrap_or(Json::Null)),
        _ => return None,
    })
}

/// The parts of a command line as Windows takes them apart.
fn parse_command_line<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let text = arg(cells, 0).text();
    let mut parts: Vec<String> = Vec::new();
    let (mut part, mut begun, mut quoted) = (String::new(), false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut count = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    count += 1;
                }
                begun = true;
                if chars.peek() == Some(&'"') {
                    part.extend(std::iter::repeat_n('\\', count / 2));
                    if count % 2 == 1 {
                        chars.next();
                        part.push('"');
                    }
                } else {
                    part.extend(std::iter::repeat_n('\\', count));
                }
            }
            '"' => {
                begun = true;
                quoted = !quoted;
            }
            c if c.is_whitespace() && !quoted => {
                if begun {
                    parts.push(std::mem::take(&mut part));
                }
                begun = false;
            }
            c => {
                begun = true;
                part.push(c);
            }
        }
    }
    if begun {
        parts.push(part);
    }
    if parts.is_empty() { Cell::Null } else { Cell::of_list(parts.into_iter().map(Json::from).collect()) }
}

/// The fields of the first record.
fn csv(text: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            '\n' if !quoted => break,
            '\r' if !quoted => {}
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

/// Up to four parts of up to eight digits each, as one number.
fn version(text: &str) -> Option<i128> {
    let parts: Vec<i128> = text
        .trim()
        .split('.')
        .map(|part| part.parse().ok().filter(|part| *part < 100_000_000))
        .collect::<Option<_>>()?;
    if parts.len() > 4 || parts.iter().any(|part| *part < 0) {
        return None;
    }
    let number = parts.iter().chain(&[0, 0, 0]).take(4).fold(0, |all: i128, part| all * 100_000_000 + part);
    number.checked_mul(DECIMAL_ONE)
}

/// Elements as members, attributes with `@`, texts as such or as `#text`.
fn xml(text: &str) -> Option<Json> {
    let mut reader = Xml { rest: text, depth: 0 };
    loop {
        reader.rest = reader.rest.trim_start();
        if reader.rest.starts_with("<?") {
            reader.skip("?>")?;
        } else if reader.rest.starts_with("<!--") {
            reader.skip("-->")?;
        } else if reader.rest.starts_with("<!") {
            reader.skip(">")?;
        } else {
            break;
        }
    }
    let (name, value) = reader.element()?;
    Some(Json::Object(Map::from_iter([(name, value)])))
}

struct Xml<'t> {
    rest: &'t str,
    depth: usize,
}

/// Elements that nest deeper are not read.
const MAX_DEPTH: usize = 64;

impl<'t> Xml<'t> {
    fn skip(&mut self, end: &str) -> Option<&'t str> {
        let (before, behind) = self.rest.split_once(end)?;
        self.rest = behind;
        Some(before)
    }

    fn name(&mut self) -> Option<String> {
        let end = self.rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '='))?;
        let (name, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.trim_start();
        (!name.is_empty()).then(|| name.to_owned())
    }

    fn element(&mut self) -> Option<(String, Json)> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        self.rest = self.rest.strip_prefix('<')?;
        let name = self.name()?;
        let mut members = Map::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                self.depth -= 1;
                return Some((name, if members.is_empty() { Json::Null } else { Json::Object(members) }));
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                break;
            }
            let attribute = self.name()?;
            self.rest = self.rest.strip_prefix('=')?.trim_start();
            let quote = self.rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            self.rest = self.rest.get(1..)?;
            let value = self.skip(if quote == '"' { "\"" } else { "'" })?;
            members.insert(format!("@{attribute}"), Json::from(unescape(value)));
            self.rest = self.rest.trim_start();
        }
        let mut text = String::new();
        loop {
            let at = self.rest.find('<')?;
            text.push_str(&unescape(self.rest.get(..at)?));
            self.rest = self.rest.get(at..)?;
            if let Some(rest) = self.rest.strip_prefix("</") {
                self.rest = rest;
                self.skip(">")?;
                break;
            }
            if self.rest.starts_with("<!--") {
                self.skip("-->")?;
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                self.rest = rest;
                text.push_str(self.skip("]]>")?);
            } else {
                let (name, value) = self.element()?;
                match members.get_mut(&name) {
                    None => {
                        members.insert(name, value);
                    }
                    Some(Json::Array(items)) => items.push(value),
                    Some(first) => *first = Json::Array(vec![first.take(), value]),
                }
            }
        }
        self.depth -= 1;
        let text = text.trim();
        if members.is_empty() {
            return Some((name, if text.is_empty() { Json::Null } else { Json::from(text) }));
        }
        if !text.is_empty() {
            members.insert("#text".into(), Json::from(text));
        }
        Some((name, Json::Object(members)))
    }
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use model::ColumnType;
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::run;
    use super::*;

    #[test]
    fn command_lines_are_quoted_as_windows_does() {
        let parts = |text| {
            run("parse_command_line", ColumnType::Dynamic, &[Cell::of(text), Cell::of("windows")]).text().into_owned()
        };
        assert_eq!(parts(r#"echo "hello world!""#), r#"["echo","hello world!"]"#);
        assert_eq!(parts(r#"a\b "c \"d" """#), r#"["a\\b","c \"d",""]"#);
    }

    #[test]
    fn versions_are_numbers_that_compare() {
        assert_eq!(version("1.2.3.4"), Some(1_000_000_020_000_000_300_000_004 * DECIMAL_ONE));
        assert_eq!(version("1"), Some(1_000_000_000_000_000_000_000_000 * DECIMAL_ONE));
        assert_eq!(version("1.a"), None);
    }

    #[test]
    fn xml_becomes_json() {
        let event = r#"<?xml version="1.0"?><Data a='1'><Name>x &amp; y</Name><Name>z</Name><Empty/></Data>"#;
        assert_eq!(xml(event).unwrap(), json!({"Data": {"@a": "1", "Name": ["x & y", "z"], "Empty": null}}));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_readers(text in "[<>/a=\"' !\\-\\[\\]]{0,30}") {
            let _ = xml(&text);
            let _ = csv(&text);
        }
    }
}
