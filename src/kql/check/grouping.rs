//! `summarize`: what rows are grouped by, their aggregates, and what is made of these.

use model::ColumnType;

use super::{
    Checker, Done, call, fitting,
    names::{self, Columns},
    row::{Aggregates, Env},
    scope::Scope,
    types,
};
use crate::{
    Literal,
    checked::{self, Aggregate, Column, Expr, Table},
    function,
    mistake::{What, Wrong},
    operator::Summarize,
    place::Span,
    tree::{self, ExprKind, Named},
};

/// A value, and how its column is called by itself.
type OwnNamed = (Expr, Option<String>);

impl<'t> Checker<'_, 't> {
    pub(super) fn summarize(
        &mut self,
        summarize: &'t Summarize,
        table: Table,
        scope: &Scope<'t>,
        span: Span,
    ) -> Done<Table> {
        let schema = table.schema().clone();
        let env = self.env(scope, &schema);
        let mut columns = Columns::default();
        let mut by = self.grouping(&summarize.by, &mut columns, env)?;
        if let Some(width) = &summarize.bin
            && let Some(last) = by.pop()
        {
            let width = self.constant(width, scope)?;
            let bin = function::scalar("bin").ok_or_else(|| Wrong::new(What::UnknownFunction, span))?;
            let binned = fitting::apply(bin, vec![last, width], span)?;
            columns.retype(by.len(), binned.column_type);
            by.push(binned);
        }
        let aggregates = Aggregates::new(&schema, env.row, &by);
        let after = Env { columns: &[], row: self.next_row(), aggregates: Some(&aggregates), ..env };
        let mut exprs: Vec<Expr> =
            by.iter().enumerate().map(|(place, expr)| Expr::of_column(place, expr.column_type, expr.span)).collect();
        for named in &summarize.aggregates {
            self.aggregated(named, &mut columns, &mut exprs, after, &aggregates)?;
        }
        let found = aggregates.into_found();
        let columns = columns.into_schema();
        let stays = |(place, expr): (usize, &Expr)| call::plain_column(expr) == Some(place);
        let outputs = by.len() + found.iter().map(|aggregate| aggregate.outputs).sum::<usize>();
        if exprs.len() == outputs && exprs.iter().enumerate().all(stays) {
            return Ok(table.then(checked::Operator::Summarize { by, aggregates: found }, columns, span));
        }
        let inner = inner_columns(&by, &found);
        Ok(table
            .then(checked::Operator::Summarize { by, aggregates: found }, inner, span)
            .project(exprs, columns, span))
    }

    /// An aggregate, or something made of aggregates, with the columns that it gives.
    fn aggregated(
        &mut self,
        named: &'t Named,
        columns: &mut Columns,
        exprs: &mut Vec<Expr>,
        env: Env<'_, 't>,
        aggregates: &Aggregates<'_>,
    ) -> Done<()> {
        let span = named.expr.span;
        let several = match &named.expr.kind {
            ExprKind::Call { function, arguments } if env.scope.find(&function.text).is_none() => {
                self.several_aggregates(&function.text, function, arguments, span, env.scope, aggregates)?
            }
            _ => None,
        };
        let several = match several {
            Some(several) => several,
            None => {
                let expr = self.expr(&named.expr, env)?;
                if !super::row::has_columns(&expr)
                    && expr.literal().is_none()
                    && matches!(named.expr.kind, ExprKind::Name(_))
                {
                    return Err(Wrong::new(What::NotAnAggregate, span));
                }
                vec![(expr, names::of_expr(&named.expr))]
            }
        };
        if let Some(name) = named.names.get(several.len()) {
            let what = What::WrongCount { expected: several.len().to_string().into(), found: named.names.len() };
            return Err(Wrong::new(what, name.span));
        }
        for (index, (expr, own_name)) in several.into_iter().enumerate() {
            match (named.names.get(index), own_name) {
                (Some(name), _) => columns.add(name, expr.column_type)?,
                (None, Some(own_name)) => columns.add_unique(&own_name, expr.column_type),
                (None, None) => columns.add_unnamed(expr.column_type),
            };
            exprs.push(expr);
        }
        Ok(())
    }

    /// The columns of an aggregate that gives several, with their names.
    fn several_aggregates(
        &mut self,
        called: &str,
        name: &'t tree::Name,
        arguments: &'t [Named],
        span: Span,
        scope: &Scope<'t>,
        aggregates: &Aggregates<'_>,
    ) -> Done<Option<Vec<OwnNamed>>> {
        let Some(found) = function::aggregate(called) else { return Ok(None) };
        match found.function.name {
            "arg_max" | "arg_min" | "take_any" => {
                let aggregate = self.aggregate(name, arguments, span, scope, aggregates)?;
                let names = output_names(called, &aggregate, arguments, aggregates.columns);
                let types: Vec<ColumnType> = aggregate.arguments.iter().map(|argument| argument.column_type).collect();
                let first = aggregates.add(aggregate);
                let column = |(index, (column_type, name))| (Expr::of_column(first + index, column_type, span), name);
                Ok(Some(types.into_iter().zip(names).enumerate().map(column).collect()))
            }
            "percentile" | "percentiles" | "percentilew" | "percentilesw" => {
                let aggregate = self.aggregate(name, arguments, span, scope, aggregates)?;
                let fixed = if found.function.name.ends_with('w') { 2 } else { 1 };
                let single = if fixed == 2 { "percentilew" } else { "percentile" };
                let function = function::aggregate(single).map_or(found.function, |call| call.function);
                let of = arguments.first().and_then(|argument| names::of_expr(&argument.expr)).unwrap_or_default();
                let (kept, percents) = aggregate.arguments.split_at_checked(fixed).unwrap_or_default();
                let column = |percent: &Expr| {
                    let mut arguments = kept.to_vec();
                    let column_type = kept.first().map_or(ColumnType::Dynamic, |expr| expr.column_type);
                    arguments.push(types::cast(percent.clone(), ColumnType::Real));
                    let filter = aggregate.filter.clone();
                    let one = Aggregate { function, arguments, filter, column_type, outputs: 1 };
                    let name = format!("percentile_{of}_{}", percent_name(percent));
                    (Expr::of_column(aggregates.add(one), column_type, span), Some(name))
                };
                Ok(Some(percents.iter().map(column).collect()))
            }
            _ => Ok(None),
        }
    }
}

