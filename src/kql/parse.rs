//! From text to tree: by recursive descent, with a limit to depth and with going on behind a mistake.

mod expression;
mod json;
mod names;
mod parameters;
mod pipe;
mod statement;
mod stored;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub(crate) use self::names::{is_plain_name, is_plain_wildcard};
pub use self::parameters::{Setting, SettingValue};
pub(crate) use self::stored::{parse_body, parse_commands, parse_parameters};
#[cfg(test)]
pub(crate) use self::tests::EVERYTHING;
use crate::{
    Literal, MAX_DEPTH, MAX_QUERY_BYTES,
    mistake::{Mistakes, What, Wrong},
    place::Span,
    token::{Token, TokenKind, tokens},
    tree::Query,
};

/// Reads a query. Gives its tree, or every mistake that was found.
pub fn parse(text: &str) -> Result<Query, Mistakes> {
    refuse_long(text)?;
    let mut parser = Parser::of(text);
    let statements = parser.statements();
    if parser.wrongs.is_empty() {
        Ok(Query { text: Arc::from(text), statements })
    } else {
        Err(Mistakes::new(parser.wrongs, text))
    }
}

/// Refuses a text that is longer than is read.
fn refuse_long(text: &str) -> Result<(), Mistakes> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(Mistakes::new(vec![Wrong::new(What::TooLong, Span::default())], text));
    }
    Ok(())
}

/// What parsing a part gives.
pub(crate) type Parsed<T> = Result<T, Wrong>;

/// The state of parsing: what stands ahead.
pub(crate) struct Parser<'q> {
    text: &'q str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    wrongs: Vec<Wrong>,
}

impl<'q> Parser<'q> {
    /// At the beginning of a text.
    fn of(text: &'q str) -> Self {
        let (tokens, wrongs) = tokens(text);
        Self { text, tokens, at: 0, depth: 0, wrongs }
    }

    /// The token that is so far ahead; behind the last one, the last one.
    fn ahead(&self, by: usize) -> Option<&Token> {
        self.tokens.get(self.at + by).or_else(|| self.tokens.last())
    }

    /// Where the next token stands.
    pub(crate) fn span(&self) -> Span {
        self.ahead(0).map(|token| token.span).unwrap_or_default()
    }

    /// Where the last taken token stands.
    fn last_span(&self) -> Span {
        self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|token| token.span).unwrap_or_default()
    }

    /// From the given place to the last taken token.
    pub(crate) fn since(&self, start: Span) -> Span {
        start.to(self.last_span())
    }

    /// The text of the word or sign that is so far ahead; empty for a literal and the end.
    fn text_ahead(&self, by: usize) -> &'q str {
        match self.ahead(by) {
            Some(Token { kind: TokenKind::Word | TokenKind::Sign, span }) => span.text(self.text),
            _ => "",
        }
    }

    fn word_ahead(&self, by: usize) -> Option<&'q str> {
        match self.ahead(by) {
            Some(Token { kind: TokenKind::Word, span }) => Some(span.text(self.text)),
            _ => None,
        }
    }

    fn kind(&self) -> Option<&TokenKind> {
        self.ahead(0).map(|token| &token.kind)
    }

    fn is_end(&self) -> bool {
        matches!(self.kind(), Some(TokenKind::End) | None)
    }

    /// Whether a token touches the one before it.
    fn touches(&self, by: usize) -> bool {
        let before = self.tokens.get((self.at + by).wrapping_sub(1)).map(|token| token.span.end);
        before.is_some() && before == self.tokens.get(self.at + by).map(|token| token.span.start)
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    /// Whether this word or sign is next.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.text_ahead(0) == text
    }

    /// Takes this word or sign if it is next.
    pub(crate) fn eat(&mut self, text: &str) -> bool {
        let is = self.is(text);
        if is {
            self.advance();
        }
        is
    }

    /// Takes this word or sign, which must be next.
    pub(crate) fn need(&mut self, text: &'static str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { Err(Wrong::expected(format!("\"{text}\""), self.span())) }
    }

    /// Takes a list with commas between its items.
    pub(crate) fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// Takes a list, which may be empty, up to a closing bracket, which is taken too.
    pub(crate) fn list_until<T>(
        &mut self,
        close: &'static str,
        item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        if self.eat(close) {
            return Ok(Vec::new());
        }
        let items = self.list(item)?;
        if self.eat(close) { Ok(items) } else { Err(Wrong::expected(format!("\",\" or \"{close}\""), self.span())) }
    }

    /// Takes a list like `list_until`, which may also end with a comma.
    pub(crate) fn loose_list_until<T>(
        &mut self,
        close: &'static str,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        while !self.eat(close) {
            items.push(item(self)?);
            if !self.eat(",") {
                self.need(close)?;
                break;
            }
        }
        Ok(items)
    }

    /// Takes the list of an operator, which may be empty.
    pub(crate) fn step_list<T>(&mut self, item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        if self.is_step_end() { Ok(Vec::new()) } else { self.list(item) }
    }

    /// Whether the operator that is being read ends here.
    pub(crate) fn is_step_end(&self) -> bool {
        self.is_end() || ["|", ";", ")", "}", "]", ","].contains(&self.text_ahead(0))
    }

    /// Whether a name and this sign are next.
    pub(crate) fn is_name_before(&self, sign: &str) -> bool {
        self.word_ahead(0).is_some() && self.text_ahead(1) == sign
    }

    /// Takes a text if one is next.
    pub(crate) fn text_if(&mut self) -> Option<Box<str>> {
        let Some(TokenKind::Literal(Literal::String(text))) = self.kind() else { return None };
        let mut joined = text.to_string();
        self.advance();
        while let Some(TokenKind::Literal(Literal::String(next))) = self.kind() {
            joined.push_str(next);
            self.advance();
        }
        Some(joined.into())
    }

    /// Does something one level deeper, if that is not too deep.
    pub(crate) fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(Wrong::new(What::TooDeep, self.span()));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Tries something; if it fails, nothing is taken.
    fn attempt<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let result = inner(self);
        if result.is_none() {
            self.at = start;
        }
        result
    }
}
