//! Expressions. What Arrow does as Kusto does is left to DataFusion; the rest are calls of the functions here.

use datafusion::{
    functions::{math, string},
    logical_expr::{BinaryExpr, Case, Cast, Expr, Operator, expr::ScalarFunction, lit},
};
use kql::{
    checked::{self, ExprKind, PathStep},
    tree::{BinaryOperator, InOperator},
};
use model::ColumnType;

use super::{
    PlanError, Planned, Planner, Planning, address,
    constant::{cell_of, constant},
    needed::Needed,
};
use crate::{
    atlas::Places,
    cell::{Cell, arrow_type},
    function::{self, Call},
};

/// More values of a table are not compared with.
const MAX_SET: usize = 1_000_000;

impl Planner<'_> {
    /// An expression over the columns of a plan.
    pub(super) fn expr(&self, expr: &checked::Expr, input: &Planned) -> Planning<Expr> {
        match &expr.kind {
            ExprKind::Literal(literal) => Ok(constant(&cell_of(literal), expr.column_type)),
            ExprKind::Column(index) => input.column(*index),
            ExprKind::State { .. } => Err(PlanError::Senseless("the state of a step outside scan")),
            ExprKind::Call { function, arguments } => self.call(function.name, arguments, expr.column_type, input),
            ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right, expr.column_type, input),
            ExprKind::Negative(of) => self.named("neg", &[of], expr.column_type, input),
            ExprKind::And(parts) => self.joined(parts, Operator::And, input),
            ExprKind::Or(parts) => self.joined(parts, Operator::Or, input),
            ExprKind::In { operator, value, list } => self.is_in(*operator, value, list, input),
            ExprKind::InTable { operator, value, table } => {
                let rows = self.known(address(&**table), MAX_SET, || self.first_column(table))?;
                let item_type = table.schema().first().map_or(ColumnType::Dynamic, |column| column.column_type);
                let list = rows.iter().filter_map(|row| row.first()).map(|cell| (cell.clone(), item_type)).collect();
                self.is_in_values(*operator, value, list, input)
            }
            ExprKind::Path { of, steps } => self.path(of, steps, expr.column_type, input),
            ExprKind::Cast(of) => self.cast(of, expr.column_type, input),
            ExprKind::Scalar(table) => {
                let rows = self.known(address(&**table), 1, || self.first_column(table))?;
                let cell = rows.first().and_then(|row| row.first()).cloned().unwrap_or(Cell::Null);
                Ok(constant(&cell, expr.column_type))
            }
            ExprKind::AnyColumn { operator, columns, text } => {
                let mut any = lit(false);
                for column in columns {
                    any = any.or(self.binary(*operator, column, text, ColumnType::Bool, input)?);
                }
                Ok(any)
            }
            ExprKind::Part { of, index } => {
                let whole = self.expr(of, input)?;
                let index = constant(&Cell::Long(i64::try_from(*index).unwrap_or(0)), ColumnType::Long);
                let types = vec![ColumnType::Dynamic, ColumnType::Long];
                let part = call("[]", vec![whole, index], types, ColumnType::Dynamic)?;
                convert(part, ColumnType::Dynamic, expr.column_type)
            }
        }
    }

    /// The first column of a table.
    fn first_column(&self, table: &checked::Table) -> Planning<Planned> {
        let planned = self.table_of(table, &Needed::first(table.schema()))?;
        let first = planned.columns.iter().cloned().zip(planned.types.iter().copied()).take(1).collect();
        Ok(planned.select(first))
    }

    /// Several expressions.
    pub(super) fn exprs(&self, exprs: &[checked::Expr], input: &Planned) -> Planning<Vec<Expr>> {
        exprs.iter().map(|expr| self.expr(expr, input)).collect()
    }

    /// A call of a function by name, with the types that its arguments have.
    fn named(
        &self,
        name: &'static str,
        args: &[&checked::Expr],
        result: ColumnType,
        input: &Planned,
    ) -> Planning<Expr> {
        let exprs = args.iter().map(|arg| self.expr(arg, input)).collect::<Planning<Vec<_>>>()?;
        call(name, exprs, args.iter().map(|arg| arg.column_type).collect(), result)
    }

    fn joined(&self, parts: &[checked::Expr], operator: Operator, input: &Planned) -> Planning<Expr> {
        let mut parts = parts.iter().map(|part| self.expr(part, input));
        let first = parts.next().unwrap_or_else(|| Ok(lit(true)))?;
        parts.try_fold(first, |all, part| Ok(binary(all, operator, part?)))
    }

    fn binary(
        &self,
        operator: BinaryOperator,
        left: &checked::Expr,
        right: &checked::Expr,
        result: ColumnType,
        input: &Planned,
    ) -> Planning<Expr> {
        use BinaryOperator as B;
        if let Some(positive) = operator.negates().filter(|_| operator != B::NotEqual) {
            return Ok(!self.binary(positive, left, right, result, input)?);
        }
        let (a, b) = (self.expr(left, input)?, self.expr(right, input)?);
        let (left, right) = (left.column_type, right.column_type);
        let comparison = match operator {
            B::Equal => Some(Operator::Eq),
            B::NotEqual => Some(Operator::NotEq),
            B::Less => Some(Operator::Lt),
            B::LessOrEqual => Some(Operator::LtEq),
            B::Greater => Some(Operator::Gt),
            B::GreaterOrEqual => Some(Operator::GtEq),
            _ => None,
        };
        if let Some(comparison) = comparison
            && let Some(common) = common(left, right)
        {
            return Ok(compared(as_number(a, left, common), comparison, as_number(b, right, common), common));
        }
        let is_divisor = |expr: &Expr| matches!(expr, Expr::Literal(scalar, _) if scalar.is_some_number());
        let sum = match operator {
            B::Add => Some(Operator::Plus),
            B::Subtract => Some(Operator::Minus),
            B::Multiply => Some(Operator::Multiply),
            B::Divide if result == ColumnType::Real || is_divisor(&b) => Some(Operator::Divide),
            _ => None,
        };
        if let Some(sum) = sum {
            let is_whole = |column_type| {
                !matches!(
                    column_type,
                    ColumnType::Real | ColumnType::Decimal | ColumnType::Dynamic | ColumnType::String
                )
            };
            if result == ColumnType::Real && is_number(left) && is_number(right)
                || is_whole(result) && is_whole(left) && is_whole(right)
            {
                return Ok(binary(as_number(a, left, result), sum, as_number(b, right, result)));
            }
        }
        call(operator_name(operator), vec![a, b], vec![left, right], result)
    }

    fn is_in(
        &self,
        operator: InOperator,
        value: &checked::Expr,
        list: &[checked::Expr],
        input: &Planned,
    ) -> Planning<Expr> {
        if let Some(literals) = list.iter().map(checked::Expr::literal).collect::<Option<Vec<_>>>() {
            let cells = literals.iter().map(|literal| (cell_of(literal), literal.column_type())).collect();
            return self.is_in_values(operator, value, cells, input);
        }
        let mut args = vec![value];
        args.extend(list);
        let (name, negated) = in_name(operator);
        let is_in = self.named(name, &args, ColumnType::Bool, input)?;
        Ok(if negated { !is_in } else { is_in })
    }

    fn is_in_values(
        &self,
        operator: InOperator,
        value: &checked::Expr,
        list: Vec<(Cell<'static>, ColumnType)>,
        input: &Planned,
    ) -> Planning<Expr> {
        let (name, negated) = in_name(operator);
        let looked_for = self.expr(value, input)?;
        // Lists stand for their elements.
        let mut items = Vec::with_capacity(list.len());
        for (cell, column_type) in list {
            match cell.json() {
                serde_json::Value::Array(elements) if column_type == ColumnType::Dynamic => {
                    items.extend(elements.iter().map(|element| Cell::of_json(element).unpacked()));
                }
                _ => items.push(cell.unpacked()),
            }
        }
        let column_type = value.column_type;
        let is_in = if name == "in" && column_type != ColumnType::Dynamic {
            let fits =
                items.iter().map(|item| function::to(column_type, item).into_owned()).filter(|item| !item.is_null());
            looked_for.in_list(fits.map(|item| constant(&item, column_type)).collect(), false)
        } else {
            let list = Cell::of_list(items.iter().map(Cell::json).collect());
            let list = constant(&list, ColumnType::Dynamic);
            call(name, vec![looked_for, list], vec![column_type, ColumnType::Dynamic], ColumnType::Bool)?
        };
        Ok(if negated { !coalesce(vec![is_in, lit(false)]) } else { is_in })
    }

    fn path(&self, of: &checked::Expr, steps: &[PathStep], result: ColumnType, input: &Planned) -> Planning<Expr> {
        // JSON in a text need not be read as a whole for one part of it.
        let of = match &of.kind {
            ExprKind::Call { function, arguments } if function.name == "parse_json" => match arguments.as_slice() {
                [text] if text.column_type == ColumnType::String => text,
                _ => of,
            },
            _ => of,
        };
        // A file's JSON, neither.
        let in_file = match of.kind {
            ExprKind::Column(column) => self.native(column, input).filter(|(_, native, _)| native.is_string()),
            _ => None,
        };
        let mut args = match in_file {
            Some((native, ..)) => vec![Expr::Cast(Cast::new(Box::new(native), arrow_type(ColumnType::Dynamic)))],
            None => vec![self.expr(of, input)?],
        };
        let mut types = vec![of.column_type];
        for step in steps {
            let (arg, column_type) = match step {
                PathStep::Member(name) => {
                    (constant(&Cell::of(name.to_string()), ColumnType::String), ColumnType::String)
                }
                PathStep::Element(index) => (constant(&Cell::Long(*index), ColumnType::Long), ColumnType::Long),
                PathStep::Value(value) => (self.expr(value, input)?, value.column_type),
            };
            args.push(arg);
            types.push(column_type);
        }
        call("[]", args, types, result)
    }

    fn cast(&self, of: &checked::Expr, to: ColumnType, input: &Planned) -> Planning<Expr> {
        if let (ExprKind::Path { of, steps }, ColumnType::String) = (&of.kind, to) {
            return self.path(of, steps, ColumnType::String, input);
        }
        convert(self.expr(of, input)?, of.column_type, to)
    }

    fn call(&self, name: &'static str, args: &[checked::Expr], result: ColumnType, input: &Planned) -> Planning<Expr> {
        let ticks = |index: usize| -> Planning<i64> {
            args.get(index).map_or(Ok(0), |arg| Ok(self.value(arg)?.ticks().unwrap_or(0)))
        };
        match name {
            "now" => return Ok(constant(&Cell::Datetime(self.now.saturating_add(ticks(0)?)), ColumnType::Datetime)),
            "ago" => return Ok(constant(&Cell::Datetime(self.now.saturating_sub(ticks(0)?)), ColumnType::Datetime)),
            "rand" => return Ok(Expr::ScalarFunction(ScalarFunction::new_udf(math::random(), Vec::new()))),
            "new_guid" => {
                let guid = Expr::ScalarFunction(ScalarFunction::new_udf(string::uuid(), Vec::new()));
                return Ok(Expr::Cast(Cast::new(Box::new(guid), arrow_type(ColumnType::Guid))));
            }
            "current_database" | "current_cluster_endpoint" | "current_principal" | "current_node_id" => {
                return Ok(constant(&Cell::of("local"), ColumnType::String));
            }
            // Nothing is known of how rows came to lie where they are.
            "ingestion_time" | "extent_id" | "extent_tags" | "rowstore_ordinal_range" | "current_principal_details" => {
                return Ok(constant(&Cell::Null, result));
            }
            "row_id" | "cursor_current" => return Ok(constant(&Cell::of(""), ColumnType::String)),
            "cursor_after" | "cursor_before_or_at" => return Ok(lit(true)),
            "current_principal_is_member_of" => return Ok(lit(false)),
            "iff" | "case" => return self.case(args, input),
            "geo_info_from_ip_address" => {
                let types = args.iter().map(|arg| arg.column_type).collect();
                let places = self.state.config().get_extension::<Places>();
                let call = function_of(name, types, result)?.with_places(places);
                return Ok(Expr::ScalarFunction(ScalarFunction::new_udf(call.udf(), self.exprs(args, input)?)));
            }
            "not" => {
                if let [of] = args {
                    return Ok(!self.expr(of, input)?);
                }
            }
            "isnull" | "isnotnull" => {
                if let [of] = args {
                    let of_text = of.column_type == ColumnType::String;
                    let of = self.expr(of, input)?;
                    return Ok(match (name, of_text) {
                        ("isnull", false) => of.is_null(),
                        ("isnull", true) => lit(false),
                        (_, false) => of.is_not_null(),
                        (_, true) => lit(true),
                    });
                }
            }
            "isempty" | "isnotempty" => {
                if let [of] = args
                    && of.column_type != ColumnType::Dynamic
                {
                    let of_text = of.column_type == ColumnType::String;
                    let of = self.expr(of, input)?;
                    let empty = constant(&Cell::of(""), ColumnType::String);
                    return Ok(match (name, of_text) {
                        ("isempty", true) => of.eq(empty),
                        ("isempty", false) => of.is_null(),
                        (_, true) => of.not_eq(empty),
                        (_, false) => of.is_not_null(),
                    });
                }
            }
            "coalesce" if !matches!(result, ColumnType::String | ColumnType::Dynamic) => {
                return Ok(coalesce(self.exprs(args, input)?));
            }
            _ => {}
        }
        call(name, self.exprs(args, input)?, args.iter().map(|arg| arg.column_type).collect(), result)
    }

    /// Conditions and values in turn, and at last what else.
    fn case(&self, args: &[checked::Expr], input: &Planned) -> Planning<Expr> {
        let mut pairs = Vec::new();
        let mut otherwise = None;
        for pair in args.chunks(2) {
            match pair {
                [condition, value] => {
                    pairs.push((Box::new(self.expr(condition, input)?), Box::new(self.expr(value, input)?)));
                }
                [value] => otherwise = Some(Box::new(self.expr(value, input)?)),
                _ => {}
            }
        }
        if let (None, [condition, value, other]) = (&otherwise, args) {
            let pair = (Box::new(self.expr(condition, input)?), Box::new(self.expr(value, input)?));
            return Ok(Expr::Case(Case::new(None, vec![pair], Some(Box::new(self.expr(other, input)?)))));
        }
        Ok(Expr::Case(Case::new(None, pairs, otherwise)))
    }
}