/// How the columns of `arg_max`, `arg_min` and `take_any` are called.
fn output_names(called: &str, aggregate: &Aggregate, arguments: &[Named], columns: &[Column]) -> Vec<Option<String>> {
    let written: Vec<&Named> =
        arguments.iter().filter(|argument| !matches!(argument.expr.kind, ExprKind::Star)).collect();
    let own = |index: usize, expr: &Expr| match call::plain_column(expr) {
        Some(place) => columns.get(place).map(|column| column.name.to_string()),
        None => written.get(index).and_then(|argument| names::of_expr(&argument.expr)),
    };
    let names: Vec<Option<String>> =
        aggregate.arguments.iter().enumerate().map(|(index, expr)| own(index, expr)).collect();
    let prefixed = |prefix: &str, name: Option<String>| Some(format!("{prefix}{}", name.unwrap_or_default()));
    match called {
        "any" => names.into_iter().map(|name| prefixed("any_", name)).collect(),
        "anyif" => names.into_iter().map(|name| prefixed("anyif_", name)).collect(),
        // The older names call columns after the first.
        "argmax" | "argmin" => {
            let first = format!(
                "{}_{}",
                called.trim_start_matches("arg"),
                names.first().cloned().flatten().unwrap_or_default()
            );
            let rest = names.into_iter().skip(1).map(|name| prefixed(&format!("{first}_"), name));
            std::iter::once(Some(first.clone())).chain(rest).collect()
        }
        _ => names,
    }
}

/// A percentage as part of a name: `99_9`.
fn percent_name(percent: &Expr) -> String {
    match percent.literal() {
        Some(Literal::Long(number)) => number.to_string(),
        Some(Literal::Int(number)) => number.to_string(),
        Some(Literal::Real(number)) => number.to_string().replace('.', "_"),
        _ => String::new(),
    }
}

/// Columns of aggregates that something is made of; nobody sees their names.
pub(super) fn inner_columns(by: &[Expr], aggregates: &[Aggregate]) -> Vec<Column> {
    let of_aggregate = |aggregate: &Aggregate| match aggregate.outputs {
        1 => vec![aggregate.column_type],
        _ => aggregate.arguments.iter().map(|argument| argument.column_type).collect(),
    };
    let types = by.iter().map(|expr| expr.column_type).chain(aggregates.iter().flat_map(of_aggregate));
    types.enumerate().map(|(place, column_type)| Column::new(format!("${place}"), column_type)).collect()
}
