//! `top-nested`: the top values, and within each of them the top values of something else.

use super::Ordered;
use crate::{
    mistake::Wrong,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `top-nested 2 of a by count(), top-nested 1 of b by sum(c)`
#[derive(Debug, Clone, PartialEq)]
pub struct TopNested {
    /// The levels, outermost first.
    pub levels: Vec<NestedLevel>,
}

/// A level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct NestedLevel {
    /// How many; all if not said.
    pub count: Option<Expr>,
    /// Of what.
    pub of: Named,
    /// The value of a row that stands for all others.
    pub others: Option<Expr>,
    /// By which aggregate.
    pub by: Ordered,
}

impl TopNested {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let mut levels = vec![NestedLevel::parse(parser)?];
        while parser.eat(",") {
            if parser.dashed_word() != "top-nested" {
                return Err(Wrong::expected("\"top-nested\"", parser.span()));
            }
            parser.eat_dashed();
            levels.push(NestedLevel::parse(parser)?);
        }
        Ok(Self { levels })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.list(&self.levels, |out, level| level.print(out));
    }
}

impl NestedLevel {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let count = if parser.is("of") { None } else { Some(parser.expression()?) };
        parser.need("of")?;
        let of = parser.named()?;
        let others = if parser.eat("with") {
            parser.need("others")?;
            parser.need("=")?;
            Some(parser.expression()?)
        } else {
            None
        };
        parser.need("by")?;
        Ok(Self { count, of, others, by: Ordered::parse(parser)? })
    }

    fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        out.put("top-nested");
        if let Some(count) = &self.count {
            out.expr(count);
        }
        out.put("of").named(&self.of);
        if let Some(others) = &self.others {
            out.put("with").put("others").put("=").expr(others);
        }
        self.by.print(out.put("by"))
    }
}
