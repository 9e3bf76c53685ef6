//! A tree as a table: the events' own columns, and those that say where each process stands.

use model::{Column, ColumnType, Table, Value};

use super::{
    NONE, Origin, ProcessTree, TreeError,
    key::{KeyWriter, digits},
};

/// Levels in a path. A deeper process has the lowest of its ancestors in it, after an ellipsis: paths of a long chain
/// would otherwise take the square of its length.
const MAX_PATH_LEVELS: usize = 64;

/// Digits of an index in a path: at least so many, so that paths sort as the tree does.
const MIN_WIDTH: usize = 5;

/// The names of the columns that are added.
const ADDED: [&str; 11] = [
    "proc_key",
    "parent_key",
    "path",
    "depth",
    "is_root",
    "is_leaf",
    "is_branch",
    "source_index",
    "parent_index",
    "source_row",
    "outcome",
];

impl ProcessTree {
    /// These processes, one a row: the columns of the table that they were read from, and the tree's. Inferred processes
    /// have a name, a number and a host, and nothing else of the table. A column of the table that has the name of one of
    /// the tree's is kept with `source_` before its name.
    pub fn to_table(&self, table: Table, processes: &[u32]) -> Result<Table, TreeError> {
        let (rows, is_truncated) = (table.row_count(), table.is_truncated());
        // What is inferred stands below the rows that were there, until all are put in order.
        let place = |process: &u32| self.source_row(*process).unwrap_or(rows + *process as usize - self.observed);
        let places: Vec<_> = processes.iter().map(place).collect();
        let mut columns = Vec::with_capacity(table.columns().len() + ADDED.len());
        for column in table.into_columns() {
            let is_added = ADDED.contains(&column.name());
            let name = if is_added { format!("source_{}", column.name()) } else { column.name().to_owned() };
            let column = self.with_inferred(column).gather(places.iter().copied().map(Some));
            columns.push(column.renamed(name));
        }
        drop(places);
        columns.extend(self.added(processes));
        let mut table = Table::new(columns)?;
        if is_truncated {
            table.mark_truncated();
        }
        Ok(table)
    }

    /// A column of the table, and below it what is known of inferred processes.
    fn with_inferred(&self, mut column: Column) -> Column {
        let (schema, rows) = (&self.schema, column.len());
        let is = |name: &str| column.name() == name;
        let (is_name, is_pid) = (is(&schema.process_name), is(&schema.process_id));
        let (is_host, is_time) = (schema.hosts.iter().any(|host| is(host)), schema.times.iter().any(|time| is(time)));
        for process in (0..).take(self.len()).skip(self.observed) {
            let value = match process {
                _ if is_name => self.told_name(process),
                _ if is_pid => self.told_pid(process),
                _ if is_host => self.host(process).into(),
                _ if is_time => self.began(process).into(),
                _ => break,
            };
            // What is inferred may not fit a column of another type; then the cell is missing.
            if column.push(value).is_err() {
                let _ = column.push(Value::Null);
            }
        }
        column.fill(rows + self.len() - self.observed);
        column
    }

