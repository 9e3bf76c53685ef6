//! `range a from 1 to 10 step 1`: one column of even steps.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Name},
};

/// `range a from 1 to 10 step 1`
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The column.
    pub name: Name,
    /// The first value.
    pub from: Expr,
    /// No value is behind it.
    pub to: Expr,
    /// How far values are from each other.
    pub step: Expr,
}

impl Range {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let name = parser.any_name()?;
        parser.need("from")?;
        let from = parser.expression()?;
        parser.need("to")?;
        let to = parser.expression()?;
        parser.need("step")?;
        Ok(Self { name, from, to, step: parser.expression()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("range").name(&self.name).put("from").expr(&self.from);
        out.put("to").expr(&self.to).put("step").expr(&self.step);
    }
}
