//! `geo`: databases that say where an address is.

use std::{path::PathBuf, time::Duration};

use url::Url;

use super::{
    Secret,
    kinds::{self, Wrong},
    section::Section,
};

/// `geo`
#[derive(Debug, Clone)]
pub struct GeoSettings {
    /// The operator's own databases; the first that knows a field wins, downloaded ones come next, the bundled ones last.
    pub databases: Vec<PathBuf>,
    /// What is downloaded; absent: nothing.
    pub update: Option<GeoUpdate>,
}

/// `geo.update`
#[derive(Debug, Clone)]
pub struct GeoUpdate {
    /// The number of the account with MaxMind.
    pub account_id: Secret,
    /// Its licence key.
    pub key: Secret,
    /// How old a copy may become.
    pub every: Duration,
    /// The databases, by MaxMind's names, such as `GeoLite2-City`.
    pub editions: Vec<String>,
    /// Where copies are kept.
    pub folder: PathBuf,
    /// Where they are downloaded.
    pub base_url: Url,
}

impl GeoSettings {
    /// Every file that is opened if it is there.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let downloaded = self.update.iter().flat_map(GeoUpdate::files);
        self.databases.iter().cloned().chain(downloaded)
    }

    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let databases = section.list("databases", kinds::path);
        let update = section.section("update", GeoUpdate::read);
        Some(Self { databases: databases?, update: update? })
    }
}

impl GeoUpdate {
    /// Where the copy of a database is.
    pub fn file(&self, edition: &str) -> PathBuf {
        self.folder.join(format!("{edition}.mmdb"))
    }

    /// Where all copies are.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        self.editions.iter().map(|edition| self.file(edition))
    }

    /// Nothing is downloaded unless there are credentials.
    #[expect(clippy::option_option, reason = "mistakes, nothing, something: as everywhere in sections")]
    fn read(section: &Section<'_>) -> Option<Option<Self>> {
        let account_id = section.secret("account_id");
        let key = section.secret("key");
        let every_h = section.required("every_h", kinds::whole::<u64>(1..=24 * 90));
        let editions = section.list("editions", edition);
        let folder = section.required("folder", kinds::path);
        let base_url = section.required("base_url", kinds::web_address);
        let (account_id, key) = match (account_id?, key?) {
            (Some(account_id), Some(key)) => (account_id, key),
            (None, None) => return Some(None),
            (Some(_), None) => {
                section.tell("account_id", "set without key", "both or neither");
                return None;
            }
            (None, Some(_)) => {
                section.tell("key", "set without account_id", "both or neither");
                return None;
            }
        };
        Some(Some(Self {
            account_id,
            key,
            every: Duration::from_hours(every_h?),
            editions: editions?,
            folder: folder?,
            base_url: base_url?,
        }))
    }
}

/// The name of a database: it becomes part of an address and of a file's name.
fn edition(text: &str) -> Result<String, Wrong> {
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_name {
        Ok(text.to_owned())
    } else {
        Err(Wrong::allowed("letters, digits and hyphens, such as GeoLite2-City"))
    }
}
