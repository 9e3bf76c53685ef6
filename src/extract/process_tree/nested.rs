//! Trees as JSON: each process with its children in it.

use model::{Table, Value};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _},
};

use super::ProcessTree;

/// Levels of nesting. Readers of JSON, and this writer, keep what is open on a stack; a process at the lowest level says
/// how many descendants it has that are left out.
const MAX_LEVELS: u32 = 48;

/// All trees, or some of them, for serialising.
#[derive(Debug, Clone, Copy)]
pub struct Nested<'a> {
    /// The trees.
    pub tree: &'a ProcessTree,
    /// The table that they were read from.
    pub table: &'a Table,
    /// The process at whose tree to stop, if not all are wanted: it and what lies below it.
    pub top: Option<u32>,
}

impl Serialize for Nested<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let top = self.top.as_slice();
        let roots = self.tree.in_order().iter().filter(|process| self.tree.parent(**process).is_none());
        let mut list = serializer.serialize_seq(None)?;
        let mut add = |process: &u32| list.serialize_element(&Node { all: *self, process: *process, level: 0 });
        if top.is_empty() { roots.into_iter().try_for_each(&mut add) } else { top.iter().try_for_each(&mut add) }?;
        list.end()
    }
}

/// One process and what lies below it.
struct Node<'a> {
    all: Nested<'a>,
    process: u32,
    level: u32,
}

impl Node<'_> {
    fn cell(&self, column: &str) -> Value<'_> {
        let row = self.all.tree.source_row(self.process);
        row.map_or(Value::Null, |row| self.all.table.value(row, column))
    }

    fn descendants(&self) -> usize {
        let mut waiting = vec![self.process];
        let mut count = 0;
        while let Some(process) = waiting.pop() {
            let children = self.all.tree.children(process);
            count += children.len();
            waiting.extend(children);
        }
        count
    }
}

impl Serialize for Node<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Nested { tree, .. } = self.all;
        let schema = tree.schema();
        let mut map = serializer.serialize_map(None)?;
        let mut add =
            |name: &str, value: Value<'_>| if value.is_null() { Ok(()) } else { map.serialize_entry(name, &value) };
        add("proc_key", tree.key(self.process).into())?;
        let name = self.cell(&schema.process_name);
        add("process_name", if name.is_null() { tree.told_name(self.process) } else { name })?;
        add("process_id", tree.told_pid(self.process))?;
        add("time", tree.began(self.process).into())?;
        for (name, column) in [("command_line", &schema.command_line), ("user", &schema.user)] {
            add(name, column.as_deref().map_or(Value::Null, |column| self.cell(column)))?;
        }
        add("host", tree.host(self.process).into())?;
        add("depth", i64::from(tree.depth(self.process)).into())?;
        add("source_row", tree.source_row(self.process).and_then(|row| i64::try_from(row).ok()).into())?;
        add("outcome", tree.origin(self.process).as_str().into())?;
        let children = tree.children(self.process);
        if self.level + 1 < MAX_LEVELS {
            map.serialize_entry("children", &Children { of: self, children })?;
        } else if !children.is_empty() {
            map.serialize_entry("descendants_left_out", &self.descendants())?;
        }
        map.end()
    }
}

struct Children<'a> {
    of: &'a Node<'a>,
    children: &'a [u32],
}

impl Serialize for Children<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.children.len()))?;
        for child in self.children {
            list.serialize_element(&Node { all: self.of.all, process: *child, level: self.of.level + 1 })?;
        }
        list.end()
    }
}
