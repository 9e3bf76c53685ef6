//! One event: its records, joined.

use std::{borrow::Cow, collections::BTreeMap};

use super::{
    Packed,
    fields::Fields,
    record::{Record, Written, fields},
};

/// The records of one event.
#[derive(Debug, Default)]
pub(super) struct Event<'t> {
    node: Option<&'t str>,
    /// Types and fields.
    records: Vec<(Cow<'t, str>, Cow<'t, str>)>,
}

/// What a row of an execve is called.
const EXECVE: &str = "SYSCALL_EXECVE";

/// Registers at the system call: they have the names of the arguments of the program.
const REGISTERS: [&str; 4] = ["a0", "a1", "a2", "a3"];

/// Arguments of one program that are told one by one; the command line has them all.
const TOLD_ARGUMENTS: usize = 4;

/// What a program is started with at most.
const MAX_ARGUMENTS: usize = 100_000;

impl<'t> Event<'t> {
    /// Adds what a line says, if it is a record.
    pub(super) fn add_line(&mut self, line: &'t str) {
        let Some(record) = Record::read(line) else { return };
        self.node = record.node.or(self.node);
        self.records.push((record.kind.into(), record.fields.into()));
    }

    /// Adds records that are packed together.
    pub(super) fn add_packed(&mut self, json: &str) {
        let packed: Packed = serde_json::from_str(json).unwrap_or_default();
        for (kind, fields) in packed.into_iter().flatten() {
            let joined = match fields {
                serde_json::Value::String(text) => text,
                serde_json::Value::Array(items) => {
                    items.iter().filter_map(serde_json::Value::as_str).collect::<Vec<_>>().join(" ")
                }
                _ => continue,
            };
            self.records.push((kind.into(), joined.into()));
        }
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
        if let Some(node) = self.node {
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
