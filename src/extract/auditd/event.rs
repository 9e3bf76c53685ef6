//! One event: its records, joined.

use std::collections::BTreeMap;

use super::{
    fields::Fields,
    record::{Written, fields},
};

/// The records of one event.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) milliseconds: i64,
    /// The row of its first record.
    pub(super) row: usize,
    node: Option<Box<str>>,
    records: Vec<(Box<str>, Box<str>)>,
}

/// What a row of an execve is called.
const EXECVE: &str = "SYSCALL_EXECVE";

/// Registers at the system call: they have the names of the arguments of the program.
const REGISTERS: [&str; 4] = ["a0", "a1", "a2", "a3"];

/// Arguments of one program that are told one by one; the command line has them all.
const TOLD_ARGUMENTS: usize = 4;

/// What a program is started with at most.
const MAX_ARGUMENTS: usize = 100_000;

impl Event {
    pub(super) fn new(id: &str, milliseconds: i64, row: usize) -> Self {
        Self { id: id.to_owned(), milliseconds, row, node: None, records: Vec::new() }
    }

    pub(super) fn add(&mut self, kind: &str, node: Option<&str>, fields: &str) {
        self.node = node.map(Into::into).or(self.node.take());
        self.records.push((kind.into(), fields.into()));
    }

    fn has(&self, kind: &str) -> bool {
        self.records.iter().any(|(of, _)| **of == *kind)
    }

    /// The type of its first record, unless it is an execve.
    pub(super) fn event_type(&self) -> &str {
        if self.has("SYSCALL") && self.has("EXECVE") {
            return EXECVE;
        }
        self.records.first().map_or("", |(kind, _)| kind)
    }

    /// Writes its fields into a row.
    pub(super) fn write(&self, row: &mut Fields) {
        if let Some(node) = &self.node {
            row.put("Computer", "NODE", Written { text: node, quoted: true });
        }
        let is_execve = self.event_type() == EXECVE;
        let mut paths = Vec::new();
        for (kind, text) in &self.records {
            match &**kind {
                "EXECVE" => write_arguments(text, row),
                "EOE" => {}
                "PATH" => {
                    paths.extend(fields(text).find(|(name, _)| *name == "name").map(|(_, path)| path.read("name")));
                }
                "SYSCALL" if is_execve => {
                    for (name, written) in fields(text).filter(|(name, _)| !REGISTERS.contains(name)) {
                        row.put(name, kind, written);
                    }
                }
                _ => fields(text).for_each(|(name, written)| row.put(name, kind, written)),
            }
        }
        if !paths.is_empty() {
            row.put_list("paths", &paths);
        }
    }
}

/// The arguments of a program. A long one comes in parts: `a1[0]=… a1[1]=…`.
fn write_arguments(text: &str, row: &mut Fields) {
    let mut arguments: BTreeMap<usize, String> = BTreeMap::new();
    for (name, written) in fields(text) {
        let Some(number) = name.strip_prefix('a') else {
            row.put(name, "EXECVE", written);
            continue;
        };
        let number = number.split_once('[').map_or(number, |(number, _part)| number);
        match number.parse::<usize>() {
            Ok(number) if number < MAX_ARGUMENTS => arguments.entry(number).or_default().push_str(&written.read("a0")),
            Ok(_) => {}
            // `a1_len`, and what else begins so.
            Err(_) if name.ends_with("_len") => {}
            Err(_) => row.put(name, "EXECVE", written),
        }
    }
    for (number, argument) in arguments.range(..TOLD_ARGUMENTS) {
        row.put(&format!("a{number}"), "EXECVE", Written { text: argument, quoted: true });
    }
    let command_line = arguments.into_values().collect::<Vec<_>>().join(" ");
    row.put("cmdline", "EXECVE", Written { text: &command_line, quoted: true });
}
