//! A tree as a table: the events' own columns, and those that say where each process stands.

use model::{Column, ColumnType, Table, Value};

use super::{NONE, ProcessTree, TreeError, key::digits};

/// Levels in a path. A deeper process has the lowest of its ancestors in it, after an ellipsis: paths of a long chain
/// would otherwise take the square of its length.
const MAX_PATH_LEVELS: usize = 64;

/// Digits of an index in a path: at least so many, so that paths sort as the tree does.
const MIN_WIDTH: usize = 5;

/// The columns that are added.
const ADDED: [(&str, ColumnType); 11] = [
    ("proc_key", ColumnType::String),
    ("parent_key", ColumnType::String),
    ("path", ColumnType::String),
    ("depth", ColumnType::Long),
    ("is_root", ColumnType::Bool),
    ("is_leaf", ColumnType::Bool),
    ("is_branch", ColumnType::Bool),
    ("source_index", ColumnType::String),
    ("parent_index", ColumnType::String),
    ("source_row", ColumnType::Long),
    ("outcome", ColumnType::String),
];

impl ProcessTree {
    /// These processes, one a row: the columns of the table that they were read from, and the tree's. Inferred processes
    /// have a name, a number and a host, and nothing else of the table. A column of the table that has the name of one of
    /// the tree's is kept with `source_` before its name.
    pub fn to_table(&self, table: Table, processes: &[u32]) -> Result<Table, TreeError> {
        let is_truncated = table.is_truncated();
        let mut columns = Vec::with_capacity(table.columns().len() + ADDED.len());
        for column in table.into_columns() {
            let column = self.gather(&column, processes);
            let is_added = ADDED.iter().any(|(name, _)| *name == column.name());
            let name = if is_added { format!("source_{}", column.name()) } else { column.name().to_owned() };
            columns.push(column.renamed(name));
        }
        columns.extend(self.added(processes));
        let mut table = Table::new(columns)?;
        if is_truncated {
            table.mark_truncated();
        }
        Ok(table)
    }

    /// A column of the table in the order of the processes.
    fn gather(&self, column: &Column, processes: &[u32]) -> Column {
        let schema = &self.schema;
        let name = column.name();
        let is_host = schema.hosts.iter().any(|host| host == name);
        let is_told = schema.process_name == name
            || schema.process_id == name
            || is_host
            || schema.times.iter().any(|time| time == name);
        if !is_told {
            return column.gather(processes.iter().map(|process| self.source_row(*process)));
        }
        let mut gathered = Column::new(name, column.kind());
        for process in processes {
            let value = match self.source_row(*process) {
                Some(row) => column.value(row),
                None if schema.process_name == name => self.told_name(*process),
                None if schema.process_id == name => self.told_pid(*process),
                None if is_host => self.host(*process).into(),
                None => self.began(*process).into(),
            };
            if gathered.push(value).is_err() {
                // What is inferred may not fit a column of another type.
                let _ = gathered.push(Value::Null);
            }
        }
        gathered
    }

    pub(super) fn told_name(&self, process: u32) -> Value<'_> {
        self.events.names.get(process as usize).map_or(Value::Null, |name| self.name(*name).into())
    }

    pub(super) fn told_pid(&self, process: u32) -> Value<'static> {
        self.events.pids.get(process as usize).map_or(Value::Null, |pid| pid.to_value(&self.names))
    }

    fn added(&self, processes: &[u32]) -> [Column; ADDED.len()] {
        let mut columns = ADDED.map(|(name, kind)| Column::new(name, kind));
        let keys = Keys::of(self);
        let width = usize::try_from(self.len().checked_ilog10().unwrap_or(0) + 1).unwrap_or(MIN_WIDTH).max(MIN_WIDTH);
        let (mut path, mut own, mut above) = (String::new(), String::new(), String::new());
        for process in processes {
            let (parent, children) = (self.parent(*process), self.children(*process));
            path.clear();
            self.write_path(*process, width, &mut path);
            own.clear();
            digits(*process, width, &mut own);
            above.clear();
            if let Some(parent) = parent {
                digits(parent, width, &mut above);
            }
            let cells: [Value<'_>; ADDED.len()] = [
                keys.of_process(*process).into(),
                parent.and_then(|parent| keys.of_process(parent)).into(),
                path.as_str().into(),
                i64::from(self.depth(*process)).into(),
                parent.is_none().into(),
                children.is_empty().into(),
                (parent.is_some() && !children.is_empty()).into(),
                own.as_str().into(),
                parent.map(|_| above.as_str()).into(),
                self.source_row(*process).and_then(|row| i64::try_from(row).ok()).into(),
                self.origin(*process).as_str().into(),
            ];
            for (column, cell) in columns.iter_mut().zip(cells) {
                // Each cell is of the type of its column.
                let _ = column.push(cell);
            }
        }
        columns
    }

    /// Writes the indices of a process and of those above it, the highest first.
    fn write_path(&self, process: u32, width: usize, out: &mut String) {
        let mut chain = [NONE; MAX_PATH_LEVELS];
        let mut levels = 0;
        let mut next = Some(process);
        for slot in &mut chain {
            let Some(process) = next else { break };
            *slot = process;
            next = self.parent(process);
            levels += 1;
        }
        if next.is_some() {
            out.push_str("…/");
        }
        for (place, process) in chain.iter().take(levels).rev().enumerate() {
            if place > 0 {
                out.push('/');
            }
            digits(*process, width, out);
        }
    }
}

/// The keys of all processes, in one text: each is needed in its own row and in those of its children.
struct Keys {
    text: String,
    ends: Vec<usize>,
}

impl Keys {
    fn of(tree: &ProcessTree) -> Self {
        let mut keys = Self { text: String::new(), ends: Vec::with_capacity(tree.len()) };
        for process in (0..).take(tree.len()) {
            tree.write_key(process, &mut keys.text);
            keys.ends.push(keys.text.len());
        }
        keys
    }

    fn of_process(&self, process: u32) -> Option<&str> {
        let process = process as usize;
        let start = process.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        self.text.get(start..*self.ends.get(process)?)
    }
}
