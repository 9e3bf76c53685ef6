//! Operators: which is checked where, and tables while steps are added to them.

use std::sync::Arc;

use super::{Checker, Done, row::Env, scope::Scope};
use crate::{
    checked::{self, Column, Expr, Schema, Table},
    mistake::{What, Wrong},
    operator::{Operator, Step},
    place::Span,
};

impl Table {
    /// Adds a step that gives these columns.
    pub(super) fn then(mut self, operator: checked::Operator, columns: impl Into<Schema>, span: Span) -> Self {
        self.steps.push(checked::Step { operator, columns: columns.into(), span });
        self
    }

    /// Adds a step that leaves columns as they are.
    pub(super) fn then_same(self, operator: checked::Operator, span: Span) -> Self {
        let columns = self.schema().clone();
        self.then(operator, columns, span)
    }

    /// Adds a step that gives columns by expressions; nothing, if all are as they are.
    pub(super) fn project(self, exprs: Vec<Expr>, columns: impl Into<Schema>, span: Span) -> Self {
        let columns = columns.into();
        let stays = |(place, expr): (usize, &Expr)| super::call::plain_column(expr) == Some(place);
        if columns == *self.schema() && exprs.iter().enumerate().all(stays) {
            return self;
        }
        self.then(checked::Operator::Project(exprs), columns, span)
    }

    /// Keeps the columns at these places, in this order.
    pub(super) fn pick(self, places: &[usize], span: Span) -> Self {
        let schema = self.schema().clone();
        let columns: Vec<Column> = places.iter().filter_map(|place| schema.get(*place)).cloned().collect();
        let exprs = places
            .iter()
            .filter_map(|place| schema.get(*place).map(|column| Expr::of_column(*place, column.column_type, span)));
        let exprs = exprs.collect();
        self.project(exprs, columns, span)
    }
}

impl<'t> Checker<'_, 't> {
    /// A table with an operator behind it.
    pub(super) fn step(&mut self, step: &'t Step, table: Option<Table>, scope: &mut Scope<'t>) -> Done<Table> {
        self.count(1, step.span)?;
        match table {
            Some(table) if picks_rows(&step.operator) => {
                let schema = table.schema().clone();
                match self.picking(&step.operator, &schema, scope) {
                    Ok(operator) => Ok(table.then(operator, schema, step.span)),
                    Err(wrong) if self.pending.is_some() => Err(wrong),
                    // What is behind an operator that only picks rows can be checked nevertheless.
                    Err(wrong) => {
                        self.wrongs.push(wrong);
                        Ok(table)
                    }
                }
            }
            table => self.operator(&step.operator, table, scope, step.span),
        }
    }

    fn operator(
        &mut self,
        operator: &'t Operator,
        table: Option<Table>,
        scope: &mut Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        // Operators that bring their own rows, or take what stands before them.
        match operator {
            Operator::Print(print) => return self.print(print, scope, span),
            Operator::Range(range) => return self.range(range, scope, span),
            Operator::Union(union) => return self.union(union, table, scope, span),
            Operator::Search(search) => return self.search(search, table, scope, span),
            Operator::Find(find) => return self.find(find, table, scope, span),
            Operator::Evaluate(evaluate) if table.is_none() => {
                return Err(Wrong::unsupported("plugins that bring their own rows", evaluate.plugin.span));
            }
            _ => {}
        }
        let Some(table) = table else { return Err(Wrong::expected("a table before this", span)) };
        match operator {
            Operator::As(named) => {
                let nodes = self.nodes;
                *scope = scope.with(&named.name.text, super::Binding::Table(Arc::new(table.clone()), nodes));
                Ok(table)
            }
            Operator::AssertSchema(assert) => self.assert_schema(assert, table, span),
            Operator::Consume(_) => Ok(self.consume(table, span)),
            Operator::Count(count) => self.count_rows(count, table, span),
            Operator::Distinct(distinct) => self.distinct(distinct, table, scope, span),
            Operator::Evaluate(evaluate) => self.evaluate(evaluate, table, scope, span),
            Operator::Extend(extend) => self.extend(&extend.columns, table, scope, span),
            Operator::Facet(facet) => self.facet(facet, table, scope, span),
            Operator::Fork(fork) => self.fork(fork, table, scope, span),
            Operator::Getschema(getschema) => Ok(self.getschema(getschema, &table, span)),
            Operator::Invoke(invoke) => self.invoke(invoke, table, scope),
            Operator::Join(join) => self.join(join, table, scope, span),
            Operator::Lookup(lookup) => self.lookup(lookup, table, scope, span),
            Operator::MakeSeries(series) => self.make_series(series, table, scope, span),
            Operator::MvApply(apply) => self.mv_apply(apply, table, scope, span),
            Operator::MvExpand(expand) => self.mv_expand(expand, table, scope, span),
            Operator::ParseText(parse) => self.parse_text(parse, table, scope, span),
            Operator::ParseKv(parse) => self.parse_kv(parse, table, scope, span),
            Operator::Partition(partition) => self.partition(partition, table, scope, span),
            Operator::Project(project) => self.project(&project.columns, table, scope, span),
            Operator::ProjectAway(away) => self.project_away(&away.columns, table, span),
            Operator::ProjectByNames(names) => self.project_by_names(names, table, scope, span),
            Operator::ProjectKeep(keep) => self.project_keep(&keep.columns, table, span),
            Operator::ProjectRename(rename) => self.project_rename(rename, table, span),
            Operator::ProjectReorder(reorder) => self.project_reorder(reorder, table, span),
            Operator::Reduce(reduce) => self.reduce(reduce, table, scope, span),
            Operator::Render(render) => {
                self.render =
                    Some(checked::Render { chart: render.chart.text.clone(), settings: render.settings.clone() });
                Ok(table)
            }
            Operator::SampleDistinct(sample) => self.sample_distinct(sample, table, scope, span),
            Operator::Scan(scan) => self.scan(scan, table, scope, span),
            Operator::Serialize(serialize) => {
                let table = self.extend(&serialize.columns, table, scope, span)?;
                Ok(table.then_same(checked::Operator::Serialize, span))
            }
            Operator::Summarize(summarize) => self.summarize(summarize, table, scope, span),
            Operator::TopHitters(hitters) => self.top_hitters(hitters, table, scope, span),
            Operator::TopNested(nested) => self.top_nested(nested, table, scope, span),
            _ => Err(Wrong::new(What::UnknownOperator, span)),
        }
    }

    /// The number of a row that is not any other.
    pub(super) fn next_row(&mut self) -> usize {
        self.next_id()
    }

    /// What expressions of the rows of a table may refer to.
    pub(super) fn env<'e>(&mut self, scope: &'e Scope<'t>, columns: &'e [Column]) -> Env<'e, 't> {
        Env::of(scope, columns, self.next_row())
    }
}

/// Operators that only pick rows.
const fn picks_rows(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Filter(_) | Operator::Sort(_) | Operator::Take(_) | Operator::Top(_) | Operator::Sample(_)
    )
}
