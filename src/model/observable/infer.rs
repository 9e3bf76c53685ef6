//! Tells the kind of a value by its shape.
//!
//! What a hint would accept is accepted without one, but for names: a single label may be any word, and `cmd.exe` is
//! more likely a file than a host.

use super::{
    ObservableKind, Rejection,
    canonical::{address, digest, email, name, path, url},
    refang::refang,
};

/// Endings of file names that are no public suffix; a dotted text that ends so is not taken for a host.
const FILE_EXTENSIONS: &[&str] = &[
    "7z", "aspx", "bak", "bat", "bin", "bmp", "cfg", "cmd", "conf", "cpl", "csv", "dat", "dll", "dmp", "doc", "docm",
    "docx", "eml", "evtx", "exe", "gif", "gz", "hta", "htm", "html", "ico", "img", "ini", "iso", "jar", "jpeg", "jpg",
    "js", "json", "jsp", "jse", "lnk", "log", "msi", "ocx", "pcap", "pdf", "php", "png", "ppt", "pptx", "ps1", "psm1",
    "rar", "reg", "rtf", "scr", "sys", "tar", "tmp", "txt", "vbe", "vbs", "vhd", "war", "wsf", "xll", "xls", "xlsm",
    "xlsx", "xml", "yaml", "yml",
];

/// Kind and canonical form of a value without a hint.
pub(super) fn read(text: &str) -> Result<(ObservableKind, String), Rejection> {
    if let Ok(found) = path::read(text) {
        return Ok(found);
    }
    let text = &*refang(text);
    if let Ok(address) = address::parse(text) {
        return Ok(address::unmapped(address));
    }
    if url::is_like(text) {
        return Ok((ObservableKind::Url, url::canonical(text)?));
    }
    if text.contains('@') {
        return Ok((ObservableKind::Email, email::canonical(text)?));
    }
    if let Some(kind) = digest::kind_of(text) {
        return Ok((kind, digest::canonical(kind, text)?));
    }
    let name = name::canonical(text).ok_or(Rejection::NoKindFits)?;
    let Some((_, last)) = name.rsplit_once('.') else {
        return Err(Rejection::NoKindFits);
    };
    if name::has_public_suffix(&name) {
        Ok((ObservableKind::Domain, name.into_owned()))
    } else if FILE_EXTENSIONS.contains(&last) {
        Err(Rejection::UnknownSuffix)
    } else {
        Ok((ObservableKind::Hostname, name.into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_extension_in_the_list_is_a_public_suffix() {
        for extension in FILE_EXTENSIONS {
            assert!(!name::has_public_suffix(&format!("a.{extension}")), "{extension}");
        }
    }
}
