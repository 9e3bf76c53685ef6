//! `externaldata(a:long) ["https://…"]`: a table that is read from elsewhere.

use crate::{
    literal::Literal,
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::Declared,
};

/// `externaldata(a:long) ["https://…"] with (format="csv")`
#[derive(Debug, Clone, PartialEq)]
pub struct Externaldata {
    /// Its columns.
    pub columns: Vec<Declared>,
    /// Where it is.
    pub locations: Vec<Literal>,
    /// In which form.
    pub settings: Vec<Setting>,
}

impl Externaldata {
    pub(crate) fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        // The name of the operator, in either spelling.
        parser.any_name()?;
        let columns = parser.declared_list()?;
        parser.need("[")?;
        let locations = parser.list_until("]", Parser::literal)?;
        let settings = if parser.eat("with") { parser.settings_in_brackets()? } else { Vec::new() };
        Ok(Self { columns, locations, settings })
    }

    pub(crate) fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        out.put("externaldata").declared_list(&self.columns);
        out.put("[").list(&self.locations, |out, literal| out.literal(literal)).put("]");
        if self.settings.is_empty() { out } else { out.put("with").settings_in_brackets(&self.settings) }
    }
}
