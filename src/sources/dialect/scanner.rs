//! Reads the text of a template up to each gap, and says what kind of place the gap is.
//!
//! What it cannot be sure about it calls open, so that the worst that a misreading does is to ask for a right.

use super::{Dialect, Layer, Literal, Place, Spot};

/// The keys of a Prisma Cloud body whose text is a query.
const RQL_KEYS: &[&str] = &["query", "query_by_user"];

/// Where the reading stands.
#[derive(Debug)]
pub(crate) struct Scanner {
    wrapping: Wrapping,
    inner: Inner,
}

#[derive(Debug)]
enum Wrapping {
    None,
    Address { is_query: bool, after_slash: bool },
    Json(Json),
}

/// Where in a JSON text.
#[derive(Debug, Default)]
struct Json {
    in_string: bool,
    is_query: bool,
    escaped: bool,
    /// The string that is read, or that was read last.
    string: String,
    after_colon: bool,
}

/// Where in the language.
#[derive(Debug)]
struct Inner {
    dialect: Dialect,
    state: State,
    previous: char,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Open,
    Literal { of: &'static Literal, escaped: bool },
    Comment { end: &'static str },
}

impl Scanner {
    /// Begins with a template, which is looked at as a whole to see what it is wrapped in.
    pub(crate) fn new(dialect: Dialect, template: &str) -> Self {
        let template = template.trim_start();
        let wrapping = match dialect {
            Dialect::Rql if template.starts_with('{') && !template.starts_with("{query") => {
                Wrapping::Json(Json::default())
            }
            Dialect::OData if template.contains('?') || template.starts_with(['/', '{']) => {
                Wrapping::Address { is_query: false, after_slash: false }
            }
            _ => Wrapping::None,
        };
        Self { wrapping, inner: Inner { dialect, state: State::Open, previous: ' ' } }
    }

    /// Goes on over text of the template.
    pub(crate) fn read(&mut self, text: &str) {
        let mut rest = text;
        while let Some(found) = rest.chars().next() {
            let taken = match &mut self.wrapping {
                Wrapping::None => self.inner.step(rest, found),
                Wrapping::Address { is_query: true, .. } => self.inner.step(rest, found),
                Wrapping::Address { is_query, after_slash } => {
                    *is_query = found == '?';
                    *after_slash = found == '/';
                    found.len_utf8()
                }
                Wrapping::Json(json) => {
                    json.step(found, &mut self.inner);
                    found.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
    }

    /// The place of a gap that stands here. `next` is the text behind it.
    pub(crate) fn place(&mut self, next: &str) -> Place {
        let place = match &self.wrapping {
            Wrapping::None => Place { spot: self.inner.spot(), layer: Layer::None },
            Wrapping::Address { is_query: true, .. } => Place { spot: self.inner.spot(), layer: Layer::Address },
            Wrapping::Address { after_slash, .. } => {
                let is_segment = *after_slash && (next.is_empty() || next.starts_with(['/', '?']));
                Place { spot: if is_segment { Spot::Segment } else { Spot::Open }, layer: Layer::None }
            }
            Wrapping::Json(json) if json.escaped || !json.in_string => Place { spot: Spot::Open, layer: Layer::None },
            Wrapping::Json(json) if json.is_query => Place { spot: self.inner.spot(), layer: Layer::Json },
            Wrapping::Json(_) => Place { spot: Spot::Text, layer: Layer::Json },
        };
        self.inner.previous = ' ';
        place
    }

    /// Whether a literal is still open, so that the reading is not to be trusted.
    pub(crate) fn is_unfinished(&self) -> bool {
        let json = matches!(&self.wrapping, Wrapping::Json(json) if json.in_string);
        json || matches!(self.inner.state, State::Literal { .. })
    }
}

impl Json {
    fn step(&mut self, found: char, inner: &mut Inner) {
        match (self.in_string, found) {
            (true, _) if self.escaped => {
                self.escaped = false;
                self.string.push(found);
                inner.step(found.encode_utf8(&mut [0; 4]), found);
            }
            (true, '\\') => self.escaped = true,
            (true, '"') => {
                self.in_string = false;
                self.after_colon = false;
            }
            (true, _) => {
                self.string.push(found);
                inner.step(found.encode_utf8(&mut [0; 4]), found);
            }
            (false, '"') => {
                self.is_query = self.after_colon && RQL_KEYS.contains(&self.string.as_str());
                self.in_string = true;
                self.string.clear();
                inner.state = State::Open;
            }
            (false, ':') => self.after_colon = true,
            (false, ',' | '{' | '}') => self.after_colon = false,
            (false, _) => {}
        }
    }
}

impl Inner {
    /// Takes the beginning of a text; tells how many bytes.
    fn step(&mut self, rest: &str, found: char) -> usize {
        let one = found.len_utf8();
        let (state, taken) = match self.state {
            State::Open => self.begin(rest, one),
            State::Comment { end } if rest.starts_with(end) => (State::Open, end.len()),
            State::Comment { end } => (State::Comment { end }, one),
            State::Literal { of, escaped: true } => (State::Literal { of, escaped: false }, one),
            State::Literal { of, .. } if found == '\\' && of.has_backslash() => {
                (State::Literal { of, escaped: true }, one)
            }
            State::Literal { of, .. } if rest.starts_with(of.close) => (State::Open, of.close.len()),
            State::Literal { of, .. } if found == '\n' && !of.spans_lines => (State::Open, one),
            State::Literal { of, .. } => (State::Literal { of, escaped: false }, one),
        };
        self.state = state;
        self.previous = found;
        taken
    }

    fn begin(&self, rest: &str, one: usize) -> (State, usize) {
        let comment = self.dialect.comments().iter().find(|(begin, _)| rest.starts_with(begin));
        if let Some((begin, end)) = comment {
            return (State::Comment { end }, begin.len());
        }
        // The longest, because "@" and a quote begin otherwise than the quote.
        let literal = self.dialect.literals().iter().filter(|literal| rest.starts_with(literal.open));
        // The E of a literal is not the end of a word.
        let literal = literal.filter(|literal| {
            !literal.open.starts_with(char::is_alphabetic) || !(self.previous.is_alphanumeric() || self.previous == '_')
        });
        match literal.max_by_key(|literal| literal.open.len()) {
            Some(of) => (State::Literal { of, escaped: false }, of.open.len()),
            None => (State::Open, one),
        }
    }

    fn spot(&self) -> Spot {
        match self.state {
            // A backslash before the gap would escape what is written into it.
            State::Open | State::Literal { escaped: true, .. } => Spot::Open,
            State::Literal { of, .. } => Spot::Literal(of),
            State::Comment { .. } => Spot::Comment,
        }
    }
}

impl Literal {
    fn has_backslash(&self) -> bool {
        use super::Escape;
        matches!(self.escape, Escape::Backslash | Escape::BackslashOnly)
    }
}
