//! `datatable(a:long, …) [1, …]`: a table whose rows the query says.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Declared, Expr},
};

/// `datatable(a:long, …) [1, …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Datatable {
    /// Settings.
    pub settings: Vec<Setting>,
    /// Its columns.
    pub columns: Vec<Declared>,
    /// Its cells, row by row.
    pub cells: Vec<Expr>,
}

impl Datatable {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.need("datatable")?;
        let settings = parser.settings()?;
        let columns = parser.declared_list()?;
        parser.need("[")?;
        Ok(Self { settings, columns, cells: parser.loose_list_until("]", Parser::expression)? })
    }

    pub(crate) fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        out.put("datatable").settings(&self.settings).declared_list(&self.columns);
        out.put("[").list(&self.cells, |out, cell| out.expr(cell)).put("]")
    }
}
