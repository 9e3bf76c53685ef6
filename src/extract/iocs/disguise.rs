//! What looks like a domain name and is the name of a file or a piece of code.
//!
//! Many top-level domains are file extensions or ordinary words in programs. A name is given up only when the place where
//! it stands says so:
//!
//! - after a backslash, as part of a path, other than as the server of a share (`\\evil.com\x`);
//! - after a slash, if its suffix is an extension too (`/usr/lib/x.py`, `/src/main.rs`);
//! - alone, if its suffix is nearly always an extension (`setup.py`, `run.sh`, `T1003.001.md`) and no port or path follows;
//! - after `$`, or as a call or a key if its suffix is often a member (`logger.info(`, `"user.email":`);
//! - with its suffix in other letters than names are written with (`System.Net`, `Microsoft.NET`).
//!
//! A defanged name is never given up: whoever wrote it so means a domain. Nor is the host of a URL or of an address.

use super::{
    name::{Name, Run},
    text::Text,
};

/// Suffixes that are nearly always extensions.
const FILES: &[&[u8]] = &[b"cab", b"md", b"mov", b"pub", b"py", b"sh", b"so", b"zip"];

/// Suffixes that are extensions in a path, though domains elsewhere.
const FILES_IN_PATHS: &[&[u8]] = &[
    b"ac", b"ai", b"am", b"app", b"as", b"bz", b"cat", b"cc", b"cl", b"do", b"in", b"la", b"map", b"ml", b"mm", b"mo",
    b"mp", b"pl", b"pm", b"ps", b"rs", b"st", b"tf", b"vi",
];

/// Suffixes that are also members of objects in programs.
const MEMBERS: &[&[u8]] = &[
    b"at", b"call", b"cat", b"do", b"email", b"es", b"id", b"in", b"info", b"is", b"map", b"name", b"now", b"open",
    b"phone", b"run", b"select", b"to",
];

impl Text<'_> {
    /// Whether a name is none after all, by what it looks like and by what stands around it.
    pub(super) fn is_disguised(self, run: Run, name: &Name) -> bool {
        let suffix = name.labels().next_back().unwrap_or_default();
        let file = FILES.contains(&suffix);
        match self.before(run.start) {
            _ if run.defanged => return false,
            b'\\' => return !self.is_share(run.start),
            b'/' if file || FILES_IN_PATHS.contains(&suffix) => return true,
            b'$' => return true,
            _ => {}
        }
        let after = self.at(run.end);
        let port = after == b':' && self.at(run.end + 1).is_ascii_digit();
        (file && after != b'/' && !port && self.is_plain_file(run, name))
            || (MEMBERS.contains(&suffix) && (after == b'(' || self.is_key(run)))
            || self.is_cased_as_code(run)
    }

    /// Two labels, or a version among the labels: not `www.evil.sh`.
    fn is_plain_file(self, run: Run, name: &Name) -> bool {
        run.labels == 2 || name.labels().any(|label| label.iter().all(u8::is_ascii_digit))
    }

    /// The key of an object in JSON.
    fn is_key(self, run: Run) -> bool {
        self.before(run.start) == b'"' && self.continues(run.end, "\":")
    }

    /// `System.Net`, `Process.Id`, `Microsoft.NET`; not `EVIL.COM`, `evil.COM`, `Contoso.com`.
    fn is_cased_as_code(self, run: Run) -> bool {
        let upper = |at: usize| self.at(at).is_ascii_uppercase();
        let lower = |at: usize| self.at(at).is_ascii_lowercase();
        let mixed = |start, end| (start..end).any(upper) && (start..end).any(lower);
        upper(run.last) && (mixed(run.last, run.end) || mixed(run.start, run.last))
    }

    /// Whether what begins here is the server of a share: `\\server`, or `\\\\server` where backslashes are escaped.
    pub(super) fn is_share(self, at: usize) -> bool {
        let slashes = (0..9).take_while(|back| at > *back && self.at(at - back - 1) == b'\\').count();
        let start = at - slashes;
        matches!(slashes, 2 | 4 | 8)
            && !self.follows_word(start)
            && !matches!(self.before(start), b':' | b'.' | b'%' | b')' | b'}' | b'*' | b'$')
    }
}
