//! `fork (…) name = (…)`: several tables from the same rows.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Name, Pipe},
};

/// `fork (where a) b = (count)`
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// What is done with the rows, each by itself.
    pub branches: Vec<Branch>,
}

/// One of several things done with the same rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The name of what it gives.
    pub name: Option<Name>,
    /// What is done.
    pub pipe: Pipe,
}

impl Fork {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let mut branches = vec![Branch::parse(parser)?];
        while parser.is("(") || parser.is_name_before("=") {
            branches.push(Branch::parse(parser)?);
        }
        Ok(Self { branches })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("fork");
        for branch in &self.branches {
            if let Some(name) = &branch.name {
                out.name(name).put("=");
            }
            out.put("(").pipe(&branch.pipe).put(")");
        }
    }
}

impl Branch {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let name = parser.name_if();
        if name.is_some() {
            parser.need("=")?;
        }
        parser.need("(")?;
        Ok(Self { name, pipe: parser.inner_pipe(")")? })
    }
}
