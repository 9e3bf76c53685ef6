//! `mv-apply`: something done with the rows that one row expands to.

use super::Expanded;
use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Pipe},
};

/// `mv-apply a to typeof(long) on (top 1 by a)`
#[derive(Debug, Clone, PartialEq)]
pub struct MvApply {
    /// `with_itemindex` and hints.
    pub settings: Vec<Setting>,
    /// What is expanded, side by side.
    pub items: Vec<Expanded>,
    /// At most so many rows of each.
    pub limit: Option<Expr>,
    /// What is done with them.
    pub on: Pipe,
}

impl MvApply {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let items = parser.list(Expanded::parse)?;
        let limit = if parser.eat("limit") { Some(parser.expression()?) } else { None };
        parser.need("on")?;
        parser.need("(")?;
        Ok(Self { settings, items, limit, on: parser.inner_pipe(")")? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("mv-apply").settings(&self.settings).list(&self.items, |out, item| item.print(out));
        if let Some(limit) = &self.limit {
            out.put("limit").expr(limit);
        }
        out.put("on").put("(").pipe(&self.on).put(")");
    }
}
