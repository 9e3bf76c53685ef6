//! `union A, B*`: the rows of several tables.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Expr,
};

/// `union kind=outer withsource=t A, (B | where c), D*`
#[derive(Debug, Clone, PartialEq)]
pub struct Union {
    /// `kind`, `withsource`, `isfuzzy` and hints.
    pub settings: Vec<Setting>,
    /// The tables, with what stands before it if something does.
    pub tables: Vec<Expr>,
}

impl Union {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        Ok(Self { settings, tables: parser.list(Parser::entity)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("union").settings(&self.settings).list(&self.tables, |out, table| out.expr(table));
    }
}
