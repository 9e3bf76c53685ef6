//! IP addresses: dotted quads and what is no version number, IPv6 and what is no time, hardware address or code.

use std::net::Ipv6Addr;

use super::text::Text;

/// What comes right after a dotted quad.
pub(super) enum AfterQuad {
    /// Nothing that belongs to it.
    Nothing,
    /// A dot and letters: a name that begins with the quad, or a file named after the address.
    Label,
    /// Another number, or letters: a version.
    More,
}

/// An IPv6 address in the text.
pub(super) struct Ipv6 {
    pub(super) end: usize,
    /// Where the dotted quad in it begins, if the address is an IPv4-mapped one.
    pub(super) mapped: Option<usize>,
}

/// What runs of hexadecimal digits, colons and dots can be.
pub(super) enum Groups {
    /// An address.
    Address(Ipv6),
    /// Something else, which ends here.
    Other(usize),
}

/// Longer is no address, however it is written.
const MAX_BYTES: usize = 45;

impl Text<'_> {
    /// The end of the dotted quad that begins here: four numbers up to 255 without leading zeros.
    pub(super) fn quad(self, start: usize) -> Option<usize> {
        let mut end = self.octet(start)?;
        for _ in 0..3 {
            end = self.octet(self.dot(end)?)?;
        }
        Some(end)
    }

    fn octet(self, start: usize) -> Option<usize> {
        let digits = (start..start + 4).take_while(|at| self.at(*at).is_ascii_digit()).count();
        let value = (start..start + digits).fold(0, |value, at| value * 10 + u16::from(self.at(at) - b'0'));
        (matches!(digits, 1..=3) && value <= 255 && (digits == 1 || self.at(start) != b'0')).then_some(start + digits)
    }

    pub(super) fn after_quad(self, start: usize, end: usize) -> AfterQuad {
        if let Some(next) = self.dot(end).filter(|next| self.is_word(*next)) {
            return match self.at(next) {
                b'0'..=b'9' if self.is_in_packet(start, next) => AfterQuad::Nothing,
                b'0'..=b'9' => AfterQuad::More,
                _ => AfterQuad::Label,
            };
        }
        match self.at(end) {
            b'_' => AfterQuad::Nothing,
            // A range: 192.0.2.1-192.0.2.9.
            b'-' if self.quad(end + 1).is_some() => AfterQuad::Nothing,
            b'-' if self.is_word(end + 1) => AfterQuad::More,
            b'-' => AfterQuad::Nothing,
            byte if byte.is_ascii_alphanumeric() => AfterQuad::More,
            _ => AfterQuad::Nothing,
        }
    }

    /// Whether a fifth number is a port, as `tcpdump` writes it: `192.0.2.1.51234 > 192.0.2.9.443: Flags`.
    fn is_in_packet(self, start: usize, port: usize) -> bool {
        self.continues(self.word_end(port), " > ") || start.checked_sub(3).is_some_and(|at| self.continues(at, " > "))
    }

    /// Whether what stands before a quad says that it is a version: `Version=4.0.0.0`, `"FileVersion":"1.3.33.23"`,
    /// `Java/11.0.9.1`.
    pub(super) fn names_a_version(self, at: usize) -> bool {
        let mut end = at;
        while end > 0 && at - end < 5 && matches!(self.before(end), b' ' | b'=' | b':' | b'"' | b'\'' | b'\\' | b'/') {
            end -= 1;
        }
        let mut start = end;
        while end - start < 32 && self.before(start).is_ascii_alphabetic() {
            start -= 1;
        }
        let word = self.slice(start, end);
        let product = || {
            let mut letters = word.bytes();
            end + 1 == at
                && self.before(at) == b'/'
                && letters.next().is_some_and(|first| first.is_ascii_uppercase())
                && letters.next().is_some_and(|second| second.is_ascii_lowercase())
        };
        word.ends_with("Version") || ["version", "ver"].iter().any(|name| word.eq_ignore_ascii_case(name)) || product()
    }

    /// What the hexadecimal digits, colons and dots are that begin here.
    pub(super) fn groups(self, start: usize) -> Groups {
        let mut spelling = Spelling { bytes: [0; MAX_BYTES + 1], len: 0, end: 0 };
        let mut at = start;
        let mut end = start;
        let mut quad = start;
        loop {
            let digits = self.hex_end(at);
            if digits > at {
                (at..digits).for_each(|at| spelling.push(self.at(at)));
                at = digits;
            } else if let Some(next) = self.colon(at) {
                spelling.push(b':');
                (at, quad) = (next, next);
            } else if let Some(next) = self.dot(at) {
                spelling.push(b'.');
                at = next;
            } else {
                break;
            }
            // A dot or one colon at the end belongs to the sentence.
            if spelling.is_complete() {
                (end, spelling.end) = (at, spelling.len);
            }
        }
        match spelling.address() {
            Some(address) if !self.is_word(at) && !self.is_slice(start) => {
                Groups::Address(Ipv6 { end, mapped: address.to_ipv4_mapped().map(|_| quad) })
            }
            _ => Groups::Other(at.max(start + 1)),
        }
    }

    /// An index of a programming language: `list[::2]`.
    fn is_slice(self, start: usize) -> bool {
        self.before(start) == b'[' && self.follows_word(start - 1)
    }
}

/// An address with its signs as they should be.
struct Spelling {
    bytes: [u8; MAX_BYTES + 1],
    len: usize,
    /// How much of it can be an address.
    end: usize,
}

impl Spelling {
    /// What is too long keeps one byte too many, and is no address.
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    /// Whether an address can end so: not in a dot or in one colon.
    fn is_complete(&self) -> bool {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        bytes.ends_with(b"::") || !bytes.ends_with(b":") && !bytes.ends_with(b".")
    }

    fn address(&self) -> Option<Ipv6Addr> {
        let text = std::str::from_utf8(self.bytes.get(..self.end)?).ok()?;
        let address = text.parse().ok()?;
        let groups = || text.split(':').filter(|group| !group.is_empty());
        let hardware = groups().count() == 8 && groups().all(|group| group.len() == 2);
        let digits = text.bytes().any(|byte| byte.is_ascii_digit());
        let long = groups().any(|group| group.len() >= 3);
        let real = text == "::1" || (groups().count() >= 3 && !hardware) || (long && digits);
        real.then_some(address)
    }
}
