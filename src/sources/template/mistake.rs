//! What is wrong with a file of templates, and where.

use std::{fmt, sync::Arc};

use serde::Serialize;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Its line, from 1.
    pub line: usize,
    /// The part of the file, such as `sources.list_alerts.parameters.start.type`. Empty: the file as a whole.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, path, what } = self;
        if path.is_empty() {
            write!(f, "{file} line {line}: {what}")
        } else {
            write!(f, "{file} line {line}: {path}: {what}")
        }
    }
}

/// Where mistakes are gathered.
pub(crate) struct Mistakes {
    file: Arc<str>,
    found: Vec<Mistake>,
}

impl Mistakes {
    pub(crate) fn new(file: Arc<str>) -> Self {
        Self { file, found: Vec::new() }
    }

    pub(super) fn tell(&mut self, line: usize, path: impl Into<String>, what: impl Into<String>) {
        let file = Arc::clone(&self.file);
        self.found.push(Mistake { file, line, path: path.into(), what: what.into() });
    }

    pub(super) fn count(&self) -> usize {
        self.found.len()
    }

    pub(crate) fn into_found(self) -> Vec<Mistake> {
        self.found
    }
}
