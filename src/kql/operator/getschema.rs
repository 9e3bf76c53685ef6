//! `getschema`: the columns of a table, as a table.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
};

/// `getschema`
#[derive(Debug, Clone, PartialEq)]
pub struct Getschema {
    /// `kind=csl` gives one text.
    pub settings: Vec<Setting>,
}

impl Getschema {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { settings: parser.settings()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("getschema").settings(&self.settings);
    }
}
