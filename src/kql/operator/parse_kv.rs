//! `parse-kv`: columns from texts of keys and values.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Declared, Expr},
};

/// `parse-kv a as (b:long) with (pair_delimiter=",")`
#[derive(Debug, Clone, PartialEq)]
pub struct ParseKv {
    /// What is read.
    pub text: Expr,
    /// The keys that become columns.
    pub columns: Vec<Declared>,
    /// Delimiters, quotes or a regular expression.
    pub settings: Vec<Setting>,
}

impl ParseKv {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let text = parser.expression()?;
        parser.need("as")?;
        let columns = parser.declared_list()?;
        let settings = if parser.eat("with") { parser.settings_in_brackets()? } else { Vec::new() };
        Ok(Self { text, columns, settings })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("parse-kv").expr(&self.text).put("as").declared_list(&self.columns);
        if !self.settings.is_empty() {
            out.put("with").settings_in_brackets(&self.settings);
        }
    }
}
