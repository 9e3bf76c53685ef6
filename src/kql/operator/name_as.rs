//! `as Name`: gives a name to what stands before it, for `withsource` and `search`.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Name,
};

/// `as Name`
#[derive(Debug, Clone, PartialEq)]
pub struct As {
    /// Hints.
    pub settings: Vec<Setting>,
    /// The name.
    pub name: Name,
}

impl As {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { settings: parser.settings()?, name: parser.any_name()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("as").settings(&self.settings).name(&self.name);
    }
}
