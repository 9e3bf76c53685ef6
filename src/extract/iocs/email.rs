//! E-mail addresses.

use model::ObservableKind;

use super::{name::Run, scan::Scanner};

/// RFC 5321, 4.5.3.1.1.
const MAX_LOCAL_BYTES: usize = 64;

/// What ends a file name rather than a domain without a public suffix: `logo@2x.png`.
const FILES: &[&str] = &[
    "css", "eml", "exe", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json", "log", "msg", "pdf", "png", "svg",
    "txt", "webp", "xml",
];

impl Scanner<'_, '_> {
    /// Takes the address whose local part ends with this run, and its domain. Gives the end of it.
    pub(super) fn email(&mut self, run: Run) -> Option<usize> {
        let domain = self.text.at_sign(run.end).filter(|at| self.text.is_word(*at))?;
        let domain = self.text.trimmed(self.text.run(domain));
        let start = self.local_start(run);
        let last = self.text.slice(domain.last, domain.end);
        let named = domain.labels >= 2
            && last.len() >= 2
            && !last.bytes().any(|byte| byte.is_ascii_digit())
            && !FILES.iter().any(|extension| last.eq_ignore_ascii_case(extension));
        if !named || run.end - start > MAX_LOCAL_BYTES || !self.take(ObservableKind::Email, start, domain.end) {
            return None;
        }
        if self.text.name(domain).is_some_and(|name| name.is_domain()) {
            self.take(ObservableKind::Domain, domain.start, domain.end);
        }
        Some(domain.end)
    }

    /// Whether a run is the beginning of a local part that goes on: `first.last+tag@`.
    pub(super) fn begins_local(&self, run: Run) -> bool {
        self.text.at(run.end) == b'+' && {
            let mut at = run.end;
            while at - run.end <= MAX_LOCAL_BYTES && is_local(self.text.at(at)) {
                at += 1;
            }
            self.text.at_sign(at).is_some()
        }
    }

    /// Where the local part begins that ends with this run. An equals sign is in it only after a plus sign, as in the
    /// return paths of mass mail (`bounce+7-bob=corp.com@`); otherwise a name stands before it (`from=bob@`).
    fn local_start(&self, run: Run) -> usize {
        let mut start = run.start;
        let mut equals = None;
        while start > self.floor && run.end - start <= MAX_LOCAL_BYTES {
            match self.text.before(start) {
                b'=' => equals = equals.or(Some(start)),
                b'+' => equals = None,
                byte if is_local(byte) => {}
                _ => break,
            }
            start -= 1;
        }
        start = equals.unwrap_or(start);
        while start < run.start && matches!(self.text.at(start), b'.' | b'-' | b'+' | b'\'' | b'=') {
            start += 1;
        }
        start
    }
}

/// What local parts are made of in practice: RFC 5322 allows more, which in a text rather stands beside an address.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'\'')
}
