//! `where`, and what of it files can use to leave out what they need not read.

use datafusion::{
    arrow::datatypes::{DataType, TimeUnit},
    common::ScalarValue,
    logical_expr::{Expr, LogicalPlanBuilder, Operator, lit},
};
use kql::{
    Literal,
    checked::{self, ExprKind},
    tree::{BinaryOperator, InOperator},
};
use model::ColumnType;

use super::{Planned, Planner, Planning, constant::cell_of, expression::binary};
use crate::cell::Cell;

impl Planner<'_> {
    pub(super) fn filter(&self, condition: &checked::Expr, input: Planned) -> Planning<Planned> {
        let condition = self.reduced(condition)?;
        let parts = match &condition.kind {
            ExprKind::And(parts) => parts.as_slice(),
            _ => std::slice::from_ref(&condition),
        };
        let mut all: Option<Expr> = None;
        for part in parts {
            let part = match self.on_file(part, &input)? {
                Some(on_file) => on_file,
                None => self.expr(part, &input)?,
            };
            all = Some(match all {
                Some(all) => all.and(part),
                None => part,
            });
        }
        let plan = LogicalPlanBuilder::from(input.plan.clone()).filter(all.unwrap_or(lit(true)))?.build()?;
        Ok(Planned { plan, ..input })
    }

    /// A condition without those of its parts that are true or false for all rows: of filters that a function was not given.
    fn reduced(&self, condition: &checked::Expr) -> Planning<checked::Expr> {
        let (parts, decides): (_, bool) = match &condition.kind {
            ExprKind::And(parts) => (parts, false),
            ExprKind::Or(parts) => (parts, true),
            _ if condition.literal().is_none() && is_constant(condition) => {
                let value = self.value(condition)?;
                return Ok(match value {
                    Cell::Bool(value) => truth(value, condition),
                    _ => condition.clone(),
                });
            }
            _ => return Ok(condition.clone()),
        };
        let mut left = Vec::with_capacity(parts.len());
        for part in parts {
            let part = self.reduced(part)?;
            match part.literal() {
                Some(Literal::Bool(value)) if *value == decides => return Ok(part),
                Some(Literal::Bool(_)) => {}
                _ => left.push(part),
            }
        }
        Ok(match <[checked::Expr; 1]>::try_from(left) {
            Ok([only]) => only,
            Err(left) if left.is_empty() => truth(!decides, condition),
            Err(left) => {
                let kind = if decides { ExprKind::Or(left) } else { ExprKind::And(left) };
                checked::Expr { kind, ..condition.clone() }
            }
        })
    }

    /// A comparison of a column of a file with constants, on the column as the file has it: true for the same rows.
    fn on_file(&self, condition: &checked::Expr, input: &Planned) -> Planning<Option<Expr>> {
        match &condition.kind {
            ExprKind::And(parts) => {
                let parts = parts.iter().map(|part| self.on_file(part, input)).collect::<Planning<Option<Vec<_>>>>()?;
                Ok(parts.and_then(|parts| parts.into_iter().reduce(Expr::and)))
            }
            ExprKind::Binary { operator, left, right } => {
                let operator = match operator {
                    BinaryOperator::Equal => Operator::Eq,
                    BinaryOperator::Less => Operator::Lt,
                    BinaryOperator::LessOrEqual => Operator::LtEq,
                    BinaryOperator::Greater => Operator::Gt,
                    BinaryOperator::GreaterOrEqual => Operator::GtEq,
                    _ => return Ok(None),
                };
                let (column, value, operator) = match (&left.kind, &right.kind) {
                    (ExprKind::Column(column), _) if is_constant(right) => (*column, right, Some(operator)),
                    (_, ExprKind::Column(column)) if is_constant(left) => (*column, left, operator.swap()),
                    _ => return Ok(None),
                };
                let Some(operator) = operator else { return Ok(None) };
                let value = self.value(value)?;
                Ok(self
                    .native(column, input)
                    .and_then(|(native, of, kind)| compared(native, &of, kind, operator, &value)))
            }
            ExprKind::In { operator: InOperator::In, value, list } => {
                let ExprKind::Column(column) = value.kind else { return Ok(None) };
                let literals: Option<Vec<_>> = list.iter().map(checked::Expr::literal).collect();
                let Some((native, of, kind)) = self.native(column, input) else { return Ok(None) };
                let equal = |literal: &Literal| same(&of, kind, &cell_of(literal));
                let values: Option<Vec<_>> = literals.and_then(|literals| literals.into_iter().map(equal).collect());
                Ok(values.map(|values| native.in_list(values.into_iter().map(literal).collect(), false)))
            }
            _ => Ok(None),
        }
    }

    /// A column as its file has it, how it lies there, and what it is for the query.
    pub(super) fn native(&self, column: usize, input: &Planned) -> Option<(Expr, DataType, ColumnType)> {
        let natives = self.natives.borrow();
        let (native, data_type) = natives.get(&input.columns.get(column)?.name)?;
        let kind = *input.types.get(column)?;
        input.plan.schema().has_column(native).then(|| (Expr::Column(native.clone()), data_type.clone(), kind))
    }
}

