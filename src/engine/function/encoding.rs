//! Base64 and compression.

use std::io::{Read, Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{
    Compression,
    read::{MultiGzDecoder, ZlibDecoder},
    write::{DeflateEncoder, GzEncoder, ZlibEncoder},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::{RowFunction, arg, arrays::list};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "base64_encode_tostring" => |_, cells| Cell::of(STANDARD.encode(arg(cells, 0).text().as_bytes())),
        "base64_decode_tostring" => |_, cells| text(decode(&arg(cells, 0).text())),
        "base64_decode_toarray" => |_, cells| match decode(&arg(cells, 0).text()) {
            Some(bytes) => Cell::of_list(bytes.into_iter().map(Json::from).collect()),
            None => Cell::Null,
        },
        "base64_encode_fromarray" => |_, cells| match list(cells, 0) {
            Some(items) => {
                let bytes: Option<Vec<u8>> = items.iter().map(|item| u8::try_from(item.as_u64()?).ok()).collect();
                bytes.map(|bytes| STANDARD.encode(bytes)).into()
            }
            None => Cell::Null,
        },
        // Windows writes the first three parts of a GUID backwards.
        "base64_encode_fromguid" => {
            |_, cells| arg(cells, 0).text().parse::<Uuid>().ok().map(|guid| STANDARD.encode(guid.to_bytes_le())).into()
        }
        "base64_decode_toguid" => {
            |_, cells| match decode(&arg(cells, 0).text()).and_then(|bytes| bytes.try_into().ok()) {
                Some(bytes) => Cell::Guid(Uuid::from_bytes_le(bytes).hyphenated().to_string().into()),
                None => Cell::Null,
            }
        }
        "gzip_compress_to_base64_string" => |_, cells| {
            let text = arg(cells, 0).text();
            let mut encoder = GzEncoder::new(Vec::new(), level_of(text.as_bytes()));
            let written = encoder.write_all(text.as_bytes());
            let mut packed = written.and_then(|()| encoder.finish()).ok();
            // How much was compressed is not told.
            if let Some(told) = packed.as_mut().and_then(|bytes| bytes.get_mut(8)) {
                *told = 0;
            }
            packed.map(|bytes| STANDARD.encode(bytes)).into()
        },
        "gzip_decompress_from_base64_string" => |_, cells| {
            text(decode(&arg(cells, 0).text()).and_then(|bytes| unpack(MultiGzDecoder::new(bytes.as_slice()))))
        },
        "zlib_compress_to_base64_string" => |_, cells| {
            let text = arg(cells, 0).text();
            let mut encoder = ZlibEncoder::new(Vec::new(), level_of(text.as_bytes()));
            let written = encoder.write_all(text.as_bytes());
            written.and_then(|()| encoder.finish()).ok().map(|bytes| STANDARD.encode(bytes)).into()
        },
        "zlib_decompress_from_base64_string" => {
            |_, cells| text(decode(&arg(cells, 0).text()).and_then(|bytes| unpack(ZlibDecoder::new(bytes.as_slice()))))
        }
        _ => return None,
    })
}

/// How much a text is worth compressing: one that gets no shorter is kept as it is, as Kusto does.
fn level_of(bytes: &[u8]) -> Compression {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let shorter = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let gains = shorter.is_ok_and(|shorter| shorter.len() < bytes.len());
    if gains { Compression::fast() } else { Compression::none() }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

/// More is not unpacked.
const MAX_UNPACKED: u64 = 16 << 20;

fn unpack(reader: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let count = reader.take(MAX_UNPACKED).read_to_end(&mut bytes).ok()?;
    (u64::try_from(count).ok()? < MAX_UNPACKED).then_some(bytes)
}

/// Bytes that are no text give an empty one.
fn text<'a>(bytes: Option<Vec<u8>>) -> Cell<'a> {
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).into()
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn what_was_packed_comes_back() {
        for (pack, unpack) in [
            ("base64_encode_tostring", "base64_decode_tostring"),
            ("gzip_compress_to_base64_string", "gzip_decompress_from_base64_string"),
            ("zlib_compress_to_base64_string", "zlib_decompress_from_base64_string"),
        ] {
            let packed = run(pack, ColumnType::String, &[Cell::of("Küsto")]);
            assert_eq!(run(unpack, ColumnType::String, &[packed]).text(), "Küsto");
            assert!(run(unpack, ColumnType::String, &[Cell::of("no such thing")]).is_null());
        }
    }

    #[test]
    fn what_gets_no_shorter_is_kept_as_it_is() {
        let text = [Cell::of("1234567890qwertyuiop")];
        let packed = |name| run(name, ColumnType::String, &text).text().into_owned();
        assert_eq!(packed("zlib_compress_to_base64_string"), "eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==");
        assert_eq!(
            packed("gzip_compress_to_base64_string"),
            "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA=="
        );
    }

    #[test]
    fn guids_are_packed_as_windows_does() {
        let guid = Cell::Guid("ae3133f2-6e22-49ae-b06a-16e6a9b212eb".into());
        let packed = run("base64_encode_fromguid", ColumnType::String, std::slice::from_ref(&guid));
        assert_eq!(packed.text(), "8jMxriJurkmwahbmqbIS6w==");
        assert_eq!(run("base64_decode_toguid", ColumnType::Guid, &[packed]), guid);
    }
}
