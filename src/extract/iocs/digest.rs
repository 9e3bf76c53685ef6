//! File digests: 32, 40 or 64 hexadecimal digits with none on either side.

use model::ObservableKind;

use super::{scan::Scanner, text::Text};

/// The shortest digest.
pub(super) const MIN_DIGITS: usize = 32;

impl Scanner<'_, '_> {
    /// Takes the digests between two places.
    pub(super) fn digests(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let hex_end = self.text.hex_end(at).min(end);
            let kind = match hex_end - at {
                32 => Some(ObservableKind::Md5),
                40 => Some(ObservableKind::Sha1),
                64 => Some(ObservableKind::Sha256),
                _ => None,
            };
            if let Some(kind) = kind
                && !self.text.is_number_or_text(at, hex_end)
            {
                self.take(kind, at, hex_end);
            }
            at = hex_end + 1;
        }
    }
}

impl Text<'_> {
    /// Whether hexadecimal digits are a decimal number, or text that an audit log has encoded. A digest is either once in
    /// a million times at most.
    fn is_number_or_text(self, start: usize, end: usize) -> bool {
        let printable =
            |at: usize| matches!(self.at(at), b'2'..=b'7') || (self.at(at) == b'0' && self.at(at + 1) == b'0');
        (start..end).all(|at| self.at(at).is_ascii_digit()) || (start..end).step_by(2).all(printable)
    }
}
