//! One pass over a text, in which every byte is looked at a small number of times, whatever the text is.
//!
//! Words are found, and what stands after a word says what it may be the beginning of. What is taken is passed over, but
//! for the tail of a URL, which is scanned as a text of its own, to a fixed depth.

use model::ObservableKind;

use super::{
    Kinds,
    address::{AfterQuad, Groups, Ipv6},
    digest,
    found::Found,
    name::Run,
    text::{Start, Text},
};

/// Longer paths are passed over.
const MAX_PATH_BYTES: usize = 4096;

/// The state of a pass.
pub(super) struct Scanner<'s, 't> {
    pub(super) text: Text<'t>,
    pub(super) found: &'s mut Found<'t>,
    /// How many URLs this text is the tail of.
    pub(super) depth: usize,
    /// From here on `&` separates values: the query of the URL that this text is the tail of.
    pub(super) query: usize,
    /// What lies before has been taken, or cannot be part of an address.
    pub(super) floor: usize,
    /// No path begins before this.
    pub(super) path_floor: usize,
    /// No IPv6 address begins before this.
    groups_floor: usize,
}

impl<'s, 't> Scanner<'s, 't> {
    pub(super) fn new(text: Text<'t>, found: &'s mut Found<'t>, kinds: Kinds) -> Self {
        let paths = kinds.contains(ObservableKind::WindowsPath) || kinds.contains(ObservableKind::LinuxPath);
        let path_floor = if paths { 0 } else { usize::MAX };
        Self { text, found, depth: 0, query: usize::MAX, floor: 0, path_floor, groups_floor: 0 }
    }

    /// Scans the tail of a URL, in which there are no paths.
    pub(super) fn scan_tail(&mut self, start: usize, end: usize, query: usize) {
        let mut inner = Scanner {
            text: self.text.until(end),
            found: self.found,
            depth: self.depth + 1,
            query,
            floor: start,
            path_floor: usize::MAX,
            groups_floor: start,
        };
        inner.scan(start);
    }

    /// Scans the text from a place on.
    pub(super) fn scan(&mut self, start: usize) {
        let mut at = start;
        while at < self.text.len() {
            at = match self.text.starts(at) {
                Start::Nothing => self.text.skip(at + 1),
                Start::Word => self.word(at),
                Start::Mark => self.mark(at),
            };
        }
    }

    /// Takes what the text says between two places. Gives whether it is one of its kind.
    pub(super) fn take(&mut self, kind: ObservableKind, start: usize, end: usize) -> bool {
        let taken = self.found.add(kind, self.text.slice(start, end), start);
        if taken {
            self.floor = self.floor.max(end);
        }
        taken
    }

    /// Looks at what begins with a sign. Gives where to go on.
    fn mark(&mut self, at: usize) -> usize {
        if self.path(at) {
            return at + 1;
        }
        match self.text.at(at) {
            b'%' => match self.text.percent(at) {
                Some((_, end)) => {
                    self.floor = self.floor.max(end);
                    end
                }
                None => at + 1,
            },
            b':' if self.text.colon(at + 1).is_some() && !self.text.follows_word(at) => self.ipv6(at).unwrap_or(at + 1),
            _ => at + 1,
        }
    }

    /// Takes the path that begins here, if one does. What is inside is still to be scanned: it may be named after a digest
    /// or a domain.
    fn path(&mut self, at: usize) -> bool {
        if at < self.path_floor {
            return false;
        }
        let windows = self.text.windows_path(at).map(|end| (ObservableKind::WindowsPath, end));
        let Some((kind, end)) = windows.or_else(|| Some((ObservableKind::LinuxPath, self.text.linux_path(at)?))) else {
            return false;
        };
        if end - at <= MAX_PATH_BYTES {
            self.found.add(kind, self.text.slice(at, end), at);
        }
        self.path_floor = end;
        true
    }

    /// Looks at what begins with a word. Gives where to go on.
    fn word(&mut self, at: usize) -> usize {
        let end = self.text.word_end(at);
        if end - at >= digest::MIN_DIGITS {
            self.digests(at, end);
        }
        if !self.text.may_go_on(end) {
            return end;
        }
        let escape = self.text.escape(at);
        let start = at + escape;
        if start == end {
            return end;
        }
        if escape > 0 {
            self.floor = self.floor.max(start);
        }
        if let Some(end) = self.url(start, end) {
            return end;
        }
        if end - start <= 4 && self.text.colon(end).is_some() {
            if end - start == 1 {
                self.path(start);
            }
            if let Some(end) = self.ipv6(start) {
                return end;
            }
        }
        let run = self.text.run(start);
        if run.end - end > digest::MIN_DIGITS {
            self.digests(end, run.end);
        }
        self.email(run).unwrap_or_else(|| self.host(run))
    }

    /// Takes the dotted quad or the name that a run is. Gives where to go on.
    fn host(&mut self, run: Run) -> usize {
        if run.labels < 2 || self.begins_local(run) {
            return run.end;
        }
        let quad = self.text.quad(run.start).map(|end| (end, self.text.after_quad(run.start, end)));
        if let Some((end, AfterQuad::Nothing)) = quad {
            self.quad(run.start, end);
            return end;
        }
        let run = self.text.trimmed(run);
        if let Some(name) = self.text.name(run)
            && name.is_domain()
        {
            if !self.text.is_disguised(run, &name) && !self.is_user(run) {
                self.take(ObservableKind::Domain, run.start, run.end);
            }
        } else if let Some((end, AfterQuad::Label)) = quad {
            self.quad(run.start, end);
        } else if let Some(start) = self.text.quad_after_underscore(run) {
            return self.host(self.text.run(start));
        }
        run.end
    }

    /// Takes a dotted quad, unless it is a version or a component of a Windows path.
    fn quad(&mut self, start: usize, end: usize) {
        let component = self.text.before(start) == b'\\' && !self.text.is_share(start);
        if !component && !self.text.names_a_version(start) {
            self.take(ObservableKind::Ipv4, start, end);
        }
    }

    /// Whether a name stands before `@` and is no server of a share (`\\evil.com@SSL\x`).
    fn is_user(&self, run: Run) -> bool {
        self.text.at_sign(run.end).is_some_and(|at| self.text.is_word(at)) && !self.text.is_share(run.start)
    }

    /// Takes an IPv6 address, and the IPv4 address that is mapped in it.
    pub(super) fn take_ipv6(&mut self, start: usize, address: &Ipv6) {
        self.take(ObservableKind::Ipv6, start, address.end);
        if let Some(quad) = address.mapped {
            self.take(ObservableKind::Ipv4, quad, address.end);
        }
    }

    /// Takes the IPv6 address that begins here. Gives the end of it.
    fn ipv6(&mut self, start: usize) -> Option<usize> {
        if start < self.groups_floor {
            return None;
        }
        match self.text.groups(start) {
            Groups::Address(address) => {
                self.take_ipv6(start, &address);
                Some(address.end)
            }
            Groups::Other(end) => {
                self.groups_floor = end;
                None
            }
        }
    }
}
