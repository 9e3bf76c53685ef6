//! `take 10`: at most so many rows.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Expr,
};

/// `take 10`
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// Hints.
    pub settings: Vec<Setting>,
    /// How many.
    pub count: Expr,
}

impl Take {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { settings: parser.settings()?, count: parser.expression()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("take").settings(&self.settings).expr(&self.count);
    }
}
