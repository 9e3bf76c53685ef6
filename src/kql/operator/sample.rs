//! `sample` and `sample-distinct`: some rows, some values.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `sample 10`
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// How many.
    pub count: Expr,
}

/// `sample-distinct 10 of a`
#[derive(Debug, Clone, PartialEq)]
pub struct SampleDistinct {
    /// Hints.
    pub settings: Vec<Setting>,
    /// How many.
    pub count: Expr,
    /// Of what.
    pub of: Named,
}

impl Sample {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        Ok(Self { count: parser.expression()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("sample").expr(&self.count);
    }
}

impl SampleDistinct {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let count = parser.expression()?;
        parser.need("of")?;
        Ok(Self { settings, count, of: parser.named()? })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("sample-distinct").settings(&self.settings).expr(&self.count).put("of").named(&self.of);
    }
}
