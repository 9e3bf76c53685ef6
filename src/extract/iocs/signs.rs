//! Dots, at signs, colons and slashes, as they are and as they come: defanged (`[.]`, `(dot)`), percent-encoded (`%2E`),
//! escaped by JSON (`\/`). Each function gives the end of the sign that stands at a place, if one does.

use super::text::Text;

/// How often a percent sign may be encoded again.
pub(super) const MAX_ENCODINGS: usize = 3;

impl Text<'_> {
    #[inline]
    pub(super) fn dot(self, at: usize) -> Option<usize> {
        match self.at(at) {
            b'.' => Some(at + 1),
            b'%' => self.encoded(at, b"."),
            _ => self.bracketed(at, &[".", "dot"]),
        }
    }

    pub(super) fn at_sign(self, at: usize) -> Option<usize> {
        match self.at(at) {
            b'@' => Some(at + 1),
            b'%' => self.encoded(at, b"@"),
            _ => self.bracketed(at, &["@", "at"]),
        }
    }

    pub(super) fn colon(self, at: usize) -> Option<usize> {
        match self.at(at) {
            b':' => Some(at + 1),
            b'%' => self.encoded(at, b":"),
            _ => self.bracketed(at, &[":"]),
        }
    }

    pub(super) fn slash(self, at: usize) -> Option<usize> {
        match self.at(at) {
            b'/' => Some(at + 1),
            b'\\' if self.at(at + 1) == b'/' => Some(at + 2),
            b'%' => self.encoded(at, b"/"),
            _ => self.bracketed(at, &["/"]),
        }
    }

    /// What stands between scheme and host: `://`.
    pub(super) fn scheme_end(self, at: usize) -> Option<usize> {
        if let Some(end) = self.bracketed(at, &["://"]) {
            return Some(end);
        }
        let after = self.colon(at)?;
        self.bracketed(after, &["//"]).or_else(|| self.slash(self.slash(after)?))
    }

    /// The byte that is percent-encoded here, once or several times, and the end of it.
    pub(super) fn percent(self, at: usize) -> Option<(u8, usize)> {
        let mut decoded = self.hex_pair(at.checked_add(1).filter(|_| self.at(at) == b'%')?)?;
        for _ in 1..MAX_ENCODINGS {
            match decoded {
                (b'%', end) => decoded = self.hex_pair(end).unwrap_or(decoded),
                _ => break,
            }
        }
        Some(decoded)
    }

    /// Whether any of these signs may stand here: most words have nothing of interest behind them.
    #[inline]
    pub(super) fn may_go_on(self, at: usize) -> bool {
        match self.at(at) {
            b'.' | b':' | b'@' | b'[' | b'(' | b'{' | b'%' => true,
            b' ' => matches!(self.at(at + 1), b'[' | b'(' | b'{'),
            _ => false,
        }
    }

    fn encoded(self, at: usize, signs: &[u8]) -> Option<usize> {
        self.percent(at).filter(|(byte, _)| signs.contains(byte)).map(|(_, end)| end)
    }

    /// The byte that the two hexadecimal digits at a place spell, and the end of them.
    pub(super) fn hex_pair(self, at: usize) -> Option<(u8, usize)> {
        let digit = |at| char::from(self.at(at)).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        Some((digit(at)? << 4 | digit(at + 1)?, at + 2))
    }

    /// A sign or its name in brackets, with at most one space before and after them.
    #[inline]
    fn bracketed(self, at: usize, inner: &[&str]) -> Option<usize> {
        let opening = if self.at(at) == b' ' { at + 1 } else { at };
        let closing = match self.at(opening) {
            b'[' => b']',
            b'(' => b')',
            b'{' => b'}',
            _ => return None,
        };
        let sign = inner.iter().find(|sign| self.continues(opening + 1, sign)).filter(|_| self.defanged)?;
        let end = opening + 1 + sign.len();
        (self.at(end) == closing).then(|| if self.at(end + 1) == b' ' { end + 2 } else { end + 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_dot_is_one() {
        for form in [".", "[.]", "(.)", "{.}", "[dot]", "(DOT)", " [.] ", " (dot)", "%2e", "%252E"] {
            assert_eq!(Text::new(form, true).dot(0), Some(form.len()), "{form}");
        }
        for form in ["", "[.", "[.)", "[.}", "[do]", " .", "%2F", "%2"] {
            assert_eq!(Text::new(form, true).dot(0), None, "{form}");
        }
    }

    #[test]
    fn what_is_defanged_is_seen_only_when_asked_for() {
        assert_eq!(Text::new("[.]", false).dot(0), None);
        assert_eq!(Text::new("%2E", false).dot(0), Some(3));
    }

    #[test]
    fn every_form_of_a_separator_is_one() {
        for form in ["://", "[:]//", "[://]", "(://)", ":[//]", ":\\/\\/", "%3A%2F%2F", "%253a%252f%252f"] {
            assert_eq!(Text::new(form, true).scheme_end(0), Some(form.len()), "{form}");
        }
        for form in [":/", "//", ":", "%3A%2F", ":\\\\"] {
            assert_eq!(Text::new(form, true).scheme_end(0), None, "{form}");
        }
    }

    #[test]
    fn every_form_of_an_at_sign_is_one() {
        for form in ["@", "[@]", "[at]", "(AT)", " (at) ", "%40"] {
            assert_eq!(Text::new(form, true).at_sign(0), Some(form.len()), "{form}");
        }
    }
}
