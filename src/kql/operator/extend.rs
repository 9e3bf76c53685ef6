//! `extend a = b`: columns added or replaced.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `extend a = b, …`
#[derive(Debug, Clone, PartialEq)]
pub struct Extend {
    /// The columns.
    pub columns: Vec<Named>,
}

impl Extend {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.list(Parser::named)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("extend").named_list(&self.columns);
    }
}
