//! E-mail addresses: the local part as it is (RFC 5321, 2.4: only its own host knows whether case matters), the domain
//! canonical.

use super::name;
use crate::observable::{KindHint, ObservableKind, Rejection, refang::bare};

/// RFC 5321, 4.5.3.1.1.
const MAX_LOCAL_BYTES: usize = 64;

const MISMATCH: Rejection = Rejection::Mismatch(KindHint::Exactly(ObservableKind::Email));

/// The canonical form of an address, with or without `mailto:`.
pub(in crate::observable) fn canonical(text: &str) -> Result<String, Rejection> {
    let text = match text.split_once(':') {
        Some((scheme, address)) if scheme.eq_ignore_ascii_case("mailto") => bare(address),
        _ => text,
    };
    let (local, domain) = text.rsplit_once('@').ok_or(MISMATCH)?;
    if !is_local_part(local) {
        return Err(MISMATCH);
    }
    let domain = name::canonical(domain).ok_or(MISMATCH)?;
    if domain.contains('.') { Ok(format!("{local}@{domain}")) } else { Err(Rejection::Unqualified) }
}

/// A dot-atom (RFC 5322, 3.2.3), letters of any script included (RFC 6531).
fn is_local_part(text: &str) -> bool {
    text.len() <= MAX_LOCAL_BYTES
        && text.split('.').all(|atom| {
            !atom.is_empty() && atom.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
        })
}
