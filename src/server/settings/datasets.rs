//! `datasets`: where recorded attacks are published.

use std::{path::PathBuf, time::Duration};

use url::Url;

use super::{kinds, section::Section};

/// `datasets`
#[derive(Debug, Clone)]
pub struct DataSetSettings {
    /// A folder with metadata and archives, instead of the publisher.
    pub path: Option<PathBuf>,
    /// Where the publisher lists its files.
    pub index_url: Url,
    /// Where the publisher keeps its files.
    pub base_url: Url,
    /// How old the catalogue may become.
    pub refresh: Duration,
}

impl DataSetSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let path = section.optional("path", kinds::path);
        let index_url = section.required("index_url", kinds::web_address);
        let base_url = section.required("base_url", kinds::web_address);
        let refresh_h = section.required("refresh_h", kinds::whole::<u64>(1..=24 * 365));
        Some(Self {
            path: path?,
            index_url: index_url?,
            base_url: base_url?,
            refresh: Duration::from_hours(refresh_h?),
        })
    }
}
