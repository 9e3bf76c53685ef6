//! `pipelines`: pipelines of the operator's own.

use std::path::PathBuf;

use super::{kinds, section::Section};

/// `pipelines`
#[derive(Debug, Clone, Default)]
pub struct PipelineSettings {
    /// Files and folders of pipelines in MSTICPy's form. Of two with one name the later counts.
    pub paths: Vec<PathBuf>,
}

impl PipelineSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        Some(Self { paths: section.list("paths", kinds::path)? })
    }
}
