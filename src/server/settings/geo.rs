//! `geo`: databases that say where an address is.

use std::path::PathBuf;

use super::{kinds, section::Section};

/// `geo`
#[derive(Debug, Clone)]
pub struct GeoSettings {
    /// The operator's own databases; the first that knows a field wins, the bundled ones come last.
    pub databases: Vec<PathBuf>,
}

impl GeoSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let databases = section.list("databases", kinds::path);
        section.refuse("update");
        Some(Self { databases: databases? })
    }
}
