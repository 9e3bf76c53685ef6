//! `top-nested` and `top-hitters`.

use super::{
    Checker, Done, call, fitting,
    names::{self, Columns},
    row::{Aggregates, Env},
    scope::Scope,
    types,
};
use crate::{
    checked::{self, Aggregate, Column, Expr, NestedLevel, SortKey, Table},
    mistake::Wrong,
    operator::{self, TopHitters, TopNested},
    place::Span,
    tree,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn top_nested(
        &mut self,
        nested: &'t TopNested,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let mut columns = Columns::default();
        let mut levels = Vec::with_capacity(nested.levels.len());
        for level in &nested.levels {
            levels.push(self.nested_level(level, &schema, &mut columns, scope)?);
        }
        Ok(table.then(checked::Operator::TopNested(levels), columns.into_schema(), span))
    }

    fn nested_level(
        &mut self,
        level: &'t operator::NestedLevel,
        schema: &[Column],
        columns: &mut Columns,
        scope: &Scope<'t>,
    ) -> Done<NestedLevel> {
        let count = level.count.as_ref().map(|count| self.row_count(count, scope)).transpose()?;
        let env = self.env(scope, schema);
        let of = self.expr(&level.of.expr, env)?;
        let own_name = names::of_expr(&level.of.expr);
        let place = match (level.of.names.first(), &own_name) {
            (Some(name), _) => columns.add(name, of.column_type)?,
            (None, Some(name)) => columns.add_unique(name, of.column_type),
            (None, None) => columns.add_unnamed(of.column_type),
        };
        let others = level.others.as_ref().map(|others| self.constant(others, scope)).transpose()?;
        let others = others.map(|others| types::cast(others, of.column_type));
        let (by, finish) = self.one_aggregate(&level.by.key.expr, schema, &[], scope)?;
        let by_type = finish.as_ref().map_or_else(|| by.column_type, |finish| finish.column_type);
        match level.by.key.names.first() {
            Some(name) => columns.add(name, by_type)?,
            None => {
                let name = columns.name(place).unwrap_or_default();
                columns.add_unique(&format!("aggregated_{name}"), by_type)
            }
        };
        Ok(NestedLevel { count, of, others, by, finish, ascending: level.by.ascending.unwrap_or(false) })
    }

    /// An expression of one aggregate: that, and what is done with it if something is.
    pub(super) fn one_aggregate(
        &mut self,
        expr: &'t tree::Expr,
        schema: &[Column],
        by: &[Expr],
        scope: &Scope<'t>,
    ) -> Done<(Aggregate, Option<Expr>)> {
        let aggregates = Aggregates::new(schema, self.next_row(), by);
        let offset = aggregates.offset;
        let after = Env { aggregates: Some(&aggregates), ..Env::of(scope, &[], self.next_row()) };
        let finish = self.expr(expr, after)?;
        let mut found = aggregates.into_found().into_iter();
        match (found.next(), found.next()) {
            (Some(mut aggregate), None) => {
                // Only the first of its columns is asked for.
                if aggregate.outputs > 1 {
                    aggregate.outputs = 1;
                }
                let is_plain = call::plain_column(&finish) == Some(offset);
                Ok((aggregate, (!is_plain).then_some(finish)))
            }
            // What is the same for all rows needs no aggregate.
            (None, _) if !super::row::has_columns(&finish) => {
                Ok((fitting::known_aggregate("take_any", vec![finish], expr.span)?, None))
            }
            (None, _) => Err(Wrong::expected("an aggregate", expr.span)),
            (Some(_), Some(_)) => Err(Wrong::unsupported("several aggregates in one expression here", expr.span)),
        }
    }

    pub(super) fn top_hitters(
        &mut self,
        hitters: &'t TopHitters,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let count = self.row_count(&hitters.count, scope)?;
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut columns = Columns::default();
        let by = self.grouping(std::slice::from_ref(&hitters.of), &mut columns, env)?;
        let (aggregate, name) = match &hitters.by {
            None => {
                let of = names::of_expr(&hitters.of.expr).unwrap_or_default();
                (fitting::known_aggregate("count", Vec::new(), span)?, format!("approximate_count_{of}"))
            }
            Some(weight) => {
                let argument = self.expr(&weight.expr, env)?;
                let of = names::of_expr(&weight.expr).unwrap_or_default();
                let sum = fitting::known_aggregate("sum", vec![argument], span)?;
                (sum, format!("approximate_sum_{of}"))
            }
        };
        let column_type = aggregate.column_type;
        let place = columns.add_unique(&name, column_type);
        let expr = Expr::of_column(place, column_type, span);
        let key = SortKey { expr, ascending: false, nulls_first: false };
        let aggregates = vec![aggregate];
        let table = table.then(checked::Operator::Summarize { by, aggregates }, columns.into_schema(), span);
        Ok(table.then_same(checked::Operator::Top { count, keys: vec![key] }, span))
    }
}
