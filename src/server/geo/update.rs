//! Downloads of MaxMind's databases. <https://dev.maxmind.com/geoip/updating-databases/>
//!
//! An archive is never unpacked to disk: the one file that is wanted is read out of it, checked, and put into its place
//! by a rename. Whatever fails, the copy that is there stands.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::Path,
    time::{Duration, SystemTime},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use flate2::read::GzDecoder;
use model::{Fault, Faulty};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::{Database, GeoDatabases};
use crate::{
    settings::GeoUpdate,
    upstream::{Call, Expects, HeaderMap, Method, SendError, Upstream, secret_header},
};

/// The largest archive, and the largest database in one. The largest of MaxMind's has some hundred megabytes.
const ARCHIVE_CAP: usize = 256 << 20;
const DATABASE_CAP: u64 = 1 << 30;

/// Time for one download.
const TIME_LIMIT: Duration = Duration::from_mins(10);

/// After a failure the next try comes this soon, doubling up to the usual interval. MaxMind counts downloads by the day.
const FIRST_RETRY: Duration = Duration::from_mins(5);

/// Why a database could not be downloaded.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// No answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The account or the key is wrong, or does not include the database.
    #[error("the account and the key were refused")]
    Refused,
    /// Too many downloads today.
    #[error("the account's limit of downloads was reached")]
    Limited,
    /// Another answer than a file.
    #[error("the publisher answered with status {0}")]
    Status(u16),
    /// The checksum's file does not begin with one.
    #[error("the checksum cannot be read")]
    NoChecksum,
    /// The archive is not the one that the checksum is of.
    #[error("the archive does not have the published checksum")]
    WrongChecksum,
    /// The archive is damaged, or larger than any database is.
    #[error("the archive cannot be unpacked")]
    Damaged,
    /// There is no such file in the archive.
    #[error("the archive does not hold the database")]
    NotThere,
    /// The file in the archive is no database.
    #[error("what the archive holds is no database")]
    NoDatabase,
    /// The folder cannot be written.
    #[error("the folder of downloads cannot be written: {0}")]
    Folder(#[from] io::Error),
}

impl Faulty for UpdateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Folder(_) => Fault::Internal,
            Self::Send(error) => error.fault(),
            _ => Fault::Upstream,
        }
    }
}

/// Downloads what has changed.
pub struct Updater {
    update: GeoUpdate,
    upstream: Upstream,
}

impl Updater {
    /// Downloads as the settings say.
    pub const fn new(update: GeoUpdate, upstream: Upstream) -> Self {
        Self { update, upstream }
    }

    /// Keeps every copy younger than the settings ask, for as long as the task lives.
    pub async fn keep_updating(self, databases: GeoDatabases) {
        let mut retry = FIRST_RETRY;
        loop {
            let mut failed = false;
            let mut next = self.update.every;
            for edition in &self.update.editions {
                let age = age(&self.update.file(edition)).unwrap_or(Duration::MAX);
                if age < self.update.every {
                    next = next.min(self.update.every - age);
                    continue;
                }
                match self.refresh(edition).await {
                    Ok(true) => {
                        tracing::info!(edition, "a geolocation database was downloaded");
                        databases.tell_changed();
                    }
                    Ok(false) => tracing::debug!(edition, "a geolocation database has not changed"),
                    Err(error) => {
                        tracing::warn!(edition, %error, "a geolocation database could not be downloaded; what is there stands");
                        failed = true;
                    }
                }
            }
            if failed {
                next = next.min(retry);
                retry = (retry * 2).min(self.update.every);
            } else {
                retry = FIRST_RETRY;
            }
            tokio::time::sleep(next).await;
        }
    }

    /// Downloads one database if the published one is another; whether it is.
    pub async fn refresh(&self, edition: &str) -> Result<bool, UpdateError> {
        let checksum = checksum(&self.fetch(edition, "tar.gz.sha256", 1024).await?)?;
        let (file, kept) = (self.update.file(edition), self.update.file(edition).with_extension("sha256"));
        let is_same = {
            let (file, kept, checksum) = (file.clone(), kept.clone(), checksum.clone());
            blocking(move || Ok(fs::read_to_string(kept).is_ok_and(|kept| kept == checksum) && touch(&file).is_ok()))
                .await?
        };
        if is_same {
            return Ok(false);
        }
        let archive = self.fetch(edition, "tar.gz", ARCHIVE_CAP).await?;
        let name = format!("{edition}.mmdb");
        blocking(move || {
            if hex::encode(Sha256::digest(&archive)) != checksum {
                return Err(UpdateError::WrongChecksum);
            }
            let database = unpack(&archive, &name)?;
            if !Database::is_one(&database) {
                return Err(UpdateError::NoDatabase);
            }
            put(&file, &database)?;
            // Last: without it the archive is downloaded once more, and no harm is done.
            put(&kept, checksum.as_bytes())
        })
        .await?;
        Ok(true)
    }

