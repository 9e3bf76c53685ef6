//! `top-nested`: the top values, and within each the top of others.

use datafusion::{
    common::{Column, JoinType},
    logical_expr::{Expr, LogicalPlanBuilder, SortExpr},
};
use kql::checked::NestedLevel;
use model::ColumnType;

use super::{PlanError, Planned, Planner, Planning};

impl Planner<'_> {
    pub(super) fn top_nested(&self, levels: &[NestedLevel], types: &[ColumnType], input: Planned) -> Planning<Planned> {
        if levels.iter().any(|level| level.others.is_some()) {
            return Err(PlanError::Unsupported("top-nested with others".to_owned()));
        }
        let outer_keys = input.keys.clone();
        let mut rows = input;
        // What is in the answer so far: values and aggregates of the levels above, by the values as keys.
        let mut answer: Option<Planned> = None;
        for level in levels {
            let of = self.expr(&level.of, &rows)?;
            let (with_value, added) = rows.with(vec![of], self)?;
            let value = added.into_iter().next().ok_or(PlanError::Senseless("a level of nothing"))?;
            let mut aggregated =
                self.summarize(std::slice::from_ref(&level.of), std::slice::from_ref(&level.by), with_value.clone())?;
            if let Some(finish) = &level.finish {
                let column = aggregated.columns.get(1).cloned().zip(aggregated.types.get(1).copied());
                let expr = self.expr(finish, &aggregated.clone().select(column.into_iter().collect()))?;
                let kept: Vec<_> =
                    aggregated.columns.iter().cloned().zip(aggregated.types.iter().copied()).take(1).collect();
                let (planned, added) = aggregated.with(vec![expr], self)?;
                aggregated = planned.select(
                    kept.into_iter().chain(added.into_iter().map(|column| (column, finish.column_type))).collect(),
                );
            }
            let order = vec![SortExpr::new(aggregated.column(1)?, level.ascending, false)];
            let plan = LogicalPlanBuilder::from(aggregated.plan.clone()).sort(order)?.build()?;
            let sorted = Planned { plan, ordered: true, ..aggregated };
            let top = match &level.count {
                None => sorted,
                Some(count) => self.take_any_way(self.count(count)?, sorted)?,
            };
            // The rows of these values go on to the next level.
            let on_left: Vec<Expr> = with_value.keys.iter().chain([&value]).cloned().map(Expr::Column).collect();
            let on_right: Vec<Expr> = top.keys.iter().chain(top.columns.first()).cloned().map(Expr::Column).collect();
            let plan = LogicalPlanBuilder::from(with_value.plan.clone())
                .join_with_expr_keys(top.plan.clone(), JoinType::LeftSemi, (on_left, on_right), None)?
                .build()?;
            let mut keys: Vec<Column> = with_value.keys.clone();
            keys.push(value);
            rows = Planned { plan, keys, ..with_value };
            answer = Some(match answer {
                None => top,
                Some(above) => {
                    let on_left: Vec<Expr> =
                        outer_keys.iter().chain(above.columns.iter().step_by(2)).cloned().map(Expr::Column).collect();
                    let on_right: Vec<Expr> = top.keys.iter().cloned().map(Expr::Column).collect();
                    let plan = LogicalPlanBuilder::from(above.plan.clone())
                        .join_with_expr_keys(top.plan.clone(), JoinType::Inner, (on_left, on_right), None)?
                        .build()?;
                    let columns: Vec<Column> = above.columns.iter().chain(&top.columns).cloned().collect();
                    Planned { plan, columns, types: Vec::new(), keys: above.keys.clone(), ordered: false }
                }
            });
        }
        let answer = answer.ok_or(PlanError::Senseless("top-nested without levels"))?;
        Ok(Planned { types: types.to_vec(), keys: Vec::new(), ..answer })
    }

    fn take_any_way(&self, count: usize, input: Planned) -> Planning<Planned> {
        if !input.keys.is_empty() {
            return self.take_each(count, input);
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).limit(0, Some(count))?.build()?;
        Ok(Planned { plan, ..input })
    }
}
