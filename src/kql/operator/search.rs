//! `search "a"`: rows of any table, or of those before it, with a text in any column.

use super::FindTable;
use crate::{
    mistake::Wrong,
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, ExprKind},
};

/// `search in (A, B) "a" and b == 1`
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// `kind=case_sensitive`.
    pub settings: Vec<Setting>,
    /// Where; all tables, or what stands before it, if empty.
    pub tables: Vec<FindTable>,
    /// Texts that any column has, and conditions.
    pub condition: Expr,
}

impl Search {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let tables = FindTable::parse_in(parser)?;
        if !parser.is_lone_star() || parser.is_condition_of_star() {
            return Ok(Self { settings, tables, condition: parser.expression()? });
        }
        let star = parser.star();
        if !parser.eat("and") {
            return Ok(Self { settings, tables, condition: star });
        }
        let rest = parser.expression()?;
        let span = star.span.to(rest.span);
        let parts = match rest.kind {
            ExprKind::And(mut parts) => {
                parts.insert(0, star);
                parts
            }
            ExprKind::Or(_) => return Err(Wrong::expected("\"and\"", rest.span)),
            _ => vec![star, rest],
        };
        Ok(Self { settings, tables, condition: Expr { kind: ExprKind::And(parts), span } })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("search").settings(&self.settings);
        FindTable::print_in(&self.tables, out);
        out.expr(&self.condition);
    }
}
