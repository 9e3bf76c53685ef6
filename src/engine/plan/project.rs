//! `project`, `extend` and all operators that give columns.

use kql::{
    checked::{self, ExprKind},
    function::Family,
};

use super::{Planned, Planner, Planning, window};

impl Planner<'_> {
    pub(super) fn project(&self, exprs: &[checked::Expr], input: Planned) -> Planning<Planned> {
        if exprs.iter().any(has_window) {
            return self.project_windows(exprs, input);
        }
        let types: Vec<_> = exprs.iter().map(|expr| expr.column_type).collect();
        let planned = self.exprs(exprs, &input)?;
        let (input, columns) = input.with(planned, self)?;
        Ok(input.select(columns.into_iter().zip(types).collect()))
    }

    /// Calls that look at other rows are worked out first, the innermost before all others; then they are columns.
    fn project_windows(&self, exprs: &[checked::Expr], mut input: Planned) -> Planning<Planned> {
        let mut exprs = exprs.to_vec();
        loop {
            let mut calls = Vec::new();
            for expr in &mut exprs {
                window::extract(expr, input.columns.len(), &mut calls);
            }
            if calls.is_empty() {
                return self.project(&exprs, input);
            }
            input = self.windows(calls, input)?;
        }
    }
}

/// Whether an expression looks at other rows.
pub(super) fn has_window(expr: &checked::Expr) -> bool {
    let mut found = false;
    window::visit(expr, &mut |expr| {
        found |= matches!(&expr.kind, ExprKind::Call { function, .. } if function.family == Family::Window);
    });
    found
}
