//! One form for every spelling of the same thing.
//!
//! Reading a canonical form again, as the same kind, gives the same form.

pub(super) mod address;
pub(super) mod digest;
pub(super) mod email;
pub(super) mod name;
pub(super) mod path;
pub(super) mod url;

use super::{KindHint, ObservableKind, Rejection, refang::refang};

/// Kind and canonical form of a value of which the caller says what it is.
pub(super) fn read(text: &str, hint: KindHint) -> Result<(ObservableKind, String), Rejection> {
    let kind = match hint {
        KindHint::Address => return address::parse(&refang(text)).map(address::unmapped),
        KindHint::Path => return path::read(text),
        KindHint::Hash => digest::kind_of(&refang(text)).ok_or(Rejection::Mismatch(hint))?,
        KindHint::Exactly(kind) => kind,
    };
    let canonical = match kind {
        ObservableKind::WindowsPath => path::windows(text)?,
        ObservableKind::LinuxPath => path::linux(text)?,
        ObservableKind::Ipv4 | ObservableKind::Ipv6 => address::canonical(kind, &refang(text))?,
        ObservableKind::Domain => name::domain(&refang(text))?,
        ObservableKind::Hostname => name::hostname(&refang(text))?,
        ObservableKind::Url => url::canonical(&refang(text))?,
        ObservableKind::Email => email::canonical(&refang(text))?,
        ObservableKind::Md5 | ObservableKind::Sha1 | ObservableKind::Sha256 => digest::canonical(kind, &refang(text))?,
    };
    Ok((kind, canonical))
}
