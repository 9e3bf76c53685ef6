//! Reads the events of processes out of a table: numbers in place of texts, in the order of time.

use model::{Column, Table, Value, table::ticks_of_datetime};

use super::{NONE, Schema, TreeError, Unusable, intern::Names, key::Pid};
use crate::moment;

/// What is known of each process, by its number.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// 100 nanoseconds since 1970; 0 when it is not known.
    pub(super) times: Vec<i64>,
    pub(super) hosts: Vec<u32>,
    /// In lower case.
    pub(super) names: Vec<u32>,
    pub(super) pids: Vec<Pid>,
    /// Of the parent; the number of no text when the event tells none.
    pub(super) parent_names: Vec<u32>,
    pub(super) parent_pids: Vec<Option<Pid>>,
}

impl Events {
    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// A process as it is told of.
    pub(super) fn told(&self, process: usize) -> Option<Told> {
        Some(Told {
            time: *self.times.get(process)?,
            host: *self.hosts.get(process)?,
            name: *self.names.get(process)?,
            pid: *self.pids.get(process)?,
        })
    }

    pub(super) fn parent_name(&self, process: usize) -> u32 {
        self.parent_names.get(process).copied().unwrap_or(NONE)
    }

    pub(super) fn parent_pid(&self, process: usize) -> Option<Pid> {
        self.parent_pids.get(process).copied().flatten()
    }

    /// Adds a process without a parent, and gives its number.
    pub(super) fn push(&mut self, told: Told) -> u32 {
        self.times.push(told.time);
        self.hosts.push(told.host);
        self.names.push(told.name);
        self.pids.push(told.pid);
        self.parent_names.push(NONE);
        self.parent_pids.push(None);
        u32::try_from(self.len() - 1).unwrap_or(NONE)
    }

    /// Those with these numbers, in this order.
    pub(super) fn take(&self, processes: &[usize]) -> Self {
        fn take<T: Copy>(all: &[T], which: &[usize]) -> Vec<T> {
            which.iter().filter_map(|index| all.get(*index).copied()).collect()
        }
        Self {
            times: take(&self.times, processes),
            hosts: take(&self.hosts, processes),
            names: take(&self.names, processes),
            pids: take(&self.pids, processes),
            parent_names: take(&self.parent_names, processes),
            parent_pids: take(&self.parent_pids, processes),
        }
    }
}

/// Who a process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) time: i64,
    pub(super) host: u32,
    pub(super) name: u32,
    pub(super) pid: Pid,
}

/// Who an event states that the parent and its parent are.
#[derive(Debug, Clone, Copy)]
pub(super) struct StatedParents {
    pub(super) parent_time: i64,
    pub(super) grandparent: Option<Told>,
}

/// What was read.
pub(super) struct Read {
    pub(super) events: Events,
    pub(super) source_rows: Vec<u32>,
    pub(super) rejected: Vec<(u32, Unusable)>,
    /// Rows that are events of another kind.
    pub(super) filtered: usize,
}

