//! `mv-expand`: one row for each element.

use kql::checked::Expansions;
use model::ColumnType;

use super::{Planned, Planner, Planning};

impl Planner<'_> {
    pub(super) fn mv_expand(&self, expansions: &Expansions, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        // All columns but those that are new stand where they stood.
        let columns = input.columns.len();
        let kept = (0..types.len()).map(|column| Some(column).filter(|column| *column < columns)).collect();
        self.expand(expansions, types, kept, input)
    }
}
