//! Names: plain, in brackets, and alike (`Security*`). Which words can't be names without brackets.

use std::sync::Arc;

use super::{Parsed, Parser};
use crate::{
    literal::{Literal, named_type},
    mistake::Wrong,
    operator::is_operator_name,
    parse::parameters::is_setting,
    place::Span,
    token::{TokenKind, is_word},
    tree::{BinaryOperator, InOperator, Name},
};

/// Words that mean something at the beginning of an expression or statement; printed in brackets to be sure.
const LEADING: [&str; 13] = [
    "let",
    "set",
    "declare",
    "alias",
    "restrict",
    "view",
    "hint",
    "dynamic",
    "typeof",
    "externaldata",
    "external_data",
    "null",
    "pack",
];

/// Words that end something that a name may stand before.
const FOLLOWING: [&str; 19] = [
    "on",
    "with",
    "to",
    "from",
    "step",
    "default",
    "limit",
    "in",
    "nulls",
    "of",
    "bin",
    "output",
    "optional",
    "order",
    "partition",
    "others",
    "first",
    "last",
    "id",
];

/// Whether a name can be printed without brackets wherever it stands.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let is_literal = matches!(name.to_ascii_lowercase().as_str(), "true" | "false") || named_type(name).is_some();
    let is_keyword = is_reserved(name)
        || is_operator_name(name)
        || LEADING.contains(&name)
        || FOLLOWING.contains(&name)
        || is_setting(name);
    is_word(name) && !is_literal && !is_keyword
}

/// Whether names that are alike can be printed without brackets.
pub(crate) fn is_plain_wildcard(text: &str) -> bool {
    let mut parser = Parser::of(text);
    text == "*" || parser.wildcard_if().is_some_and(|name| *name.text == *text) && parser.is_end()
}

/// Words that mean something wherever an expression may stand, so that a name of the kind needs brackets.
fn is_reserved(word: &str) -> bool {
    ["by", "asc", "desc", "as", "where", "project", "union", "datatable"].contains(&word) || is_between_values(word)
}

/// Whether a word stands between two values, as `and` and `has` do.
pub(super) fn is_between_values(word: &str) -> bool {
    let is_operator = InOperator::spelled(word).is_some() || BinaryOperator::spelled(word).is_some();
    is_operator || matches!(word, "and" | "or" | "between" | "!between")
}

impl Parser<'_> {
    /// The word that is so far ahead, if it can be a name.
    pub(super) fn name_word(&self, by: usize) -> Option<&str> {
        self.word_ahead(by).filter(|word| !is_reserved(word) && !word.starts_with('!'))
    }

    /// Whether a name is so far ahead, and of how many tokens.
    pub(super) fn name_len(&self, by: usize) -> Option<usize> {
        if self.name_word(by).is_some() {
            return Some(1);
        }
        let is_text = matches!(self.ahead(by + 1).map(|t| &t.kind), Some(TokenKind::Literal(Literal::String(_))));
        (self.text_ahead(by) == "[" && is_text && self.text_ahead(by + 2) == "]").then_some(3)
    }

    /// Takes a name if one is next.
    pub(crate) fn name_if(&mut self) -> Option<Name> {
        let start = self.span();
        let text: Arc<str> = match self.name_len(0)? {
            1 => self.text_ahead(0).into(),
            _ => match self.ahead(1).map(|token| &token.kind) {
                Some(TokenKind::Literal(Literal::String(text))) => text.clone(),
                _ => return None,
            },
        };
        self.at += if self.is("[") { 3 } else { 1 };
        Some(Name { text, span: self.since(start) })
    }

    /// Takes a name, which must be next.
    pub(crate) fn name(&mut self) -> Parsed<Name> {
        self.name_if().ok_or_else(|| Wrong::expected("a name", self.span()))
    }

    /// Takes any word as a name, also one that means something elsewhere; or a name in brackets.
    pub(crate) fn any_name(&mut self) -> Parsed<Name> {
        let start = self.span();
        match self.word_ahead(0).filter(|word| !word.contains(['!', '~'])) {
            Some(word) => {
                self.advance();
                Ok(Name { text: word.into(), span: start })
            }
            None => self.name(),
        }
    }

    /// Takes a name or the text of names that are alike. Gives whether it is the latter.
    pub(crate) fn name_or_wildcard(&mut self) -> Parsed<(Name, bool)> {
        if let Some(name) = self.wildcard_if() {
            return Ok((name, true));
        }
        let name = self.any_name()?;
        let is_wildcard = name.text.contains('*');
        Ok((name, is_wildcard))
    }

    /// Takes words and stars that touch each other, with at least one of each.
    pub(super) fn wildcard_if(&mut self) -> Option<Name> {
        self.attempt(|parser| {
            let start = parser.span();
            let mut text = String::new();
            while text.is_empty() || parser.touches(0) {
                match parser.kind() {
                    Some(TokenKind::Word) => {}
                    Some(TokenKind::Sign) if parser.is("*") => {}
                    // Digits behind a star are part of the name: `*1`.
                    Some(TokenKind::Literal(Literal::Long(_))) if !text.is_empty() => {}
                    _ => break,
                }
                text.push_str(parser.span().text(parser.text));
                parser.advance();
            }
            let is_wildcard = text.contains('*') && text.contains(|c| c != '*');
            is_wildcard.then(|| Name { text: text.into(), span: parser.since(start) })
        })
    }

    /// The words with dashes that stand next, as names of operators are: `mv-expand`. Gives how many tokens it is.
    pub(super) fn dashed(&self) -> (String, usize, Span) {
        let mut text = self.word_ahead(0).unwrap_or_default().to_owned();
        let mut len = usize::from(!text.is_empty());
        while len > 0 && self.text_ahead(len) == "-" && self.touches(len) && self.touches(len + 1) {
            let Some(word) = self.word_ahead(len + 1) else { break };
            text.push('-');
            text.push_str(word);
            len += 2;
        }
        let start = self.span();
        let end = self.ahead(len.saturating_sub(1)).map_or(start, |token| token.span);
        (text, len, start.to(end))
    }

    /// The words with dashes that stand next.
    pub(crate) fn dashed_word(&self) -> String {
        self.dashed().0
    }

    /// Takes the words with dashes that stand next.
    pub(crate) fn eat_dashed(&mut self) {
        self.at += self.dashed().1;
    }

    /// Whether a star is next that belongs to no name.
    pub(crate) fn is_lone_star(&self) -> bool {
        let goes_on = match self.ahead(1).map(|token| &token.kind) {
            Some(TokenKind::Word | TokenKind::Literal(Literal::Long(_))) => self.touches(1),
            _ => false,
        };
        self.is("*") && !goes_on
    }
}