/// Reads the events, the earliest first.
pub(super) fn read(table: &Table, schema: &Schema, names: &mut Names) -> Result<Read, TreeError> {
    schema.check(table)?;
    let column = |name: &str| table.column(name);
    let times: Vec<_> = schema.times.iter().filter_map(|name| column(name)).collect();
    let host = schema.hosts.iter().find_map(|name| column(name));
    let name = column(&schema.process_name);
    let (pid, parent_pid) = (column(&schema.process_id), column(&schema.parent_id));
    let parent_name = schema.parent_name.as_deref().and_then(column);
    let event = schema.event.as_ref().and_then(|(name, value)| Some((column(name)?, value.as_ref())));

    let mut read = Read { events: Events::default(), source_rows: Vec::new(), rejected: Vec::new(), filtered: 0 };
    for index in 0..table.row_count() {
        let row = u32::try_from(index).unwrap_or(NONE);
        if event.is_some_and(|(column, value)| !is(&column.value(index), value)) {
            read.filtered += 1;
            continue;
        }
        let Some(pid) = pid.and_then(|column| Pid::read(&column.value(index), names)) else {
            read.rejected.push((row, Unusable::NoProcessId));
            continue;
        };
        let Some(time) = times.iter().find_map(|column| moment::instant(&column.value(index))) else {
            read.rejected.push((row, Unusable::NoTime));
            continue;
        };
        read.source_rows.push(row);
        let events = &mut read.events;
        events.times.push(ticks_of_datetime(time));
        events.hosts.push(host.map_or(super::intern::EMPTY, |column| number(column, index, names)));
        events.names.push(lower(name, index, names).unwrap_or_else(|| names.lower(UNKNOWN)));
        events.pids.push(pid);
        events.parent_names.push(lower(parent_name, index, names).unwrap_or(NONE));
        events.parent_pids.push(parent_pid.and_then(|column| Pid::read(&column.value(index), names)));
    }
    sort_by_time(&mut read);
    Ok(read)
}

/// What a program is called that nobody names.
pub(super) const UNKNOWN: &str = "unknown";

/// What the events in these rows state about parents and grandparents; nothing where the schema does not state it.
pub(super) fn stated(
    table: &Table,
    schema: &Schema,
    events: &Events,
    source_rows: &[u32],
    names: &mut Names,
) -> Vec<StatedParents> {
    let Some(stated) = &schema.stated else { return Vec::new() };
    let ticks = |column: Option<&Column>, row| {
        column.and_then(|column| moment::instant(&column.value(row))).map_or(0, ticks_of_datetime)
    };
    let column = |name: &str| table.column(name);
    let (parent_time, grandparent_time) = (column(stated.parent_time), column(stated.grandparent_time));
    let (grandparent_name, grandparent_pid) = (column(stated.grandparent_name), column(stated.grandparent_id));
    let mut all = Vec::with_capacity(source_rows.len());
    for (row, host) in source_rows.iter().zip(&events.hosts) {
        let row = *row as usize;
        let pid = grandparent_pid.and_then(|column| Pid::read(&column.value(row), names));
        let name = grandparent_name.and_then(|column| match column.value(row) {
            Value::String(path) => {
                path.rsplit('\\').next().filter(|name| !name.is_empty()).map(|name| names.lower(name))
            }
            _ => None,
        });
        let name = name.unwrap_or_else(|| names.lower(UNKNOWN));
        let grandparent = pid.map(|pid| Told { time: ticks(grandparent_time, row), host: *host, name, pid });
        all.push(StatedParents { parent_time: ticks(parent_time, row), grandparent });
    }
    all
}

/// Whether a cell holds what the schema's filter says, as a number or as a text.
fn is(cell: &Value<'_>, value: &str) -> bool {
    match cell {
        Value::String(text) => text.trim() == value,
        Value::Long(_) | Value::Real(_) => cell.as_f64().is_some_and(|number| value.parse() == Ok(number)),
        cell => cell.to_text() == value,
    }
}

fn number(column: &Column, row: usize, names: &mut Names) -> u32 {
    match column.value(row) {
        Value::String(text) => names.number(&text),
        value => names.number(&value.to_text()),
    }
}

fn lower(column: Option<&Column>, row: usize, names: &mut Names) -> Option<u32> {
    let value = column?.value(row);
    let text = value.to_text();
    (!text.is_empty()).then(|| names.lower(&text))
}

/// Puts the events in the order of time; those at the same time stay in the order of the rows.
fn sort_by_time(read: &mut Read) {
    let times = &read.events.times;
    if times.is_sorted() {
        return;
    }
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by_key(|index| times.get(*index).copied());
    read.events = read.events.take(&order);
    read.source_rows = order.iter().filter_map(|index| read.source_rows.get(*index).copied()).collect();
}
