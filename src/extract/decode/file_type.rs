//! What kind of file some bytes are, by how they begin.

use std::io::Read as _;

use flate2::read::ZlibDecoder;

/// Declares the types and the words for them.
macro_rules! file_types {
    ($($name:ident $word:literal $what:literal)*) => {
        /// A kind of file.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum FileType {
            $(#[doc = $what] $name,)*
        }

        impl FileType {
            /// The word for it in answers.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

file_types! {
    Exe "exe" "A Windows program."
    Dll "dll" "A Windows library."
    Sys "sys" "A Windows driver."
    Elf "elf" "A program or library of Linux and others."
    MachO "macho" "A program or library of macOS."
    Zip "zip" "A ZIP archive, or a document that is one."
    Gzip "gzip" "A gzip stream."
    Zlib "zlib" "A zlib stream."
    Deflate "deflate" "A deflate stream without a header, as PowerShell's `DeflateStream` reads it."
    Zstd "zstd" "A Zstandard stream."
    Tar "tar" "A tar archive."
    SevenZip "7z" "A 7-Zip archive."
    Rar "rar" "A RAR archive."
    Bzip2 "bzip2" "A bzip2 stream."
    Xz "xz" "An xz stream."
    Cab "cab" "A Windows cabinet."
    Wim "wim" "A Windows image."
    Ole "ole" "A compound file: an old Office document or an installer."
    Pdf "pdf" "A PDF document."
    Rtf "rtf" "A rich text."
    Lnk "lnk" "A Windows shortcut."
    Class "class" "A Java class."
    Png "png" "A PNG image."
    Jpeg "jpeg" "A JPEG image."
    Gif "gif" "A GIF image."
}

/// How files of a type begin.
const BEGINNINGS: &[(&[u8], FileType)] = &[
    (b"\x7fELF", FileType::Elf),
    (b"\xcf\xfa\xed\xfe", FileType::MachO),
    (b"PK\x03\x04", FileType::Zip),
    (b"PK\x05\x06", FileType::Zip),
    (b"\x1f\x8b\x08", FileType::Gzip),
    (b"\x28\xb5\x2f\xfd", FileType::Zstd),
    (b"7z\xbc\xaf\x27\x1c", FileType::SevenZip),
    (b"Rar!\x1a\x07", FileType::Rar),
    (b"BZh", FileType::Bzip2),
    (b"\xfd7zXZ\x00", FileType::Xz),
    (b"MSCF\x00\x00\x00\x00", FileType::Cab),
    (b"MSWIM\x00\x00\x00", FileType::Wim),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileType::Ole),
    (b"%PDF-", FileType::Pdf),
    (b"{\\rtf", FileType::Rtf),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", FileType::Lnk),
    (b"\xca\xfe\xba\xbe", FileType::Class),
    (b"\x89PNG\r\n\x1a\n", FileType::Png),
    (b"\xff\xd8\xff", FileType::Jpeg),
    (b"GIF8", FileType::Gif),
];

impl FileType {
    /// Whether what is in it becomes further layers.
    pub(super) const fn is_opened(self) -> bool {
        matches!(self, Self::Zip | Self::Gzip | Self::Zlib | Self::Deflate | Self::Zstd | Self::Tar)
    }
}

/// The type of a file with these bytes, if it is known.
pub(super) fn sniff(bytes: &[u8]) -> Option<FileType> {
    if let Some((_, file_type)) = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)) {
        return Some(*file_type);
    }
    if bytes.starts_with(b"MZ") {
        return program(bytes);
    }
    if is_tar(bytes) {
        return Some(FileType::Tar);
    }
    is_zlib(bytes).then_some(FileType::Zlib)
}

/// What kind of Windows program it is: its header says so, if it is there.
fn program(bytes: &[u8]) -> Option<FileType> {
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let Some(header) = number(0x3c, 4) else { return (bytes.len() > 16).then_some(FileType::Exe) };
    if bytes.get(header..header.saturating_add(4)) != Some(b"PE\0\0") {
        return Some(FileType::Exe);
    }
    const LIBRARY: usize = 0x2000;
    const NATIVE: usize = 1;
    let (flags, subsystem) = (number(header + 22, 2).unwrap_or(0), number(header + 92, 2).unwrap_or(0));
    Some(match (subsystem, flags & LIBRARY) {
        (NATIVE, _) => FileType::Sys,
        (_, 0) => FileType::Exe,
        _ => FileType::Dll,
    })
}

/// A tar archive says so, and its first header has a checksum.
fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
        || bytes.get(..512).is_some_and(|header| {
            let sum = header
                .iter()
                .enumerate()
                .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) });
            let field = header.get(148..156).unwrap_or_default();
            let digits: String = field.iter().filter(|b| (b'0'..=b'7').contains(b)).map(|b| char::from(*b)).collect();
            u32::from_str_radix(&digits, 8) == Ok(sum.sum())
        })
}

/// Two bytes are a weak sign, so that the beginning must unpack, too.
fn is_zlib(bytes: &[u8]) -> bool {
    let [0x78, flags, ..] = bytes else { return false };
    let mut piece = [0; 16];
    matches!(flags, 0x01 | 0x5e | 0x9c | 0xda) && ZlibDecoder::new(bytes).read(&mut piece).is_ok_and(|count| count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_programs_are_told_apart_by_their_header() {
        let program = |flags: u16, subsystem: u16| {
            let mut bytes = vec![0; 256];
            bytes[..2].copy_from_slice(b"MZ");
            bytes[0x3c] = 0x80;
            bytes[0x80..0x84].copy_from_slice(b"PE\0\0");
            bytes[0x80 + 22..0x80 + 24].copy_from_slice(&flags.to_le_bytes());
            bytes[0x80 + 92..0x80 + 94].copy_from_slice(&subsystem.to_le_bytes());
            sniff(&bytes)
        };
        assert_eq!(program(0x0102, 3), Some(FileType::Exe));
        assert_eq!(program(0x2102, 2), Some(FileType::Dll));
        assert_eq!(program(0x0102, 1), Some(FileType::Sys));
        assert_eq!(sniff(b"MZ text that begins like a program"), Some(FileType::Exe));
    }

    #[test]
    fn weak_signs_need_more() {
        assert_eq!(sniff(b"x\x9cnot a stream"), None);
        assert_eq!(sniff(&[0; 512]), None);
        assert_eq!(sniff(b""), None);
    }
}