/// True or false, in the place of a condition.
fn truth(value: bool, condition: &checked::Expr) -> checked::Expr {
    checked::Expr { kind: ExprKind::Literal(Literal::Bool(value)), ..condition.clone() }
}

/// The comparison of a file's column with a value that its query has.
fn compared(native: Expr, of: &DataType, kind: ColumnType, operator: Operator, value: &Cell<'_>) -> Option<Expr> {
    let (value, operator) = match (of, value, kind) {
        (DataType::Timestamp(unit, zone), Cell::Datetime(ticks), ColumnType::Datetime) => {
            let (number, operator) = in_unit(*ticks, *unit, operator)?;
            (ScalarValue::new_timestamp_of(*unit, number, zone.clone()), operator)
        }
        (of, Cell::Long(_), _) if of.is_integer() => {
            let value = same(of, kind, value)?;
            let comparison = binary(native.clone(), operator, literal(value.clone()));
            // Said twice, since it is then taken to hold for one row in five. Otherwise all values between the least and the
            // greatest would be taken to be equally frequent, and a join might hold its larger side in memory.
            let again = binary(native, Operator::IsNotDistinctFrom, literal(value));
            return Some(if operator == Operator::Eq { comparison.and(again) } else { comparison });
        }
        _ if operator == Operator::Eq => (same(of, kind, value)?, operator),
        _ => return None,
    };
    Some(binary(native, operator, literal(value)))
}

/// The value in a file that is this value of the query, if only one is.
fn same(of: &DataType, kind: ColumnType, value: &Cell<'_>) -> Option<ScalarValue> {
    match (of, value, kind) {
        // The empty text may be missing in the file.
        (DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8, Cell::Text(text), ColumnType::String)
            if !text.is_empty() =>
        {
            ScalarValue::Utf8View(Some(text.to_string())).cast_to(of).ok()
        }
        (of, Cell::Long(number), ColumnType::Int | ColumnType::Long) if of.is_integer() => {
            ScalarValue::Int64(Some(*number)).cast_to(of).ok().filter(|value| !value.is_null())
        }
        _ => None,
    }
}

/// A comparison with so many ticks as one with units: files may know more digits than ticks have, or fewer.
fn in_unit(ticks: i64, unit: TimeUnit, operator: Operator) -> Option<(i64, Operator)> {
    let each = match unit {
        TimeUnit::Second => 10_000_000,
        TimeUnit::Millisecond => 10_000,
        TimeUnit::Microsecond => 10,
        TimeUnit::Nanosecond => {
            let (first, behind) = (ticks.checked_mul(100)?, ticks.checked_add(1)?.checked_mul(100)?);
            return match operator {
                Operator::GtEq => Some((first, Operator::GtEq)),
                Operator::Lt => Some((first, Operator::Lt)),
                Operator::Gt => Some((behind, Operator::GtEq)),
                Operator::LtEq => Some((behind, Operator::Lt)),
                _ => None,
            };
        }
    };
    let number = ticks.div_euclid(each);
    match operator {
        _ if ticks.rem_euclid(each) == 0 => Some((number, operator)),
        Operator::Lt | Operator::LtEq => Some((number, Operator::LtEq)),
        Operator::Gt | Operator::GtEq => Some((number, Operator::Gt)),
        _ => None,
    }
}

const fn literal(value: ScalarValue) -> Expr {
    Expr::Literal(value, None)
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
        ExprKind::And(parts) | ExprKind::Or(parts) => parts.iter().all(is_constant),
        ExprKind::In { value, list, .. } => is_constant(value) && list.iter().all(is_constant),
        ExprKind::Cast(of) | ExprKind::Negative(of) => is_constant(of),
        _ => false,
    }
}
