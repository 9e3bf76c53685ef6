//! A tree in numbers.

use serde::Serialize;
use utoipa::ToSchema;

use super::{ProcessTree, SchemaName, Unusable};

/// A tree in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ProcessTreeSummary)]
pub struct Summary {
    /// The schema that the table was read with.
    pub schema: SchemaName,
    /// All processes, the inferred ones included.
    #[schema(example = 1010)]
    pub processes: usize,
    /// Those without a parent.
    pub root_processes: usize,
    /// Those without children.
    pub leaf_processes: usize,
    /// Those with a parent and children.
    pub branch_processes: usize,
    /// Those with neither.
    pub isolated_processes: usize,
    /// Levels of the deepest tree.
    pub largest_tree_depth: u32,
    /// Those that no event shows: their children tell of them.
    pub inferred_processes: usize,
    /// Processes that were each other's ancestors: how many such circles were cut.
    pub cycles: usize,
    /// Rows that are events of another kind.
    pub filtered_rows: usize,
    /// Rows that cannot be used: they tell no process number or no time.
    pub unusable_rows: usize,
    /// Rows that repeat an earlier one.
    pub duplicate_rows: usize,
}

impl ProcessTree {
    /// The tree in numbers.
    pub fn summary(&self) -> Summary {
        let all = || (0..).take(self.len());
        let is_root = |process: &u32| self.parent(*process).is_none();
        let is_leaf = |process: &u32| self.children(*process).is_empty();
        let roots = all().filter(is_root).count();
        let leaves = all().filter(is_leaf).count();
        let isolated = all().filter(|process| is_root(process) && is_leaf(process)).count();
        let duplicates = self.rejected.iter().filter(|(_, reason)| *reason == Unusable::Duplicate).count();
        Summary {
            schema: self.schema.name,
            processes: self.len(),
            root_processes: roots,
            leaf_processes: leaves,
            branch_processes: self.len() + isolated - roots - leaves,
            isolated_processes: isolated,
            largest_tree_depth: all().map(|process| self.depth(process) + 1).max().unwrap_or(0),
            inferred_processes: self.len() - self.observed,
            cycles: self.shape.cut.len(),
            filtered_rows: self.filtered,
            unusable_rows: self.rejected.len() - duplicates,
            duplicate_rows: duplicates,
        }
    }
}
