//! `sort` and `top`.

use datafusion::{
    common::Column,
    logical_expr::{Expr, LogicalPlanBuilder, SortExpr},
};
use kql::checked::{self, SortKey};

use super::{Planned, Planner, Planning};

impl Planner<'_> {
    pub(super) fn sort(&self, keys: &[SortKey], count: Option<&checked::Expr>, input: Planned) -> Planning<Planned> {
        let limit = count.map(|count| self.count(count)).transpose()?;
        let exprs = keys.iter().map(|key| self.expr(&key.expr, &input)).collect::<Planning<Vec<_>>>()?;
        let (input, columns) = input.with(exprs, self)?;
        let order = columns.into_iter().zip(keys);
        let order: Vec<_> = order.map(|(column, key)| ordered(column, key)).collect();
        let is_grouped = !input.keys.is_empty();
        let fetch = limit.filter(|_| !is_grouped);
        let plan = LogicalPlanBuilder::from(input.plan.clone()).sort_with_limit(order, fetch)?.build()?;
        let sorted = Planned { plan, ordered: true, ..input };
        match limit {
            Some(limit) if is_grouped => self.take_each(limit, sorted),
            Some(limit) => {
                let plan = LogicalPlanBuilder::from(sorted.plan.clone()).limit(0, Some(limit))?.build()?;
                Ok(Planned { plan, ..sorted })
            }
            None => Ok(sorted),
        }
    }
}

pub(super) fn ordered(column: Column, key: &SortKey) -> SortExpr {
    SortExpr::new(Expr::Column(column), key.ascending, key.nulls_first)
}