    pub(super) fn told_name(&self, process: u32) -> Value<'_> {
        self.events.names.get(process as usize).map_or(Value::Null, |name| self.name(*name).into())
    }

    pub(super) fn told_pid(&self, process: u32) -> Value<'static> {
        self.events.pids.get(process as usize).map_or(Value::Null, |pid| pid.to_value(&self.names))
    }

    fn added(&self, processes: &[u32]) -> [Column; ADDED.len()] {
        let parents = || processes.iter().map(|process| self.parent(*process).map(|parent| parent as usize));
        let these = || processes.iter().map(|process| Some(*process as usize));
        // Each is needed in its own row and in those of its children.
        let (keys, indices) = (self.keys(), self.indices());
        let is_root = |process: &u32| self.parent(*process).is_none();
        let is_leaf = |process: &u32| self.children(*process).is_empty();
        let is_branch = |process: &u32| !is_root(process) && !is_leaf(process);
        let longs = |long: fn(&Self, u32) -> i64| processes.iter().map(|process| long(self, *process)).collect();
        let [proc_key, parent_key, path, depth, root, leaf, branch, source_index, parent_index, source_row, outcome] =
            ADDED;
        let of_event = |process: &u32| self.source_rows.get(*process as usize).map(|row| i64::from(*row));
        let mut source_rows = Column::new(source_row, ColumnType::Long);
        // Each is of the column's type.
        for process in processes {
            let _ = source_rows.push(of_event(process).into());
        }
        let origins = [Origin::Observed, Origin::Inferred, Origin::CycleCut];
        let origin = |process: &u32| origins.iter().position(|origin| *origin == self.origin(*process));
        let outcomes = Column::of_written(outcome, origins.len(), |origin, out| {
            out.push_str(origins.get(origin).map_or("", |origin| origin.as_str()));
        });
        [
            keys.gather(these()).renamed(proc_key),
            keys.gather(parents()).renamed(parent_key),
            self.paths(path, processes),
            Column::of_longs(depth, longs(|tree, process| tree.depth(process).into())),
            Column::of_bools(root, processes.iter().map(is_root).collect()),
            Column::of_bools(leaf, processes.iter().map(is_leaf).collect()),
            Column::of_bools(branch, processes.iter().map(is_branch).collect()),
            indices.gather(these()).renamed(source_index),
            indices.gather(parents()).renamed(parent_index),
            source_rows,
            outcomes.gather(processes.iter().map(origin)),
        ]
    }

    /// The keys of all processes.
    fn keys(&self) -> Column {
        let mut writer = KeyWriter::default();
        Column::of_written("", self.len(), |process, out| self.write_key(number(process), &mut writer, out))
    }

    /// The indices of all processes.
    fn indices(&self) -> Column {
        let width = self.width();
        Column::of_written("", self.len(), |process, out| digits(number(process), width, out))
    }

    /// Digits of an index.
    fn width(&self) -> usize {
        usize::try_from(self.len().checked_ilog10().unwrap_or(0) + 1).unwrap_or(MIN_WIDTH).max(MIN_WIDTH)
    }

    /// The paths to these processes: the indices of each and of those above it, the highest first.
    fn paths(&self, name: &str, processes: &[u32]) -> Column {
        let width = self.width();
        // The way to the process before, which is nearly always the beginning of the next.
        let (mut path, mut chain) = (String::new(), Vec::new());
        Column::of_written(name, processes.len(), |row, out| {
            let Some(process) = processes.get(row).copied() else { return };
            let above = chain.iter().rposition(|above| Some(*above) == self.parent(process));
            match above.filter(|above| above + 1 < MAX_PATH_LEVELS && self.depth(process) as usize == above + 1) {
                Some(above) => {
                    chain.truncate(above + 1);
                    path.truncate(chain.len() * (width + 1));
                }
                None => self.start_path(process, width, &mut chain, &mut path),
            }
            chain.push(process);
            digits(process, width, &mut path);
            out.push_str(&path);
            path.push('/');
        })
    }

    /// The way to a process, as far as a path goes, without itself.
    fn start_path(&self, process: u32, width: usize, chain: &mut Vec<u32>, path: &mut String) {
        let up = |process: &u32| self.parent(*process);
        chain.clear();
        chain.extend(std::iter::successors(self.parent(process), up).take(MAX_PATH_LEVELS - 1));
        chain.reverse();
        path.clear();
        if self.depth(process) as usize >= MAX_PATH_LEVELS {
            path.push_str("…/");
        }
        for above in chain {
            digits(*above, width, path);
            path.push('/');
        }
    }
}

/// Of a process whose place among all is known.
fn number(process: usize) -> u32 {
    u32::try_from(process).unwrap_or(NONE)
}
