//! `partition`: something done with the rows of each value by themselves.

use kql::checked::{self, Table};

use super::{Planned, Planner, Planning};

impl Planner<'_> {
    pub(super) fn partition(&self, by: &checked::Expr, table: &Table, input: Planned) -> Planning<Planned> {
        let key = self.expr(by, &input)?;
        let outer = input.keys.clone();
        let (mut input, added) = input.with(vec![key], self)?;
        input.keys.extend(added);
        self.inputs.borrow_mut().push(input);
        let done = self.table(table);
        self.inputs.borrow_mut().pop();
        let done = done?;
        let keys = done.keys.iter().take(outer.len()).cloned().collect();
        Ok(Planned { keys, ordered: false, ..done })
    }
}
