//! A folder of logs as tables: whatever lies there becomes Parquet once, and only what changed is read again.
//!
//! Files of the folder are only ever read; what is loaded beside them goes with the process. Names inside archives name
//! tables, never paths.

mod chosen;
mod convert;
mod file;
mod format;
mod layout;
mod read;
#[cfg(test)]
mod tests;
mod times;
mod unify;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use datafusion::catalog::TableProvider;
use model::{ColumnSpec, ColumnType, Fault, Faulty};
use tempfile::TempDir;

pub use self::{
    chosen::ChosenFiles,
    layout::{Layout, TableLayout},
};
use self::{
    convert::{Converted, Part},
    file::Stamp,
};

/// A folder can't be served.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// It is not there, or may not be read.
    #[error("the folder can't be read")]
    Folder(#[source] std::io::Error),
    /// There is no room for what files become.
    #[error("no temporary files can be made")]
    Workspace(#[source] std::io::Error),
    /// Nothing in a file is a row.
    #[error("no rows in it can be read")]
    NoRows,
    /// A table's files can't be scanned together.
    #[error("the table can't be opened")]
    Table(#[source] datafusion::error::DataFusionError),
}

impl Faulty for LocalError {
    fn fault(&self) -> Fault {
        match self {
            Self::Folder(_) => Fault::Unavailable,
            Self::Workspace(_) | Self::Table(_) => Fault::Internal,
            Self::NoRows => Fault::Invalid,
        }
    }
}

/// A table to scan.
#[derive(Debug, Clone)]
pub struct LocalTable {
    /// Scans its files. The Arrow types are those of the files.
    pub provider: Arc<dyn TableProvider>,
    /// Names and types as KQL has them.
    pub columns: Vec<ColumnSpec>,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
}

/// What a table is, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableShape {
    /// Its name.
    pub name: String,
    /// Names and types.
    pub columns: Vec<ColumnSpec>,
    /// How many rows its files have.
    pub rows: usize,
    /// The column that says when a row happened.
    pub time_column: Option<String>,
}

/// A file that is not served, or not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its path below the folder.
    pub file: String,
    /// What is wrong with it, and what was done.
    pub reason: String,
}

/// A folder whose files are tables.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    layout: Layout,
    workspace: TempDir,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<PathBuf, Known>,
    /// Tables that were opened, until a file of theirs changes.
    open: HashMap<String, Option<LocalTable>>,
    /// Numbers what is written, so that no name is used twice.
    written: u64,
}

/// A file, as it was when it was last seen.
#[derive(Debug)]
struct Known {
    stamp: Stamp,
    /// The table that its path says; its content may say others.
    table: String,
    /// Whether its content says others: then it is read as soon as it is seen.
    names_tables: bool,
    /// What it became, once somebody asked.
    converted: Option<Converted>,
}

impl Folder {
    /// A folder; it is looked into when somebody asks.
    pub fn open(root: impl Into<PathBuf>, layout: Layout) -> Result<Self, LocalError> {
        let root = root.into();
        std::fs::read_dir(&root).map_err(LocalError::Folder)?;
        let workspace = tempfile::Builder::new().prefix("pivotd-").tempdir().map_err(LocalError::Workspace)?;
        Ok(Self { root, layout, workspace, state: Mutex::default() })
    }

    /// The names of the tables. Looks at the folder, and into files only where their content names tables. Blocks.
    pub fn names(&self) -> Result<Vec<String>, LocalError> {
        let mut state = self.refreshed()?;
        self.convert(&mut state, |_| false);
        Ok(state.names())
    }

    /// A table by its name, exactly as written; none if no file has rows of it. Blocks while new files are read.
    pub fn table(&self, name: &str) -> Result<Option<LocalTable>, LocalError> {
        let mut state = self.refreshed()?;
        self.opened(&mut state, name)
    }

    /// Adds a file beside the folder's own, as rows of this table, for as long as the process lives; one of the same name and
    /// table is replaced. Blocks while it is read.
    pub fn load(&self, table: &str, file: &str, bytes: &[u8]) -> Result<TableShape, LocalError> {
        let (table, place) = (layout::identifier(table), self.loaded());
        let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
        let file: String = file.chars().map(plain).collect();
        let folder = place.join(&table);
        std::fs::create_dir_all(&folder).map_err(LocalError::Workspace)?;
        std::fs::write(folder.join(file.trim_start_matches(['.', '_'])), bytes).map_err(LocalError::Workspace)?;
        let mut state = self.refreshed()?;
        self.shape(&mut state, table)?.ok_or(LocalError::NoRows)
    }

