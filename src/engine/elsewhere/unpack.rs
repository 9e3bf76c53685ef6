//! Texts out of gzip and zip, as far as their limit goes.

use std::io::{Cursor, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;

use super::ElsewhereError;

/// The texts in what was fetched, at most so many bytes: itself, what is packed in it, or the files of an archive.
pub(super) fn unpacked(packed: Bytes, most: usize) -> Result<Vec<Bytes>, ElsewhereError> {
    if packed.starts_with(b"\x1f\x8b") {
        return Ok(vec![limited(MultiGzDecoder::new(packed.as_ref()), most, "gzip")?]);
    }
    if !packed.starts_with(b"PK\x03\x04") {
        return Ok(vec![packed]);
    }
    let broken = || ElsewhereError::Malformed("zip");
    let mut archive = zip::ZipArchive::new(Cursor::new(packed)).map_err(|_| broken())?;
    let (mut left, mut texts) = (most, Vec::new());
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(|_| broken())?;
        if member.is_file() {
            let text = limited(member, left, "zip")?;
            left -= text.len();
            texts.push(text);
        }
    }
    Ok(texts)
}

fn limited(packed: impl Read, most: usize, form: &'static str) -> Result<Bytes, ElsewhereError> {
    let mut text = Vec::new();
    packed.take(most as u64 + 1).read_to_end(&mut text).map_err(|_| ElsewhereError::Malformed(form))?;
    if text.len() > most { Err(ElsewhereError::TooLarge) } else { Ok(text.into()) }
}
