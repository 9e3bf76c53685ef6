//! `top-hitters 10 of a by b`: the values that occur most often.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `top-hitters 10 of a by b`
#[derive(Debug, Clone, PartialEq)]
pub struct TopHitters {
    /// How many.
    pub count: Expr,
    /// Of what.
    pub of: Named,
    /// What each row counts; one if not said.
    pub by: Option<Named>,
}

impl TopHitters {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let count = parser.expression()?;
        parser.need("of")?;
        let of = parser.named()?;
        let by = if parser.eat("by") { Some(parser.named()?) } else { None };
        Ok(Self { count, of, by })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("top-hitters").expr(&self.count).put("of").named(&self.of);
        if let Some(by) = &self.by {
            out.put("by").named(by);
        }
    }
}
