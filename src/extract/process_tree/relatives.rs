//! The relatives of one process: those above it, below it and beside it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ProcessTree, key::KeyWriter};

/// How a process is related to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[schema(as = ProcessRelation)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// It is the one.
    Itself,
    /// Above it.
    Ancestor,
    /// Right above it.
    Parent,
    /// Right below it.
    Child,
    /// Below it.
    Descendant,
    /// It has the same parent.
    Sibling,
}

impl Relation {
    /// The word for it in answers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Itself => "itself",
            Self::Ancestor => "ancestor",
            Self::Parent => "parent",
            Self::Child => "child",
            Self::Descendant => "descendant",
            Self::Sibling => "sibling",
        }
    }

    /// Whether one who asks for `asked` means this one: a parent is an ancestor, a child a descendant.
    pub fn is_among(self, asked: &[Self]) -> bool {
        let wider = match self {
            Self::Parent => Self::Ancestor,
            Self::Child => Self::Descendant,
            other => other,
        };
        self == Self::Itself || asked.is_empty() || asked.contains(&self) || asked.contains(&wider)
    }
}

/// A relative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Relative {
    /// Its number.
    pub process: u32,
    /// How it is related.
    pub relation: Relation,
}

impl ProcessTree {
    /// The process with a key. Of several hosts with the same, the first.
    pub fn find(&self, proc_key: &str) -> Option<u32> {
        let (mut keys, mut key) = (KeyWriter::default(), String::new());
        (0..).take(self.len()).find(|process| {
            key.clear();
            self.write_key(*process, &mut keys, &mut key);
            key == proc_key
        })
    }

    /// The process of a row.
    pub fn find_row(&self, row: usize) -> Option<u32> {
        (0..).zip(&self.source_rows).find(|(_, source)| **source as usize == row).map(|(process, _)| process)
    }

    /// All relatives of a process in the order of the tree: the way down to it, its siblings, and what lies below it.
    pub fn relatives(&self, process: u32) -> Vec<Relative> {
        let mut relatives = Vec::new();
        let up = |process: &u32| self.parent(*process);
        let above: Vec<_> = std::iter::successors(self.parent(process), up).collect();
        for (level, ancestor) in above.iter().enumerate().rev() {
            let relation = if level == 0 { Relation::Parent } else { Relation::Ancestor };
            relatives.push(Relative { process: *ancestor, relation });
        }
        let only = [process];
        for sibling in self.parent(process).map_or(&only[..], |parent| self.children(parent)) {
            if *sibling != process {
                relatives.push(Relative { process: *sibling, relation: Relation::Sibling });
                continue;
            }
            relatives.push(Relative { process, relation: Relation::Itself });
            let mut waiting: Vec<_> = self.children(process).iter().rev().copied().collect();
            while let Some(below) = waiting.pop() {
                let is_child = self.parent(below) == Some(process);
                let relation = if is_child { Relation::Child } else { Relation::Descendant };
                relatives.push(Relative { process: below, relation });
                waiting.extend(self.children(below).iter().rev());
            }
        }
        relatives
    }

    /// Writes the key of a process.
    pub(super) fn write_key(&self, process: u32, keys: &mut KeyWriter, out: &mut String) {
        if let Some(told) = self.events.told(process as usize) {
            keys.write(self.name(told.name), told.pid, told.time, &self.names, out);
        }
    }

    /// The key of a process.
    pub fn key(&self, process: u32) -> String {
        let mut key = String::new();
        self.write_key(process, &mut KeyWriter::default(), &mut key);
        key
    }
}
