//! Which types go together, and what they become.

use std::sync::Arc;

use model::ColumnType::{self, Bool, Datetime, Decimal, Dynamic, Guid, Int, Long, Real, String, Timespan};

use super::Done;
use crate::{
    Literal,
    checked::{Expr, ExprKind},
    function::Kind,
    mistake::{What, Wrong},
    moment,
    tree::BinaryOperator,
};

/// Whether values are numbers.
pub(super) const fn is_number(column_type: ColumnType) -> bool {
    matches!(column_type, Int | Long | Real | Decimal)
}

/// The wider of two types of numbers.
pub(super) const fn wider(a: ColumnType, b: ColumnType) -> ColumnType {
    match (a, b) {
        (Decimal, _) | (_, Decimal) => Decimal,
        (Real, _) | (_, Real) => Real,
        (Long, _) | (_, Long) => Long,
        _ => Int,
    }
}

/// What the values of `int` become when something is done with them.
pub(super) const fn promoted(column_type: ColumnType) -> ColumnType {
    match column_type {
        Int => Long,
        other => other,
    }
}

/// The value as another type; a literal is converted at once.
pub(super) fn cast(expr: Expr, to: ColumnType) -> Expr {
    if expr.column_type == to {
        return expr;
    }
    if let Some(literal) = expr.literal().and_then(|literal| widen(literal, to)) {
        return Expr::of_literal(literal, expr.span);
    }
    let span = expr.span;
    Expr { kind: ExprKind::Cast(Box::new(expr)), column_type: to, span }
}

/// A literal as another type, where nothing can go wrong and no engine's way of printing matters.
fn widen(literal: &Literal, to: ColumnType) -> Option<Literal> {
    #[expect(clippy::cast_precision_loss, reason = "that is what the conversion is")]
    Some(match (literal, to) {
        (Literal::Null(_), String) => return None,
        (Literal::Null(_), to) => Literal::Null(to),
        (Literal::Int(number), Long) => Literal::Long(i64::from(*number)),
        (Literal::Int(number), Real) => Literal::Real(f64::from(*number)),
        (Literal::Int(number), Decimal) => Literal::Decimal(number.to_string().into()),
        (Literal::Int(number), String) => Literal::String(number.to_string().into()),
        (Literal::Long(number), Int) => Literal::Int(i32::try_from(*number).ok()?),
        (Literal::Long(number), Real) => Literal::Real(*number as f64),
        (Literal::Long(number), Decimal) => Literal::Decimal(number.to_string().into()),
        (Literal::Long(number), String) => Literal::String(number.to_string().into()),
        _ => return None,
    })
}

/// A given value as the type that was declared; a text is read.
pub(super) fn convert(literal: &Literal, to: ColumnType) -> Option<Literal> {
    if literal.column_type() == to {
        return Some(literal.clone());
    }
    if let Some(literal) = widen(literal, to) {
        return Some(literal);
    }
    let text = literal.as_str()?.trim();
    Some(match to {
        Bool => Literal::Bool(text.parse().ok()?),
        Int => Literal::Int(text.parse().ok()?),
        Long => Literal::Long(text.parse().ok()?),
        Real => Literal::Real(text.parse().ok()?),
        Decimal => Literal::Decimal(text.into()),
        String => Literal::String(text.into()),
        Datetime => Literal::Datetime(moment::read_datetime(text)?),
        Timespan => Literal::Timespan(moment::read_timespan(text)?),
        Guid => Literal::Guid(crate::token::read_guid(text)?),
        Dynamic => Literal::Dynamic(Arc::new(serde_json::from_str(text).ok()?)),
    })
}

/// How far a type is from another: 0 for the same; `None` if it can't become it.
fn distance(from: ColumnType, to: ColumnType) -> Option<u32> {
    if from == to {
        return Some(0);
    }
    if is_number(from) && is_number(to) {
        return Some(if wider(from, to) == to { 1 } else { 2 });
    }
    match (from, to) {
        (Dynamic, _) => Some(3),
        (_, String | Dynamic) | (String, _) => Some(4),
        (Bool, Int | Long | Real | Decimal) | (Int | Long, Bool) => Some(4),
        _ => None,
    }
}

/// The type that a value becomes for a parameter, and how far that is. `None` if it can't.
pub(super) fn fit(from: ColumnType, kind: Kind) -> Option<(ColumnType, u32)> {
    let to_number = || distance(from, Real).map(|far| (if from == Bool { Long } else { Real }, far));
    match kind {
        Kind::Type(to) => distance(from, to).map(|far| (to, far)),
        Kind::Any | Kind::Plain | Kind::Orderable | Kind::Common => Some((from, 0)),
        Kind::Number if is_number(from) => Some((from, 0)),
        Kind::Number => to_number(),
        Kind::Whole if matches!(from, Int | Long) => Some((from, 0)),
        Kind::Whole => distance(from, Long).map(|far| (Long, far)),
        Kind::Summable if is_number(from) || matches!(from, Timespan | Datetime) => Some((from, 0)),
        Kind::Summable => to_number(),
        Kind::Text if matches!(from, String | Dynamic) => Some((from, 0)),
        Kind::Text => Some((String, 4)),
        Kind::TypeOf | Kind::Table => None,
    }
}

