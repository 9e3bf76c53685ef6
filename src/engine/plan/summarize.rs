//! `summarize`, and what stands for each aggregate.

use std::sync::Arc;

use datafusion::{
    common::Column,
    functions_aggregate::{
        average::avg_udaf,
        bit_and_or_xor::{bit_and_udaf, bit_or_udaf, bit_xor_udaf},
        count::count_udaf,
        covariance::{covar_pop_udaf, covar_samp_udaf},
        first_last::first_value_udaf,
        min_max::{max_udaf, min_udaf},
        stddev::{stddev_pop_udaf, stddev_udaf},
        sum::sum_udaf,
        variance::{var_pop_udaf, var_samp_udaf},
    },
    logical_expr::{
        AggregateUDF, Cast, Expr, LogicalPlanBuilder, SortExpr,
        expr::{AggregateFunction, NullTreatment},
        lit,
    },
};
use kql::checked::{self, Aggregate};
use model::ColumnType;

use super::{
    PlanError, Planned, Planner, Planning,
    constant::constant,
    expression::{coalesce, convert},
    needed::is_unread,
};
use crate::{
    aggregate,
    cell::{Cell, arrow_type},
};

/// Aggregates whose values depend on the order of rows.
const ORDERED: [&str; 7] =
    ["make_list", "make_list_with_nulls", "make_set", "make_bag", "arg_max", "arg_min", "take_any"];

/// An aggregate as DataFusion works it out, and what is done with that.
struct Part {
    expr: Expr,
    /// The type of what comes out of DataFusion, if it is not that of the result.
    made: ColumnType,
    result: ColumnType,
    /// What stands where there is nothing to aggregate.
    empty: Option<Cell<'static>>,
}

