//! Opens archives and compressed streams in memory. Names of members are only ever told, never followed.

use std::io::{Cursor, Read as _};

use flate2::read::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};
use tar::EntryType;
use zip::{ZipArchive, result::ZipError};

use super::{FileType, Outcome, budget::Budget};

/// Members of one archive.
const MAX_MEMBERS: usize = 1_000;

/// One member: its name, and its bytes or why they are not there.
pub(super) struct Member {
    pub(super) name: Option<String>,
    pub(super) bytes: Result<Vec<u8>, Outcome>,
}

/// Hands over each member of an archive. An error is the archive's own.
pub(super) fn open(
    file_type: FileType,
    bytes: &[u8],
    budget: &mut Budget,
    mut take: impl FnMut(&mut Budget, Member),
) -> Result<(), Outcome> {
    let mut stream = |budget: &mut Budget, read: Result<Vec<u8>, Outcome>, name| {
        take(budget, Member { name, bytes: read });
        Ok(())
    };
    match file_type {
        FileType::Zip => open_zip(bytes, budget, take),
        FileType::Tar => open_tar(bytes, budget, take),
        FileType::Gzip => {
            let name = GzDecoder::new(bytes).header().and_then(|header| header.filename().map(lossy));
            let read = budget.read(MultiGzDecoder::new(bytes), bytes.len());
            stream(budget, read, name)
        }
        FileType::Zlib => {
            let read = budget.read(ZlibDecoder::new(bytes), bytes.len());
            stream(budget, read, None)
        }
        FileType::Deflate => {
            let read = budget.read(DeflateDecoder::new(bytes), bytes.len());
            stream(budget, read, None)
        }
        FileType::Zstd => {
            let decoder = zstd::Decoder::new(bytes).map_err(|_| Outcome::Corrupt)?;
            let read = budget.read(decoder, bytes.len());
            stream(budget, read, None)
        }
        _ => Ok(()),
    }
}

fn lossy(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn open_zip(bytes: &[u8], budget: &mut Budget, mut take: impl FnMut(&mut Budget, Member)) -> Result<(), Outcome> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| Outcome::Corrupt)?;
    for index in 0..archive.len().min(MAX_MEMBERS) {
        let (name, compressed) = match archive.by_index_raw(index) {
            Ok(member) if member.is_dir() => continue,
            Ok(member) => (lossy(member.name_raw()), usize::try_from(member.compressed_size()).unwrap_or(bytes.len())),
            Err(_) => {
                take(budget, Member { name: None, bytes: Err(Outcome::Corrupt) });
                continue;
            }
        };
        // What a member says of its size may be a lie; that it fits in here is none.
        let compressed = compressed.min(bytes.len());
        let read = match archive.by_index(index) {
            Ok(member) => budget.read(member, compressed),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword) => {
                Err(Outcome::Encrypted)
            }
            Err(ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_)) => {
                Err(Outcome::Unsupported)
            }
            Err(_) => Err(Outcome::Corrupt),
        };
        take(budget, Member { name: Some(name), bytes: read });
    }
    if archive.len() > MAX_MEMBERS { Err(Outcome::TooManyMembers) } else { Ok(()) }
}

fn open_tar(bytes: &[u8], budget: &mut Budget, mut take: impl FnMut(&mut Budget, Member)) -> Result<(), Outcome> {
    let mut archive = tar::Archive::new(bytes);
    let entries = archive.entries().map_err(|_| Outcome::Corrupt)?;
    for (count, entry) in entries.enumerate() {
        if count >= MAX_MEMBERS {
            return Err(Outcome::TooManyMembers);
        }
        // What follows a broken header cannot be found.
        let mut entry = entry.map_err(|_| Outcome::Corrupt)?;
        let name = Some(lossy(&entry.path_bytes()));
        match entry.header().entry_type() {
            EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {
                // Not compressed, but holes in a sparse file cost nothing either.
                let read = budget.read(entry.by_ref(), bytes.len());
                take(budget, Member { name, bytes: read });
            }
            EntryType::Symlink | EntryType::Link => take(budget, Member { name, bytes: Err(Outcome::Link) }),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a name leads out of the place that it would be unpacked to: up, to the root, to a drive or a share.
pub(super) fn is_unsafe(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with(['/', '\\'])
        || has_drive
        || name.contains('\0')
        || name.split(['/', '\\']).any(|part| part == "..")
}

#[cfg(test)]
mod tests {
    use super::is_unsafe;

    #[test]
    fn names_that_lead_elsewhere_are_known() {
        for name in ["../a", "a/../../b", "/etc/passwd", "\\\\server\\share", "C:\\a", "a\\..\\b", "a\0.txt", ".."] {
            assert!(is_unsafe(name), "{name:?}");
        }
        for name in ["a.txt", "a/b", "a..b/c", "...", ".hidden", "a b"] {
            assert!(!is_unsafe(name), "{name:?}");
        }
    }
}
