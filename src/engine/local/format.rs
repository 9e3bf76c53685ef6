//! What a file holds: by its name, then by its first bytes.

use super::read::syslog;
use std::{ffi::OsStr, fs::File, io::Read as _, path::Path};

/// Endings of files that are looked into.
const ENDINGS: [&str; 9] = ["parquet", "csv", "json", "ndjson", "jsonl", "log", "txt", "cef", "zip"];

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// What the unpacked bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Parquet,
    Zip,
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// A JSON array of objects, or objects that reach over lines.
    JsonValues,
    Auditd,
    /// Syslog, with or without events in CEF.
    Syslog,
    /// Lines of which nobody knows more.
    Text,
}

/// How a file's name says that it is packed, and its name without that ending.
pub(super) fn packing(path: &Path) -> (Packing, &Path) {
    match ending(path).as_deref() {
        Some("gz") => (Packing::Gzip, Path::new(path.file_stem().unwrap_or_default())),
        Some("zst" | "zstd") => (Packing::Zstd, Path::new(path.file_stem().unwrap_or_default())),
        _ => (Packing::Plain, path),
    }
}

/// Whether a file's name says that it may hold logs.
pub(super) fn is_known(path: &Path) -> bool {
    ending(packing(path).1).is_some_and(|ending| ENDINGS.contains(&ending.as_str()))
}

/// Whether only a file's content says which tables it is of: osquery names them in every row.
pub(super) fn names_tables(path: &Path) -> bool {
    let mut start = [0; 4096];
    let Ok(read) = File::open(path).and_then(|mut file| file.read(&mut start)) else { return false };
    start.get(..read).is_some_and(is_osquery)
}

/// Whether a text begins as osquery's logs of results do.
pub(super) fn is_osquery(start: &[u8]) -> bool {
    let has = |key: &[u8]| memchr::memmem::find(start, key).is_some();
    start.trim_ascii_start().starts_with(b"{") && has(b"\"hostIdentifier\"") && has(b"\"calendarTime\"")
}

/// What a file holds, by its name without the ending of its packing and its first unpacked bytes.
pub(super) fn format(name: &Path, start: &[u8]) -> Format {
    let start = start.trim_ascii_start();
    if start.starts_with(b"PAR1") {
        return Format::Parquet;
    }
    if start.starts_with(b"PK\x03\x04") {
        return Format::Zip;
    }
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match start.first() {
        Some(b'{') if serde_json::from_slice::<serde::de::IgnoredAny>(first_line).is_ok() => Format::JsonLines,
        // A first line that is longer than what was read.
        Some(b'{') if first_line.len() == start.len() => Format::JsonLines,
        Some(b'{' | b'[') => Format::JsonValues,
        _ if first_line.starts_with(b"type=") && memchr::memmem::find(first_line, b"msg=audit(").is_some() => {
            Format::Auditd
        }
        _ => match ending(name).as_deref() {
            Some("log" | "txt" | "cef") if syslog::is_event(first_line) => Format::Syslog,
            Some("log" | "txt" | "cef") => Format::Text,
            _ => Format::Csv,
        },
    }
}

fn ending(path: &Path) -> Option<String> {
    path.extension().map(OsStr::to_string_lossy).map(|ending| ending.to_ascii_lowercase())
}
