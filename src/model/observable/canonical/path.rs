//! Paths of files. They are not refanged: nobody clicks on them.

use crate::observable::{KindHint, ObservableKind, Rejection};

/// The canonical form of a path on either system.
pub(in crate::observable) fn read(text: &str) -> Result<(ObservableKind, String), Rejection> {
    windows(text)
        .map(|path| (ObservableKind::WindowsPath, path))
        .or_else(|_| linux(text).map(|path| (ObservableKind::LinuxPath, path)))
        .map_err(|_| Rejection::Mismatch(KindHint::Path))
}

/// The canonical form of a Windows path with a drive, a share, a device, a variable or a dot at its beginning: lower
/// case, backslashes.
pub(super) fn windows(text: &str) -> Result<String, Rejection> {
    let path = unquoted(text);
    // The `?` of `\\?\` is the only one that a path can have.
    let names = path.strip_prefix(r"\\?\").unwrap_or(path);
    if has_windows_root(path) && !names.contains(['<', '>', '"', '|', '?', '*']) {
        Ok(path.to_lowercase().replace('/', r"\"))
    } else {
        Err(Rejection::Mismatch(KindHint::Exactly(ObservableKind::WindowsPath)))
    }
}

/// The canonical form of an absolute Linux path: as it is. The root alone says nothing.
pub(super) fn linux(text: &str) -> Result<String, Rejection> {
    let path = unquoted(text);
    if path.starts_with('/') && path.len() > 1 {
        Ok(path.to_owned())
    } else {
        Err(Rejection::Mismatch(KindHint::Exactly(ObservableKind::LinuxPath)))
    }
}

fn has_windows_root(path: &str) -> bool {
    match path.as_bytes() {
        [drive, b':', b'\\' | b'/', ..] => drive.is_ascii_alphabetic(),
        [b'\\', b'\\', next, ..] => !matches!(next, b'\\' | b'/'),
        [b'.', b'\\', _, ..] | [b'.', b'.', b'\\', _, ..] => true,
        [b'%', ..] => path.get(1..).and_then(|rest| rest.split_once(r"%\")).is_some_and(|(variable, _)| {
            !variable.is_empty() && variable.chars().all(|c| c.is_alphanumeric() || "_()".contains(c))
        }),
        _ => false,
    }
}

/// The text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let mut text = text;
    while let Some(inner) = ['"', '\'', '`'].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)) {
        text = inner.trim();
    }
    text
}