trait Number {
    fn is_some_number(&self) -> bool;
}

impl Number for datafusion::scalar::ScalarValue {
    /// Whether it is a whole number by which can be divided: not null, zero or minus one.
    fn is_some_number(&self) -> bool {
        match self {
            Self::Int32(Some(number)) => !matches!(number, 0 | -1),
            Self::Int64(Some(number)) => !matches!(number, 0 | -1),
            _ => false,
        }
    }
}

/// A call of a function of this engine.
pub(super) fn call(name: &'static str, args: Vec<Expr>, types: Vec<ColumnType>, result: ColumnType) -> Planning<Expr> {
    Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function_of(name, types, result)?.udf(), args)))
}

fn function_of(name: &'static str, types: Vec<ColumnType>, result: ColumnType) -> Planning<Call> {
    let function = function::find(name).ok_or_else(|| PlanError::Unsupported(name.to_owned()))?;
    Ok(Call::new(name, function, types, result))
}

/// A value as one of another type, as `tostring` and its kin do it.
pub(super) fn convert(expr: Expr, from: ColumnType, to: ColumnType) -> Planning<Expr> {
    if from == to {
        return Ok(expr);
    }
    match (from, to) {
        (ColumnType::Int, ColumnType::Long | ColumnType::Real) | (ColumnType::Long, ColumnType::Real) => {
            Ok(as_number(expr, from, to))
        }
        (_, ColumnType::Dynamic) => call("as_dynamic", vec![expr], vec![from], to),
        (_, ColumnType::String) => call("tostring", vec![expr], vec![from], to),
        _ => call("to", vec![expr], vec![from], to),
    }
}

