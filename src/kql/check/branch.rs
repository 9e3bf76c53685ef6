//! `fork`, `facet` and `partition`: something done with the same rows in several ways, or with some of them at a time.

use model::ColumnType;

use super::{Checker, Done, row::Env, scope::Scope};
use crate::{
    checked::{self, Column, Expr, Source, Table},
    mistake::{What, Wrong},
    operator::{Facet, Fork, Partition},
    place::Span,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn fork(&mut self, fork: &'t Fork, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let shared = self.shared(table);
        let mut branches = Vec::with_capacity(fork.branches.len());
        for branch in &fork.branches {
            let value = self.within(span, |checker| checker.pipe_value(&branch.pipe, scope, Some(shared.clone())))?;
            branches.push((branch.name.as_ref().map(|name| name.text.clone()), value.table(span)?));
        }
        let first = branches.first().map(|(_, table)| table.clone());
        self.branches = branches;
        first.ok_or_else(|| Wrong::new(What::Empty, span))
    }

    pub(super) fn facet(&mut self, facet: &'t Facet, table: Table, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let shared = self.shared(table);
        let schema = shared.schema().clone();
        let env = self.env(scope, &schema);
        let mut branches = Vec::with_capacity(facet.by.len() + 1);
        for path in &facet.by {
            let by = self.expr(path, env)?;
            let name = super::names::of_expr(path).unwrap_or_else(|| "Column1".into());
            let columns = [Column::new(name, by.column_type), Column::new("count_", ColumnType::Long)];
            let aggregates = vec![super::fitting::known_aggregate("count", Vec::new(), span)?];
            let operator = checked::Operator::Summarize { by: vec![by], aggregates };
            branches.push((None, shared.clone().then(operator, columns, span)));
        }
        if let Some(with) = &facet.with {
            let value = self.within(span, |checker| checker.pipe_value(with, scope, Some(shared)))?;
            branches.push((None, value.table(span)?));
        }
        let first = branches.first().map(|(_, table)| table.clone());
        self.branches = branches;
        first.ok_or_else(|| Wrong::new(What::Empty, span))
    }

    pub(super) fn partition(
        &mut self,
        partition: &'t Partition,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let env: Env<'_, 't> = self.env(scope, &schema);
        let by: Expr = self.expr(&partition.by, env)?;
        if partition.in_braces {
            return Err(Wrong::unsupported("partition with a query in braces", span));
        }
        let source = Table { source: Source::Input, columns: schema.clone(), steps: Vec::new() };
        let inner =
            self.within(span, |checker| checker.pipe_value(&partition.pipe, scope, Some(source))?.table(span))?;
        let columns = inner.schema().clone();
        Ok(table.then(checked::Operator::Partition { by, table: Box::new(inner) }, columns, span))
    }
}
