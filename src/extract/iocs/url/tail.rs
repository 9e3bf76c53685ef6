//! Where URLs end.

use super::super::text::Text;

/// The end of a URL.
pub(super) struct Tail {
    pub(super) end: usize,
    /// Where its query or fragment begins.
    pub(super) query: usize,
}

/// How many brackets of each shape are open.
#[derive(Default)]
struct Brackets {
    round: usize,
    square: usize,
    curly: usize,
}

impl Brackets {
    fn of(&mut self, bracket: u8) -> &mut usize {
        match bracket {
            b'(' | b')' => &mut self.round,
            b'[' | b']' => &mut self.square,
            _ => &mut self.curly,
        }
    }

    fn open(&mut self, bracket: u8) {
        *self.of(bracket) += 1;
    }

    /// Closes one. Gives whether one was open.
    fn close(&mut self, bracket: u8) -> bool {
        let open = self.of(bracket);
        let was_open = *open > 0;
        *open = open.saturating_sub(1);
        was_open
    }
}

impl Text<'_> {
    /// The end of a URL that is percent-encoded as a whole: no sign of the text around it is part of it.
    pub(super) fn encoded_tail(self, start: usize) -> Tail {
        let mut end = start;
        let mut query = usize::MAX;
        loop {
            if let Some((byte, next)) = self.percent(end) {
                if matches!(byte, b'?' | b'#') {
                    query = query.min(end);
                }
                // What no URL has, unless it is encoded once more.
                if matches!(self.hex_pair(end + 1), Some((0..=b' ' | b'"' | b'<' | b'>' | b'\\' | b'`' | b'|', _))) {
                    break;
                }
                end = next;
            } else if self.at(end).is_ascii_alphanumeric() || b"-._~+*!".contains(&self.at(end)) {
                end += 1;
            } else {
                break;
            }
        }
        while end > start && matches!(self.before(end), b'.' | b'!' | b'*') {
            end -= 1;
        }
        Tail { end, query }
    }

    /// The end of a URL whose host and port end here: before what no URL has, what closes something that was opened
    /// outside of it, and punctuation. `in_query` says that it is a value in another URL, which `&` ends.
    pub(super) fn tail(self, url: usize, start: usize, in_query: bool) -> Tail {
        let mut tail = Tail { end: start, query: usize::MAX };
        if self.slash(start).is_none() && !matches!(self.at(start), b'?' | b'#') {
            return tail;
        }
        let around = self.before(url);
        let mut brackets = Brackets::default();
        loop {
            let byte = self.at(tail.end);
            tail.end += match byte {
                0..=b' ' | b'"' | b'<' | b'>' | b'`' | b'|' | b'^' | 0x7f => break,
                b'\'' if around == b'\'' || self.closes(tail.end) => break,
                b',' | b';' if around == byte || self.begins_url(tail.end + 1) => break,
                b';' if self.begins_command(tail.end) => break,
                b'&' if in_query || self.at(tail.end + 1) == b'&' || self.is_entity(tail.end) => break,
                b'\\' if self.at(tail.end + 1) == b'/' => 2,
                b'\\' if self.is_escaped_sign(tail.end) => 6,
                b'\\' => break,
                b'(' | b'[' | b'{' => {
                    brackets.open(byte);
                    1
                }
                b')' | b']' | b'}' if !brackets.close(byte) => break,
                b'?' | b'#' => {
                    tail.query = tail.query.min(tail.end);
                    1
                }
                0x80.. => match self.letter_after(tail.end) {
                    Some(len) => len,
                    None => break,
                },
                _ => 1,
            };
        }
        while tail.end > start && b".,;:!?'*([{".contains(&self.before(tail.end)) {
            tail.end -= 1;
        }
        tail
    }

    /// Whether a quote ends something: what follows cannot go on in a URL.
    fn closes(self, quote: usize) -> bool {
        matches!(self.at(quote + 1), 0..=b' ' | b'"' | b'\'' | b',' | b';' | b')' | b']' | b'}' | b'>' | b'\\' | b'+')
    }

    fn begins_url(self, at: usize) -> bool {
        self.is_word(at) && {
            let end = at + (at..at + 6).take_while(|at| self.at(*at).is_ascii_alphabetic()).count();
            self.scheme_end(end).is_some() && self.scheme_start(at, end).is_some()
        }
    }

    /// Whether what comes after a semicolon is a command rather than a parameter (`;v=1`) or the rest of `&amp;`.
    fn begins_command(self, semicolon: usize) -> bool {
        let next = semicolon + 1;
        let parameter = self.at(self.word_end(next)) == b'=';
        let entity = semicolon.checked_sub(4).is_some_and(|start| self.continues(start, "&amp"));
        !entity && (self.continues(next, "./") || (self.is_word(next) && !parameter))
    }

    /// A sign that HTML or XML has escaped and that no URL has.
    fn is_entity(self, at: usize) -> bool {
        ["quot;", "gt;", "lt;", "apos;", "nbsp;", "#34;", "#39;", "#x27;", "#x22;"]
            .iter()
            .any(|name| self.continues(at + 1, name))
    }

    /// `&` or `=` as some writers of JSON escape them.
    fn is_escaped_sign(self, at: usize) -> bool {
        self.continues(at, "\\u0026") || self.continues(at, "\\u003d")
    }
}
