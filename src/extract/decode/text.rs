//! Bytes that are text: UTF-8 or UTF-16, and nothing in them that no text has.

use encoding_rs::{Encoding as Charset, UTF_16BE, UTF_16LE};

/// How a layer's text was encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, ASCII included.
    Utf8,
    /// UTF-16, little-endian unless a byte order mark says otherwise.
    Utf16,
}

impl Encoding {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
        }
    }
}

/// Of so many signs one may be a control character, as in the output of terminals.
const SIGNS_A_CONTROL: usize = 50;

/// The text of these bytes, if they are one.
pub(super) fn read(bytes: &[u8]) -> Option<(Encoding, String)> {
    match bytes {
        [] => None,
        [0xff, 0xfe, text @ ..] => utf16(text, UTF_16LE),
        [0xfe, 0xff, text @ ..] => utf16(text, UTF_16BE),
        _ => match order(bytes) {
            Some(charset) => utf16(bytes, charset),
            None => {
                let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).ok()?;
                is_readable(text).then(|| (Encoding::Utf8, text.to_owned()))
            }
        },
    }
}

/// Whether these bytes are text, without copying it.
pub(super) fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(is_readable)
}

fn utf16(bytes: &[u8], charset: &'static Charset) -> Option<(Encoding, String)> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let text = charset.decode_without_bom_handling_and_without_replacement(bytes)?;
    is_readable(&text).then(|| (Encoding::Utf16, text.into_owned()))
}

/// The order of bytes in UTF-16, which shows in the zeros beside Latin letters.
fn order(bytes: &[u8]) -> Option<&'static Charset> {
    if bytes.len() < 4 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let pairs = bytes.len() / 2;
    let (mut first, mut second) = (0, 0);
    for pair in bytes.chunks_exact(2) {
        if let [one, other] = pair {
            first += usize::from(*one == 0);
            second += usize::from(*other == 0);
        }
    }
    let is_most = |zeros: usize| zeros * 5 >= pairs * 2;
    let is_few = |zeros: usize| zeros * 20 <= pairs;
    match (is_most(second) && is_few(first), is_most(first) && is_few(second)) {
        (true, _) => Some(UTF_16LE),
        (_, true) => Some(UTF_16BE),
        _ => None,
    }
}

fn is_readable(text: &str) -> bool {
    let is_odd = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    let odd = text.chars().filter(is_odd).count();
    !text.is_empty() && odd * SIGNS_A_CONTROL <= text.len() && !text.contains(['\0', '\u{fffd}'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn both_encodings_are_told_apart() {
        for (bytes, encoding) in [
            (b"Get-Process".to_vec(), Encoding::Utf8),
            ("Größe 日本".as_bytes().to_vec(), Encoding::Utf8),
            (encoded("Get-Process ä", u16::to_le_bytes), Encoding::Utf16),
            (encoded("Get-Process", u16::to_be_bytes), Encoding::Utf16),
            (encoded("\u{feff}日本", u16::to_be_bytes), Encoding::Utf16),
        ] {
            assert_eq!(read(&bytes).map(|(encoding, _)| encoding), Some(encoding), "{bytes:?}");
        }
        assert_eq!(read(b"\xef\xbb\xbfa").unwrap().1, "a");
        for bytes in [&b""[..], b"\x00\x01\x02\x03", b"MZ\x90\x00\x03", b"\xff\xfe\x00\xd8", b"abc\x00def"] {
            assert_eq!(read(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn latin_text_in_utf_16_comes_back(text in "[ -~]{2,60}") {
            prop_assert_eq!(read(&encoded(&text, u16::to_le_bytes)), Some((Encoding::Utf16, text)));
        }
    }
}
