//! URLs: as the URL standard serialises them, with a canonical host, without the port that the scheme implies and
//! without the fragment, which no server ever sees and which may name a victim.

use std::borrow::Cow;

use ::url::{Host, ParseError, Url};
use percent_encoding::percent_decode_str;

use super::name;
use crate::observable::{KindHint, MAX_VALUE_BYTES, ObservableKind, Rejection, refang::bare};

/// The schemes that name a host on a network, with the port that each implies.
const SCHEMES: &[(&str, Option<u16>)] = &[
    ("http", Some(80)),
    ("https", Some(443)),
    ("ftp", Some(21)),
    ("ftps", Some(990)),
    ("sftp", Some(22)),
    ("ssh", Some(22)),
    ("tftp", Some(69)),
    ("telnet", Some(23)),
    ("ws", Some(80)),
    ("wss", Some(443)),
    ("ldap", Some(389)),
    ("ldaps", Some(636)),
    ("smb", Some(445)),
    ("rdp", Some(3389)),
    ("rtsp", Some(554)),
    ("tcp", None),
    ("udp", None),
];

const MISMATCH: Rejection = Rejection::Mismatch(KindHint::Exactly(ObservableKind::Url));

/// Whether a text can only be a URL: it has a scheme and slashes, or a path after a public name.
pub(in crate::observable) fn is_like(text: &str) -> bool {
    scheme(text).is_some() || has_bare_host(text)
}

/// The canonical form of a URL. One without a scheme gets `http`, if a public name and a path show what it is.
pub(in crate::observable) fn canonical(text: &str) -> Result<String, Rejection> {
    let text = text.split_once('#').map_or(text, |(before, _)| bare(before));
    let text = match scheme(text) {
        Some(_) => Cow::Borrowed(text),
        None if has_bare_host(text) => Cow::Owned(format!("http://{text}")),
        None => return Err(MISMATCH),
    };
    let mut url = Url::parse(&text).map_err(|error| match error {
        ParseError::EmptyHost => Rejection::NoHost,
        ParseError::InvalidIpv4Address | ParseError::InvalidIpv6Address => Rejection::InvalidAddress,
        _ => MISMATCH,
    })?;
    if url.scheme() == "file" {
        return Err(Rejection::FileUrl);
    }
    let (_, port) = SCHEMES.iter().find(|(scheme, _)| *scheme == url.scheme()).ok_or(Rejection::UnsupportedScheme)?;
    if let Some(host) = canonical_host(&url)? {
        url.set_host(Some(&host)).map_err(|_| MISMATCH)?;
    }
    if url.port() == *port {
        url.set_port(None).map_err(|()| MISMATCH)?;
    }
    if url.as_str().len() > MAX_VALUE_BYTES { Err(Rejection::TooLong) } else { Ok(url.into()) }
}

/// The host of a canonical URL, an IPv6 address without its brackets.
pub(in crate::observable) fn host(canonical: &str) -> Option<&str> {
    let (_, rest) = canonical.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let host = authority.rsplit('@').next()?;
    match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next(),
        None => host.split(':').next(),
    }
}

/// The scheme, if slashes follow it. One letter would be a drive.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once(':')?;
    let [b'/' | b'\\', b'/' | b'\\', ..] = rest.as_bytes() else {
        return None;
    };
    let letters = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    (scheme.len() > 1 && scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(letters))
        .then_some(scheme)
}

/// Whether a text begins with a public name and goes on with a path.
fn has_bare_host(text: &str) -> bool {
    text.split_once('/').is_some_and(|(authority, _)| {
        let host = match authority.split_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        name::canonical(host).is_some_and(|host| name::is_global(&host))
    })
}

/// The canonical form of the host, if it differs. Addresses are canonical once they are parsed.
fn canonical_host(url: &Url) -> Result<Option<String>, Rejection> {
    let Some(host) = url.host() else {
        return Err(Rejection::NoHost);
    };
    let Host::Domain(host) = host else {
        return Ok(None);
    };
    if host.is_empty() {
        return Err(Rejection::NoHost);
    }
    // The URL standard leaves the host of some schemes as it was written, encoded.
    if host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Ok(None);
    }
    let decoded = percent_decode_str(host).decode_utf8().map_err(|_| MISMATCH)?;
    let canonical = name::canonical(&decoded).ok_or(MISMATCH)?;
    Ok(if canonical == host { None } else { Some(canonical.into_owned()) })
}
