//! OTRF's Security Datasets: recorded attacks, found by what was done and loaded as tables. <https://securitydatasets.com/>

pub mod attack;
mod entry;
mod publisher;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use model::{Fault, Faulty};
use tokio::{sync::Mutex, time::Instant};

pub use self::entry::{DataSet, DataSetFile, Wanted};
use self::publisher::Publisher;
use crate::{
    settings::DataSetSettings,
    upstream::{SendError, Upstream},
};

/// The largest file of a data set.
const FILE_CAP: usize = 256 << 20;

/// Why there is no catalogue, or no file.
#[derive(Debug, thiserror::Error)]
pub enum DataSetError {
    /// No answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The publisher answered with something else.
    #[error("the publisher of data sets answered with status {0}")]
    Status(u16),
    /// What the publisher sent is no list of its files.
    #[error("the list of data sets can't be read")]
    Unreadable,
    /// The folder of the settings can't be read.
    #[error("the folder of data sets can't be read")]
    Folder(#[source] std::io::Error),
    /// A file is published elsewhere, where nothing is fetched.
    #[error("the file is not published where data sets are fetched")]
    Elsewhere,
}

impl Faulty for DataSetError {
    fn fault(&self) -> Fault {
        match self {
            Self::Send(error) => error.fault(),
            Self::Status(_) | Self::Unreadable => Fault::Upstream,
            Self::Folder(_) => Fault::Unavailable,
            Self::Elsewhere => Fault::Unsupported,
        }
    }
}

/// The catalogue, read once and kept for a while.
pub struct DataSets {
    settings: DataSetSettings,
    publisher: Publisher,
    kept: Mutex<Option<(Instant, Arc<Vec<DataSet>>)>>,
}

impl DataSets {
    /// The data sets of the settings. Asks nobody.
    pub fn new(settings: DataSetSettings, upstream: Upstream) -> Self {
        let publisher = Publisher::new(&settings, upstream);
        Self { settings, publisher, kept: Mutex::new(None) }
    }

    /// All of them, by id. While the publisher is away, what was read before stands.
    pub async fn all(&self, deadline: Instant) -> Result<Arc<Vec<DataSet>>, DataSetError> {
        let mut kept = self.kept.lock().await;
        if let Some((read, sets)) = &*kept
            && read.elapsed() < self.settings.refresh
        {
            return Ok(Arc::clone(sets));
        }
        let read = match &self.settings.path {
            Some(folder) => {
                let folder = folder.clone();
                tokio::task::spawn_blocking(move || read_folder(&folder)).await.unwrap_or(Err(DataSetError::Unreadable))
            }
            None => self.publisher.catalogue(deadline).await,
        };
        match (read, &*kept) {
            (Ok(mut sets), _) => {
                sets.sort_by(|one, other| one.id.cmp(&other.id));
                sets.dedup_by(|one, other| one.id == other.id);
                let sets = Arc::new(sets);
                *kept = Some((Instant::now(), Arc::clone(&sets)));
                Ok(sets)
            }
            (Err(_), Some((_, sets))) => Ok(Arc::clone(sets)),
            (Err(error), None) => Err(error),
        }
    }

    /// The bytes of a file: from the folder of the settings, or from its publisher.
    pub async fn fetch(&self, file: &DataSetFile, deadline: Instant) -> Result<Bytes, DataSetError> {
        if let Some(path) = self.settings.path.as_deref().and_then(|folder| found(folder, file.name())) {
            let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
            return read
                .unwrap_or_else(|error| Err(std::io::Error::other(error)))
                .map(Bytes::from)
                .map_err(DataSetError::Folder);
        }
        self.publisher.file(file, deadline).await
    }
}

/// A file of this name in a folder or in one below it.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = !name.is_empty() && !name.contains(['/', '\\']) && name != "..";
    let below =
        std::fs::read_dir(folder).ok()?.filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.is_dir()));
    let mut places = std::iter::once(folder.to_owned()).chain(below).map(|folder| folder.join(name));
    is_plain.then(|| places.find(|path| path.is_file())).flatten()
}

/// Metadata in a folder: YAML files, each of one data set, or JSON files with many by their names.
fn read_folder(folder: &Path) -> Result<Vec<DataSet>, DataSetError> {
    let mut sets = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(DataSetError::Folder)? {
        let path = entry.map_err(DataSetError::Folder)?.path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("yaml" | "yml") => sets.extend(publisher::read_yaml(&text)),
            Some("json") => sets.extend(publisher::read_cache(&text)),
            _ => {}
        }
    }
    Ok(sets)
}
