//! `summarize n = count() by a`: one row for each combination of values.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `summarize n = count() by a, bin(b, 1h)`
#[derive(Debug, Clone, PartialEq)]
pub struct Summarize {
    /// Hints.
    pub settings: Vec<Setting>,
    /// The aggregates.
    pub aggregates: Vec<Named>,
    /// One row for each combination of these.
    pub by: Vec<Named>,
    /// The older form `by t bin=1h`: what the last of these is rounded to.
    pub bin: Option<Expr>,
}

impl Summarize {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let aggregates = if parser.is("by") { Vec::new() } else { parser.step_list(Parser::named)? };
        let by = if parser.eat("by") { parser.list(Parser::named)? } else { Vec::new() };
        let bin = if !by.is_empty() && parser.is_name_before("=") && parser.eat("bin") {
            parser.need("=")?;
            Some(parser.expression()?)
        } else {
            None
        };
        Ok(Self { settings, aggregates, by, bin })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("summarize").settings(&self.settings).named_list(&self.aggregates);
        if !self.by.is_empty() {
            out.put("by").named_list(&self.by);
        }
        if let Some(bin) = &self.bin {
            out.put("bin").put("=").expr(bin);
        }
    }
}
