//! Expressions.

use std::sync::Arc;

use model::ColumnType::{self, Bool, Dynamic, Long, String, Timespan};

use super::{Checker, Done, operand::Value, row::Env, types};
use crate::{
    Literal,
    checked::{Expr, ExprKind, PathStep},
    mistake::{What, Wrong},
    place::Span,
    tree::{self, BinaryOperator, InOperator, Member, Name},
};

impl<'t> Checker<'_, 't> {
    /// A value.
    pub(super) fn expr(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Expr> {
        self.count(1, expr.span)?;
        let span = expr.span;
        match &expr.kind {
            tree::ExprKind::Literal(literal) => Ok(Expr::of_literal(literal.clone(), span)),
            tree::ExprKind::Name(name) => self.named(expr, name, env),
            tree::ExprKind::Call { function, arguments } => self.call(function, arguments, span, env),
            tree::ExprKind::Member { of, member } => self.member(expr, of, member, env),
            tree::ExprKind::Index { .. } => self.steps(expr, env),
            tree::ExprKind::Negative(of) => self.negated(of, span, env),
            tree::ExprKind::Positive(of) => self.expr(of, env),
            tree::ExprKind::Binary { operator, left, right } => self.binary(*operator, left, right, span, env),
            tree::ExprKind::And(parts) => self.junction(parts, ExprKind::And, span, env),
            tree::ExprKind::Or(parts) => self.junction(parts, ExprKind::Or, span, env),
            tree::ExprKind::In { operator, value, list } => self.contained(*operator, value, list, span, env),
            tree::ExprKind::Between { negated, value, low, high } => {
                self.between(*negated, [value, low, high], span, env)
            }
            tree::ExprKind::Pipe(_) | tree::ExprKind::Datatable(_) | tree::ExprKind::Externaldata(_) => {
                self.scalar_value(expr, env)
            }
            tree::ExprKind::TypeOf(specs) => type_value(specs, span),
            tree::ExprKind::Star | tree::ExprKind::Wildcard(_) => Err(Wrong::expected("a value", span)),
        }
    }

    fn named(&mut self, expr: &'t tree::Expr, name: &'t Name, env: Env<'_, 't>) -> Done<Expr> {
        match env.columns.iter().enumerate().find(|(_, column)| column.name == name.text) {
            Some((place, column)) => Ok(Expr::of_column(place, column.column_type, expr.span)),
            None => self.scalar_value(expr, env),
        }
    }

    fn scalar_value(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Expr> {
        self.value(expr, env)?.scalar(expr.span)
    }

    fn negated(&mut self, of: &'t tree::Expr, span: Span, env: Env<'_, 't>) -> Done<Expr> {
        let of = self.expr(of, env)?;
        negative(of, span)
    }

    fn junction(
        &mut self,
        parts: &'t [tree::Expr],
        joined: fn(Vec<Expr>) -> ExprKind,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Expr> {
        Ok(boolean(joined(self.conditions(parts, env)?), span))
    }

    /// Something that is true or false.
    pub(super) fn condition(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Expr> {
        let condition = self.expr(expr, env)?;
        match condition.column_type {
            Bool => Ok(condition),
            Dynamic => Ok(types::cast(condition, Bool)),
            found => Err(Wrong::new(What::WrongType { expected: "bool".into(), found }, expr.span)),
        }
    }

    fn conditions(&mut self, parts: &'t [tree::Expr], env: Env<'_, 't>) -> Done<Vec<Expr>> {
        parts.iter().map(|part| self.condition(part, env)).collect()
    }

    fn member(&mut self, expr: &'t tree::Expr, of: &'t tree::Expr, member: &'t Member, env: Env<'_, 't>) -> Done<Expr> {
        if let (tree::ExprKind::Name(step), Member::Name(column)) = (&of.kind, member)
            && let Some(state) = scan_state(&step.text, &column.text, expr.span, env)
        {
            return state;
        }
        self.steps(expr, env)
    }

    /// A path: what it begins with, and its steps. Long paths are walked without recursion.
    fn steps(&mut self, expr: &'t tree::Expr, env: Env<'_, 't>) -> Done<Expr> {
        let mut steps = Vec::new();
        let mut of = expr;
        loop {
            let is_state = |step: &Name, column: &Name| scan_state(&step.text, &column.text, expr.span, env).is_some();
            of = match &of.kind {
                tree::ExprKind::Member { of: inner, member: Member::Name(column) } if matches!(&inner.kind, tree::ExprKind::Name(step) if is_state(step, column)) =>
                {
                    break;
                }
                tree::ExprKind::Member { of: inner, member } => {
                    steps.push(match member {
                        Member::Name(name) => PathStep::Member(name.text.clone()),
                        Member::Value(index) => self.path_step(index, env)?,
                        Member::Wildcard(name) => return Err(Wrong::expected("a name", name.span)),
                        Member::Call { function, .. } => return Err(Wrong::new(What::UnknownFunction, function.span)),
                    });
                    inner
                }
                tree::ExprKind::Index { of: inner, index } => {
                    steps.push(self.path_step(index, env)?);
                    inner
                }
                _ => break,
            };
        }
        let mut path = match self.value(of, env)? {
            Value::Scalar(of) => of,
            Value::Table(_) => return Err(Wrong::new(What::NotAValueButATable, of.span)),
        };
        for step in steps.into_iter().rev() {
            path = self.path(path, step, expr.span);
        }
        Ok(path)
    }

    fn path_step(&mut self, index: &'t tree::Expr, env: Env<'_, 't>) -> Done<PathStep> {
        let index = self.expr(index, env)?;
        Ok(match (&index.kind, index.column_type) {
            (ExprKind::Literal(Literal::String(text)), _) => PathStep::Member(text.clone()),
            (ExprKind::Literal(Literal::Long(number)), _) => PathStep::Element(*number),
            (ExprKind::Literal(Literal::Int(number)), _) => PathStep::Element((*number).into()),
            (_, String | Long | ColumnType::Int | Dynamic) => PathStep::Value(Box::new(index)),
            (_, found) => {
                return Err(Wrong::new(
                    What::WrongType { expected: "a text or a whole number".into(), found },
                    index.span,
                ));
            }
        })
    }

    /// A part of a value. A text is read as JSON first.
    fn path(&self, of: Expr, step: PathStep, span: Span) -> Expr {
        let of = if of.column_type == String { self.parsed_json(of) } else { of };
        let (of, steps) = match of.kind {
            ExprKind::Path { of, mut steps } => {
                steps.push(step);
                (of, steps)
            }
            _ => (Box::new(types::cast(of, Dynamic)), vec![step]),
        };
        Expr { kind: ExprKind::Path { of, steps }, column_type: Dynamic, span }
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &'t tree::Expr,
        right: &'t tree::Expr,
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Expr> {
        if matches!(left.kind, tree::ExprKind::Star) {
            let text = self.expr(right, env)?;
            return Ok(any_column(operator, text, span, env));
        }
        // Sums and products lean to the left; long ones are walked without recursion.
        let mut rights = vec![(operator, right)];
        let mut first = left;
        while let tree::ExprKind::Binary { operator, left, right } = &first.kind
            && matches!(operator.tightness(), 3 | 4)
        {
            rights.push((*operator, right));
            first = left;
        }
        let mut value = self.expr(first, env)?;
        for (operator, right) in rights.into_iter().rev() {
            let right = self.expr(right, env)?;
            value = operation(operator, value, right, span)?;
        }
        Ok(value)
    }

    fn contained(
        &mut self,
        operator: InOperator,
        value: &'t tree::Expr,
        list: &'t [tree::Expr],
        span: Span,
        env: Env<'_, 't>,
    ) -> Done<Expr> {
        let is_text = !matches!(operator, InOperator::In | InOperator::NotIn);
        let star = matches!(value.kind, tree::ExprKind::Star);
        let mut value = if star { all_texts(env, span) } else { self.expr(value, env)? };
        if is_text {
            value = types::cast(value, String);
        }
        if let [only] = list
            && let Value::Table(table) = self.value(only, env)?
        {
            let kind = ExprKind::InTable { operator, value: value.into(), table: Arc::new(table) };
            return Ok(boolean(kind, span));
        }
        let mut items = list.iter().map(|item| self.expr(item, env)).collect::<Done<Vec<_>>>()?;
        let scalars = items.iter().filter(|item| item.column_type != Dynamic);
        if value.column_type == Dynamic && items.iter().any(|item| item.column_type != Dynamic) {
            value = types::cast(value, types::common(scalars));
        }
        for item in &mut items {
            // A dynamic list stands for its elements.
            if item.column_type != Dynamic {
                let taken = std::mem::replace(item, Expr::of_literal(Literal::Null(Dynamic), span));
                *item = if types::is_number(taken.column_type) && value.column_type == Bool {
                    types::cast(taken, Bool)
                } else if types::is_number(value.column_type) && types::is_number(taken.column_type) {
                    taken
                } else {
                    types::cast(taken, value.column_type)
                };
            }
        }
        Ok(boolean(ExprKind::In { operator, value: value.into(), list: items }, span))
    }

    fn between(&mut self, negated: bool, parts: [&'t tree::Expr; 3], span: Span, env: Env<'_, 't>) -> Done<Expr> {
        let [value, low, high] = parts.map(|part| self.expr(part, env));
        let (value, low, high) = (value?, low?, high?);
        // A length of time behind an instant is meant from there.
        let high = if high.column_type == Timespan && low.column_type == ColumnType::Datetime {
            types::arithmetic(BinaryOperator::Add, low.clone(), high)?
        } else {
            high
        };
        let (above, low) = types::comparable(value.clone(), low)?;
        let (below, high) = types::comparable(value, high)?;
        let operators = if negated {
            (BinaryOperator::Less, BinaryOperator::Greater)
        } else {
            (BinaryOperator::GreaterOrEqual, BinaryOperator::LessOrEqual)
        };
        let compared = |operator, left: Expr, right: Expr| {
            boolean(ExprKind::Binary { operator, left: left.into(), right: right.into() }, span)
        };
        let parts = vec![compared(operators.0, above, low), compared(operators.1, below, high)];
        Ok(boolean(if negated { ExprKind::Or(parts) } else { ExprKind::And(parts) }, span))
    }
}

/// `typeof(long)` where a value stands: no value of that type.
fn type_value(specs: &[tree::TypeSpec], span: Span) -> Done<Expr> {
    match specs {
        [tree::TypeSpec::Type(column_type)] => Ok(Expr::of_literal(Literal::Null(*column_type), span)),
        _ => Err(Wrong::expected("one type", span)),
    }
}

pub(super) fn boolean(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, column_type: Bool, span }
}

fn negative(of: Expr, span: Span) -> Done<Expr> {
    let literal = match of.literal() {
        Some(Literal::Long(number)) => Some(Literal::Long(number.wrapping_neg())),
        Some(Literal::Int(number)) => Some(Literal::Long(i64::from(*number).wrapping_neg())),
        Some(Literal::Real(number)) => Some(Literal::Real(-number)),
        Some(Literal::Timespan(ticks)) => Some(Literal::Timespan(ticks.wrapping_neg())),
        _ => None,
    };
    if let Some(literal) = literal {
        return Ok(Expr::of_literal(literal, span));
    }
    let found = of.column_type;
    let (of, column_type) = match found {
        Dynamic | String => (types::cast(of, ColumnType::Real), ColumnType::Real),
        Timespan => (of, Timespan),
        _ if types::is_number(found) => (types::cast(of, types::promoted(found)), types::promoted(found)),
        _ => return Err(Wrong::new(What::WrongType { expected: "a number or a timespan".into(), found }, span)),
    };
    let negative = Expr { kind: ExprKind::Negative(of.into()), column_type, span };
    Ok(if found == Dynamic { types::cast(negative, Dynamic) } else { negative })
}

/// An operation of two values.
fn operation(operator: BinaryOperator, left: Expr, right: Expr, span: Span) -> Done<Expr> {
    match operator.tightness() {
        1 | 2 => {
            let (left, right) = types::comparable(left, right)?;
            Ok(boolean(ExprKind::Binary { operator, left: left.into(), right: right.into() }, span))
        }
        3 | 4 => types::arithmetic(operator, left, right).map(|expr| Expr { span, ..expr }),
        _ => Ok(text_operation(operator, left, right, span)),
    }
}

/// `a has "b"` and the like: of texts.
fn text_operation(operator: BinaryOperator, left: Expr, right: Expr, span: Span) -> Expr {
    let (left, right) = (types::cast(left, String), types::cast(right, String));
    boolean(ExprKind::Binary { operator, left: left.into(), right: right.into() }, span)
}

/// Whether any column has a text.
pub(super) fn any_column(operator: BinaryOperator, text: Expr, span: Span, env: Env<'_, '_>) -> Expr {
    let column = |(place, column): (usize, &crate::checked::Column)| {
        types::cast(Expr::of_column(place, column.column_type, span), String)
    };
    let columns = env.columns.iter().enumerate().map(column).collect();
    boolean(ExprKind::AnyColumn { operator, columns, text: types::cast(text, String).into() }, span)
}

/// All columns as one text, for lists of texts that any column may have.
fn all_texts(env: Env<'_, '_>, span: Span) -> Expr {
    let column = |(place, column): (usize, &crate::checked::Column)| {
        types::cast(Expr::of_column(place, column.column_type, span), String)
    };
    let mut arguments = vec![Expr::of_literal(Literal::String("\n".into()), span)];
    arguments.extend(env.columns.iter().enumerate().map(column));
    match crate::function::scalar("strcat_delim") {
        Some(function) => Expr { kind: ExprKind::Call { function, arguments }, column_type: String, span },
        None => Expr::of_literal(Literal::String("".into()), span),
    }
}

/// In `scan`: a column of the state of a step.
fn scan_state(step: &str, column: &str, span: Span, env: Env<'_, '_>) -> Option<Done<Expr>> {
    let step = env.steps.iter().position(|name| *name == step)?;
    let place = env.columns.iter().position(|known| &*known.name == column);
    let Some((place, column_type)) = place.and_then(|place| Some((place, env.columns.get(place)?.column_type))) else {
        let known = env.columns.iter().map(|column| &*column.name);
        return Some(Err(Wrong::new(What::UnknownColumn, span).near(column, known)));
    };
    Some(Ok(Expr { kind: ExprKind::State { step, column: place }, column_type, span }))
}
