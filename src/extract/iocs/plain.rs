//! Values without what the text around them did to them.

use std::borrow::Cow;

use model::ObservableKind;
use percent_encoding::percent_decode_str;

use super::signs::MAX_ENCODINGS;

/// The value without what the text around it did to it: escapes of JSON, percent-encoding of a whole URL or name. What
/// people did to it is undone where it is parsed.
pub(super) fn plain(kind: ObservableKind, value: &str) -> Cow<'_, str> {
    match kind {
        ObservableKind::WindowsPath => single_backslashes(value),
        ObservableKind::LinuxPath if value.contains('\\') => value.replace('\\', "").into(),
        ObservableKind::Url if value.contains('\\') => {
            value.replace("\\/", "/").replace("\\u0026", "&").replace("\\u003d", "=").replace("\\u003D", "=").into()
        }
        ObservableKind::Url => decoded(value, |plain| plain.contains(':')),
        _ => decoded(value, |plain| !plain.contains('%')),
    }
}

/// The value with its percent-encodings undone, until it is done.
fn decoded(value: &str, done: impl Fn(&str) -> bool) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(value);
    for _ in 0..MAX_ENCODINGS {
        if done(&plain) {
            break;
        }
        plain = percent_decode_str(&plain).decode_utf8_lossy().into_owned().into();
    }
    plain
}

/// A path in which each run of backslashes is one, but for the two before a server.
fn single_backslashes(path: &str) -> Cow<'_, str> {
    let rest = path.trim_start_matches('\\');
    if !rest.contains("\\\\") && path.len() - rest.len() <= 2 {
        return path.into();
    }
    let mut plain = String::with_capacity(path.len());
    plain.push_str(if rest.len() < path.len() { "\\\\" } else { "" });
    for sign in rest.chars() {
        if sign != '\\' || !plain.ends_with('\\') {
            plain.push(sign);
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_encodings_are_undone() {
        for (kind, value, plain_value) in [
            (ObservableKind::WindowsPath, r"C:\a\b.exe", r"C:\a\b.exe"),
            (ObservableKind::WindowsPath, r"C:\\a\\b.exe", r"C:\a\b.exe"),
            (ObservableKind::WindowsPath, r"C:\\\\a\\\\b.exe", r"C:\a\b.exe"),
            (ObservableKind::WindowsPath, r"\\server\share", r"\\server\share"),
            (ObservableKind::WindowsPath, r"\\\\server\\share", r"\\server\share"),
            (ObservableKind::LinuxPath, r"\/etc\/passwd", "/etc/passwd"),
            (ObservableKind::Url, r"http:\/\/a.com\/?x=1\u0026y\u003d2", "http://a.com/?x=1&y=2"),
            (ObservableKind::Url, "http%3A%2F%2Fa.com%2F%3Fx%3D%2520", "http://a.com/?x=%20"),
            (ObservableKind::Url, "http%253A%252F%252Fa.com", "http://a.com"),
            (ObservableKind::Url, "http://a.com/%2F", "http://a.com/%2F"),
            (ObservableKind::Domain, "a%252Ecom", "a.com"),
            (ObservableKind::Email, "a%40b.com", "a@b.com"),
        ] {
            assert_eq!(plain(kind, value), plain_value, "{value}");
        }
    }
}
