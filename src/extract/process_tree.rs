//! Which process started which: trees built from events of Windows, Sysmon, Linux audit, Defender and others.
//!
//! The parent of a process is the latest one with the parent's number (and name, where the event tells it) on the same
//! host that began no later than the child: numbers are used again, and time tells whose it was. Defender states when the
//! parent began, so there it is that very one. A parent that no event shows is inferred from its children. Processes that
//! are each other's ancestors are cut apart at the earliest. Linear in the events but for one sort by time.

mod columns;
mod events;
mod intern;
mod key;
mod nested;
mod parents;
mod relatives;
mod schema;
mod shape;
mod summary;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use model::{Fault, Faulty, Table, TableError, table::datetime_of_ticks};

use self::{events::Events, intern::Names, shape::Shape};
pub use self::{
    nested::Nested,
    relatives::{Relation, Relative},
    schema::{CustomSchema, NoSchema, Schema, SchemaName},
    summary::Summary,
};

/// No process: stands where a process has no parent.
const NONE: u32 = u32::MAX;

/// Rows beyond this are more than a table of events can have here.
const MAX_ROWS: usize = 1 << 30;

/// Why there is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A column that the schema needs is not in the table.
    #[error("the table has no column {0:?}, which the schema needs")]
    MissingColumn(String),
    /// Too many rows.
    #[error("more than {MAX_ROWS} rows")]
    TooManyRows,
    /// The table has columns of its own with the names of those that are added.
    #[error(transparent)]
    Table(#[from] TableError),
}

impl Faulty for TreeError {
    fn fault(&self) -> Fault {
        match self {
            Self::MissingColumn(_) => Fault::Invalid,
            Self::TooManyRows => Fault::TooLarge,
            Self::Table(error) => error.fault(),
        }
    }
}

/// Why a row is no part of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unusable {
    /// It says no process number.
    NoProcessId,
    /// It says no time, or none that can be read.
    NoTime,
    /// The same process at the same time stands in an earlier row.
    Duplicate,
}

impl Unusable {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoProcessId => "no_process_id",
            Self::NoTime => "no_time",
            Self::Duplicate => "duplicate",
        }
    }
}

/// How a process came to be in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An event shows it.
    Observed,
    /// Only its children tell of it.
    Inferred,
    /// An event shows it, and it was cut from a parent that descends from it.
    CycleCut,
}

impl Origin {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::CycleCut => "cycle_cut",
        }
    }
}

/// All processes of a table: by number, in the order of time, those that are inferred after those that events show.
#[derive(Debug)]
pub struct ProcessTree {
    schema: Schema,
    /// How many of the processes events show.
    observed: usize,
    /// The row of each event.
    source_rows: Vec<u32>,
    names: Names,
    events: Events,
    shape: Shape,
    rejected: Vec<(u32, Unusable)>,
    filtered: usize,
}

impl ProcessTree {
    /// Builds the trees of all hosts in a table.
    pub fn build(table: &Table, schema: Schema) -> Result<Self, TreeError> {
        if table.row_count() > MAX_ROWS {
            return Err(TreeError::TooManyRows);
        }
        let mut names = Names::default();
        let read = events::read(table, &schema, &mut names)?;
        let (mut events, mut source_rows, mut rejected) = (read.events, read.source_rows, read.rejected);
        parents::drop_duplicates(&mut events, &mut source_rows, &mut rejected);
        let observed = events.len();
        let stated = events::stated(table, &schema, &events, &source_rows, &mut names);
        let parents = parents::find(&mut events, &stated);
        drop(stated);
        events.forget_parents();
        let shape = Shape::of(parents);
        Ok(Self { schema, observed, source_rows, names, events, shape, rejected, filtered: read.filtered })
    }

    /// The schema that the table was read with.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// How many processes there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Rows that are no part of the tree, and why.
    pub fn rejected(&self) -> impl ExactSizeIterator<Item = (usize, Unusable)> {
        self.rejected.iter().map(|(row, reason)| (*row as usize, *reason))
    }

    /// The processes from the top of each tree downwards, children in the order of time.
    pub fn in_order(&self) -> &[u32] {
        &self.shape.order
    }

    /// Whether an event shows the process, and if not, why it is there.
    pub fn origin(&self, process: u32) -> Origin {
        if process as usize >= self.observed {
            Origin::Inferred
        } else if self.shape.is_cut(process) {
            Origin::CycleCut
        } else {
            Origin::Observed
        }
    }

    /// The row of its event.
    pub fn source_row(&self, process: u32) -> Option<usize> {
        self.source_rows.get(process as usize).map(|row| *row as usize)
    }

    /// Its parent.
    pub fn parent(&self, process: u32) -> Option<u32> {
        self.shape.parent(process)
    }

    /// Its children, in the order of time.
    pub fn children(&self, process: u32) -> &[u32] {
        self.shape.children(process)
    }

    /// How many levels lie above it: 0 for a root.
    pub fn depth(&self, process: u32) -> u32 {
        self.shape.depth(process)
    }

    /// When it began, if that is known.
    pub fn began(&self, process: u32) -> Option<DateTime<Utc>> {
        let ticks = self.events.times.get(process as usize).copied().filter(|ticks| *ticks != 0)?;
        datetime_of_ticks(ticks)
    }

    /// Its host, if the table says one.
    pub fn host(&self, process: u32) -> Option<&str> {
        self.names.text(*self.events.hosts.get(process as usize)?).filter(|host| !host.is_empty())
    }

    /// The name of a number; that of nobody is unknown.
    fn name(&self, number: u32) -> &str {
        self.names.text(number).unwrap_or(events::UNKNOWN)
    }
}
