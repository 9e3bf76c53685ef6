//! `print a = 1`: one row of values.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `print a = 1, …`
#[derive(Debug, Clone, PartialEq)]
pub struct Print {
    /// The values.
    pub columns: Vec<Named>,
}

impl Print {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.list(Parser::named)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("print").named_list(&self.columns);
    }
}
