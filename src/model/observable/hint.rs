//! What callers call the kinds: our names, and those of MSTICPy, STIX, MISP, Cortex and Sentinel.

use std::{fmt, str::FromStr};

use super::{ObservableKind, Rejection};

/// What a caller says about the kind: one kind, or a family such as `ip` or `hash` that the value narrows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KindHint {
    /// Exactly this kind.
    Exactly(ObservableKind),
    /// An address of either version.
    Address,
    /// A digest, told apart by its length.
    Hash,
    /// A path on either system.
    Path,
}

impl KindHint {
    /// The name of the kind or family.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exactly(kind) => kind.as_str(),
            Self::Address => "ip",
            Self::Hash => "hash",
            Self::Path => "path",
        }
    }

    /// Whether a kind is this one or of this family.
    pub const fn allows(self, kind: ObservableKind) -> bool {
        match self {
            Self::Exactly(exactly) => exactly as u8 == kind as u8,
            Self::Address => kind.is_address(),
            Self::Hash => kind.is_hash(),
            Self::Path => matches!(kind, ObservableKind::WindowsPath | ObservableKind::LinuxPath),
        }
    }
}

impl fmt::Display for KindHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ObservableKind> for KindHint {
    fn from(kind: ObservableKind) -> Self {
        Self::Exactly(kind)
    }
}

impl FromStr for KindHint {
    type Err = Rejection;

    /// Reads a kind, a family or an alias, in any case and with any of `_`, `-`, `.`, `:`, quotes and spaces between its
    /// words: `sha256`, `SHA-256`, `sha256_hash`, `file:hashes.'SHA-256'` are the same.
    fn from_str(text: &str) -> Result<Self, Rejection> {
        use ObservableKind::{Domain, Email, Hostname, Ipv4, Ipv6, LinuxPath, Md5, Sha1, Sha256, Url, WindowsPath};

        let words: String = text.chars().filter(|c| !"_-.:'\" ".contains(*c)).map(|c| c.to_ascii_lowercase()).collect();
        let kind = match words.as_str() {
            "ip" | "ipaddr" | "ipaddress" | "address" | "ipsrc" | "ipdst" => return Ok(Self::Address),
            "hash" | "filehash" | "file" => return Ok(Self::Hash),
            "path" | "filepath" | "filename" => return Ok(Self::Path),
            "ipv4" | "ipv4addr" | "ipv4address" | "ipv4addrvalue" => Ipv4,
            "ipv6" | "ipv6addr" | "ipv6address" | "ipv6addrvalue" => Ipv6,
            "domain" | "dns" | "domainname" | "domainnamevalue" | "dnsdomain" | "dnsresolution" => Domain,
            "hostname" | "host" | "fqdn" => Hostname,
            "url" | "uri" | "link" | "urlvalue" => Url,
            "email" | "mail" | "emailaddr" | "emailaddress" | "emailaddrvalue" | "emailsrc" | "emaildst"
            | "mailbox" => Email,
            "md5" | "md5hash" | "filehashmd5" | "hashesmd5" | "filehashesmd5" => Md5,
            "sha1" | "sha1hash" | "filehashsha1" | "hashessha1" | "filehashessha1" => Sha1,
            "sha256" | "sha256hash" | "filehashsha256" | "hashessha256" | "filehashessha256" => Sha256,
            "windowspath" | "windowsfilepath" => WindowsPath,
            "linuxpath" | "linuxfilepath" | "unixpath" | "posixpath" => LinuxPath,
            _ => return Err(Rejection::UnknownKind),
        };
        Ok(Self::Exactly(kind))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_read_as(names: &[&str], hint: KindHint) {
        for name in names {
            assert_eq!(name.parse(), Ok(hint), "{name}");
            assert_eq!(name.to_uppercase().parse(), Ok(hint), "{name}");
            assert_eq!(name.replace('_', "-").parse(), Ok(hint), "{name}");
            assert_eq!(name.replace(['_', '-'], " ").parse(), Ok(hint), "{name}");
        }
    }

    #[test]
    fn every_kind_and_family_reads_back() {
        for kind in ObservableKind::ALL {
            all_read_as(&[kind.as_str()], (*kind).into());
        }
        for family in [KindHint::Address, KindHint::Hash, KindHint::Path] {
            all_read_as(&[family.as_str()], family);
        }
    }

    #[test]
    fn msticpy_names_are_understood() {
        all_read_as(&["dns"], ObservableKind::Domain.into());
        all_read_as(&["md5_hash"], ObservableKind::Md5.into());
        all_read_as(&["sha1_hash"], ObservableKind::Sha1.into());
        all_read_as(&["sha256_hash"], ObservableKind::Sha256.into());
        all_read_as(&["file_hash"], KindHint::Hash);
    }

    #[test]
    fn stix_names_are_understood() {
        all_read_as(&["ipv4-addr", "ipv4-addr:value"], ObservableKind::Ipv4.into());
        all_read_as(&["ipv6-addr"], ObservableKind::Ipv6.into());
        all_read_as(&["domain-name", "domain-name:value"], ObservableKind::Domain.into());
        all_read_as(&["email-addr"], ObservableKind::Email.into());
        all_read_as(&["file:hashes.MD5", "file:hashes.'MD5'"], ObservableKind::Md5.into());
        all_read_as(&["file:hashes.'SHA-1'"], ObservableKind::Sha1.into());
        all_read_as(&["file:hashes.'SHA-256'", "file:hashes.\"SHA-256\""], ObservableKind::Sha256.into());
        all_read_as(&["file"], KindHint::Hash);
    }

    #[test]
    fn misp_names_are_understood() {
        all_read_as(&["ip-src", "ip-dst"], KindHint::Address);
        all_read_as(&["url", "uri", "link"], ObservableKind::Url.into());
        all_read_as(&["email", "email-src", "email-dst"], ObservableKind::Email.into());
        all_read_as(&["filename"], KindHint::Path);
    }

    #[test]
    fn cortex_and_sentinel_names_are_understood() {
        all_read_as(&["fqdn", "Host"], ObservableKind::Hostname.into());
        all_read_as(&["mail", "Mailbox"], ObservableKind::Email.into());
        all_read_as(&["IpAddress"], KindHint::Address);
        all_read_as(&["FileHash"], KindHint::Hash);
        all_read_as(&["DnsResolution"], ObservableKind::Domain.into());
    }

    #[test]
    fn an_unknown_kind_is_rejected_with_all_that_are_allowed() {
        for name in ["", "registry", "ip/4", "unknown", "ipv5"] {
            let rejection = name.parse::<KindHint>().unwrap_err();
            for kind in ObservableKind::ALL {
                assert!(rejection.to_string().contains(kind.as_str()), "{kind}");
            }
        }
    }
}
