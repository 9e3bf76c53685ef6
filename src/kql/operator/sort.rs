//! `sort by a` and `top 10 by a`.

use crate::{
    mistake::Wrong,
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `sort by a asc nulls last, b`
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// Hints.
    pub settings: Vec<Setting>,
    /// By what; what comes first counts most.
    pub keys: Vec<Ordered>,
}

/// `top 10 by a`
#[derive(Debug, Clone, PartialEq)]
pub struct Top {
    /// Hints.
    pub settings: Vec<Setting>,
    /// How many rows.
    pub count: Expr,
    /// By what. Kusto's grammar has one key; its engine takes several.
    pub keys: Vec<Ordered>,
}

/// Something to sort by.
#[derive(Debug, Clone, PartialEq)]
pub struct Ordered {
    /// What.
    pub key: Named,
    /// `asc` or `desc`, if said; descending otherwise.
    pub ascending: Option<bool>,
    /// `nulls first` or `nulls last`, if said; otherwise first when ascending, last when descending.
    pub nulls_first: Option<bool>,
}

impl Sort {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        parser.need("by")?;
        Ok(Self { settings, keys: parser.list(Ordered::parse)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("sort").settings(&self.settings).put("by").list(&self.keys, |out, key| key.print(out));
    }
}

impl Top {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let count = parser.expression()?;
        parser.need("by")?;
        Ok(Self { settings, count, keys: parser.list(Ordered::parse)? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("top").settings(&self.settings).expr(&self.count);
        out.put("by").list(&self.keys, |out, key| key.print(out));
    }
}

impl Ordered {
    pub(super) fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let key = parser.named()?;
        let ascending = if parser.eat("asc") {
            Some(true)
        } else if parser.eat("desc") {
            Some(false)
        } else {
            None
        };
        let nulls_first = if !parser.eat("nulls") {
            None
        } else if parser.eat("first") {
            Some(true)
        } else if parser.eat("last") {
            Some(false)
        } else {
            return Err(Wrong::expected("\"first\" or \"last\"", parser.span()));
        };
        Ok(Self { key, ascending, nulls_first })
    }

    pub(super) fn print<'o>(&self, out: &'o mut Printer) -> &'o mut Printer {
        out.named(&self.key);
        if let Some(ascending) = self.ascending {
            out.put(if ascending { "asc" } else { "desc" });
        }
        if let Some(first) = self.nulls_first {
            out.put("nulls").put(if first { "first" } else { "last" });
        }
        out
    }
}