/// How a parameter is called in an error.
pub(super) const fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Type(column_type) => column_type.as_str(),
        Kind::Any | Kind::Common | Kind::Plain => "a value",
        Kind::Number => "a number",
        Kind::Whole => "a whole number",
        Kind::Summable => "a number, a timespan or a datetime",
        Kind::Orderable => "a value that has an order",
        Kind::Text => "a text",
        Kind::TypeOf => "typeof(…)",
        Kind::Table => "a table",
    }
}

/// The type that values of several types have in common; `dynamic` if they have nothing in common.
pub(super) fn common<'e>(exprs: impl IntoIterator<Item = &'e Expr>) -> ColumnType {
    let is_null = |expr: &Expr| matches!(expr.kind, ExprKind::Literal(Literal::Null(_)));
    let mut common = None;
    let mut fallback = Dynamic;
    for expr in exprs {
        if is_null(expr) {
            fallback = expr.column_type;
            continue;
        }
        common = Some(match common {
            None => expr.column_type,
            Some(other) if other == expr.column_type => other,
            // A dynamic value becomes what the others are.
            Some(Dynamic) => expr.column_type,
            Some(other) if expr.column_type == Dynamic => other,
            Some(other) if is_number(other) && is_number(expr.column_type) => wider(other, expr.column_type),
            Some(_) => return Dynamic,
        });
    }
    common.unwrap_or(fallback)
}

/// Two values of one type, so that they can be compared.
pub(super) fn comparable(left: Expr, right: Expr) -> Done<(Expr, Expr)> {
    let (a, b) = (left.column_type, right.column_type);
    let both = match (a, b) {
        _ if a == b => return Ok((left, right)),
        _ if is_number(a) && is_number(b) => wider(a, b),
        (Dynamic, other) | (other, Dynamic) => other,
        (Bool, other) | (other, Bool) if is_number(other) => Long,
        (String, other) | (other, String) => other,
        _ => return Err(Wrong::new(What::Mismatch(a, b), left.span.to(right.span))),
    };
    Ok((cast(left, both), cast(right, both)))
}

/// A sum, difference, product, quotient or rest.
pub(super) fn arithmetic(operator: BinaryOperator, left: Expr, right: Expr) -> Done<Expr> {
    use BinaryOperator::{Add, Divide, Modulo, Multiply, Subtract};
    let span = left.span.to(right.span);
    let (left, right, is_dynamic) = undynamic(left, right);
    let (a, b) = (left.column_type, right.column_type);
    let (left_type, right_type, result) = match (a, operator, b) {
        _ if is_number(a) && is_number(b) => {
            let both = promoted(wider(a, b));
            (both, both, both)
        }
        (Datetime, Modulo, Timespan) => (a, b, Timespan),
        (Datetime, Add | Subtract, Timespan) | (Timespan, Add, Datetime) | (Datetime, Add, Datetime) => {
            (a, b, Datetime)
        }
        (Datetime, Subtract, Datetime) | (Timespan, Add | Subtract | Modulo, Timespan) => (a, b, Timespan),
        (Timespan | Datetime, Divide, Timespan) => (a, b, Real),
        (Timespan, Multiply | Divide, _) if is_number(b) => (a, if b == Int { Long } else { b }, Timespan),
        (_, Multiply, Timespan) if is_number(a) => (if a == Int { Long } else { a }, b, Timespan),
        _ => return Err(Wrong::new(What::Mismatch(a, b), span)),
    };
    let kind =
        ExprKind::Binary { operator, left: Box::new(cast(left, left_type)), right: Box::new(cast(right, right_type)) };
    let value = Expr { kind, column_type: result, span };
    Ok(if is_dynamic { cast(value, Dynamic) } else { value })
}

/// Dynamic values and texts as what they are reckoned with. Gives whether both were dynamic.
fn undynamic(left: Expr, right: Expr) -> (Expr, Expr, bool) {
    match (left.column_type, right.column_type) {
        (Dynamic, Dynamic) => (cast(left, Real), cast(right, Real), true),
        (Dynamic | String, to) if to != String => (cast(left, promoted(to)), right, false),
        (to, Dynamic | String) if to != String => (left, cast(right, promoted(to)), false),
        _ => (left, right, false),
    }
}
