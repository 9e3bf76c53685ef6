//! `evaluate plugin(…)`: operators that are called like functions.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Declared, Name, Named},
};

/// `evaluate plugin(…) : (*, a:long)`
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluate {
    /// Hints.
    pub settings: Vec<Setting>,
    /// The plugin.
    pub plugin: Name,
    /// Its arguments.
    pub arguments: Vec<Named>,
    /// The columns that it is said to give.
    pub schema: Option<EvaluateSchema>,
}

/// The columns that a plugin is said to give.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluateSchema {
    /// Whether the columns that go in come first.
    pub star: bool,
    /// The columns.
    pub columns: Vec<Declared>,
}

impl Evaluate {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let plugin = parser.any_name()?;
        parser.need("(")?;
        let arguments = parser.arguments()?;
        let schema = if parser.eat(":") { Some(EvaluateSchema::parse(parser)?) } else { None };
        Ok(Self { settings, plugin, arguments, schema })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("evaluate").settings(&self.settings).call(&self.plugin, &self.arguments);
        if let Some(schema) = &self.schema {
            out.put(":").put("(");
            if schema.star {
                out.put("*").put(if schema.columns.is_empty() { "" } else { "," });
            }
            out.list(&schema.columns, |out, column| out.declared(column)).put(")");
        }
    }
}

impl EvaluateSchema {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.need("(")?;
        let star = parser.eat("*");
        if star && !parser.is(")") {
            parser.need(",")?;
        }
        Ok(Self { star, columns: parser.list_until(")", Parser::declared)? })
    }
}
