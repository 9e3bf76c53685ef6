//! `distinct a, b`: each combination of values once.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `distinct a, b`
#[derive(Debug, Clone, PartialEq)]
pub struct Distinct {
    /// Hints.
    pub settings: Vec<Setting>,
    /// The columns; `*` for all.
    pub columns: Vec<Named>,
}

impl Distinct {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let columns =
            parser.list(|parser| if parser.is("*") { Ok(Named::bare(parser.star())) } else { parser.named() })?;
        Ok(Self { settings, columns })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("distinct").settings(&self.settings).named_list(&self.columns);
    }
}
