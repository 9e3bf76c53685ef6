//! The row that an expression is worked out for: which columns it has.

use std::cell::RefCell;

use super::scope::{Binding, Scope};
use crate::checked::{Aggregate, Column, Expr, ExprKind, PathStep};

/// The number of no row: for what is the same for all rows.
pub(super) const NONE: usize = 0;

/// What an expression may refer to.
#[derive(Clone, Copy)]
pub(super) struct Env<'e, 't> {
    /// Names besides columns.
    pub(super) scope: &'e Scope<'t>,
    /// The columns.
    pub(super) columns: &'e [Column],
    /// The number of the row.
    pub(super) row: usize,
    /// Where aggregates go, if they are allowed.
    pub(super) aggregates: Option<&'e Aggregates<'e>>,
    /// In `scan`: the names of the steps, whose states are seen.
    pub(super) steps: &'e [&'e str],
    /// In `search` and `find`: columns that other tables have; here they are null.
    pub(super) absent: &'e [Column],
}

impl<'e, 't> Env<'e, 't> {
    /// Without columns.
    pub(super) const fn constant(scope: &'e Scope<'t>) -> Self {
        Self { scope, columns: &[], row: NONE, aggregates: None, steps: &[], absent: &[] }
    }

    /// What a name stands for that is given this value here.
    pub(super) fn binding(&self, value: Expr) -> Binding<'t> {
        let row = if has_columns(&value) { self.row } else { NONE };
        Binding::Value(value, row)
    }

    /// With the columns of the row of this number.
    pub(super) const fn of(scope: &'e Scope<'t>, columns: &'e [Column], row: usize) -> Self {
        Self { scope, columns, row, aggregates: None, steps: &[], absent: &[] }
    }
}

/// The aggregates of an operator, while they are found.
pub(super) struct Aggregates<'e> {
    /// The columns that they are of.
    pub(super) columns: &'e [Column],
    /// The number of the row of these.
    pub(super) row: usize,
    /// How many columns come before theirs.
    pub(super) offset: usize,
    /// Columns that rows are grouped by, which `*` does not mean.
    pub(super) grouped: Vec<usize>,
    /// Those that were found.
    pub(super) found: RefCell<Vec<Aggregate>>,
}

impl<'e> Aggregates<'e> {
    pub(super) fn new(columns: &'e [Column], row: usize, by: &[Expr]) -> Self {
        let grouped = by.iter().filter_map(super::call::plain_column).collect();
        Self { columns, row, offset: by.len(), grouped, found: RefCell::new(Vec::new()) }
    }

    /// Adds an aggregate. Gives its first column among those that come out.
    pub(super) fn add(&self, aggregate: Aggregate) -> usize {
        let mut found = self.found.borrow_mut();
        let column = self.offset + found.iter().map(|aggregate| aggregate.outputs).sum::<usize>();
        found.push(aggregate);
        column
    }

    /// Those that were found.
    pub(super) fn into_found(self) -> Vec<Aggregate> {
        self.found.into_inner()
    }
}

/// Whether a value differs from row to row.
pub(super) fn has_columns(expr: &Expr) -> bool {
    let step_has = |step: &PathStep| match step {
        PathStep::Value(expr) => has_columns(expr),
        PathStep::Member(_) | PathStep::Element(_) => false,
    };
    match &expr.kind {
        ExprKind::Column(_) | ExprKind::State { .. } | ExprKind::AnyColumn { .. } => true,
        ExprKind::Literal(_) | ExprKind::Scalar(_) => false,
        ExprKind::Call { arguments: parts, .. } | ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().any(has_columns)
        }
        ExprKind::Binary { left, right, .. } => has_columns(left) || has_columns(right),
        ExprKind::Negative(of) | ExprKind::Cast(of) | ExprKind::Part { of, .. } => has_columns(of),
        ExprKind::In { value, list, .. } => has_columns(value) || list.iter().any(has_columns),
        ExprKind::InTable { value, .. } => has_columns(value),
        ExprKind::Path { of, steps } => has_columns(of) || steps.iter().any(step_has),
    }
}
