//! `mv-expand`: one row for each element of a list or member of a bag.

use model::ColumnType;

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `mv-expand a, b to typeof(long) limit 10`
#[derive(Debug, Clone, PartialEq)]
pub struct MvExpand {
    /// `kind`, `with_itemindex` and hints.
    pub settings: Vec<Setting>,
    /// What is expanded, side by side.
    pub items: Vec<Expanded>,
    /// At most so many rows of each.
    pub limit: Option<Expr>,
}

/// Something expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct Expanded {
    /// What is expanded.
    pub list: Named,
    /// The type of what comes out.
    pub column_type: Option<ColumnType>,
}

impl MvExpand {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let items = parser.list(Expanded::parse)?;
        let limit = if parser.eat("limit") { Some(parser.expression()?) } else { None };
        Ok(Self { settings, items, limit })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("mv-expand").settings(&self.settings).list(&self.items, |out, item| item.print(out));
        if let Some(limit) = &self.limit {
            out.put("limit").expr(limit);
        }
    }
}

impl Expanded {
    pub(super) fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let list = parser.named()?;
        let column_type = if parser.eat("to") {
            parser.need("typeof")?;
            parser.need("(")?;
            let column_type = parser.type_name()?;
            parser.need(")")?;
            Some(column_type)
        } else {
            None
        };
        Ok(Self { list, column_type })
    }

    pub(super) fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        out.named(&self.list);
        match self.column_type {
            Some(column_type) => out.put("to").put("typeof").glue("(").put(column_type.as_str()).put(")"),
            None => out,
        }
    }
}
