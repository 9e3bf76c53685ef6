//! Host and domain names: A-labels (UTS 46) in lower case, without the dot at the end.

use std::borrow::Cow;

use idna::AsciiDenyList;

use super::address;
use crate::observable::{KindHint, ObservableKind, Rejection};

/// RFC 1035, 2.3.4, without the root.
const MAX_NAME_BYTES: usize = 253;
const MAX_LABEL_BYTES: usize = 63;

/// The canonical form of a domain name: it has a public suffix.
pub(super) fn domain(text: &str) -> Result<String, Rejection> {
    let name = named(text, ObservableKind::Domain)?;
    if !name.contains('.') {
        Err(Rejection::Unqualified)
    } else if !has_public_suffix(&name) {
        Err(Rejection::UnknownSuffix)
    } else {
        Ok(name.into_owned())
    }
}

/// The canonical form of a host name: any valid name, of one label too.
pub(super) fn hostname(text: &str) -> Result<String, Rejection> {
    named(text, ObservableKind::Hostname).map(Cow::into_owned)
}

fn named(text: &str, kind: ObservableKind) -> Result<Cow<'_, str>, Rejection> {
    if address::parse(text).is_ok() {
        return Err(Rejection::IsAddress);
    }
    canonical(text).ok_or(Rejection::Mismatch(KindHint::Exactly(kind)))
}

/// The canonical form of a valid name. Underscores are allowed: hosts and service records have them.
pub(in crate::observable) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let name = if text.is_ascii() && !has_a_label(text) {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    } else {
        idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::URL).ok()?
    };
    is_valid(&name).then_some(name)
}

/// Whether a name ends in a suffix of the Public Suffix List, ICANN's part or the private one, with a label before it or
/// without.
pub(in crate::observable) fn has_public_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
}

/// Whether a canonical name can mean the same to everybody. Names for special use (`localhost`, `local`, `internal`,
/// `test`, `example`, `invalid`) and customary ones (`lan`, `corp`) have no public suffix; `home.arpa` (RFC 8375) has.
pub(in crate::observable) fn is_global(name: &str) -> bool {
    name.contains('.') && has_public_suffix(name) && name != "home.arpa" && !name.ends_with(".home.arpa")
}

/// Whether a label is already encoded, so that its encoding needs a check.
fn has_a_label(ascii: &str) -> bool {
    ascii.as_bytes().windows(4).any(|window| window.eq_ignore_ascii_case(b"xn--"))
}

fn is_valid(name: &str) -> bool {
    name.len() <= MAX_NAME_BYTES && name.split('.').all(is_label) && !ends_in_number(name)
}

/// RFC 1123, 2.1, and underscores.
fn is_label(text: &str) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// A name that ends so is read as an IPv4 address by browsers. <https://url.spec.whatwg.org/#ends-in-a-number-checker>
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    match last.strip_prefix("0x") {
        Some(hex) => hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}
