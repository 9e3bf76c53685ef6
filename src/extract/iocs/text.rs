//! The text under the scanner: its bytes, and where its words begin and end. Reading past the end gives zero.
//!
//! A word is what a label of a name can be made of: letters and digits of any script, `_`, and `-` but not first.

/// Can begin a word.
const START: u8 = 1;
/// Can go on in a word.
const WORD: u8 = 2;
/// A hexadecimal digit.
const HEX: u8 = 4;
/// May begin something that does not begin with a word: `::1`, `\\server`, `/etc`, `.\x`, `%2F`.
const MARK: u8 = 8;
/// Part of a character beyond ASCII.
const WIDE: u8 = 16;

const CLASSES: [u8; 256] = classes();

#[expect(clippy::indexing_slicing, reason = "runs in the compiler")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => START | WORD | HEX,
            b'g'..=b'z' | b'G'..=b'Z' | b'_' => START | WORD,
            b'-' => WORD,
            b':' | b'\\' | b'/' | b'.' | b'%' => MARK,
            0x80.. => WIDE,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

#[inline]
fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)).is_some_and(|classes| classes & class != 0)
}

/// What may begin at a place.
pub(super) enum Start {
    /// Nothing.
    Nothing,
    /// A word.
    Word,
    /// Something that begins with a sign.
    Mark,
}

/// A text, or the beginning of one, in which to look.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    whole: &'t str,
    bytes: &'t [u8],
    /// Whether defanged signs count.
    pub(super) defanged: bool,
}

impl<'t> Text<'t> {
    pub(super) fn new(whole: &'t str, defanged: bool) -> Self {
        Self { whole, bytes: whole.as_bytes(), defanged }
    }

    /// The same text as if it ended here.
    pub(super) fn until(self, end: usize) -> Self {
        Self { bytes: self.bytes.get(..end).unwrap_or(self.bytes), ..self }
    }

    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    #[inline]
    pub(super) fn at(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    /// The byte before a place.
    #[inline]
    pub(super) fn before(self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.at(before))
    }

    /// The text between two places, which lie on the boundaries of characters.
    pub(super) fn slice(self, start: usize, end: usize) -> &'t str {
        self.whole.get(start..end).unwrap_or_default()
    }

    /// Whether the text goes on so, in any case.
    pub(super) fn continues(self, at: usize, with: &str) -> bool {
        self.bytes.get(at..at + with.len()).is_some_and(|bytes| bytes.eq_ignore_ascii_case(with.as_bytes()))
    }

    /// The next place at or after this one where something may begin.
    #[inline]
    pub(super) fn skip(self, at: usize) -> usize {
        let rest = self.bytes.get(at..).unwrap_or_default();
        at + rest.iter().position(|byte| is(*byte, START | MARK | WIDE)).unwrap_or(rest.len())
    }

    #[inline]
    pub(super) fn starts(self, at: usize) -> Start {
        let byte = self.at(at);
        if is(byte, START) || (is(byte, WIDE) && self.letter(at).is_some()) {
            Start::Word
        } else if is(byte, MARK) {
            Start::Mark
        } else {
            Start::Nothing
        }
    }

    pub(super) fn is_word(self, at: usize) -> bool {
        matches!(self.starts(at), Start::Word)
    }

    /// Where the word that begins here ends.
    ///
    /// Scripts that are written without spaces need none around a name either: between them and all others is the end of
    /// a word (`访问evil.com查看`). Letters of other scripts belong to the name: `аpple.com` with a Cyrillic `а` is another.
    #[inline]
    pub(super) fn word_end(self, start: usize) -> usize {
        let mut end = start;
        if let Some((len, false)) = self.letter(start) {
            end += len;
            while let Some((len, false)) = self.letter(end) {
                end += len;
            }
            return end;
        }
        loop {
            let rest = self.bytes.get(end..).unwrap_or_default();
            end += rest.iter().position(|byte| !is(*byte, WORD)).unwrap_or(rest.len());
            match self.letter(end) {
                Some((len, true)) => end += len,
                _ => return end,
            }
        }
    }

    /// The length of the letter beyond ASCII that stands here, and whether its script has spaces between words.
    pub(super) fn letter(self, at: usize) -> Option<(usize, bool)> {
        if !is(self.at(at), WIDE) {
            return None;
        }
        let letter = self.whole.get(at..self.len())?.chars().next().filter(|c| c.is_alphanumeric())?;
        // From Thai on they have none, but for the blocks of more Latin and Greek letters.
        let spaced = letter < '\u{e00}' || ('\u{1e00}'..'\u{2000}').contains(&letter);
        Some((letter.len_utf8(), spaced))
    }

    /// The length of the letter beyond ASCII that goes on with what stands before it: in a path, unlike in a name, anything
    /// goes but a change to a script without spaces.
    pub(super) fn letter_after(self, at: usize) -> Option<usize> {
        let (len, spaced) = self.letter(at)?;
        (spaced || !self.before(at).is_ascii_alphanumeric()).then_some(len)
    }

    /// The length of an escape that has run into the word at a place: `\nevil.com`, unless `\n` is part of a path.
    pub(super) fn escape(self, at: usize) -> usize {
        if !matches!(self.at(at), b'n' | b'r' | b't') || self.before(at) != b'\\' || self.before(at - 1) == b'\\' {
            return 0;
        }
        let mut start = at - 1;
        while start > 0 && at - start < 64 && self.follows_word(start) {
            start -= 1;
        }
        let word = at - 1 - start;
        let component =
            word > 0 && self.before(start) == b'\\' && !(word == 1 && matches!(self.at(start), b'n' | b'r' | b't'));
        let drive = word == 0 && self.before(start) == b':' && self.before(start - 1).is_ascii_alphabetic() && {
            !self.follows_word(start - 2)
        };
        usize::from(!component && !drive)
    }

    /// Where the hexadecimal digits that begin here end.
    pub(super) fn hex_end(self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        start + rest.iter().position(|byte| !is(*byte, HEX)).unwrap_or(rest.len())
    }

    /// Whether a word stands right before a place.
    pub(super) fn follows_word(self, at: usize) -> bool {
        is(self.before(at), WORD | WIDE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let whole = Text::new(text, true);
        let mut words = Vec::new();
        let mut at = 0;
        while at < whole.len() {
            let end = if whole.is_word(at) { whole.word_end(at) } else { at };
            if end > at {
                words.push(whole.slice(at, end));
            }
            at = end.max(at + 1);
        }
        words
    }

    #[test]
    fn words_are_labels() {
        assert_eq!(words("-a-b_c. _dmarc, x1!"), ["a-b_c", "_dmarc", "x1"]);
        assert_eq!(words("münchen пример.РФ"), ["münchen", "пример", "РФ"]);
    }

    #[test]
    fn scripts_without_spaces_end_a_word() {
        assert_eq!(words("访问evil.com查看"), ["访问", "evil", "com", "查看"]);
        assert_eq!(words("“evil”… 例え.jp"), ["evil", "例え", "jp"]);
    }

    #[test]
    fn a_homoglyph_does_not_end_a_word() {
        assert_eq!(words("аpple"), ["аpple"]);
    }

    #[test]
    fn past_the_end_there_is_nothing() {
        let text = Text::new("é", true).until(1);
        assert_eq!((text.at(1), text.before(0), text.is_word(0), text.word_end(7)), (0, 0, false, 7));
    }
}
