//! `evaluate`: plugins.

mod activity;
mod bag_unpack;
mod geo_lookup;
mod lookup;
mod narrow;
mod patterns;
mod pivot;
mod rolling_percentile;
mod rows_near;
mod schema_merge;
mod sequence_detect;

use kql::checked::{Argument, Column, Evaluate, Expr, Plugin, Schema};
use model::ColumnType;

use super::{Known, PlanError, Planned, Planner, Planning};
use crate::cell::Cell;

impl Planner<'_> {
    pub(super) fn evaluate(
        &self,
        evaluate: &Evaluate,
        types: &[ColumnType],
        before: &Schema,
        after: &Schema,
        input: Planned,
    ) -> Planning<Planned> {
        match evaluate.plugin {
            Plugin::BagUnpack => self.bag_unpack(evaluate, before, after, input),
            Plugin::Pivot => self.pivot(evaluate, before, after, input),
            Plugin::Narrow => self.narrow(&narrow::names(before), types, input),
            Plugin::SchemaMerge => self.schema_merge(evaluate, types, input),
            Plugin::DcountIntersect => self.dcount_intersect(evaluate, types, input),
            Plugin::GeoLineLookup | Plugin::GeoPolygonLookup => self.geo_lookup(evaluate, types, input),
            Plugin::Ipv4Lookup | Plugin::Ipv6Lookup => self.ip_lookup(evaluate, types, input),
            Plugin::Autocluster | Plugin::Basket | Plugin::Diffpatterns => self.patterns(evaluate, types, input),
            Plugin::Preview => Ok(input),
            Plugin::RollingPercentile => self.rolling_percentile(evaluate, types, input),
            Plugin::RowsNear => self.rows_near(evaluate, types, input),
            Plugin::SequenceDetect => self.sequence_detect(evaluate, types, input),
            Plugin::ActiveUsersCount
            | Plugin::ActivityCountsMetrics
            | Plugin::ActivityEngagement
            | Plugin::ActivityMetrics
            | Plugin::NewActivityMetrics
            | Plugin::SessionCount
            | Plugin::SlidingWindowCounts => self.activity(evaluate, types, input),
        }
    }

    /// The columns that come out of a plugin, which its step says: the step is planned with them.
    fn dcount_intersect(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let sketches = exprs_of(evaluate).map(|expr| self.expr(expr, &input)).collect::<Planning<Vec<_>>>()?;
        let mut counts = Vec::new();
        for upto in 1..=sketches.len() {
            let some: Vec<_> = sketches.iter().take(upto).cloned().collect();
            let kinds = vec![ColumnType::Dynamic; some.len()];
            counts.push(super::expression::call("hll_intersection_count", some, kinds, ColumnType::Long)?);
        }
        let kept = input.columns.clone();
        let (input, added) = input.with(counts, self)?;
        Ok(input.select(kept.into_iter().chain(added).zip(types.iter().copied()).collect()))
    }
}

/// An argument that is an expression.
fn expr_of(argument: &Argument) -> Option<&Expr> {
    match argument {
        Argument::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// The arguments without names that are expressions.
fn exprs_of(evaluate: &Evaluate) -> impl Iterator<Item = &Expr> {
    evaluate.arguments.iter().filter_map(expr_of)
}

/// An argument by its name or place.
fn argument<'e>(evaluate: &'e Evaluate, name: &str, place: usize) -> Option<&'e Argument> {
    let named = evaluate.named.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    named.map(|(_, argument)| argument).or_else(|| evaluate.arguments.get(place))
}

impl Planner<'_> {
    /// The text of a constant argument.
    fn text_of(&self, argument: Option<&Argument>) -> Planning<Option<String>> {
        match argument.and_then(expr_of) {
            Some(expr) => Ok(Some(self.value(expr)?.into_text().into_owned())),
            None => Ok(None),
        }
    }
}

/// What a plugin's columns depend on: an expression over its input whose values must be known, and for `pivot` its
/// columns. Where there is no row in which to find some, the `hoped` ones are there.
pub(crate) fn columns_of(
    evaluate: &Evaluate,
    planner: &Planner<'_>,
    rows: &Known,
    hoped: &[String],
) -> Planning<Vec<Column>> {
    let input = evaluate.input.as_ref().ok_or(PlanError::Senseless("a plugin without rows"))?;
    let cell = |row: &Vec<Cell<'static>>, at: usize| row.get(at).cloned().unwrap_or(Cell::Null);
    let mut columns = match evaluate.plugin {
        Plugin::BagUnpack => bag_unpack::columns(evaluate, planner, input.schema(), rows, cell),
        Plugin::Pivot => pivot::columns(evaluate, input.schema(), rows, cell),
        other => Err(PlanError::Unsupported(format!("the plugin {other:?}"))),
    }?;
    for name in hoped.iter().filter(|_| rows.is_empty()) {
        if columns.iter().all(|column| *column.name != **name) {
            columns.push(Column::new(name.as_str(), ColumnType::String));
        }
    }
    Ok(columns)
}
