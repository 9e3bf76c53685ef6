//! Which columns of a table the steps behind it look at: wide tables are planned as if they had no others.
//!
//! What nobody looks at keeps its place, but no column of the plan stands there: to look at it is an error, never a null.

use datafusion::common::Column;
use kql::checked::{self, Aggregate, ExprKind, Join, JoinKind, Operator, Schema, Step, Table};

use super::{Planned, project::has_window, window::visit};

/// The name of columns that nobody looks at.
const UNREAD: &str = "unread";

/// For each column whether somebody looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needed(Vec<bool>);

impl Needed {
    pub(super) fn all(columns: &Schema) -> Self {
        Self(vec![true; columns.len()])
    }

    fn none(columns: &Schema) -> Self {
        Self(vec![false; columns.len()])
    }

    /// Only the first.
    pub(super) fn first(columns: &Schema) -> Self {
        Self((0..columns.len()).map(|index| index == 0).collect())
    }

    pub(super) fn has(&self, index: usize) -> bool {
        self.0.get(index).copied().unwrap_or(true)
    }

    fn add(&mut self, index: usize) {
        if let Some(is_needed) = self.0.get_mut(index) {
            *is_needed = true;
        }
    }

    fn add_expr(&mut self, expr: &checked::Expr) {
        visit(expr, &mut |part| {
            if let ExprKind::Column(index) = part.kind {
                self.add(index);
            }
        });
    }

    fn with<'e>(mut self, exprs: impl IntoIterator<Item = &'e checked::Expr>) -> Self {
        exprs.into_iter().for_each(|expr| self.add_expr(expr));
        self
    }

    /// What a join needs of its right side.
    pub(super) fn of_right(&self, join: &Join, left: usize) -> Self {
        let columns = join.right.schema();
        let needed = match join.kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => Self::none(columns),
            JoinKind::RightSemi | JoinKind::RightAnti => self.clone(),
            _ => Self((0..columns.len()).map(|index| self.has(left + index)).collect()),
        };
        needed.with(join.on.iter().map(|(_, right)| right))
    }

    /// What a step needs of the rows that come in, if this is needed of those that come out.
    fn before(&self, operator: &Operator, columns: &Schema) -> Self {
        match operator {
            Operator::Filter(condition) => self.clone().with([condition]),
            Operator::Project(exprs) if !exprs.iter().any(has_window) => {
                let needed = exprs.iter().enumerate().filter(|(index, _)| self.has(*index)).map(|(_, expr)| expr);
                Self::none(columns).with(needed)
            }
            Operator::Summarize { by, aggregates } => {
                let read =
                    aggregates.iter().flat_map(|Aggregate { arguments, filter, .. }| arguments.iter().chain(filter));
                Self::none(columns).with(by.iter().chain(read))
            }
            Operator::Sort(keys) | Operator::Top { keys, .. } => self.clone().with(keys.iter().map(|key| &key.expr)),
            Operator::Take(_) | Operator::Sample(_) | Operator::Serialize => self.clone(),
            Operator::Join(join) => {
                let needed = match join.kind {
                    JoinKind::RightSemi | JoinKind::RightAnti => Self::none(columns),
                    _ => Self(self.0.iter().copied().take(columns.len()).collect()),
                };
                needed.with(join.on.iter().map(|(left, _)| left))
            }
            _ => Self::all(columns),
        }
    }
}

/// What is needed of the source of a table, then of what comes out of each step.
pub(super) fn along(table: &Table, of_result: &Needed) -> Vec<Needed> {
    let mut needed = vec![of_result.clone()];
    for (index, Step { operator, .. }) in table.steps.iter().enumerate().rev() {
        let before = index.checked_sub(1).and_then(|before| table.steps.get(before));
        let columns = before.map_or(&table.columns, |step| &step.columns);
        needed.extend(needed.last().map(|behind| behind.before(operator, columns)));
    }
    needed.reverse();
    needed
}

/// Stands for a column that nobody looks at.
pub(super) fn unread() -> Column {
    Column::new_unqualified(UNREAD)
}

/// Whether that is what a column is.
pub(super) fn is_unread(column: &Column) -> bool {
    column.relation.is_none() && column.name == UNREAD
}

impl Planned {
    /// The same with only those columns that are needed.
    pub(super) fn only(self, needed: &Needed) -> Self {
        let columns = self.columns.iter().enumerate();
        let columns =
            columns.map(|(index, column)| if needed.has(index) { column.clone() } else { unread() }).collect();
        Self { columns, ..self }
    }
}
