//! `invoke f(a)`: a function of the query, which takes the table as its first argument.

use crate::{
    mistake::Wrong,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, ExprKind, Member},
};

/// `invoke f(a)`
#[derive(Debug, Clone, PartialEq)]
pub struct Invoke {
    /// The call without its first argument.
    pub call: Expr,
}

impl Invoke {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let call = parser.path()?;
        match &call.kind {
            ExprKind::Call { .. } | ExprKind::Member { member: Member::Call { .. }, .. } => Ok(Self { call }),
            _ => Err(Wrong::expected("a call of a function", call.span)),
        }
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("invoke").expr(&self.call);
    }
}
