//! `where`, and what of it files can use to leave out what they need not read.

use datafusion::{
    arrow::datatypes::{DataType, TimeUnit},
    common::ScalarValue,
    logical_expr::{Expr, LogicalPlanBuilder, Operator},
};
use kql::{
    checked::{self, ExprKind},
    tree::BinaryOperator,
};
use model::ColumnType;

use super::{Planned, Planner, Planning, expression::binary};
use crate::cell::Cell;

impl Planner<'_> {
    pub(super) fn filter(&self, condition: &checked::Expr, input: Planned) -> Planning<Planned> {
        let mut filter = self.expr(condition, &input)?;
        for native in self.natives_of(condition, &input)? {
            filter = native.and(filter);
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).filter(filter)?.build()?;
        Ok(Planned { plan, ..input })
    }

    /// The comparisons of columns of files with constants, on the columns as the files have them.
    fn natives_of(&self, condition: &checked::Expr, input: &Planned) -> Planning<Vec<Expr>> {
        match &condition.kind {
            ExprKind::And(parts) => {
                let parts = parts.iter().map(|part| self.natives_of(part, input)).collect::<Planning<Vec<_>>>()?;
                Ok(parts.into_iter().flatten().collect())
            }
            ExprKind::Binary { operator, left, right } => {
                let operator = match operator {
                    BinaryOperator::Equal => Operator::Eq,
                    BinaryOperator::Less => Operator::Lt,
                    BinaryOperator::LessOrEqual => Operator::LtEq,
                    BinaryOperator::Greater => Operator::Gt,
                    BinaryOperator::GreaterOrEqual => Operator::GtEq,
                    _ => return Ok(Vec::new()),
                };
                let (column, value, operator) = match (&left.kind, &right.kind) {
                    (ExprKind::Column(column), _) if is_constant(right) => (*column, right, Some(operator)),
                    (_, ExprKind::Column(column)) if is_constant(left) => (*column, left, operator.swap()),
                    _ => return Ok(Vec::new()),
                };
                let Some(operator) = operator else { return Ok(Vec::new()) };
                Ok(self.native(column, operator, &self.value(value)?, input).into_iter().collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn native(&self, column: usize, operator: Operator, value: &Cell<'_>, input: &Planned) -> Option<Expr> {
        let natives = self.natives.borrow();
        let (native, data_type) = natives.get(&input.columns.get(column)?.name)?;
        if !input.plan.schema().has_column(native) {
            return None;
        }
        let (value, operator) = match (data_type, value, input.types.get(column)?) {
            (DataType::Timestamp(unit, zone), Cell::Datetime(ticks), ColumnType::Datetime) => {
                // Rounding takes in a little more than was asked for; the filter itself is exact.
                let each = match unit {
                    TimeUnit::Second => 10_000_000,
                    TimeUnit::Millisecond => 10_000,
                    TimeUnit::Microsecond => 10,
                    TimeUnit::Nanosecond => 1,
                };
                let scaled =
                    if *unit == TimeUnit::Nanosecond { ticks.checked_mul(100)? } else { ticks.div_euclid(each) };
                let is_exact = *unit == TimeUnit::Nanosecond || ticks.rem_euclid(each) == 0;
                let (scaled, operator) = match operator {
                    // Files of nanoseconds know more digits than ticks have.
                    Operator::Eq | Operator::LtEq | Operator::Lt if *unit == TimeUnit::Nanosecond => {
                        if operator == Operator::Eq {
                            return None;
                        }
                        (scaled.checked_add(100)?, Operator::Lt)
                    }
                    Operator::Eq if !is_exact => return None,
                    Operator::Lt if !is_exact => (scaled, Operator::LtEq),
                    Operator::GtEq if !is_exact => (scaled, Operator::Gt),
                    operator => (scaled, operator),
                };
                (ScalarValue::new_timestamp_of(*unit, scaled, zone.clone()), operator)
            }
            (DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8, Cell::Text(text), ColumnType::String)
                if operator == Operator::Eq && !text.is_empty() =>
            {
                (ScalarValue::Utf8View(Some(text.to_string())).cast_to(data_type).ok()?, operator)
            }
            (data_type, Cell::Long(number), ColumnType::Int | ColumnType::Long) if data_type.is_integer() => {
                (ScalarValue::Int64(Some(*number)).cast_to(data_type).ok().filter(|value| !value.is_null())?, operator)
            }
            _ => return None,
        };
        Some(binary(Expr::Column(native.clone()), operator, Expr::Literal(value, None)))
    }
}

trait Timestamps: Sized {
    fn new_timestamp_of(unit: TimeUnit, number: i64, zone: Option<std::sync::Arc<str>>) -> Self;
}

impl Timestamps for ScalarValue {
    fn new_timestamp_of(unit: TimeUnit, number: i64, zone: Option<std::sync::Arc<str>>) -> Self {
        match unit {
            TimeUnit::Second => Self::TimestampSecond(Some(number), zone),
            TimeUnit::Millisecond => Self::TimestampMillisecond(Some(number), zone),
            TimeUnit::Microsecond => Self::TimestampMicrosecond(Some(number), zone),
            TimeUnit::Nanosecond => Self::TimestampNanosecond(Some(number), zone),
        }
    }
}

/// Whether an expression has no columns and is quickly worked out.
fn is_constant(expr: &checked::Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(_) => true,
        ExprKind::Call { arguments, function } => function.name != "rand" && arguments.iter().all(is_constant),
        ExprKind::Binary { left, right, .. } => is_constant(left) && is_constant(right),
        ExprKind::Cast(of) | ExprKind::Negative(of) => is_constant(of),
        _ => false,
    }
}
