//! `project`, `extend` and all operators that give columns.

use datafusion::logical_expr::Expr;
use kql::{
    checked::{self, ExprKind},
    function::Family,
};

use super::{
    Planned, Planner, Planning,
    needed::{Needed, unread},
    window,
};

impl Planner<'_> {
    pub(super) fn project(&self, exprs: &[checked::Expr], input: Planned, needed: &Needed) -> Planning<Planned> {
        if exprs.iter().any(has_window) {
            return self.project_windows(exprs, input, needed);
        }
        let types: Vec<_> = exprs.iter().map(|expr| expr.column_type).collect();
        let exprs = exprs.iter().enumerate();
        let planned = exprs.map(
            |(index, expr)| {
                if needed.has(index) { self.expr(expr, &input) } else { Ok(Expr::Column(unread())) }
            },
        );
        let planned = planned.collect::<Planning<Vec<_>>>()?;
        let (input, columns) = input.with(planned, self)?;
        Ok(input.select(columns.into_iter().zip(types).collect()))
    }

    /// Calls that look at other rows are worked out first, the innermost before all others; then they are columns.
    fn project_windows(&self, exprs: &[checked::Expr], mut input: Planned, needed: &Needed) -> Planning<Planned> {
        let mut exprs = exprs.to_vec();
        loop {
            let mut calls = Vec::new();
            for expr in &mut exprs {
                window::extract(expr, input.columns.len(), &mut calls);
            }
            if calls.is_empty() {
                return self.project(&exprs, input, needed);
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
