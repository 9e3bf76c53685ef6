//! `count`: how many rows there are.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::Name,
};

/// `count` or `count as Name`
#[derive(Debug, Clone, PartialEq)]
pub struct Count {
    /// The name of the column, if it is not `Count`.
    pub name: Option<Name>,
}

impl Count {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let name = if parser.eat("as") { Some(parser.any_name()?) } else { None };
        Ok(Self { name })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("count");
        if let Some(name) = &self.name {
            out.put("as").name(name);
        }
    }
}
