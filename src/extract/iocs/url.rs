//! URLs: where they begin, their hosts, and what is in their tails.

mod tail;

use model::ObservableKind;

use super::{
    address::{Groups, Ipv6},
    scan::Scanner,
    text::Text,
};

/// Schemes that name a host on a network, working or not.
const SCHEMES: &[&str] = &[
    "http", "https", "hxxp", "hxxps", "htxp", "htxps", "hxtp", "hxtps", "h**p", "h**ps", "meow", "meows", "ftp",
    "ftps", "sftp", "fxp", "fxps", "sfxp", "tftp", "ssh", "telnet", "ws", "wss", "ldap", "ldaps", "smb", "rdp", "rtsp",
    "tcp", "udp",
];

/// A URL in the tail of a URL in the tail of a URL is looked for, and none in its tail.
const MAX_DEPTH: usize = 3;

/// Longer ones are passed over, what is in them is not.
const MAX_URL_BYTES: usize = 8192;

const MAX_USER_BYTES: usize = 256;

enum HostKind {
    Ipv4,
    Ipv6(Ipv6),
    Domain,
    /// A name without a public suffix.
    Other,
}

/// The host of a URL.
struct Host {
    kind: HostKind,
    start: usize,
    end: usize,
    /// Where port, path or the end follow.
    next: usize,
}

impl Scanner<'_, '_> {
    /// Takes the URL whose scheme ends with this word, its host, and what is in its tail. Gives the end of it.
    pub(super) fn url(&mut self, start: usize, word_end: usize) -> Option<usize> {
        let authority = self.text.scheme_end(word_end).filter(|_| self.depth < MAX_DEPTH)?;
        let start = self.text.scheme_start(start, word_end)?;
        let host = self.text.url_host(self.text.user_end(authority))?;
        let port = self.text.port_end(host.next);
        // An attribute, not a host: `ldap://CN=…`.
        if self.text.at(port) == b'=' {
            return None;
        }
        let tail = if self.text.at(word_end) == b'%' {
            self.text.encoded_tail(port)
        } else {
            self.text.tail(start, port, start >= self.query)
        };
        if tail.end - start <= MAX_URL_BYTES {
            self.take(ObservableKind::Url, start, tail.end);
        }
        match host.kind {
            HostKind::Ipv4 => _ = self.take(ObservableKind::Ipv4, host.start, host.end),
            HostKind::Ipv6(address) => self.take_ipv6(host.start, &address),
            HostKind::Domain => _ = self.take(ObservableKind::Domain, host.start, host.end),
            HostKind::Other => {}
        }
        self.scan_tail(port, tail.end, tail.query);
        self.floor = tail.end;
        Some(tail.end)
    }
}

impl Text<'_> {
    /// Where the scheme begins that ends with this word, which it may not be made of alone (`h**p`). Something else may
    /// stand before it where text has been escaped and joined (`nhttp`, `u003dhttps`), which only `http` is unlikely
    /// enough to be.
    fn scheme_start(self, start: usize, end: usize) -> Option<usize> {
        let ending = |scheme: &str| {
            let at = end.checked_sub(scheme.len()).filter(|at| *at >= start || scheme.contains('*'))?;
            let whole = at == start || scheme.starts_with('h') || !self.before(at).is_ascii_alphabetic();
            (whole && self.continues(at, scheme)).then_some(at)
        };
        SCHEMES.iter().filter_map(|scheme| ending(scheme)).min()
    }

    /// Where the host begins, after a user and a password if there are any.
    fn user_end(self, start: usize) -> usize {
        let end = (start..start + MAX_USER_BYTES)
            .find(|at| !(self.at(*at).is_ascii_alphanumeric() || b"-._~!$+:%".contains(&self.at(*at))));
        match end {
            Some(end) if end > start && self.at(end) == b'@' => end + 1,
            _ => start,
        }
    }

    /// The host that begins here. It need not have a public suffix.
    fn url_host(self, start: usize) -> Option<Host> {
        if self.at(start) == b'[' {
            let Groups::Address(address) = self.groups(start + 1) else {
                return None;
            };
            let end = address.end;
            let host = Host { kind: HostKind::Ipv6(address), start: start + 1, end, next: end + 1 };
            return (self.at(end) == b']').then_some(host);
        }
        if !self.is_word(start) {
            return None;
        }
        let run = self.trimmed(self.run(start));
        let mut next = run.end;
        if self.quad(start) == Some(run.end) {
            return Some(Host { kind: HostKind::Ipv4, start, end: run.end, next });
        }
        let kind = if self.name(run).is_some_and(|name| name.is_domain()) { HostKind::Domain } else { HostKind::Other };
        // The root.
        if self.at(next) == b'.' && (matches!(self.at(next + 1), b'/' | b':') || self.slash(next + 1).is_some()) {
            next += 1;
        }
        Some(Host { kind, start, end: run.end, next })
    }

    fn port_end(self, at: usize) -> usize {
        let Some(start) = self.colon(at) else {
            return at;
        };
        let digits = (start..start + 6).take_while(|at| self.at(*at).is_ascii_digit()).count();
        if matches!(digits, 1..=5) { start + digits } else { at }
    }
}
