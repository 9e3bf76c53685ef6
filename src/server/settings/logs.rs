//! Where the logs of a local source lie: in a folder of the machine, or in an object store.

use std::{path::PathBuf, time::Duration};

use url::Url;

use super::{
    Secret,
    aws::AwsIdentity,
    kinds::{self, Wrong},
    section::Section,
};

/// Where logs lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogPlace {
    /// In a folder.
    Folder(PathBuf),
    /// In an object store.
    Objects(ObjectPlace),
}

/// Objects below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPlace {
    /// Whose protocol is spoken.
    pub protocol: ObjectProtocol,
    /// The bucket or container.
    pub bucket: String,
    /// The beginning of their names, up to a slash; empty for all.
    pub prefix: String,
    /// The storage account and its address, if the place says them.
    pub account: Option<(String, Url)>,
}

/// How an object store is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectProtocol {
    /// Amazon S3, and what is compatible with it.
    S3,
    /// Azure Blob Storage.
    Azure,
}

/// What else is said of an object store.
#[derive(Debug, Clone, Default)]
pub struct ObjectSettings {
    /// The region of an S3 bucket.
    pub region: Option<String>,
    /// The storage account of a container.
    pub account: Option<String>,
    /// As whom S3 is asked without keys.
    pub identity: Option<AwsIdentity>,
    /// What belongs to temporary keys of S3.
    pub session_token: Option<Secret>,
    /// Bytes of objects that are kept at once.
    pub cache_bytes: Option<u64>,
    /// The largest object that is fetched.
    pub object_bytes: Option<u64>,
    /// How old a list of the objects may be.
    pub fresh: Option<Duration>,
}

impl ObjectSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let region = section.optional("region", word);
        let account = section.optional("account", word);
        let identity = AwsIdentity::read(section);
        let session_token = section.secret("session_token");
        let cache_bytes = section.optional("cache_bytes", kinds::whole(1 << 10..=1 << 50));
        let object_bytes = section.optional("object_bytes", kinds::whole(1..=1 << 50));
        let fresh = section.optional("fresh_s", kinds::seconds(0..=86_400));
        Some(Self {
            region: region?,
            account: account?,
            identity: identity?,
            session_token: session_token?,
            cache_bytes: cache_bytes?,
            object_bytes: object_bytes?,
            fresh: fresh?,
        })
    }

    /// What is not said here is what is said there.
    pub(super) fn or(self, other: &Self) -> Self {
        Self {
            region: self.region.or_else(|| other.region.clone()),
            account: self.account.or_else(|| other.account.clone()),
            identity: self.identity.or_else(|| other.identity.clone()),
            session_token: self.session_token.or_else(|| other.session_token.clone()),
            cache_bytes: self.cache_bytes.or(other.cache_bytes),
            object_bytes: self.object_bytes.or(other.object_bytes),
            fresh: self.fresh.or(other.fresh),
        }
    }
}

/// A folder's path or `file:` address, or the address of a bucket or container.
pub(super) fn log_place(text: &str) -> Result<LogPlace, Wrong> {
    let allowed = "a path, file:///path, s3://bucket/prefix, az://container/prefix or \
                   https://account.blob.core.windows.net/container/prefix, without keys in it";
    let wrong = || Wrong { allowed: allowed.to_owned(), hidden: text.contains(['@', '?', '#']) };
    let Some((scheme, rest)) = text.split_once("://") else { return kinds::path(text).map(LogPlace::Folder) };
    let place = match scheme {
        "file" => {
            return Url::parse(text)
                .ok()
                .and_then(|url| url.to_file_path().ok())
                .map(LogPlace::Folder)
                .ok_or_else(wrong);
        }
        "s3" => objects(ObjectProtocol::S3, rest),
        "az" => objects(ObjectProtocol::Azure, rest),
        "https" => rest.split_once('/').and_then(|(host, rest)| {
            let (account, _) = host.split_once(".blob.")?;
            let account = Some((word(account).ok()?, Url::parse(&format!("https://{host}")).ok()?));
            Some(ObjectPlace { account, ..objects(ObjectProtocol::Azure, rest)? })
        }),
        _ => None,
    };
    place.map(LogPlace::Objects).ok_or_else(wrong)
}

/// `bucket/prefix`
fn objects(protocol: ObjectProtocol, text: &str) -> Option<ObjectPlace> {
    let (bucket, prefix) = text.split_once('/').unwrap_or((text, ""));
    let prefix = prefix.trim_end_matches('/');
    let is_plain = !bucket.is_empty() && bucket.chars().all(|c| c.is_ascii_alphanumeric() || "-._$".contains(c));
    let is_path = prefix.is_empty() || prefix.split('/').all(|part| !matches!(part, "" | "." | ".."));
    let is_clean = !prefix.contains(|c: char| c.is_control() || "@?#".contains(c));
    (is_plain && is_path && is_clean).then(|| ObjectPlace {
        protocol,
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        account: None,
    })
}

/// A name of letters, digits and hyphens.
fn word(text: &str) -> Result<String, Wrong> {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if is_word { Ok(text.to_owned()) } else { Err(Wrong::allowed("letters, digits and hyphens")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object_place(text: &str) -> ObjectPlace {
        match log_place(text) {
            Ok(LogPlace::Objects(place)) => place,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_place_is_a_folder_or_a_bucket_with_a_prefix() {
        for text in ["/var/log/soc", "file:///var/log/soc"] {
            assert_eq!(log_place(text), Ok(LogPlace::Folder("/var/log/soc".into())), "{text}");
        }
        assert_eq!(log_place("logs"), Ok(LogPlace::Folder("logs".into())));
        let place = object_place("s3://soc-logs/exports/aws/");
        assert_eq!(
            (place.protocol, place.bucket.as_str(), place.prefix.as_str()),
            (ObjectProtocol::S3, "soc-logs", "exports/aws")
        );
        assert_eq!(object_place("az://$logs").prefix, "");
        let place = object_place("https://socstore.blob.core.usgovcloudapi.net/insights-logs/x");
        let (account, address) = place.account.unwrap();
        assert_eq!((account.as_str(), address.as_str()), ("socstore", "https://socstore.blob.core.usgovcloudapi.net/"));
        assert_eq!((place.bucket.as_str(), place.prefix.as_str()), ("insights-logs", "x"));
    }

    #[test]
    fn what_is_no_place_is_refused_and_keys_in_it_are_not_shown() {
        for (text, hidden) in [
            ("", false),
            ("s3://", false),
            ("s3://b/../x", false),
            ("s3://b//x", false),
            ("gs://b/x", false),
            ("https://logs.example/x", false),
            ("az://c/x?sv=2024&sig=secret", true),
            ("s3://id:secret@bucket/x", true),
            ("https://a.blob.core.windows.net/c?sig=secret", true),
        ] {
            assert_eq!(log_place(text).unwrap_err().hidden, hidden, "{text}");
        }
    }
}
