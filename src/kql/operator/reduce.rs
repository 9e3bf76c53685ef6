//! `reduce by a`: texts that are alike, grouped by a pattern.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Named,
};

/// `reduce by a with threshold=0.1, characters="-"`
#[derive(Debug, Clone, PartialEq)]
pub struct Reduce {
    /// `kind`.
    pub settings: Vec<Setting>,
    /// The texts.
    pub by: Named,
    /// `threshold` and `characters`.
    pub with: Vec<Setting>,
}

impl Reduce {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        parser.need("by")?;
        let by = parser.named()?;
        let with = if parser.eat("with") { parser.list(Parser::setting)? } else { Vec::new() };
        Ok(Self { settings, by, with })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("reduce").settings(&self.settings).put("by").named(&self.by);
        if !self.with.is_empty() {
            out.put("with").list(&self.with, |out, setting| out.setting(setting));
        }
    }
}