    async fn fetch(&self, edition: &str, suffix: &str, body_cap: usize) -> Result<Bytes, UpdateError> {
        let GeoUpdate { account_id, key, base_url, .. } = &self.update;
        let mut url = base_url.clone();
        let mut segments = url.path_segments_mut().map_err(|()| SendError::BadUrl)?;
        segments.pop_if_empty().extend(["geoip", "databases", edition, "download"]);
        drop(segments);
        url.query_pairs_mut().append_pair("suffix", suffix);
        let credentials = BASE64_STANDARD.encode(format!("{}:{}", account_id.expose(), key.expose()));
        let mut headers = HeaderMap::new();
        secret_header(&mut headers, "authorization", &format!("Basic {credentials}"))?;
        let call = Call {
            to: "maxmind",
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            deadline: Instant::now() + TIME_LIMIT,
            body_cap,
            expects: Expects::Text,
            retries: 1,
            may_repeat: true,
        };
        let received = self.upstream.send(call).await?;
        match received.status.as_u16() {
            200 => Ok(received.body),
            401 | 403 => Err(UpdateError::Refused),
            429 => Err(UpdateError::Limited),
            status => Err(UpdateError::Status(status)),
        }
    }
}

/// Runs what waits for the disk or the processor where it holds up nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, UpdateError> + Send + 'static,
) -> Result<T, UpdateError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(UpdateError::Damaged))
}

fn age(file: &Path) -> Option<Duration> {
    fs::metadata(file).ok()?.modified().ok()?.elapsed().ok()
}

/// The digest at the beginning of a line as `sha256sum` writes it.
fn checksum(file: &[u8]) -> Result<String, UpdateError> {
    const DIGITS: usize = 64;
    let digest = file.get(..DIGITS).filter(|digest| digest.iter().all(u8::is_ascii_hexdigit));
    let ends = file.get(DIGITS).is_none_or(u8::is_ascii_whitespace);
    let digest = digest.filter(|_| ends).ok_or(UpdateError::NoChecksum)?;
    Ok(String::from_utf8_lossy(digest).to_ascii_lowercase())
}

/// The bytes of the one file of this name, in whatever folder of the archive it is.
fn unpack(archive: &[u8], name: &str) -> Result<Vec<u8>, UpdateError> {
    let mut archive = tar::Archive::new(GzDecoder::new(archive).take(DATABASE_CAP * 2));
    for entry in archive.entries().map_err(|_| UpdateError::Damaged)? {
        let mut entry = entry.map_err(|_| UpdateError::Damaged)?;
        let is_it = entry.header().entry_type().is_file()
            && entry.path().is_ok_and(|path| path.file_name().is_some_and(|last| last == name));
        if !is_it {
            continue;
        }
        let size = entry.size();
        if size > DATABASE_CAP {
            return Err(UpdateError::Damaged);
        }
        let mut database = Vec::new();
        entry.read_to_end(&mut database).map_err(|_| UpdateError::Damaged)?;
        return if database.len() as u64 == size { Ok(database) } else { Err(UpdateError::Damaged) };
    }
    Err(UpdateError::NotThere)
}

/// Puts a whole file into its place: a reader sees the old one or the new one.
fn put(file: &Path, content: &[u8]) -> Result<(), UpdateError> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    new.write_all(content)?;
    new.as_file().sync_all()?;
    new.persist(file).map_err(|error| error.error)?;
    Ok(())
}

/// The copy is as good as if it had been downloaded now.
fn touch(file: &Path) -> io::Result<()> {
    fs::File::options().write(true).open(file)?.set_modified(SystemTime::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_read_from_its_line() {
        let digest = "0A".repeat(32);
        assert_eq!(checksum(format!("{digest}  GeoLite2-City_20260101.tar.gz\n").as_bytes()).unwrap(), "0a".repeat(32));
        for wrong in ["", "0a", &format!("{digest}0"), &"0g".repeat(32), "<html>"] {
            assert!(matches!(checksum(wrong.as_bytes()), Err(UpdateError::NoChecksum)), "{wrong}");
        }
    }

    fn archive(entries: &[(&str, tar::EntryType, &[u8])]) -> Vec<u8> {
        let encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let mut archive = tar::Builder::new(encoder);
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            // Past the checks of the library's own setter: this is what an attacker would write.
            header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    #[test]
    fn only_the_one_file_is_read_wherever_it_lies() {
        use tar::EntryType::{Regular, Symlink};
        let whole = archive(&[
            ("../../etc/passwd", Regular, b"x"),
            ("a/City.mmdb", Symlink, b""),
            ("a/COPYRIGHT.txt", Regular, b"c"),
            ("../City.mmdb", Regular, b"database"),
        ]);
        assert_eq!(unpack(&whole, "City.mmdb").unwrap(), b"database");
        assert!(matches!(unpack(&whole, "ASN.mmdb"), Err(UpdateError::NotThere)));
        assert!(matches!(unpack(&whole[..whole.len() / 2], "City.mmdb"), Err(UpdateError::Damaged)));
        assert!(unpack(b"nothing", "City.mmdb").is_err());
    }

    #[test]
    fn a_file_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/City.mmdb");
        put(&file, b"one").unwrap();
        put(&file, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
    }
}
