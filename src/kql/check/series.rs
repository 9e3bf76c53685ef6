//! `make-series`.

use model::ColumnType::{self, Datetime, Dynamic, Timespan};

use super::{
    Checker, Done,
    names::{self, Columns},
    scope::Scope,
    types,
};
use crate::{
    Literal,
    checked::{self, Expr, Series, Table},
    function::Kind,
    mistake::{What, Wrong},
    operator::{self, MakeSeries},
    place::Span,
    tree,
};

impl<'t> Checker<'_, 't> {
    pub(super) fn make_series(
        &mut self,
        series: &'t MakeSeries,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut columns = Columns::default();
        let by = self.grouping(&series.by, &mut columns, env)?;
        let mut lists = Vec::with_capacity(series.series.len());
        for one in &series.series {
            let (aggregate, finish) = self.one_aggregate(&one.aggregate.expr, &schema, &by, scope)?;
            let column_type = finish.as_ref().map_or_else(|| aggregate.column_type, |expr| expr.column_type);
            let default = self.series_default(one, column_type, scope)?;
            match (one.aggregate.names.first(), names::of_expr(&one.aggregate.expr)) {
                (Some(name), _) => columns.add(name, Dynamic)?,
                (None, Some(name)) => columns.add_unique(&name, Dynamic),
                (None, None) => columns.add_unnamed(Dynamic),
            };
            lists.push(Series { aggregate, finish, default });
        }
        let on = self.expr(&series.on.expr, env)?;
        match (series.on.names.first(), names::of_expr(&series.on.expr)) {
            (Some(name), _) => columns.add(name, Dynamic)?,
            (None, Some(name)) => columns.add_unique(&name, Dynamic),
            (None, None) => columns.add_unnamed(Dynamic),
        };
        let on_type = on.column_type;
        if !types::is_number(on_type) && !matches!(on_type, Datetime | Timespan) {
            let expected = types::kind_name(Kind::Summable).into();
            return Err(Wrong::new(What::WrongType { expected, found: on_type }, on.span));
        }
        let range = &series.range;
        let from = range.from.as_ref().map(|expr| self.bound_of(expr, on_type, scope)).transpose()?;
        let to = range.to.as_ref().map(|expr| self.bound_of(expr, on_type, scope)).transpose()?;
        let step_type = if on_type == Datetime { Timespan } else { on_type };
        let step = self.bound_of(&range.step, step_type, scope)?;
        let nonempty = super::union::setting(&series.settings, "kind") == Some("nonempty");
        let made = checked::MakeSeries { series: lists, on, from, to, inclusive: range.inclusive, step, by, nonempty };
        Ok(table.then(checked::Operator::MakeSeries(Box::new(made)), columns.into_schema(), span))
    }

    fn bound_of(&mut self, expr: &'t tree::Expr, wanted: ColumnType, scope: &Scope<'t>) -> Done<Expr> {
        let value = self.constant(expr, scope)?;
        let found = value.column_type;
        match types::fit(found, Kind::Type(wanted)) {
            Some(_) => Ok(types::cast(value, wanted)),
            None => Err(Wrong::new(What::WrongType { expected: wanted.as_str().into(), found }, expr.span)),
        }
    }

    /// What stands where there are no rows; zero if nothing is said.
    fn series_default(&mut self, series: &'t operator::Series, of: ColumnType, scope: &Scope<'t>) -> Done<Literal> {
        let Some(default) = &series.default else { return Ok(Literal::Long(0)) };
        let value = types::cast(self.constant(default, scope)?, of);
        match value.literal() {
            Some(literal) => Ok(literal.clone()),
            // A default of another type than the aggregate stays as it is written.
            None => match &self.constant(default, scope)?.kind {
                checked::ExprKind::Literal(literal) => Ok(literal.clone()),
                _ => Err(Wrong::new(What::NotConstant, default.span)),
            },
        }
    }
}
