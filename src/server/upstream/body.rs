//! Bodies: read as they come, decompressed as they come, and never past the cap.

use std::io::{self, ErrorKind, Write as _};

use bytes::Bytes;
use flate2::write::{MultiGzDecoder, ZlibDecoder};
use reqwest::{
    Response,
    header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue},
};

use super::{Call, Expects, Received, SendError};

/// What is offered to those who answer. Each is decoded here.
pub(super) const ACCEPTED_ENCODINGS: HeaderValue = HeaderValue::from_static("gzip, deflate, zstd");

/// The largest window that a zstd body may ask for: 8 MiB (RFC 9659 section 3).
const ZSTD_WINDOW_LOG: u32 = 23;

/// Reads an answer to its end.
pub(super) async fn read(mut response: Response, call: &Call) -> Result<Received, SendError> {
    let limit = call.body_cap;
    let too_large = SendError::TooLarge { limit };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large);
    }
    let mut decoder = Decoder::new(response.headers(), limit)?;
    let mut received = 0;
    while let Some(chunk) = response.chunk().await.map_err(|_| SendError::Truncated)? {
        received += chunk.len();
        // What decompresses to nothing must end as well.
        if received > limit {
            return Err(too_large);
        }
        decoder.push(&chunk)?;
    }
    // An answer to HEAD or a 304 names the encoding of a body that it does not have.
    let body = if received == 0 { Bytes::new() } else { decoder.finish()? };

    if response.status().is_success() && is_page(call.expects, response.headers(), &body) {
        return Err(SendError::ContentType);
    }
    let status = response.status();
    Ok(Received { status, headers: std::mem::take(response.headers_mut()), body, attempts: 0 })
}

/// Whether a body is surely a page for people, where data was expected.
fn is_page(expects: Expects, headers: &HeaderMap, body: &[u8]) -> bool {
    let is_markup = body.trim_ascii_start().starts_with(b"<");
    match expects {
        Expects::Json => is_markup,
        Expects::Text => is_markup && headers.get(CONTENT_TYPE).is_some_and(is_html),
        Expects::Anything => false,
    }
}

fn is_html(content_type: &HeaderValue) -> bool {
    let media_type = content_type.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    media_type.trim_ascii().eq_ignore_ascii_case(b"text/html")
}

/// Takes a body piece by piece, and undoes one content coding.
pub(super) enum Decoder {
    Identity(Capped),
    Gzip(MultiGzDecoder<Capped>),
    Deflate(ZlibDecoder<Capped>),
    Zstd(zstd::stream::write::Decoder<'static, Capped>),
}

impl Decoder {
    pub(super) fn new(headers: &HeaderMap, limit: usize) -> Result<Self, SendError> {
        let body = Capped { bytes: Vec::new(), limit };
        let mut codings = headers.get_all(CONTENT_ENCODING).iter();
        let coding = codings.next().map_or(&b""[..], |coding| coding.as_bytes().trim_ascii());
        if codings.next().is_some() {
            return Err(SendError::NotDecodable);
        }
        match coding.to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Ok(Self::Identity(body)),
            b"gzip" | b"x-gzip" => Ok(Self::Gzip(MultiGzDecoder::new(body))),
            b"deflate" => Ok(Self::Deflate(ZlibDecoder::new(body))),
            b"zstd" => zstd_decoder(body).map(Self::Zstd).map_err(|_| SendError::NotDecodable),
            _ => Err(SendError::NotDecodable),
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) -> Result<(), SendError> {
        match self {
            Self::Identity(body) => body.write_all(chunk),
            Self::Gzip(decoder) => decoder.write_all(chunk),
            Self::Deflate(decoder) => decoder.write_all(chunk),
            Self::Zstd(decoder) => decoder.write_all(chunk),
        }
        .map_err(|error| self.meaning(&error))
    }

    pub(super) fn finish(mut self) -> Result<Bytes, SendError> {
        let finished = match &mut self {
            Self::Identity(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Deflate(decoder) => decoder.try_finish(),
            Self::Zstd(decoder) => decoder.do_finish(),
        };
        finished.map_err(|error| self.meaning(&error))?;
        Ok(std::mem::take(&mut self.body_mut().bytes).into())
    }

    /// Whether there is nothing to undo.
    pub(super) const fn is_identity(&self) -> bool {
        matches!(self, Self::Identity(_))
    }

    /// What has been unpacked so far and not taken yet; taken, it does not count any more.
    pub(super) fn take_unpacked(&mut self) -> Bytes {
        std::mem::take(&mut self.body_mut().bytes).into()
    }

    fn body_mut(&mut self) -> &mut Capped {
        match self {
            Self::Identity(body) => body,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn meaning(&mut self, error: &io::Error) -> SendError {
        match error.kind() {
            ErrorKind::FileTooLarge => SendError::TooLarge { limit: self.body_mut().limit },
            ErrorKind::UnexpectedEof => SendError::Truncated,
            _ => SendError::NotDecodable,
        }
    }
}

fn zstd_decoder(body: Capped) -> io::Result<zstd::stream::write::Decoder<'static, Capped>> {
    let mut decoder = zstd::stream::write::Decoder::new(body)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

/// A buffer that refuses to grow past its limit.
pub(super) struct Capped {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for Capped {
    fn write(&mut self, chunk: &[u8]) -> io::Result<usize> {
        if chunk.len() > self.limit - self.bytes.len() {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(chunk);
        Ok(chunk.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::{
        Compression,
        read::{GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;

    use super::*;

    fn pack(coding: &str, bytes: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        match coding {
            "gzip" => GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap(),
            "deflate" => ZlibEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed).unwrap(),
            "zstd" => zstd::stream::read::Encoder::new(bytes, 1).unwrap().read_to_end(&mut packed).unwrap(),
            _ => packed.write(bytes).unwrap(),
        };
        packed
    }

    fn unpack<'a>(coding: &str, pieces: impl Iterator<Item = &'a [u8]>, limit: usize) -> Result<Bytes, SendError> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
        let mut decoder = Decoder::new(&headers, limit)?;
        for piece in pieces {
            decoder.push(piece)?;
        }
        decoder.finish()
    }

    proptest! {
        #[test]
        fn a_body_comes_out_whole_or_not_at_all(
            body in proptest::collection::vec(any::<u8>(), 1..2_000),
            coding in prop::sample::select(vec!["identity", "gzip", "deflate", "zstd"]),
            limit in 0..2_500_usize,
            piece in 1..600_usize,
            cut in any::<prop::sample::Index>(),
        ) {
            let packed = pack(coding, &body);
            let whole = unpack(coding, packed.chunks(piece), limit);
            if body.len() <= limit {
                prop_assert_eq!(whole, Ok(Bytes::from(body)));
            } else {
                prop_assert_eq!(whole, Err(SendError::TooLarge { limit }));
            }
            if coding != "identity" {
                let cut = &packed[..cut.index(packed.len())];
                prop_assert!(unpack(coding, cut.chunks(piece), 2_500).is_err());
            }
        }

        #[test]
        fn noise_is_an_error_and_no_panic(noise in proptest::collection::vec(any::<u8>(), 1..500)) {
            for coding in ["gzip", "deflate", "zstd"] {
                let unpacked = unpack(coding, noise.chunks(7), 1_000);
                prop_assert!(unpacked.map_or(true, |body| body.len() <= 1_000));
            }
        }
    }
}
