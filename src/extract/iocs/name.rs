//! Dotted runs of words, and which of them are domain names.

use psl::{Psl, Type};

use super::text::Text;

/// RFC 1035, 2.3.4, without the root.
const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

/// Words with dots between them, as far as they go.
#[derive(Clone, Copy)]
pub(super) struct Run {
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many words.
    pub(super) labels: usize,
    /// Where the last word begins.
    pub(super) last: usize,
    /// Whether a dot is spelt so that nobody clicks on it.
    pub(super) defanged: bool,
}

/// A name as it is compared: plain dots, lower case in ASCII.
pub(super) struct Name {
    bytes: [u8; MAX_NAME_BYTES],
    len: usize,
}

impl Text<'_> {
    /// The run that begins with the word at a place.
    pub(super) fn run(self, start: usize) -> Run {
        let mut run = Run { start, end: self.word_end(start), labels: 1, last: start, defanged: false };
        while let Some(next) = self.dot(run.end).filter(|next| self.is_word(*next)) {
            run.defanged |= self.at(run.end) != b'.';
            run.labels += 1;
            run.last = next;
            run.end = self.word_end(next);
        }
        run
    }

    /// The run without the hyphens and underscores that its last word ends in.
    pub(super) fn trimmed(self, run: Run) -> Run {
        let mut end = run.end;
        while end > run.last && matches!(self.before(end), b'-' | b'_') {
            end -= 1;
        }
        Run { end, ..run }
    }

    /// Where the dotted quad begins that a run begins with but for some words and an underscore: `pcap_192.0.2.1`.
    pub(super) fn quad_after_underscore(self, run: Run) -> Option<usize> {
        let first = self.word_end(run.start);
        let start = (run.start..first).rfind(|at| self.at(*at) == b'_')? + 1;
        self.quad(start).map(|_| start)
    }

    /// The name that a run spells, if it can end in a suffix and all labels are as long as labels can be.
    pub(super) fn name(self, run: Run) -> Option<Name> {
        if run.labels < 2 || !self.may_be_suffix(run.last, run.end) {
            return None;
        }
        let mut name = Name { bytes: [0; MAX_NAME_BYTES], len: 0 };
        let mut at = run.start;
        loop {
            let end = self.word_end(at).min(run.end);
            if end - at > MAX_LABEL_BYTES || matches!(self.before(end), b'-') {
                return None;
            }
            for byte in at..end {
                name.push(self.at(byte))?;
            }
            match self.dot(end).filter(|next| *next <= run.last) {
                Some(next) => at = next,
                None => return Some(name),
            }
            name.push(b'.')?;
        }
    }

    /// Suffixes are letters, or encoded letters. Digits are versions, underscores are files.
    fn may_be_suffix(self, start: usize, end: usize) -> bool {
        end - start >= 2
            && (self.continues(start, "xn--")
                || (start..end).all(|at| self.at(at).is_ascii_alphabetic() || !self.at(at).is_ascii()))
    }
}

impl Name {
    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.len)? = byte.to_ascii_lowercase();
        self.len += 1;
        Some(())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    pub(super) fn labels(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.as_bytes().split(|byte| *byte == b'.')
    }

    /// Whether it is a name that somebody can have registered: a public suffix and a label before it, without
    /// underscores. A private suffix (`s3.amazonaws.com`) is somebody's too.
    pub(super) fn is_domain(&self) -> bool {
        let suffix = psl::List.find(self.labels().rev());
        let Some(kind) = suffix.typ else {
            return false;
        };
        let registered = self.len.checked_sub(suffix.len + 1).and_then(|end| self.as_bytes().get(..end));
        match registered.and_then(|before| before.rsplit(|byte| *byte == b'.').next()) {
            Some(label) => !label.contains(&b'_'),
            None => kind == Type::Private,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_of(text: &str) -> Option<String> {
        let whole = Text::new(text, true);
        let name = whole.name(whole.trimmed(whole.run(0)))?;
        name.is_domain().then(|| String::from_utf8(name.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn a_name_has_a_public_suffix_and_a_label_before_it() {
        for name in ["evil.com", "a.b.evil.co.uk", "_dmarc.evil.com", "s3.amazonaws.com", "evil.xn--p1ai", "пример.рф"]
        {
            assert_eq!(name_of(name).as_deref(), Some(name));
        }
        for other in ["cmd.exe", "co.uk", "com", "host.local", "1.2.3.4", "a_b.com", "evil.com-x", "e.c", "evil-.com"] {
            assert_eq!(name_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_is_read_however_its_dots_are_spelt() {
        for spelt in ["www[.]Evil[dot]COM", "www.evil%2Ecom", "www (dot) evil.com_", "www.evil.com--"] {
            assert_eq!(name_of(spelt).as_deref(), Some("www.evil.com"), "{spelt}");
        }
    }

    #[test]
    fn a_name_too_long_is_none() {
        assert_eq!(name_of(&format!("{}.com", "a".repeat(63))), Some(format!("{}.com", "a".repeat(63))));
        assert_eq!(name_of(&format!("{}.com", "a".repeat(64))), None);
        assert_eq!(name_of(&format!("{}com", "a.".repeat(126))), None);
    }
}
