//! `join` and `lookup`: rows of two tables side by side.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Expr,
};

/// `join kind=inner (T) on a, $left.b == $right.c`
#[derive(Debug, Clone, PartialEq)]
pub struct Join {
    /// `kind` and hints.
    pub settings: Vec<Setting>,
    /// The other table.
    pub right: Expr,
    /// Columns of both, or equalities; all must hold. Without any, each row meets each.
    pub on: Vec<Expr>,
}

/// `lookup kind=leftouter (T) on a`
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// `kind` and hints.
    pub settings: Vec<Setting>,
    /// The other table.
    pub right: Expr,
    /// Columns of both, or equalities; all must hold.
    pub on: Vec<Expr>,
}

impl Join {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let right = parser.expression()?;
        let on = if parser.eat("on") { parser.list(Parser::expression)? } else { Vec::new() };
        Ok(Self { settings, right, on })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("join").settings(&self.settings).expr(&self.right);
        if !self.on.is_empty() {
            out.put("on").list(&self.on, |out, on| out.expr(on));
        }
    }
}

impl Lookup {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let right = parser.expression()?;
        parser.need("on")?;
        Ok(Self { settings, right, on: parser.list(Parser::expression)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("lookup").settings(&self.settings).expr(&self.right);
        out.put("on").list(&self.on, |out, on| out.expr(on));
    }
}
