//! Content codings of request bodies. Never decompresses more than the limit: a few bytes can stand for gigabytes.

use std::io::{self, Read};

use actix_web::http::header::{self, HeaderMap};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::too_large;
use crate::api::problem::{Kind, Problem};

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Identity,
    Gzip,
    Deflate,
    Zstd,
}

/// The largest window that a Zstandard frame may ask for, as a power of two: 8 MiB, as RFC 9659 says.
const ZSTD_WINDOW_LOG: u32 = 23;

impl Coding {
    /// What `Content-Encoding` says. Several codings on top of each other are not understood.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(Self::Identity) };
        match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            "deflate" => Ok(Self::Deflate),
            "zstd" => Ok(Self::Zstd),
            _ => Err(Problem::new(Kind::UnsupportedMediaType)
                .detail("Content-Encoding is none of gzip, deflate and zstd")
                .header(header::ACCEPT_ENCODING, "gzip, deflate, zstd")),
        }
    }

    /// Unpacks a body of at most `limit` bytes.
    pub(super) fn decode(self, packed: Vec<u8>, limit: usize) -> Result<Vec<u8>, Problem> {
        let bytes = packed.as_slice();
        let unpacked = match self {
            Self::Identity => return Ok(packed),
            Self::Gzip => read_up_to(limit, MultiGzDecoder::new(bytes)),
            Self::Deflate => read_up_to(limit, ZlibDecoder::new(bytes)),
            Self::Zstd => zstd::Decoder::with_buffer(bytes).and_then(|mut decoder| {
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                read_up_to(limit, decoder)
            }),
        };
        match unpacked {
            Ok(Some(unpacked)) => Ok(unpacked),
            Ok(None) => Err(too_large(limit)),
            Err(_) => Err(Problem::new(Kind::Invalid).detail("the body is not what Content-Encoding says")),
        }
    }
}

/// Reads to the end, or gives `None` as soon as there is more than `limit`.
fn read_up_to(limit: usize, reader: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut unpacked = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut unpacked)?;
    Ok((unpacked.len() <= limit).then_some(unpacked))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{GzEncoder, ZlibEncoder},
    };

    use super::*;

    fn packed(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        match coding {
            Coding::Identity => bytes.to_vec(),
            Coding::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Coding::Deflate => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Coding::Zstd => zstd::encode_all(bytes, 3).unwrap(),
        }
    }

    const PACKED: [Coding; 3] = [Coding::Gzip, Coding::Deflate, Coding::Zstd];

    #[test]
    fn every_coding_is_undone() {
        for coding in PACKED {
            assert_eq!(coding.decode(packed(coding, b"{\"a\":1}"), 7).unwrap(), b"{\"a\":1}", "{coding:?}");
        }
    }

    #[test]
    fn the_limit_holds_for_what_comes_out() {
        let bomb = vec![b' '; 10_000_000];
        for coding in PACKED {
            let problem = coding.decode(packed(coding, &bomb), 1_000).unwrap_err();
            assert_eq!(problem.kind(), Kind::BodyTooLarge, "{coding:?}");
        }
    }

    #[test]
    fn a_broken_or_truncated_body_is_the_callers_fault() {
        for coding in PACKED {
            let mut cut = packed(coding, b"some text that is long enough to be cut");
            cut.truncate(cut.len() / 2);
            assert_eq!(coding.decode(cut, 1_000).unwrap_err().kind(), Kind::Invalid, "{coding:?}");
            assert_eq!(coding.decode(b"{}".to_vec(), 1_000).unwrap_err().kind(), Kind::Invalid, "{coding:?}");
        }
    }
}
