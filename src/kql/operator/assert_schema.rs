//! `assert-schema (a:long, …)`: fails when the columns are others.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::Declared,
};

/// `assert-schema (a:long, …)`
#[derive(Debug, Clone, PartialEq)]
pub struct AssertSchema {
    /// What the columns must be.
    pub columns: Vec<Declared>,
}

impl AssertSchema {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.declared_list()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("assert-schema").declared_list(&self.columns);
    }
}
