//! `make-series`: aggregates at even steps, as lists.
//!
//! Rows are aggregated by place first, as `summarize` would do it, then the values of all places are put together.

use datafusion::{
    common::Column,
    logical_expr::{Expr, LogicalPlanBuilder, expr::AggregateFunction},
};
use kql::{
    Span,
    checked::{self, ExprKind, MakeSeries},
};
use model::ColumnType;

use super::{
    PlanError, Planned, Planner, Planning, address,
    constant::{cell_of, constant},
    expression::{call, coalesce, convert},
};
use crate::{
    aggregate::{self, MAX_PLACES},
    cell::Cell,
};

impl Planner<'_> {
    pub(super) fn make_series(&self, series: &MakeSeries, input: Planned) -> Planning<Planned> {
        let places = self.places(series, &input)?;
        // The place of a row.
        let on_type = series.on.column_type;
        let on = self.expr(&series.on, &input)?;
        let place = call(
            "series_place",
            vec![on, constant(&places.from, on_type), constant(&places.step, places.step_type)],
            vec![on_type, on_type, places.step_type],
            ColumnType::Long,
        )?;
        let own: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let place_at = own.len();
        let (input, added) = input.with(vec![place], self)?;
        let input =
            input.select(own.into_iter().chain(added.into_iter().map(|column| (column, ColumnType::Long))).collect());
        let place =
            checked::Expr { kind: ExprKind::Column(place_at), column_type: ColumnType::Long, span: Span::default() };
        let by: Vec<_> = series.by.iter().cloned().chain([place]).collect();
        let aggregates: Vec<_> = series.series.iter().map(|one| one.aggregate.clone()).collect();
        let summarized = self.summarize(&by, &aggregates, input)?;
        // The values of each place, finished.
        let groups = series.by.len();
        let place_column = summarized.column(groups)?;
        let mut lists = Vec::new();
        for (at, one) in series.series.iter().enumerate() {
            let value_at = groups + 1 + at;
            let value_type = summarized.types.get(value_at).copied().unwrap_or(ColumnType::Dynamic);
            let (value, value_type) = match &one.finish {
                None => (summarized.column(value_at)?, value_type),
                Some(finish) => {
                    // Its columns are the groups, then the value.
                    let columns = (0..groups).chain([value_at]);
                    let columns = columns.filter_map(|column| {
                        summarized.columns.get(column).cloned().zip(summarized.types.get(column).copied())
                    });
                    let view = summarized.clone().select(columns.collect());
                    (self.expr(finish, &view)?, finish.column_type)
                }
            };
            let default = constant(&cell_of(&one.default), one.default.column_type());
            let default = convert(default, one.default.column_type(), ColumnType::Dynamic)?;
            let types = vec![ColumnType::Long, value_type, ColumnType::Long, ColumnType::Dynamic];
            let udaf = aggregate::find("series", types, ColumnType::Dynamic).ok_or(PlanError::Senseless("no lists"))?;
            let count = constant(&Cell::Long(places.count), ColumnType::Long);
            let args = vec![place_column.clone(), value, count, default];
            lists.push(AggregateFunction::new_udf(udaf, args, false, None, Vec::new(), None));
        }
        let mut group_exprs = Vec::new();
        let mut columns = Vec::new();
        for (column, column_type) in summarized.columns.iter().zip(&summarized.types).take(groups) {
            let name = self.fresh();
            group_exprs.push(Expr::Column(column.clone()).alias(&name));
            columns.push((Column::new_unqualified(name), *column_type));
        }
        let mut keys = Vec::new();
        for key in &summarized.keys {
            let name = self.fresh();
            group_exprs.push(Expr::Column(key.clone()).alias(&name));
            keys.push(Column::new_unqualified(name));
        }
        let mut list_exprs = Vec::new();
        for list in lists {
            let name = self.fresh();
            list_exprs.push(Expr::AggregateFunction(list).alias(&name));
            columns.push((Column::new_unqualified(name), ColumnType::Dynamic));
        }
        // Without groups there would be a row even of nothing.
        let is_grouped = !group_exprs.is_empty();
        let rows = LogicalPlanBuilder::from(summarized.plan.clone()).aggregate(group_exprs, list_exprs)?.build()?;
        let made = Planned { plan: rows, keys, ordered: false, ..summarized }.select(columns.clone());
        let made = if is_grouped { made } else { self.or_defaults(series, made, &places)? };
        let steps = constant(&places.steps(on_type), ColumnType::Dynamic);
        let kept: Vec<_> = made.columns.iter().cloned().zip(made.types.iter().copied()).collect();
        let (made, added) = made.with(vec![steps], self)?;
        Ok(made.select(kept.into_iter().chain(added.into_iter().map(|column| (column, ColumnType::Dynamic))).collect()))
    }

    /// Of no rows at all: no row, or one of defaults.
    fn or_defaults(&self, series: &MakeSeries, made: Planned, places: &Places) -> Planning<Planned> {
        let empty = Expr::Literal(datafusion::scalar::ScalarValue::Utf8View(Some("[]".into())), None);
        let first = made.column(0)?;
        if !series.nonempty && places.count > 0 {
            let plan = LogicalPlanBuilder::from(made.plan.clone()).filter(first.not_eq(empty))?.build()?;
            return Ok(Planned { plan, ..made });
        }
        let count = usize::try_from(places.count).unwrap_or(0);
        let mut exprs = Vec::new();
        for (at, one) in series.series.iter().enumerate() {
            let list = Cell::of_list(vec![cell_of(&one.default).json(); count]);
            let column = made.column(at)?;
            let is_empty = column.clone().eq(empty.clone());
            let case =
                datafusion::logical_expr::when(is_empty, constant(&list, ColumnType::Dynamic)).otherwise(column)?;
            exprs.push(coalesce(vec![case]));
        }
        let types = made.types.clone();
        let (made, added) = made.with(exprs, self)?;
        Ok(made.select(added.into_iter().zip(types).collect()))
    }

    /// Where the steps are; without a beginning or an end the rows are asked.
    fn places(&self, series: &MakeSeries, input: &Planned) -> Planning<Places> {
        let step_type = series.step.column_type;
        let step = self.value(&series.step)?;
        let from = series.from.as_ref().map(|from| self.value(from)).transpose()?;
        let to = series.to.as_ref().map(|to| self.value(to)).transpose()?;
        let (from, to, inclusive) = match (from, to) {
            (Some(from), Some(to)) => (from, to, series.inclusive),
            (from, to) => {
                let extremes = self.known(address(series), 1, || self.extremes(series, input))?;
                let extreme = |at: usize| extremes.first().and_then(|row| row.get(at)).cloned().unwrap_or(Cell::Null);
                let least = from.unwrap_or_else(|| binned(&extreme(0), &step));
                let inclusive = to.is_none() || series.inclusive;
                (least, to.unwrap_or_else(|| extreme(1)), inclusive)
            }
        };
        let count = count_places(&from, &to, &step, inclusive);
        if count > MAX_PLACES {
            return Err(PlanError::Senseless("a series of too many steps"));
        }
        Ok(Places { from, step, step_type, count })
    }

    fn extremes(&self, series: &MakeSeries, input: &Planned) -> Planning<Planned> {
        use datafusion::functions_aggregate::expr_fn::{max, min};
        let on = self.expr(&series.on, input)?;
        let (least, greatest) = (self.fresh(), self.fresh());
        let exprs = vec![min(on.clone()).alias(&least), max(on).alias(&greatest)];
        let plan = LogicalPlanBuilder::from(input.plan.clone()).aggregate(Vec::<Expr>::new(), exprs)?.build()?;
        let columns = vec![Column::new_unqualified(least), Column::new_unqualified(greatest)];
        Ok(Planned { plan, columns, types: vec![series.on.column_type; 2], keys: Vec::new(), ordered: false })
    }
}