    /// Where loaded files are: a folder for each table.
    fn loaded(&self) -> PathBuf {
        self.workspace.path().join("loaded")
    }

    /// Opens a table, unless it is open already.
    fn opened(&self, state: &mut State, name: &str) -> Result<Option<LocalTable>, LocalError> {
        if let Some(open) = state.open.get(name) {
            return Ok(open.clone());
        }
        self.convert(state, |table| table == name);
        let table = unify::open(&state.parts_of(name), self.layout.time_column(name)).map_err(LocalError::Table)?;
        state.open.insert(name.to_owned(), table.clone());
        Ok(table)
    }

    fn shape(&self, state: &mut State, name: String) -> Result<Option<TableShape>, LocalError> {
        let Some(LocalTable { columns, time_column, .. }) = self.opened(state, &name)? else { return Ok(None) };
        let rows = state.parts_of(&name).iter().map(|part| part.rows).sum();
        Ok(Some(TableShape { name, columns, rows, time_column }))
    }

    /// All tables with their columns, and what could not be read. Blocks: every file is read.
    pub fn shapes(&self) -> Result<(Vec<TableShape>, Vec<Warning>), LocalError> {
        let mut state = self.refreshed()?;
        self.convert(&mut state, |_| true);
        let mut shapes = Vec::new();
        for name in state.names() {
            shapes.extend(self.shape(&mut state, name)?);
        }
        drop(state);
        Ok((shapes, self.warnings()))
    }

    /// What is wrong with files that were read so far.
    pub fn warnings(&self) -> Vec<Warning> {
        let below = |path: &PathBuf| path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned();
        let state = self.state();
        let warned = state.files.iter().flat_map(|(path, known)| {
            let warnings = known.converted.iter().flat_map(|converted| &converted.warnings);
            warnings.map(move |reason| Warning { file: below(path), reason: reason.clone() })
        });
        warned.collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What a panic left half done is done again: a file is known only once it was read.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets files that are gone or changed, and learns of new ones.
    fn refreshed(&self) -> Result<MutexGuard<'_, State>, LocalError> {
        let mut found = file::walk(&self.root).map_err(LocalError::Folder)?;
        // Nothing may have been loaded.
        found.extend(file::walk(&self.loaded()).unwrap_or_default());
        let mut state = self.state();
        let mut touched = Vec::new();
        state.files.retain(|path, known| {
            let same = found.get(path) == Some(&known.stamp);
            if !same {
                touched.extend(known.converted.take().into_iter().flat_map(|converted| converted.parts));
            }
            same
        });
        for (path, stamp) in found {
            if !state.files.contains_key(&path) {
                let table = match path.strip_prefix(self.loaded()) {
                    Ok(below) => Layout::default().table_of(below),
                    Err(_) => self.layout.table_of(path.strip_prefix(&self.root).unwrap_or(&path)),
                };
                state.open.remove(&table);
                let names_tables = format::names_tables(&path);
                state.files.insert(path, Known { stamp, table, names_tables, converted: None });
            }
        }
        for part in touched {
            state.open.remove(&part.table);
            if part.is_ours {
                // The workspace goes with the process; a file that stays in it harms nobody.
                let _ = std::fs::remove_file(&part.path);
            }
        }
        Ok(state)
    }

    /// Converts the files whose path says a wanted table, and those whose content names tables.
    fn convert(&self, state: &mut State, wanted: impl Fn(&str) -> bool) {
        let State { files, open, written } = state;
        for (path, known) in files.iter_mut().filter(|(_, known)| known.converted.is_none()) {
            if wanted(&known.table) || known.names_tables {
                let converted = convert::convert(path, &known.table, &self.layout, self.workspace.path(), written);
                for part in &converted.parts {
                    open.remove(&part.table);
                }
                known.converted = Some(converted);
            }
        }
    }
}

impl State {
    /// The tables of all files, as far as they are known.
    fn names(&self) -> Vec<String> {
        let names = self.files.values().flat_map(|known| match &known.converted {
            Some(converted) => converted.parts.iter().map(|part| part.table.clone()).collect(),
            None => vec![known.table.clone()],
        });
        names.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn parts_of(&self, name: &str) -> Vec<Part> {
        let converted = self.files.values().filter_map(|known| known.converted.as_ref());
        converted.flat_map(|converted| &converted.parts).filter(|part| part.table == name).cloned().collect()
    }
}

/// Whether a column can say when a row happened.
fn is_time(spec: &ColumnSpec) -> bool {
    spec.kind == ColumnType::Datetime
}