impl Planner<'_> {
    pub(super) fn summarize(
        &self,
        by: &[checked::Expr],
        aggregates: &[Aggregate],
        input: Planned,
    ) -> Planning<Planned> {
        let input = if input.ordered && aggregates.iter().any(|aggregate| ORDERED.contains(&aggregate.name())) {
            self.in_order(&input)?
        } else {
            input
        };
        let mut groups = Vec::new();
        let mut columns = Vec::new();
        for expr in by {
            let name = self.fresh();
            groups.push(self.expr(expr, &input)?.alias(&name));
            columns.push((Column::new_unqualified(name), expr.column_type));
        }
        let mut keys = Vec::new();
        for key in &input.keys {
            let name = self.fresh();
            groups.push(Expr::Column(key.clone()).alias(&name));
            keys.push(Column::new_unqualified(name));
        }
        let mut made = Vec::new();
        let mut finished = Vec::new();
        for part in aggregates
            .iter()
            .map(|aggregate| self.aggregate(aggregate, &input))
            .collect::<Planning<Vec<_>>>()?
            .into_iter()
            .flatten()
        {
            let name = self.fresh();
            let column = Expr::Column(Column::new_unqualified(&name));
            made.push(part.expr.alias(&name));
            let value = match (part.made, part.result) {
                // What DataFusion counts is unsigned; averages of ticks have fractions.
                (ColumnType::Int, ColumnType::Long)
                | (ColumnType::Dynamic, ColumnType::Datetime | ColumnType::Timespan) => {
                    Expr::Cast(Cast::new(Box::new(column), arrow_type(part.result)))
                }
                (made, result) => convert(column, made, result)?,
            };
            let value = match part.empty {
                Some(cell) => coalesce(vec![value, constant(&cell, part.result)]),
                None => value,
            };
            finished.push((value, part.result));
        }
        if groups.is_empty() && made.is_empty() {
            return self.of_cells(&[], &[]);
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).aggregate(groups, made)?.build()?;
        let summarized = Planned { plan, keys, ordered: false, ..input }.select(columns.clone());
        let (exprs, types): (Vec<_>, Vec<_>) = finished.into_iter().unzip();
        let made_columns: Vec<_> =
            exprs.iter().flat_map(Expr::column_refs).cloned().map(|column| (column, ColumnType::Dynamic)).collect();
        let all = summarized.select(columns.iter().cloned().chain(made_columns).collect());
        let (planned, added) = all.with(exprs, self)?;
        Ok(planned.select(columns.into_iter().chain(added.into_iter().zip(types)).collect()))
    }

    /// A plan whose rows come in one stream, in the order that was asked for.
    pub(super) fn in_order(&self, input: &Planned) -> Planning<Planned> {
        let columns = || input.columns.iter().cloned().zip(input.types.iter().copied());
        let read: Vec<_> = columns().filter(|(column, _)| !is_unread(column)).collect();
        let types: Vec<_> = read.iter().map(|(_, column_type)| *column_type).collect();
        let planned = self.stage(input.clone().select(read), &types, |schema| {
            super::stage::Change::Each(Arc::new(move |batch| {
                Ok(datafusion::arrow::array::RecordBatch::try_new(schema.clone(), batch.columns().to_vec())?)
            }))
        })?;
        let mut staged = planned.columns.clone().into_iter();
        let columns = columns().filter_map(|(column, column_type)| {
            Some((if is_unread(&column) { column } else { staged.next()? }, column_type))
        });
        Ok(planned.select(columns.collect()))
    }

    /// The columns of an aggregate.
    fn aggregate(&self, aggregate: &Aggregate, input: &Planned) -> Planning<Vec<Part>> {
        let args = self.exprs(&aggregate.arguments, input)?;
        let types: Vec<_> = aggregate.arguments.iter().map(|argument| argument.column_type).collect();
        let filter = aggregate.filter.as_ref().map(|filter| self.expr(filter, input)).transpose()?.map(Box::new);
        let first = types.first().copied().unwrap_or(ColumnType::Long);
        let result = aggregate.column_type;
        let native = |udaf: Arc<AggregateUDF>, args: Vec<Expr>, distinct: bool| {
            Expr::AggregateFunction(AggregateFunction::new_udf(udaf, args, distinct, filter.clone(), Vec::new(), None))
        };
        let reals = || {
            let pairs = args.iter().cloned().zip(&types);
            pairs.map(|(arg, column_type)| number_as_real(arg, *column_type)).collect::<Planning<Vec<Expr>>>()
        };
        let one =
            |expr: Expr, made: ColumnType, empty: Option<Cell<'static>>| Ok(vec![Part { expr, made, result, empty }]);
        match aggregate.name() {
            "count" => one(native(count_udaf(), vec![lit(1_i64)], false), ColumnType::Long, Some(Cell::Long(0))),
            "count_distinct" => one(native(count_udaf(), args, true), ColumnType::Long, Some(Cell::Long(0))),
            "sum" => {
                let args =
                    if first == ColumnType::Int { vec![convert_first(args, first, ColumnType::Long)?] } else { args };
                let empty = match result {
                    ColumnType::Timespan => Cell::Timespan(0),
                    ColumnType::Real => Cell::Real(0.0),
                    ColumnType::Decimal => Cell::Decimal(0),
                    _ => Cell::Long(0),
                };
                one(native(sum_udaf(), args, false), result, Some(empty))
            }
            "avg" => {
                let empty = (result == ColumnType::Real).then_some(Cell::Real(f64::NAN));
                let expr = native(avg_udaf(), reals()?, false);
                // Instants and lengths of time are averaged as ticks.
                let made = if matches!(result, ColumnType::Datetime | ColumnType::Timespan) {
                    ColumnType::Dynamic
                } else {
                    ColumnType::Real
                };
                Ok(vec![Part { expr, made, result, empty }])
            }
            "min" if first != ColumnType::Dynamic => one(native(min_udaf(), args, false), result, None),
            "max" if first != ColumnType::Dynamic => one(native(max_udaf(), args, false), result, None),
            "stdev" => one(native(stddev_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "stdevp" => one(native(stddev_pop_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "variance" => one(native(var_samp_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "variancep" => one(native(var_pop_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "covariance" => one(native(covar_samp_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "covariancep" => one(native(covar_pop_udaf(), reals()?, false), ColumnType::Real, Some(Cell::Real(0.0))),
            "binary_all_and" => one(native(bit_and_udaf(), args, false), result, None),
            "binary_all_or" => one(native(bit_or_udaf(), args, false), result, None),
            "binary_all_xor" => one(native(bit_xor_udaf(), args, false), result, None),
            "arg_max" | "arg_min" => {
                let ascending = aggregate.name() == "arg_min";
                let key = args.first().cloned().ok_or(PlanError::Senseless("an extreme of nothing"))?;
                // The first argument itself needs no order.
                let extreme = if ascending { min_udaf() } else { max_udaf() };
                let extreme =
                    matches!(first, ColumnType::Int | ColumnType::Long | ColumnType::Datetime | ColumnType::Timespan)
                        .then_some(extreme);
                let order = vec![SortExpr::new(key.clone(), ascending, false)];
                let parts = args.into_iter().zip(&types).map(|(arg, column_type)| {
                    if let (Some(extreme), true) = (&extreme, arg == key) {
                        let expr = native(extreme.clone(), vec![arg], false);
                        return Part { expr, made: *column_type, result: *column_type, empty: None };
                    }
                    let udaf = first_value_udaf();
                    let made = AggregateFunction::new_udf(udaf, vec![arg], false, filter.clone(), order.clone(), None);
                    let expr = Expr::AggregateFunction(made);
                    Part { expr, made: *column_type, result: *column_type, empty: None }
                });
                Ok(parts.collect())
            }
            "take_any" => {
                let parts = args.into_iter().zip(&types).map(|(arg, column_type)| {
                    let nulls = Some(NullTreatment::IgnoreNulls);
                    let made = AggregateFunction::new_udf(
                        first_value_udaf(),
                        vec![arg],
                        false,
                        filter.clone(),
                        Vec::new(),
                        nulls,
                    );
                    let expr = Expr::AggregateFunction(made);
                    Part { expr, made: *column_type, result: *column_type, empty: None }
                });
                Ok(parts.collect())
            }
            name => {
                let udaf =
                    aggregate::find(name, types, result).ok_or_else(|| PlanError::Unsupported(name.to_owned()))?;
                let empty = name.starts_with("make_list").then(|| Cell::Dynamic("[]".into()));
                let empty = match name {
                    "make_set" => Some(Cell::Dynamic("[]".into())),
                    "dcount" => Some(Cell::Long(0)),
                    _ => empty,
                };
                one(native(udaf, args, false), result, empty)
            }
        }
    }
}

fn convert_first(args: Vec<Expr>, from: ColumnType, to: ColumnType) -> Planning<Expr> {
    let first = args.into_iter().next().ok_or(PlanError::Senseless("an aggregate of nothing"))?;
    convert(first, from, to)
}

/// A number, an instant or a length of time in double precision.
fn number_as_real(expr: Expr, from: ColumnType) -> Planning<Expr> {
    match from {
        ColumnType::Datetime | ColumnType::Timespan => convert(expr, ColumnType::Long, ColumnType::Real),
        _ => convert(expr, from, ColumnType::Real),
    }
}
