//! Expressions as text, with brackets where they are needed.

use super::Printer;
use crate::{
    literal::Literal,
    tree::{Expr, ExprKind, Member, TypeSpec},
};

/// How tightly what an expression is binds; what binds less than its place asks for stands in brackets.
const fn tightness(kind: &ExprKind) -> u8 {
    match kind {
        ExprKind::Or(_) => OR,
        ExprKind::And(_) => AND,
        ExprKind::In { .. } | ExprKind::Between { .. } => EQUALITY,
        ExprKind::Binary { operator, .. } => AND + operator.tightness(),
        ExprKind::Negative(_) | ExprKind::Positive(_) => SIGN,
        _ => PATH,
    }
}

const OR: u8 = 0;
const AND: u8 = 1;
const EQUALITY: u8 = 2;
const ORDER: u8 = 3;
const SUM: u8 = 4;
const PRODUCT: u8 = 5;
const SIGN: u8 = 7;
const PATH: u8 = 8;

impl Printer {
    /// Adds an expression.
    pub(crate) fn expr(&mut self, expr: &Expr) -> &mut Self {
        self.expr_in(expr, OR)
    }

    fn expr_in(&mut self, expr: &Expr, least: u8) -> &mut Self {
        if tightness(&expr.kind) >= least {
            return self.bare_expr(&expr.kind);
        }
        self.put("(").bare_expr(&expr.kind).put(")")
    }

    fn bare_expr(&mut self, kind: &ExprKind) -> &mut Self {
        match kind {
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Name(name) => self.name(name),
            ExprKind::Wildcard(name) => self.wildcard(name),
            ExprKind::Star => self.put("*"),
            ExprKind::Call { function, arguments } => self.call(function, arguments),
            ExprKind::Member { of, member } => self.root(of).member(member),
            ExprKind::Index { of, index } => self.root(of).glue("[").expr(index).put("]"),
            ExprKind::Negative(of) => self.put("-").expr_in(of, PATH),
            ExprKind::Positive(of) => self.put("+").expr_in(of, PATH),
            ExprKind::Binary { operator, left, right } => {
                let own = AND + operator.tightness();
                // Sums and products go on to the right; all others stand alone.
                let left_least = if matches!(own, SUM | PRODUCT) { own } else { own + 1 };
                self.expr_in(left, left_least).put(operator.as_str()).expr_in(right, own + 1)
            }
            ExprKind::And(parts) => self.joined("and", parts, EQUALITY),
            ExprKind::Or(parts) => self.joined("or", parts, AND),
            ExprKind::In { operator, value, list } => {
                self.expr_in(value, ORDER).put(operator.as_str()).put("(");
                self.list(list, |out, expr| out.expr(expr)).put(")")
            }
            ExprKind::Between { negated, value, low, high } => {
                self.expr_in(value, ORDER).put(if *negated { "!between" } else { "between" });
                self.put("(").expr(low).put("..").expr(high).put(")")
            }
            ExprKind::TypeOf(specs) => {
                self.put("typeof").glue("(").list(specs, |out, spec| out.type_spec(spec)).put(")")
            }
            ExprKind::Pipe(pipe) => self.put("(").pipe(pipe).put(")"),
            ExprKind::Datatable(table) => table.print(self),
            ExprKind::Externaldata(table) => table.print(self),
        }
    }

    /// What a path begins with. A number says its type, so that its point is not that of the path.
    fn root(&mut self, of: &Expr) -> &mut Self {
        match &of.kind {
            ExprKind::Literal(Literal::Long(number)) => self.put(&format!("long({number})")),
            ExprKind::Literal(Literal::Real(number)) if number.is_finite() => self.put(&format!("real({number:?})")),
            _ => self.expr_in(of, PATH),
        }
    }

    fn joined(&mut self, word: &str, parts: &[Expr], least: u8) -> &mut Self {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                self.put(word);
            }
            self.expr_in(part, least);
        }
        self
    }

    fn member(&mut self, member: &Member) -> &mut Self {
        self.glue(".");
        match member {
            Member::Name(name) => self.name(name),
            Member::Wildcard(name) => self.wildcard(name),
            Member::Value(value) => self.put("[").put("(").expr(value).put(")").put("]"),
            Member::Call { function, arguments } => self.call(function, arguments),
        }
    }

    fn type_spec(&mut self, spec: &TypeSpec) -> &mut Self {
        match spec {
            TypeSpec::Star => self.put("*"),
            TypeSpec::Type(column_type) => self.put(column_type.as_str()),
            TypeSpec::Column(name, column_type) => self.name(name).glue(":").put(column_type.as_str()),
        }
    }
}
