//! The text of a template: macros, then Python's format strings, as pieces of text and gaps.

use super::yaml::Node;

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it stands.
    Text(String),
    /// A gap for the parameter of that name.
    Gap(String),
}

/// What is wrong with a format string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    /// A brace without its partner.
    #[error("a brace stands alone; a brace that is meant as such is written twice")]
    LoneBrace,
    /// `{}`.
    #[error("a gap {{}} has no name")]
    Nameless,
    /// `{a!r}`, `{a:>8}`, `{a.b}`.
    #[error("the gap {{{0}}} is more than a name")]
    Elaborate(String),
}

/// The longest text of a query, macros replaced.
pub(super) const LONGEST: usize = 256 * 1024;

/// Puts the values of macros in the place of `$<name>$`; those without a value vanish. Nothing, if the text
/// becomes too long.
pub(super) fn replace_macros(text: &str, macros: Option<&Node>) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    if !text.contains("$<") {
        return Some(text.to_owned());
    }
    let value = |name: &str| macros.and_then(|macros| macros.at(name)?.at("value")?.text()).unwrap_or_default();
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("$<") {
        replaced.push_str(before);
        if replaced.len() > LONGEST {
            return None;
        }
        match after.split_once(">$") {
            Some((name, after)) if !name.is_empty() && !name.contains('>') => {
                replaced.push_str(value(name));
                rest = after;
            }
            _ => {
                replaced.push_str("$<");
                rest = after;
            }
        }
    }
    replaced.push_str(rest);
    if replaced.len() > LONGEST {
        return None;
    }
    while replaced.contains("\n\n") {
        replaced = replaced.replace("\n\n", "\n");
    }
    Some(replaced)
}

/// Splits a format string.
pub(super) fn split(text: &str) -> Result<Vec<Piece>, Malformed> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        literal.push_str(before);
        if from.starts_with("{{") || from.starts_with("}}") {
            let (brace, after) = from.split_at(2);
            literal.push_str(brace.get(1..).unwrap_or_default());
            rest = after;
            continue;
        }
        let gap = from.strip_prefix('{').and_then(|from| from.split_once('}')).ok_or(Malformed::LoneBrace)?;
        let (name, after) = gap;
        if name.contains('{') {
            return Err(Malformed::LoneBrace);
        }
        check_name(name)?;
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Gap(name.to_owned()));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    Ok(pieces)
}

fn check_name(name: &str) -> Result<(), Malformed> {
    if name.is_empty() {
        return Err(Malformed::Nameless);
    }
    let is_name = name.chars().all(|found| found.is_alphanumeric() || matches!(found, '_' | '-'));
    if is_name { Ok(()) } else { Err(Malformed::Elaborate(name.chars().take(40).collect())) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> Result<String, Malformed> {
        let pieces = split(text)?.into_iter().map(|piece| match piece {
            Piece::Text(text) => format!("<{text}>"),
            Piece::Gap(name) => name,
        });
        Ok(pieces.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn a_text_is_split_as_python_does_it() {
        assert_eq!(shown("a {b} c{{d}} {_e}").unwrap(), "<a > b < c{d} > _e");
        assert_eq!(shown("{{{a}}}").unwrap(), "<{> a <}>");
        assert_eq!(shown("").unwrap(), "");
        assert_eq!(shown("a { b"), Err(Malformed::LoneBrace));
        assert_eq!(shown("a } b"), Err(Malformed::LoneBrace));
        assert_eq!(shown("{a{b}}"), Err(Malformed::LoneBrace));
        assert_eq!(shown("{}"), Err(Malformed::Nameless));
        assert_eq!(shown("{a!r}"), Err(Malformed::Elaborate("a!r".to_owned())));
    }

    proptest! {
        #[test]
        fn no_text_is_able_to_break_it(text in "[{}a!$<>\n]{0,30}") {
            let _ = split(&replace_macros(&text, None).unwrap());
        }
    }
}
