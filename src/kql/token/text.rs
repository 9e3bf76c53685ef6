//! Texts: quoted, verbatim (`@"…"`), of several lines (three backticks or tildes), each also obfuscated (`h"…"`).

/// A text that a query begins with.
pub(super) struct Found {
    /// What it says; nothing when it does not end.
    pub(super) text: Option<String>,
    /// How long it is, with quotes.
    pub(super) len: usize,
}

/// Reads the text that a query begins with, if it begins with one.
pub(super) fn read(query: &str) -> Option<Found> {
    let unhidden = query.strip_prefix(['h', 'H']).unwrap_or(query);
    let hidden = query.len() - unhidden.len();
    for fence in ["```", "~~~"] {
        if let Some(body) = unhidden.strip_prefix(fence) {
            let end = body.find(fence);
            let len = hidden + 3 + end.map_or(body.len(), |end| end + 3);
            let text = end.and_then(|end| body.get(..end)).map(Into::into);
            return Some(Found { text, len });
        }
    }
    let plain = unhidden.strip_prefix('@').unwrap_or(unhidden);
    let is_verbatim = plain.len() < unhidden.len();
    let quote = plain.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let body = plain.get(1..)?;
    let prefix = query.len() - body.len();
    let (text, len) = if is_verbatim { read_verbatim(body, quote) } else { read_escaped(body, quote) };
    Some(Found { text, len: prefix + len })
}

/// Reads up to the quote; two quotes are one.
fn read_verbatim(body: &str, quote: char) -> (Option<String>, usize) {
    let mut text = String::new();
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\n' | '\r' => return (None, at),
            c if c == quote && chars.peek().is_none_or(|(_, next)| *next != quote) => return (Some(text), at + 1),
            c if c == quote => {
                chars.next();
                text.push(c);
            }
            c => text.push(c),
        }
    }
    (None, body.len())
}

/// Reads up to the quote, with C's escapes.
fn read_escaped(body: &str, quote: char) -> (Option<String>, usize) {
    let mut text = String::new();
    let mut at = 0;
    while let Some(c) = body.get(at..).and_then(|rest| rest.chars().next()) {
        match c {
            '\n' | '\r' => return (None, at),
            c if c == quote => return (Some(text), at + 1),
            '\\' => match body.get(at + 1..).and_then(escape) {
                Some((c, len)) => {
                    text.push(c);
                    at += 1 + len;
                }
                None => {
                    return (None, body.get(at..).and_then(|rest| rest.find('\n')).map_or(body.len(), |end| at + end));
                }
            },
            c => {
                text.push(c);
                at += c.len_utf8();
            }
        }
    }
    (None, body.len())
}

/// What stands behind a backslash: the character and how long its name is.
fn escape(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let plain = match first {
        '\\' | '\'' | '"' => first,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'u' => return numbered(rest.get(1..5)?, 16, 5),
        'U' => return numbered(rest.get(1..9)?, 16, 9),
        'x' => return numbered(rest.get(1..3)?, 16, 3),
        '0'..='7' => {
            let most = if first <= '3' { 3 } else { 2 };
            let len = rest.bytes().take(most).take_while(|b| (b'0'..=b'7').contains(b)).count();
            return numbered(rest.get(..len)?, 8, len);
        }
        _ => return None,
    };
    Some((plain, 1))
}

/// The character of a number. Half of a surrogate pair is no character and becomes the replacement character.
fn numbered(digits: &str, radix: u32, len: usize) -> Option<(char, usize)> {
    let is_number = digits.chars().all(|c| c.is_digit(radix));
    let number = is_number.then(|| u32::from_str_radix(digits, radix).ok())??;
    Some((char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER), len))
}
