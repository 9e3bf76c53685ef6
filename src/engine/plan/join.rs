//! `join` and `lookup`, all kinds.

use datafusion::{
    common::JoinType,
    functions_aggregate::expr_fn::first_value,
    logical_expr::{Expr, LogicalPlanBuilder, lit},
};
use kql::checked::{self, ExprKind, Join, JoinKind};
use model::ColumnType;

use super::{
    Planned, Planner, Planning,
    constant::constant,
    expression::coalesce,
    needed::{Needed, is_unread},
    window,
};
use crate::cell::Cell;

impl Planner<'_> {
    pub(super) fn join(&self, join: &Join, left: Planned, needed: &Needed) -> Planning<Planned> {
        let right = self.table_of(&join.right, &needed.of_right(join, left.columns.len()))?;
        let left_keys = join.on.iter().map(|(left_key, _)| self.expr(left_key, &left)).collect::<Planning<Vec<_>>>()?;
        let right_keys =
            join.on.iter().map(|(_, right_key)| self.expr(right_key, &right)).collect::<Planning<Vec<_>>>()?;
        let (left, left_keys) = left.with(left_keys, self)?;
        let (right, right_keys) = right.with(right_keys, self)?;
        let left_keys: Vec<_> = left_keys.into_iter().map(Expr::Column).collect();
        let right_keys: Vec<_> = right_keys.into_iter().map(Expr::Column).collect();
        let (left, left_keys) =
            if join.kind == JoinKind::InnerUnique { self.unique(left, left_keys)? } else { (left, left_keys) };
        let kind = match join.kind {
            JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
            JoinKind::LeftOuter => JoinType::Left,
            JoinKind::RightOuter => JoinType::Right,
            JoinKind::FullOuter => JoinType::Full,
            JoinKind::LeftSemi => JoinType::LeftSemi,
            JoinKind::RightSemi => JoinType::RightSemi,
            JoinKind::LeftAnti => JoinType::LeftAnti,
            JoinKind::RightAnti => JoinType::RightAnti,
        };
        let builder = LogicalPlanBuilder::from(left.plan.clone());
        let plan = if left_keys.is_empty() {
            builder.join_on(right.plan.clone(), kind, [lit(true)])?.build()?
        } else {
            builder.join_with_expr_keys(right.plan.clone(), kind, (left_keys, right_keys), None)?.build()?
        };
        let (columns, types) = if join.kind.is_left_only() {
            (left.columns, left.types)
        } else if join.kind.is_right_only() {
            (right.columns, right.types)
        } else {
            ([left.columns, right.columns].concat(), [left.types, right.types].concat())
        };
        let joined = Planned { plan, columns, types, keys: left.keys, ordered: false };
        if matches!(kind, JoinType::Left | JoinType::Right | JoinType::Full) {
            self.texts_without_nulls(joined)
        } else {
            Ok(joined)
        }
    }

    /// Of rows with the same key one stays: one that the next filter lets through, if it looks at the left side only.
    pub(super) fn filter_before(&self, join: &Join, condition: &checked::Expr, left: Planned) -> Planning<Planned> {
        if join.kind != JoinKind::InnerUnique {
            return Ok(left);
        }
        let conditions = match &condition.kind {
            ExprKind::And(parts) => parts.iter().collect(),
            _ => vec![condition],
        };
        let columns = left.columns.len();
        let of_left = conditions.into_iter().filter(|condition| !window::mentions_beyond(condition, columns));
        of_left.into_iter().try_fold(left, |left, condition| self.filter(condition, left))
    }

    /// One row for each key.
    fn unique(&self, input: Planned, keys: Vec<Expr>) -> Planning<(Planned, Vec<Expr>)> {
        let mut groups = Vec::new();
        let mut group_columns = Vec::new();
        for key in keys {
            let name = self.fresh();
            groups.push(key.alias(&name));
            group_columns.push(Expr::Column(datafusion::common::Column::new_unqualified(name)));
        }
        let mut firsts = Vec::new();
        let mut columns = Vec::new();
        for column in &input.columns {
            if is_unread(column) {
                columns.push(column.clone());
                continue;
            }
            let name = self.fresh();
            firsts.push(first_value(Expr::Column(column.clone()), Vec::new()).alias(&name));
            columns.push(datafusion::common::Column::new_unqualified(name));
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).aggregate(groups, firsts)?.build()?;
        Ok((Planned { plan, columns, ..input }, group_columns))
    }

    /// Where a row has no pair, its texts are empty.
    pub(super) fn texts_without_nulls(&self, input: Planned) -> Planning<Planned> {
        let empty = constant(&Cell::of(""), ColumnType::String);
        let exprs = input.columns.iter().zip(&input.types).map(|(column, column_type)| {
            let is_text = *column_type == ColumnType::String && !is_unread(column);
            let column = Expr::Column(column.clone());
            if is_text { coalesce(vec![column, empty.clone()]) } else { column }
        });
        let exprs = exprs.collect();
        let types = input.types.clone();
        let (input, columns) = input.with(exprs, self)?;
        Ok(input.select(columns.into_iter().zip(types).collect()))
    }
}
