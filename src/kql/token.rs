//! The text of a query as tokens: words, signs and literals. White space and comments are dropped.
//!
//! Whether a word is a keyword or a name depends on where it stands, so the parser decides it.

mod number;
mod text;
mod typed;

pub(crate) use self::typed::guid as read_guid;
use crate::{
    literal::Literal,
    mistake::{What, Wrong},
    place::Span,
};

/// A word, a sign or a literal.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
}

/// What a token is. The text of words and signs is in the query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind {
    /// A name or keyword, also `$left`, `!has`, `in~`.
    Word,
    /// Punctuation.
    Sign,
    /// A number, text, length of time, GUID, or a literal like `datetime(2020-01-01)`.
    Literal(Literal),
    /// The end of the query.
    End,
}

/// Signs of two characters; all others are of one.
const PAIRS: [&str; 9] = ["==", "=~", "=>", "!=", "!~", "<=", ">=", "<>", ".."];
const SINGLES: &str = "()[]{}|,;:.=<>+-*/%@?&";

/// Cuts a text into tokens, of which the last is the end. What can't be read is reported and passed over.
pub(crate) fn tokens(query: &str) -> (Vec<Token>, Vec<Wrong>) {
    let mut lexer = Lexer { query, at: 0, tokens: Vec::with_capacity(query.len() / 5 + 1), wrongs: Vec::new() };
    lexer.run();
    (lexer.tokens, lexer.wrongs)
}

struct Lexer<'q> {
    query: &'q str,
    at: usize,
    tokens: Vec<Token>,
    wrongs: Vec<Wrong>,
}

impl<'q> Lexer<'q> {
    fn run(&mut self) {
        loop {
            self.skip_blanks();
            let start = self.at;
            let Some(first) = self.rest().chars().next() else { break };
            let kind = self.token(first);
            let span = Span::new(start, self.at);
            match kind {
                Ok(kind) => self.tokens.push(Token { kind, span }),
                Err(what) => {
                    self.wrongs.push(Wrong::new(what, span));
                    // Whatever it is, it stands for a value, so that the parser goes on behind it.
                    self.tokens.push(Token { kind: TokenKind::Literal(Literal::String("".into())), span });
                }
            }
        }
        self.tokens.push(Token { kind: TokenKind::End, span: Span::new(self.at, self.at) });
    }

    fn rest(&self) -> &'q str {
        self.query.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
        }
    }

    fn token(&mut self, first: char) -> Result<TokenKind, What> {
        let rest = self.rest();
        if let Some(found) = text::read(rest) {
            self.at += found.len;
            return found.text.map(|text| TokenKind::Literal(Literal::String(text.into()))).ok_or(What::UnclosedText);
        }
        if first.is_ascii_alphanumeric() || first == '_' || first == '$' {
            if let Some((literal, len)) = number::read(rest) {
                self.at += len;
                return literal.map(TokenKind::Literal);
            }
            return self.word();
        }
        if first == '!' && rest.get(1..2).is_some_and(|c| c.bytes().all(|b| b.is_ascii_alphabetic())) {
            self.at += 1;
            return self.word();
        }
        let pair = PAIRS.iter().any(|pair| rest.starts_with(pair));
        self.at += if pair { 2 } else { first.len_utf8() };
        if pair || SINGLES.contains(first) { Ok(TokenKind::Sign) } else { Err(What::UnknownCharacter) }
    }

    fn word(&mut self) -> Result<TokenKind, What> {
        let rest = self.rest();
        let len = word_len(rest);
        let (word, after) = rest.split_at_checked(len).unwrap_or((rest, ""));
        self.at += len;
        match word {
            "true" | "True" | "TRUE" => return Ok(TokenKind::Literal(Literal::Bool(true))),
            "false" | "False" | "FALSE" => return Ok(TokenKind::Literal(Literal::Bool(false))),
            "in" if after.starts_with('~') => self.at += 1,
            _ => {
                if let Some((literal, len)) = typed::read(word, after) {
                    self.at += len;
                    return literal.map(TokenKind::Literal);
                }
            }
        }
        Ok(TokenKind::Word)
    }
}

/// The length of the word that a text begins with.
fn word_len(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$')).count()
}

/// Whether a name can be written without brackets.
pub(crate) fn is_word(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$');
    starts && word_len(name) == name.len()
}
