//! Sessions in syslog: who was logged on or acted as whom by sudo, from when to when, and which commands were given.
//!
//! Openings and closings are PAM's; each closing ends the latest session that is open on that host for that service,
//! account and process: a closing that was lost costs one session its end, and no other. A session without an end, and a command without a session, are there and say so.

mod log;
mod message;
mod pairing;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, collections::HashMap};

use chrono::{DateTime, Utc};
use model::{Fault, Faulty, Table, Value};

pub use self::log::read_log;
use self::{message::Message, pairing::pair};
use crate::moment;

/// Why there are no sessions.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyslogError {
    /// The table has no such column.
    #[error("the table has no column {0:?}")]
    MissingColumn(String),
}

impl Faulty for SyslogError {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// Where a table says what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// When.
    pub time: String,
    /// What.
    pub message: String,
    /// On which host: the first of these that the table has.
    pub hosts: Vec<String>,
    /// Which process wrote it.
    pub process_id: String,
}

impl Default for Columns {
    /// Those of Sentinel's table `Syslog`.
    fn default() -> Self {
        Self {
            time: "TimeGenerated".to_owned(),
            message: "SyslogMessage".to_owned(),
            hosts: vec!["HostName".to_owned(), "Computer".to_owned()],
            process_id: "ProcessID".to_owned(),
        }
    }
}

/// One line of syslog that says something about sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry<'t> {
    line: Line,
    rank: u8,
    /// The message, which is read again when its turn comes: read, it takes several times the room.
    text: &'t str,
}

/// Where and when a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Line {
    time: DateTime<Utc>,
    /// The number of its host.
    host: Option<u32>,
    process_id: Option<i64>,
    row: usize,
}

/// The hosts of a log by number: lines are many, and hosts few.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hosts<'t> {
    names: Vec<Cow<'t, str>>,
    numbers: HashMap<Cow<'t, str>, u32>,
}

impl<'t> Hosts<'t> {
    fn number(&mut self, name: Cow<'t, str>) -> u32 {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        // There are fewer than this type counts, as there are fewer lines.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }

    fn name(&self, number: u32) -> Option<Cow<'t, str>> {
        self.names.get(number as usize).cloned()
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entries<'t> {
    entries: Vec<Entry<'t>>,
    hosts: Hosts<'t>,
    /// Rows with a message and without a time that can be read.
    pub unreadable: Vec<usize>,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It was closed.
    Closed,
    /// It was not, as far as the log goes.
    Open,
    /// Only its closing is in the log.
    NoStart,
    /// Only a command is in the log.
    NoSession,
    /// The command was refused.
    Denied,
    /// The logon failed.
    Failed,
}

impl Ending {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::NoStart => "no_start",
            Self::NoSession => "no_session",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
    }
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<'t> {
    /// Where.
    pub host: Option<Cow<'t, str>>,
    /// What opened it: `sudo`, `sshd` …
    pub service: &'t str,
    /// As whom one acts.
    pub user: &'t str,
    /// Who acts, if the log says so.
    pub by: Option<&'t str>,
    /// From when.
    pub start: Option<DateTime<Utc>>,
    /// Until when.
    pub end: Option<DateTime<Utc>>,
    /// How it ended.
    pub ending: Ending,
    /// The command that was given, if the log says it. A session of sudo has one.
    pub command: Option<&'t str>,
    /// How one was known: `password`, `publickey` …
    pub method: Option<&'t str>,
    /// From which address.
    pub source_address: Option<&'t str>,
    /// Why it was refused.
    pub reason: Option<&'t str>,
    /// The row in which it begins, or ends if that is all there is.
    pub source_row: usize,
}

impl Session<'_> {
    /// Whether it is one of sudo's or su's.
    pub fn is_sudo(&self) -> bool {
        matches!(self.service, "sudo" | "sudo-i" | "su" | "su-l")
    }
}

/// Reads the rows of a table.
pub fn read_table<'t>(table: &'t Table, columns: &Columns) -> Result<Entries<'t>, SyslogError> {
    let mut entries = Entries::default();
    if table.columns().is_empty() {
        return Ok(entries);
    }
    let column = |name: &str| table.column(name).ok_or_else(|| SyslogError::MissingColumn(name.to_owned()));
    let (times, messages) = (column(&columns.time)?, column(&columns.message)?);
    let host = columns.hosts.iter().find_map(|name| table.column(name));
    let process_id = table.column(&columns.process_id);
    for (row, text) in messages.iter().enumerate() {
        let Value::String(Cow::Borrowed(text)) = text else { continue };
        let Some(message) = Message::read(text) else { continue };
        let Some(time) = moment::instant(&times.value(row)) else {
            entries.unreadable.push(row);
            continue;
        };
        let host = host.map(|column| match column.value(row) {
            Value::String(text) => text,
            value => value.to_text().into_owned().into(),
        });
        let host = host.filter(|host| !host.is_empty()).map(|host| entries.hosts.number(host));
        let process_id = process_id.and_then(|column| column.value(row).to_text().trim().parse().ok());
        let line = Line { time, host, process_id, row };
        entries.entries.push(Entry { line, rank: message.rank(), text });
    }
    Ok(entries)
}

/// Puts sessions together, in the order of their beginnings.
pub fn sessions(entries: Entries<'_>) -> Vec<Session<'_>> {
    pair(entries)
}
