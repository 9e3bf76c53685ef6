//! `facet by a with (…)`: one table for each column, and what the rows give otherwise.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Path, Pipe},
};

/// `facet by a, b with (take 10)`
#[derive(Debug, Clone, PartialEq)]
pub struct Facet {
    /// The columns.
    pub by: Vec<Path>,
    /// What is done with the rows.
    pub with: Option<Pipe>,
}

impl Facet {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.need("by")?;
        let by = parser.list(Parser::path)?;
        let with = if parser.eat("with") {
            if parser.eat("(") { Some(parser.inner_pipe(")")?) } else { Some(parser.one_step()?) }
        } else {
            None
        };
        Ok(Self { by, with })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("facet").put("by").list(&self.by, |out, path| out.expr(path));
        if let Some(with) = &self.with {
            out.put("with").put("(").pipe(with).put(")");
        }
    }
}
