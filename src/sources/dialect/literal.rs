//! Literals: how one begins and ends, and how a character that means something is written in it.

use super::{Dialect, Unwritable};

/// A kind of literal.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literal {
    pub(crate) open: &'static str,
    pub(crate) close: &'static str,
    pub(crate) escape: Escape,
    /// Whether it may go over the end of a line.
    pub(crate) spans_lines: bool,
}

/// How a literal holds what would end it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// A backslash before it, and before a backslash; `\n`, `\r`, `\t` and `\u….` for what has no place in a line.
    Backslash,
    /// The same without letters: what a line cannot hold stands as it is.
    BackslashOnly,
    /// Twice.
    Doubled,
    /// Not at all.
    None,
}

const fn literal(open: &'static str, close: &'static str, escape: Escape, spans_lines: bool) -> Literal {
    Literal { open, close, escape, spans_lines }
}

/// [Strings](https://learn.microsoft.com/kusto/query/scalar-data-types/string): escaped, verbatim, multi-line.
static KQL: [Literal; 6] = [
    literal("'", "'", Escape::Backslash, false),
    literal("\"", "\"", Escape::Backslash, false),
    literal("@\"", "\"", Escape::Doubled, false),
    literal("@'", "'", Escape::Doubled, false),
    literal("```", "```", Escape::None, true),
    literal("~~~", "~~~", Escape::None, true),
];

static QUOTES: [Literal; 1] = [literal("\"", "\"", Escape::BackslashOnly, true)];

/// [Strings and names](https://www.elastic.co/docs/reference/query-languages/esql/esql-syntax) of ES|QL.
static ESQL: [Literal; 3] = [
    literal("\"", "\"", Escape::Backslash, false),
    literal("\"\"\"", "\"\"\"", Escape::None, true),
    literal("`", "`", Escape::Doubled, false),
];

static RQL: [Literal; 2] = [literal("'", "'", Escape::None, true), literal("\"", "\"", Escape::None, true)];

/// [String literals](https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html) of OData.
static ODATA: [Literal; 1] = [literal("'", "'", Escape::Doubled, true)];

static SQL: [Literal; 5] = [
    literal("'", "'", Escape::Doubled, true),
    literal("\"", "\"", Escape::Doubled, true),
    literal("E'", "'", Escape::BackslashOnly, true),
    literal("e'", "'", Escape::BackslashOnly, true),
    literal("$$", "$$", Escape::None, true),
];

static BACKSLASH_SQL: [Literal; 3] = [
    literal("'", "'", Escape::BackslashOnly, true),
    literal("\"", "\"", Escape::BackslashOnly, true),
    literal("`", "`", Escape::BackslashOnly, true),
];

impl Dialect {
    /// The literals of the language.
    pub(super) fn literals(self) -> &'static [Literal] {
        match self {
            Self::Kql => &KQL,
            Self::Spl | Self::Sumo | Self::LogScale | Self::Lucene => &QUOTES,
            Self::EsQl => &ESQL,
            Self::Rql => &RQL,
            Self::OData => &ODATA,
            Self::Sql => &SQL,
            Self::BackslashSql => &BACKSLASH_SQL,
            Self::ElasticJson | Self::CybereasonJson | Self::Plain => &[],
        }
    }

    /// How comments begin and end.
    pub(super) fn comments(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Kql => &[("//", "\n")],
            Self::EsQl | Self::LogScale => &[("//", "\n"), ("/*", "*/")],
            Self::Sumo => &[("//", "\n"), ("/*", "*/")],
            Self::Sql | Self::BackslashSql => &[("--", "\n"), ("/*", "*/")],
            _ => &[],
        }
    }

    /// The literal of an item in a list: the first of the language. Of an unknown one, what holds in most.
    pub(super) fn list_literal(self) -> Option<&'static Literal> {
        self.literals().first().or_else(|| RQL.first())
    }
}

impl Literal {
    /// Appends a value to the inside of the literal.
    pub(crate) fn write(&self, value: &str, out: &mut String) -> Result<(), Unwritable> {
        if !self.spans_lines && self.escape != Escape::Backslash && value.contains(is_line_break) {
            return Err(Unwritable);
        }
        match self.escape {
            // Next to its end even a single character of it would move the end.
            Escape::None if value.contains(|found| found == '\\' || self.close.contains(found)) => Err(Unwritable),
            Escape::None => {
                out.push_str(value);
                Ok(())
            }
            Escape::Doubled => {
                for found in value.chars() {
                    if self.close.contains(found) {
                        out.push(found);
                    }
                    out.push(found);
                }
                Ok(())
            }
            Escape::Backslash | Escape::BackslashOnly => {
                value.chars().for_each(|found| self.push_escaped(found, out));
                Ok(())
            }
        }
    }

    fn push_escaped(&self, found: char, out: &mut String) {
        let has_letters = self.escape == Escape::Backslash;
        match found {
            '\\' => out.push_str("\\\\"),
            '\n' if has_letters => out.push_str("\\n"),
            '\r' if has_letters => out.push_str("\\r"),
            '\t' if has_letters => out.push_str("\\t"),
            _ if self.close.contains(found) => out.extend(['\\', found]),
            _ if has_letters && (found.is_control() || is_line_break(found)) => {
                out.push_str(&format!("\\u{:04x}", u32::from(found)));
            }
            _ => out.push(found),
        }
    }
}

/// What ends a line in one language or another.
pub(super) fn is_line_break(found: char) -> bool {
    matches!(found, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}
