//! Absolute Linux paths, with plain slashes or with those that JSON escapes.

use super::super::text::Text;

/// What a path of one component can be, or begin with, so that it is one.
const TOP: &[&str] = &[
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc", "root", "run", "sbin",
    "snap", "srv", "sys", "tmp", "usr", "var",
];

impl Text<'_> {
    /// The end of the Linux path that begins here: two components or more, or one of those that every system has. A
    /// switch (`/c`), a fraction and what comes after a tag or a word are no paths.
    pub(in super::super) fn linux_path(self, start: usize) -> Option<usize> {
        let first = self.plain_slash(start)?;
        if !self.is_free(start) || !(self.is_word(first) || matches!(self.at(first), b'.')) {
            return None;
        }
        let mut end = first;
        let mut components = 1;
        loop {
            end = self.linux_component(end);
            match self.plain_slash(end) {
                Some(next) if self.linux_component(next) > next => {
                    components += 1;
                    end = next;
                }
                next => {
                    end = next.unwrap_or(end);
                    break;
                }
            }
        }
        while end > first && matches!(self.before(end), b'.' | b'%' | b'#' | b'@') {
            end -= 1;
        }
        let name = self.slice(first, self.linux_component(first).min(end));
        let named = components > 1 && name.bytes().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
        (named || TOP.contains(&name)).then_some(end)
    }

    fn plain_slash(self, at: usize) -> Option<usize> {
        self.slash(at).filter(|_| matches!(self.at(at), b'/' | b'\\'))
    }

    /// Whether what stands before a slash leaves it free to begin a path.
    fn is_free(self, at: usize) -> bool {
        matches!(
            self.before(at),
            0..=b' ' | b'"' | b'\'' | b'`' | b'=' | b'(' | b'[' | b'{' | b',' | b';' | b':' | b'>' | b'|' | b'&' | b'!'
        )
    }

    fn linux_component(self, start: usize) -> usize {
        let mut end = start;
        loop {
            end += match self.at(end) {
                b'.' | b'-' | b'+' | b'~' | b'@' | b'%' | b'#' => 1,
                _ if self.is_word(end) => self.word_end(end) - end,
                _ => return end,
            };
        }
    }
}
