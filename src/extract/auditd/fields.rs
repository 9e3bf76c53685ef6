//! The columns of events: made as fields turn up, with numbers where the audit system writes numbers.

use std::{borrow::Cow, collections::HashMap};

use model::{Column, ColumnType, Value};

use super::record::Written;

/// Fields beyond so many different ones go into one column together: names come from whoever writes the log.
const MAX_FIELDS: usize = 400;

/// The column for them.
const REST: &str = "other_fields";

/// Numbers of processes, accounts and sessions, of which the greatest means that there is none.
const NUMBERS: [&str; 20] = [
    "ppid", "pid", "auid", "uid", "gid", "euid", "egid", "suid", "sgid", "fsuid", "fsgid", "ouid", "ogid", "ses",
    "old-ses", "old-auid", "argc", "syscall", "items", "oauid",
];
const UNSET: i64 = 4_294_967_295;

/// Fields that are written in hexadecimal when they have a sign in them that would need quoting.
const ENCODED: [&str; 20] = [
    "a0",
    "proctitle",
    "cmd",
    "comm",
    "exe",
    "cwd",
    "name",
    "acct",
    "data",
    "path",
    "key",
    "dir",
    "file",
    "grp",
    "device",
    "ocomm",
    "sw",
    "vm",
    "old-disk",
    "new-disk",
];

impl<'t> Written<'t> {
    /// What the field of this name says.
    pub(super) fn read(self, name: &str) -> Cow<'t, str> {
        let is_encoded = !self.quoted
            && ENCODED.contains(&name)
            && self.text.len() >= 2
            && self.text.len().is_multiple_of(2)
            && self.text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F'));
        let decoded = if is_encoded { hex::decode(self.text).ok() } else { None };
        match decoded {
            // Arguments in a title are parted by zeros.
            Some(bytes) => String::from_utf8_lossy(&bytes).trim_end_matches('\0').replace('\0', " ").into(),
            None => self.text.into(),
        }
    }
}

/// Columns by the names of fields.
#[derive(Debug, Default)]
pub(super) struct Fields {
    columns: Vec<Column>,
    by_name: HashMap<String, usize>,
    row: usize,
    rest: Vec<(String, String)>,
}

impl Fields {
    /// Puts a field of a record of a type into the row. One that is there already, with another value, is named after the
    /// record's type, too.
    pub(super) fn put(&mut self, name: &str, kind: &str, written: Written<'_>) {
        let text = written.read(name);
        let is_absent = !written.quoted && matches!(&*text, "" | "?" | "(none)" | "(null)");
        if is_absent {
            return;
        }
        let number = NUMBERS.contains(&name).then(|| text.parse().ok()).flatten();
        let value = match number {
            Some(UNSET) => Value::Long(-1),
            Some(number) => Value::Long(number),
            None => Value::String(text),
        };
        if !self.push(name, value.clone()) {
            self.push(&format!("{name}_{kind}"), value);
        }
    }

    /// Puts a list into the row.
    pub(super) fn put_list(&mut self, name: &str, texts: &[Cow<'_, str>]) {
        let json = serde_json::to_string(texts).unwrap_or_default();
        self.push(name, Value::Dynamic(json.into()));
    }

    /// Whether the column was free in this row, or held the same.
    fn push(&mut self, name: &str, value: Value<'_>) -> bool {
        let row = self.row;
        let Some(column) = self.column(name, &value) else {
            self.rest.push((name.to_owned(), value.to_text().into_owned()));
            return true;
        };
        if column.len() > row {
            return column.value(row).to_text() == value.to_text();
        }
        fill(column, row);
        // What is no number in a column of numbers is left out only if the log is broken.
        if column.push(value).is_err() {
            let _ = column.push(Value::Null);
        }
        true
    }

    fn column(&mut self, name: &str, value: &Value<'_>) -> Option<&mut Column> {
        if !self.by_name.contains_key(name) {
            if self.columns.len() >= MAX_FIELDS {
                return None;
            }
            let kind = match value {
                Value::Dynamic(_) => ColumnType::Dynamic,
                Value::Long(_) => ColumnType::Long,
                _ if NUMBERS.contains(&name) => ColumnType::Long,
                _ => ColumnType::String,
            };
            self.columns.push(Column::new(name, kind));
            self.by_name.insert(name.to_owned(), self.columns.len() - 1);
        }
        self.columns.get_mut(*self.by_name.get(name)?)
    }

    /// Begins the next row.
    pub(super) fn end_row(&mut self) {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            let object: serde_json::Map<_, _> = rest.into_iter().map(|(name, text)| (name, text.into())).collect();
            let json = serde_json::Value::Object(object).to_string();
            let index = *self.by_name.entry(REST.to_owned()).or_insert(self.columns.len());
            if index == self.columns.len() {
                self.columns.push(Column::new(REST, ColumnType::Dynamic));
            }
            if let Some(column) = self.columns.get_mut(index) {
                fill(column, self.row);
                let _ = column.push(Value::Dynamic(json.into()));
            }
        }
        self.row += 1;
    }

    /// The columns, all as long as there are rows.
    pub(super) fn into_columns(mut self) -> Vec<Column> {
        self.columns.iter_mut().for_each(|column| fill(column, self.row));
        self.columns
    }
}

fn fill(column: &mut Column, rows: usize) {
    while column.len() < rows {
        // Null fits every column.
        let _ = column.push(Value::Null);
    }
}
