//! File digests: lower-case hexadecimal, told apart by their length.

use crate::observable::{KindHint, ObservableKind, Rejection};

/// Digests have nearly 4 bits of entropy a character; less than this is a pattern such as `0000…` or `1234…`.
const MIN_ENTROPY_BITS: f64 = 3.0;

/// Which digest a text looks like.
pub(in crate::observable) fn kind_of(text: &str) -> Option<ObservableKind> {
    let kind = match text.len() {
        32 => ObservableKind::Md5,
        40 => ObservableKind::Sha1,
        64 => ObservableKind::Sha256,
        _ => return None,
    };
    text.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(kind)
}

/// The canonical form of a digest of this kind.
pub(in crate::observable) fn canonical(kind: ObservableKind, text: &str) -> Result<String, Rejection> {
    if kind_of(text) != Some(kind) {
        return Err(Rejection::Mismatch(KindHint::Exactly(kind)));
    }
    let text = text.to_ascii_lowercase();
    if entropy_bits(text.as_bytes()) < MIN_ENTROPY_BITS { Err(Rejection::LowEntropy) } else { Ok(text) }
}

/// Shannon entropy of the characters, in bits.
fn entropy_bits(text: &[u8]) -> f64 {
    let count = |digit: u8| text.iter().filter(|byte| **byte == digit).count() as f64;
    let length = text.len() as f64;
    b"0123456789abcdef".iter().map(|digit| count(*digit) / length).filter(|p| *p > 0.0).map(|p| -p * p.log2()).sum()
}