/// Even steps.
struct Places {
    from: Cell<'static>,
    step: Cell<'static>,
    step_type: ColumnType,
    count: i64,
}

impl Places {
    /// All steps, as a list.
    fn steps(&self, on_type: ColumnType) -> Cell<'static> {
        let steps = (0..self.count).map(|place| {
            if let (Some(from), Some(step), false) = (self.from.ticks(), self.step.ticks(), on_type == ColumnType::Real)
            {
                let at = from.saturating_add(place.saturating_mul(step));
                return match on_type {
                    ColumnType::Datetime => Cell::Datetime(at),
                    ColumnType::Timespan => Cell::Timespan(at),
                    _ => Cell::Long(at),
                }
                .json();
            }
            #[expect(clippy::cast_precision_loss, reason = "a count of steps")]
            let at = self.from.real().unwrap_or(0.0) + place as f64 * self.step.real().unwrap_or(0.0);
            Cell::Real(at).json()
        });
        Cell::of_list(steps.collect())
    }
}

fn binned(least: &Cell<'static>, step: &Cell<'static>) -> Cell<'static> {
    match (least, step.ticks()) {
        (Cell::Datetime(ticks), Some(step)) if step > 0 => {
            let origin = kql::moment::MIN_DATETIME;
            Cell::Datetime(ticks - (ticks - origin).rem_euclid(step))
        }
        (Cell::Timespan(ticks), Some(step)) if step > 0 => Cell::Timespan(ticks - ticks.rem_euclid(step)),
        (Cell::Long(number), Some(step)) if step > 0 => Cell::Long(number - number.rem_euclid(step)),
        _ => least.clone(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "saturates")]
fn count_places(from: &Cell<'_>, to: &Cell<'_>, step: &Cell<'_>, inclusive: bool) -> i64 {
    if let (Some(from), Some(to), Some(step)) = (from.ticks(), to.ticks(), step.ticks()) {
        if step <= 0 || to < from {
            return 0;
        }
        let span = to.saturating_sub(from);
        let whole = span / step;
        return if inclusive || span % step != 0 { whole + 1 } else { whole };
    }
    match (from.real(), to.real(), step.real()) {
        (Some(from), Some(to), Some(step)) if step > 0.0 && to >= from => {
            let steps = (to - from) / step;
            (if inclusive { steps.floor() + 1.0 } else { steps.ceil() }) as i64
        }
        _ => 0,
    }
}
