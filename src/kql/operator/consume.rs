//! `consume`: the query runs, and no row comes out.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
};

/// `consume` or `consume decodeblocks=true`
#[derive(Debug, Clone, PartialEq)]
pub struct Consume {
    /// Hints.
    pub settings: Vec<Setting>,
}

impl Consume {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { settings: parser.settings()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("consume").settings(&self.settings);
    }
}
