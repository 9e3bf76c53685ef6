//! Files that somebody else names one by one, as tables: where they come from and which are of a table is not known here.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tempfile::TempDir;

use super::{
    Layout, LocalError, LocalTable,
    convert::{self, Converted},
    unify,
};

/// Files as tables. What each became is kept until it is forgotten; a file must not change while it is known.
#[derive(Debug)]
pub struct ChosenFiles {
    layout: Layout,
    workspace: TempDir,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    converted: HashMap<PathBuf, Converted>,
    /// Numbers what is written, so that no name is used twice.
    written: u64,
}

impl ChosenFiles {
    /// None yet.
    pub fn new(layout: Layout) -> Result<Self, LocalError> {
        let workspace = tempfile::Builder::new().prefix("pivotd-").tempdir().map_err(LocalError::Workspace)?;
        Ok(Self { layout, workspace, state: Mutex::default() })
    }

    /// What is said of the tables.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The rows of these files as one table; none if there are none. Blocks while files are read for the first time.
    pub fn table(&self, name: &str, files: &[PathBuf]) -> Result<Option<LocalTable>, LocalError> {
        let mut state = self.state();
        let State { converted, written } = &mut *state;
        for file in files {
            if !converted.contains_key(file) {
                let read = convert::convert(file, name, &self.layout, self.workspace.path(), written);
                converted.insert(file.clone(), read);
            }
        }
        let parts = files.iter().filter_map(|file| converted.get(file)).flat_map(|converted| &converted.parts);
        let parts: Vec<_> = parts.filter(|part| part.table == name).cloned().collect();
        drop(state);
        unify::open(&parts, self.layout.time_column(name)).map_err(LocalError::Table)
    }

    /// What is wrong with a file that was read.
    pub fn warnings(&self, file: &Path) -> Vec<String> {
        self.state().converted.get(file).map(|converted| converted.warnings.clone()).unwrap_or_default()
    }

    /// Why nothing in a file that was read is a row, if so.
    pub fn failure(&self, file: &Path) -> Option<String> {
        let state = self.state();
        let converted = state.converted.get(file).filter(|converted| converted.parts.is_empty())?;
        converted.warnings.first().cloned()
    }

    /// Removes what a file became. Blocks while files are read.
    pub fn forget(&self, file: &Path) {
        let converted = self.state().converted.remove(file);
        for part in converted.into_iter().flat_map(|converted| converted.parts).filter(|part| part.is_ours) {
            // The workspace goes with the process; a file that stays in it harms nobody.
            let _ = std::fs::remove_file(&part.path);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_table_has_the_rows_of_the_files_that_are_named_and_of_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            fs::write(folder.path().join(name), text).unwrap();
            folder.path().join(name)
        };
        let (one, two) = (file("1.ndjson", "{\"a\":1}\n"), file("2.csv", "a,b\n2,x\n"));
        let broken = file("3.parquet", "PAR1 and nothing");
        let files = ChosenFiles::new(Layout::default()).unwrap();
        let columns = |chosen: &[PathBuf]| {
            files.table("T", chosen).unwrap().map(|table| table.columns.into_iter().map(|c| c.name).collect::<Vec<_>>())
        };
        assert_eq!(columns(std::slice::from_ref(&one)).unwrap(), ["a"]);
        assert_eq!(columns(&[one.clone(), two.clone(), broken.clone()]).unwrap(), ["a", "b"]);
        assert_eq!(columns(&[]), None);
        assert_eq!((files.warnings(&one).len(), files.warnings(&broken).len()), (0, 1));
        assert_eq!((files.failure(&one), files.failure(&broken)), (None, files.warnings(&broken).pop()));

        let parts = || fs::read_dir(files.workspace.path()).unwrap().count();
        assert_eq!(parts(), 2);
        files.forget(&two);
        assert_eq!(parts(), 1);
        assert_eq!(columns(&[two]).unwrap(), ["a", "b"], "it is read again");
    }

    #[test]
    fn hidden_paths_and_names_without_logs_are_of_no_table() {
        let layout = Layout::default();
        for (path, table) in [
            ("Signins/2026/11/24/a.json.gz", Some("Signins")),
            ("Signins/_delta_log/0.json", None),
            (".git/a.json", None),
            ("Signins/_SUCCESS", None),
            ("Signins/readme.md", None),
        ] {
            assert_eq!(layout.table_of_path(path).as_deref(), table, "{path}");
        }
    }
}
