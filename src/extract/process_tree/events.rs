//! Reads the events of processes out of a table: numbers in place of texts, in the order of time.

use model::{Column, Table, Value, table::ticks_of_datetime};

use super::{
    NONE, Schema, TreeError, Unusable,
    intern::{EMPTY, Names, Numbers},
    key::Pid,
};
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

    /// Forgets what is known of parents: they have been found.
    pub(super) fn forget_parents(&mut self) {
        (self.parent_names, self.parent_pids) = (Vec::new(), Vec::new());
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
    let mut hosts = Numbers::of(schema.hosts.iter().find_map(|name| column(name)));
    let mut programs = Numbers::of(column(&schema.process_name));
    let mut parent_programs = Numbers::of(schema.parent_name.as_deref().and_then(column));
    let (pid, parent_pid) = (column(&schema.process_id), column(&schema.parent_id));
    let event = schema.event.as_ref().and_then(|(name, value)| Some((column(name)?, Wanted::of(value))));
    let unknown = names.lower(UNKNOWN);

    let mut read = Read { events: Events::default(), source_rows: Vec::new(), rejected: Vec::new(), filtered: 0 };
    for index in 0..table.row_count() {
        let row = u32::try_from(index).unwrap_or(NONE);
        if event.is_some_and(|(column, wanted)| !wanted.is(&column.value(index))) {
            read.filtered += 1;
            continue;
        }
        let Some(pid) = pid.and_then(|column| Pid::read(&column.value(index), names)) else {
            read.rejected.push((row, Unusable::NoProcessId));
            continue;
        };
        let Some(time) = times.iter().find_map(|column| ticks(column, index)) else {
            read.rejected.push((row, Unusable::NoTime));
            continue;
        };
        read.source_rows.push(row);
        let events = &mut read.events;
        events.times.push(time);
        events.hosts.push(hosts.number(index, |text| names.number(text)).unwrap_or(EMPTY));
        events.names.push(programs.number(index, |text| names.lower(text)).unwrap_or(unknown));
        events.pids.push(pid);
        events.parent_names.push(parent_programs.number(index, |text| names.lower(text)).unwrap_or(NONE));
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
    let time = |column: Option<&Column>, row| column.and_then(|column| ticks(column, row)).unwrap_or_default();
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
        let grandparent = pid.map(|pid| Told { time: time(grandparent_time, row), host: *host, name, pid });
        all.push(StatedParents { parent_time: time(parent_time, row), grandparent });
    }
    all
}

/// The instant in a cell, in 100 nanoseconds from 1970.
fn ticks(column: &Column, row: usize) -> Option<i64> {
    column.ticks(row).or_else(|| moment::instant(&column.value(row)).map(ticks_of_datetime))
}

/// What the schema's filter says, as a number or as a text.
#[derive(Debug, Clone, Copy)]
struct Wanted<'s> {
    text: &'s str,
    number: Option<f64>,
}

impl<'s> Wanted<'s> {
    fn of(text: &'s str) -> Self {
        Self { text, number: text.parse().ok() }
    }

    /// Whether a cell holds it.
    fn is(self, cell: &Value<'_>) -> bool {
        match cell {
            Value::String(text) => text.trim() == self.text,
            Value::Long(_) | Value::Real(_) => self.number.is_some() && cell.as_f64() == self.number,
            cell => cell.to_text() == self.text,
        }
    }
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