/// A comparison. Nothing is like no value; whether nothing is like nothing can't be told. There are no null texts.
fn compared(left: Expr, operator: Operator, right: Expr, column_type: ColumnType) -> Expr {
    let distinct = match operator {
        Operator::Eq if column_type != ColumnType::String => Operator::IsNotDistinctFrom,
        Operator::NotEq if column_type != ColumnType::String => Operator::IsDistinctFrom,
        _ => return binary(left, operator, right),
    };
    let is_value = |expr: &Expr| matches!(expr, Expr::Literal(scalar, _) if !scalar.is_null());
    if is_value(&left) || is_value(&right) {
        return binary(left, distinct, right);
    }
    let neither = left.clone().is_null().and(right.clone().is_null());
    let known = binary(left, distinct, right);
    Expr::Case(Case::new(None, vec![(Box::new(!neither), Box::new(known))], None))
}

pub(super) fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

pub(super) fn coalesce(mut exprs: Vec<Expr>) -> Expr {
    if exprs.len() > 1 {
        // DataFusion's own function runs only in plans that are optimised; constants are not.
        let last = exprs.pop().map(Box::new);
        let pairs = exprs.into_iter().map(|of| (Box::new(of.clone().is_not_null()), Box::new(of))).collect();
        return Expr::Case(Case::new(None, pairs, last));
    }
    datafusion::functions::core::coalesce().call(exprs)
}

