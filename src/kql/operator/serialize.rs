//! `serialize`: the order of rows counts from here on.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `serialize a = row_number()`
#[derive(Debug, Clone, PartialEq)]
pub struct Serialize {
    /// Hints.
    pub settings: Vec<Setting>,
    /// Columns added or replaced.
    pub columns: Vec<Named>,
}

impl Serialize {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { settings: parser.settings()?, columns: parser.step_list(Parser::named)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("serialize").settings(&self.settings).named_list(&self.columns);
    }
}
