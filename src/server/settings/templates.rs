//! `templates`: query templates of the operator's own, and what callers may put into templates.

use std::path::PathBuf;

use super::{kinds, section::Section};

/// `templates`
#[derive(Debug, Clone, Default)]
pub struct TemplateSettings {
    /// Files and folders of templates in MSTICPy's form. Of two with one address the later counts.
    pub paths: Vec<PathBuf>,
    /// Whether callers may give parameters that are text of the query itself.
    pub allow_raw: bool,
}

impl TemplateSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let paths = section.list("paths", kinds::path);
        let allow_raw = section.required("allow_raw", kinds::flag);
        Some(Self { paths: paths?, allow_raw: allow_raw? })
    }
}
