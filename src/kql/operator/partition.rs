//! `partition by a (…)`: something done with the rows of each value by themselves.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Path, Pipe},
};

/// `partition by a (top 1 by b)`
#[derive(Debug, Clone, PartialEq)]
pub struct Partition {
    /// Hints.
    pub settings: Vec<Setting>,
    /// What the rows have in common.
    pub by: Path,
    /// What is done with them.
    pub pipe: Pipe,
    /// The form in braces, whose pipe has a source of its own.
    pub in_braces: bool,
}

impl Partition {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        parser.need("by")?;
        let by = parser.path_without_call()?;
        let in_braces = parser.is("{");
        parser.need(if in_braces { "{" } else { "(" })?;
        let pipe = parser.inner_pipe(if in_braces { "}" } else { ")" })?;
        Ok(Self { settings, by, pipe, in_braces })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        let (open, close) = if self.in_braces { ("{", "}") } else { ("(", ")") };
        out.put("partition").settings(&self.settings).put("by").expr(&self.by);
        out.put(open).pipe(&self.pipe).put(close);
    }
}
