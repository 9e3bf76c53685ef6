//! Takes single tokens for what they are: base64, hexadecimal, percent-encoded; and decides whether what comes out is more
//! than chance.

use std::io::Read as _;

use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use flate2::read::DeflateDecoder;

use super::{FileType, Options, Packing, file_type::sniff, text};

/// What is looked for in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes {
    /// Base64, in either alphabet.
    pub base64: bool,
    /// Hexadecimal digits, and `\x` escapes.
    pub hex: bool,
    /// Percent-encoding.
    pub url: bool,
}

impl Default for Codes {
    fn default() -> Self {
        Self { base64: true, hex: true, url: true }
    }
}

/// Encoders leave bits of the last digit, and padding, as they like.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const BASE64_URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// A token of which at least so many digits come out as anything but text is base64 only if it looks like it.
const LONG: usize = 64;

/// A shorter run of hexadecimal digits is a number more often than a text.
const MIN_HEX: usize = 30;

/// What a token is when it is more than chance.
#[derive(Debug)]
pub(super) struct Decrypted {
    pub(super) packing: Packing,
    pub(super) bytes: Vec<u8>,
    pub(super) file_type: Option<FileType>,
}

/// How sure it is beforehand that a token is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It is one of many words.
    None,
    /// It ends with padding.
    Padded,
    /// There is nothing else in the text.
    Whole,
}

/// Decodes a token of base64's or hexadecimal digits, without padding.
pub(super) fn token(token: &[u8], sign: Sign, options: &Options) -> Option<Decrypted> {
    let digits = token.strip_prefix(b"0x").unwrap_or(token);
    let may_be_hex = digits.len() >= MIN_HEX && digits.iter().all(u8::is_ascii_hexdigit);
    if may_be_hex
        && options.codes.hex
        && let Some(found) = hex::decode(digits).ok().and_then(from_hex)
    {
        return Some(found);
    }
    // What is nothing but hexadecimal digits, and so long, is a digest.
    if !options.codes.base64 || token.len() % 4 == 1 || may_be_hex {
        return None;
    }
    let is_url_safe = token.iter().any(|b| matches!(b, b'-' | b'_'));
    let engine = if is_url_safe { BASE64_URL } else { BASE64 };
    // Most words of a text are told apart by their first letters.
    let head = token.get(..LONG).unwrap_or(token);
    let mut space = [0; LONG];
    let length = engine.decode_slice(head, &mut space).ok()?;
    let head = space.get(..length)?;
    if !may_be(head, token, sign, options) {
        return None;
    }
    let bytes = if token.len() > LONG { engine.decode(token).ok()? } else { head.to_vec() };
    let file_type = judge(&bytes, token, sign, options)?;
    Some(Decrypted { packing: Packing::Base64, bytes, file_type })
}

/// A guess from the first bytes.
fn may_be(head: &[u8], token: &[u8], sign: Sign, options: &Options) -> bool {
    let is_short = token.len() < options.min_length && sign != Sign::Whole;
    let is_cut = token.len() > LONG;
    let is_wide = || head.chunks_exact(2).take(4).all(|pair| matches!(pair, [letter, 0] if *letter != 0));
    let is_text = || match std::str::from_utf8(head) {
        Ok(_) => text::is_utf8(head),
        Err(error) => {
            is_cut && error.error_len().is_none() && text::is_utf8(head.get(..error.valid_up_to()).unwrap_or_default())
        }
    };
    if is_short {
        return is_wide() && head.len() >= 8 || sign == Sign::Padded && is_text();
    }
    is_text()
        || head.contains(&0)
        || sniff(head).is_some()
        || looks_like_base64(token)
        || is_mixed(token) && inflates(head, is_cut)
}

/// The type of what came out, if it is a file of one; nothing at all if it is chance.
#[expect(clippy::option_option, reason = "the outer says whether, the inner what")]
fn judge(bytes: &[u8], token: &[u8], sign: Sign, options: &Options) -> Option<Option<FileType>> {
    let is_short = token.len() < options.min_length && sign != Sign::Whole;
    if bytes.len() >= if sign == Sign::Whole { 2 } else { 6 } && text::read(bytes).is_some() {
        return Some(None);
    }
    if is_short {
        return None;
    }
    if let Some(file_type) = sniff(bytes) {
        return Some(Some(file_type));
    }
    if is_mixed(token) && inflates(bytes, false) {
        return Some(Some(FileType::Deflate));
    }
    looks_like_base64(token).then_some(None)
}

/// A long run of letters of both cases and digits, not broken by many slashes: no word, no path, no number.
fn looks_like_base64(token: &[u8]) -> bool {
    let slashes = token.iter().filter(|b| **b == b'/').count();
    token.len() >= LONG
        && slashes * 12 < token.len()
        && is_mixed(token)
        && !token.iter().any(|b| matches!(b, b'-' | b'_'))
}

/// Letters of both cases and digits, a few of each at least.
fn is_mixed(token: &[u8]) -> bool {
    let has = |of: fn(&u8) -> bool| token.iter().filter(|b| of(b)).count() * 40 >= token.len();
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

/// Whether it is a raw deflate stream that holds a text.
fn inflates(bytes: &[u8], is_cut: bool) -> bool {
    let mut head = Vec::new();
    let read = DeflateDecoder::new(bytes).take(256).read_to_end(&mut head);
    let is_whole = read.is_ok() || is_cut;
    // The last sign may have been cut.
    let text = match std::str::from_utf8(&head) {
        Ok(_) => head.as_slice(),
        Err(error) if error.error_len().is_none() => head.get(..error.valid_up_to()).unwrap_or_default(),
        Err(_) => return text::read(head.get(..head.len() & !1).unwrap_or_default()).is_some() && is_whole,
    };
    is_whole && text.len() >= 8 && text::read(text).is_some()
}

/// Bytes written as digits are text or a file, or else a digest or a number.
fn from_hex(bytes: Vec<u8>) -> Option<Decrypted> {
    let file_type = sniff(&bytes);
    let is_text = || {
        let words = bytes.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | 0)).count();
        words * 3 >= bytes.len() * 2 && text::read(&bytes).is_some()
    };
    (file_type.is_some() || is_text()).then_some(Decrypted { packing: Packing::Hex, bytes, file_type })
}

/// Decodes a run of `\x41\x42`.
pub(super) fn escapes(run: &[u8]) -> Option<Decrypted> {
    let bytes: Vec<u8> = run.chunks_exact(4).filter_map(|escape| digits(escape.get(2..4)?)).collect();
    let file_type = sniff(&bytes);
    (file_type.is_some() || text::read(&bytes).is_some() || bytes.len() >= LONG / 2).then_some(Decrypted {
        packing: Packing::Hex,
        bytes,
        file_type,
    })
}

fn digits(pair: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()
}

/// Decodes a percent-encoded token; nothing if it is none, or no text comes out.
pub(super) fn percent(token: &str) -> Option<Decrypted> {
    let bytes: Vec<u8> = percent_encoding::percent_decode_str(token).collect();
    (bytes.len() < token.len() && text::is_utf8(&bytes)).then_some(Decrypted {
        packing: Packing::Url,
        bytes,
        file_type: None,
    })
}
