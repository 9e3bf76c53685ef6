//! `project` and `project-rename`: columns by expressions, columns under other names.

use crate::{
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `project a, b = c`
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// The columns.
    pub columns: Vec<Named>,
}

/// `project-rename b = a`
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectRename {
    /// New names and old columns.
    pub columns: Vec<Named>,
}

impl Project {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.step_list(Parser::named)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project").named_list(&self.columns);
    }
}

impl ProjectRename {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { columns: parser.step_list(Parser::named)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("project-rename").named_list(&self.columns);
    }
}
