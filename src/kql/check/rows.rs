//! Operators that pick, order, count or describe rows.

use model::ColumnType::{self, Long, String};

use super::{
    Checker, Done,
    fitting::known_aggregate,
    names::{self, Columns},
    row::Env,
    scope::Scope,
    types,
};
use crate::{
    Literal,
    checked::{self, Column, Expr, SortKey, Source, Table},
    function,
    mistake::{What, Wrong},
    operator::{AssertSchema, Count, Distinct, Getschema, Operator, Ordered, Range, SampleDistinct},
    place::Span,
    tree::{ExprKind, Named},
};

impl<'t> Checker<'_, 't> {
    /// Operators that only pick rows, of a table of these columns.
    pub(super) fn picking(
        &mut self,
        operator: &'t Operator,
        columns: &[Column],
        scope: &Scope<'t>,
    ) -> Done<checked::Operator> {
        let env = self.env(scope, columns);
        Ok(match operator {
            Operator::Filter(filter) => checked::Operator::Filter(self.condition(&filter.condition, env)?),
            Operator::Sort(sort) => checked::Operator::Sort(self.sort_keys(&sort.keys, env)?),
            Operator::Top(top) => checked::Operator::Top {
                count: self.row_count(&top.count, scope)?,
                keys: self.sort_keys(&top.keys, env)?,
            },
            Operator::Sample(sample) => checked::Operator::Sample(self.row_count(&sample.count, scope)?),
            Operator::Take(take) => checked::Operator::Take(self.row_count(&take.count, scope)?),
            _ => return Err(Wrong::new(What::UnknownOperator, Span::default())),
        })
    }

    pub(super) fn sort_keys(&mut self, keys: &'t [Ordered], env: Env<'_, 't>) -> Done<Vec<SortKey>> {
        let key = |ordered: &'t Ordered| {
            let expr = self.expr(&ordered.key.expr, env)?;
            let ascending = ordered.ascending.unwrap_or(false);
            Ok(SortKey { expr, ascending, nulls_first: ordered.nulls_first.unwrap_or(ascending) })
        };
        keys.iter().map(key).collect()
    }

    pub(super) fn distinct(
        &mut self,
        distinct: &'t Distinct,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let is_star = |named: &Named| matches!(named.expr.kind, ExprKind::Star);
        let table = match distinct.columns.as_slice() {
            [only] if is_star(only) => table,
            columns => self.project(columns, table, scope, span)?,
        };
        Ok(table.then_same(checked::Operator::Distinct, span))
    }

    pub(super) fn sample_distinct(
        &mut self,
        sample: &'t SampleDistinct,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let count = self.row_count(&sample.count, scope)?;
        let table = self.project(std::slice::from_ref(&sample.of), table, scope, span)?;
        let table = table.then_same(checked::Operator::Distinct, span);
        Ok(table.then_same(checked::Operator::Take(count), span))
    }

    pub(super) fn consume(&mut self, table: Table, span: Span) -> Table {
        let nothing = Expr::of_literal(Literal::Long(0), span);
        let empty = table.then_same(checked::Operator::Take(nothing), span);
        empty.then(checked::Operator::Project(Vec::new()), [], span)
    }

    pub(super) fn count_rows(&mut self, count: &'t Count, table: Table, span: Span) -> Done<Table> {
        let name = count.name.as_ref().map_or("Count".into(), |name| name.text.clone());
        let aggregates = vec![known_aggregate("count", Vec::new(), span)?];
        let columns = [Column::new(name, Long)];
        Ok(table.then(checked::Operator::Summarize { by: Vec::new(), aggregates }, columns, span))
    }

    pub(super) fn range(&mut self, range: &'t Range, scope: &Scope<'t>, span: Span) -> Done<Table> {
        let from = self.constant(&range.from, scope)?;
        let to = self.constant(&range.to, scope)?;
        let step = self.constant(&range.step, scope)?;
        let (from_type, to_type, step_type) = (from.column_type, to.column_type, step.column_type);
        let column_type = match (from_type, step_type) {
            _ if types::is_number(from_type) && types::is_number(to_type) => {
                types::wider(types::wider(from_type, to_type), step_type)
            }
            (ColumnType::Dynamic, _) => to_type,
            _ => from_type,
        };
        let step_type = if column_type == ColumnType::Datetime { ColumnType::Timespan } else { column_type };
        let mismatched = [(&from, column_type), (&to, column_type), (&step, step_type)]
            .into_iter()
            .find(|(expr, wanted)| types::fit(expr.column_type, function::Kind::Type(*wanted)).is_none());
        if let Some((expr, wanted)) = mismatched {
            let what = What::WrongType { expected: wanted.as_str().into(), found: expr.column_type };
            return Err(Wrong::new(what, expr.span));
        }
        self.count(1, span)?;
        let source = Source::Range {
            from: types::cast(from, column_type),
            to: types::cast(to, column_type),
            step: types::cast(step, step_type),
        };
        let columns = [Column::new(range.name.text.clone(), column_type)].into();
        Ok(Table { source, columns, steps: Vec::new() })
    }

    pub(super) fn assert_schema(&mut self, assert: &'t AssertSchema, table: Table, span: Span) -> Done<Table> {
        let wanted = super::source::schema(&assert.columns)?;
        if wanted == *table.schema() { Ok(table) } else { Err(Wrong::expected("other columns before this", span)) }
    }

    pub(super) fn getschema(&mut self, getschema: &'t Getschema, table: &Table, span: Span) -> Table {
        let text = |text: &str| Expr::of_literal(Literal::String(text.into()), span);
        let is_csl = getschema.settings.iter().any(|s| &*s.name.text == "kind" && s.value.as_str() == Some("csl"));
        if is_csl {
            let columns: Vec<_> =
                table.schema().iter().map(|c| format!("{}:{}", c.name, c.column_type.as_str())).collect();
            return super::source::single("Schema", text(&columns.join(",")));
        }
        let row = |(place, column): (usize, &Column)| {
            let ordinal = Literal::Long(i64::try_from(place).unwrap_or(i64::MAX));
            vec![
                text(&column.name),
                Expr::of_literal(ordinal, span),
                text(data_type(column.column_type)),
                text(column.column_type.as_str()),
            ]
        };
        let rows = table.schema().iter().enumerate().map(row).collect();
        let columns = [("ColumnName", String), ("ColumnOrdinal", Long), ("DataType", String), ("ColumnType", String)];
        let columns = columns.into_iter().map(|(name, column_type)| Column::new(name, column_type)).collect();
        Table { source: Source::Rows(rows), columns, steps: Vec::new() }
    }

    /// Values to group by, with their columns. Unlike those of `project`, all of them must be there before aggregates.
    pub(super) fn grouping(&mut self, by: &'t [Named], columns: &mut Columns, env: Env<'_, 't>) -> Done<Vec<Expr>> {
        let mut exprs = Vec::with_capacity(by.len());
        for named in by {
            let expr = self.expr(&named.expr, env)?;
            let column_type = expr.column_type;
            match (named.names.first(), names::of_expr(&named.expr)) {
                (Some(name), _) => columns.add(name, column_type)?,
                (None, Some(name)) => columns.add_unique(&name, column_type),
                (None, None) => columns.add_unnamed(column_type),
            };
            exprs.push(expr);
        }
        Ok(exprs)
    }
}

/// The name of a type where Kusto was written.
const fn data_type(column_type: ColumnType) -> &'static str {
    match column_type {
        ColumnType::String => "System.String",
        ColumnType::Int => "System.Int32",
        ColumnType::Long => "System.Int64",
        ColumnType::Real => "System.Double",
        ColumnType::Decimal => "System.Data.SqlTypes.SqlDecimal",
        ColumnType::Bool => "System.SByte",
        ColumnType::Datetime => "System.DateTime",
        ColumnType::Timespan => "System.TimeSpan",
        ColumnType::Guid => "System.Guid",
        ColumnType::Dynamic => "System.Object",
    }
}