const fn is_number(column_type: ColumnType) -> bool {
    matches!(
        column_type,
        ColumnType::Int
            | ColumnType::Long
            | ColumnType::Real
            | ColumnType::Datetime
            | ColumnType::Timespan
            | ColumnType::Decimal
    )
}

/// A number as one of a wider type.
fn as_number(expr: Expr, from: ColumnType, to: ColumnType) -> Expr {
    let wanted = arrow_type(to);
    if arrow_type(from) == wanted { expr } else { Expr::Cast(Cast::new(Box::new(expr), wanted)) }
}

/// The type in which two values are compared by Arrow, if it can.
fn common(a: ColumnType, b: ColumnType) -> Option<ColumnType> {
    use ColumnType::{Decimal, Dynamic, Int, Long, Real};
    match (a, b) {
        (Dynamic, _) | (_, Dynamic) => None,
        (a, b) if a == b => Some(a),
        (Real, Int | Long | Decimal) | (Int | Long | Decimal, Real) => Some(Real),
        (Decimal, Int | Long) | (Int | Long, Decimal) => Some(Decimal),
        (Int, Long) | (Long, Int) => Some(Long),
        _ => None,
    }
}

/// What the function of an operator is called, and whether its opposite is asked for.
const fn in_name(operator: InOperator) -> (&'static str, bool) {
    match operator {
        InOperator::In => ("in", false),
        InOperator::NotIn => ("in", true),
        InOperator::InTilde => ("in~", false),
        InOperator::NotInTilde => ("in~", true),
        InOperator::HasAny => ("has_any", false),
        InOperator::HasAll => ("has_all", false),
    }
}

fn operator_name(operator: BinaryOperator) -> &'static str {
    match operator {
        // The old spellings of what has another name.
        BinaryOperator::Like => "like",
        BinaryOperator::LikeCs => "like_cs",
        other => other.as_str(),
    }
}
