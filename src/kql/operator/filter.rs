//! `where a`: the rows of which something is true.

use crate::{
    mistake::Wrong,
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Expr,
};

/// `where a`
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Hints.
    pub settings: Vec<Setting>,
    /// What must be true.
    pub condition: Expr,
}

impl Filter {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let filter = Self { settings: parser.settings()?, condition: parser.expression()? };
        if parser.is("=") { Err(Wrong::expected("\"==\"", parser.span())) } else { Ok(filter) }
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("where").settings(&self.settings).expr(&self.condition);
    }
}
