//! `make-series`: aggregates at even steps, as lists.

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Named},
};

/// `make-series n=count() default=0 on t from a to b step c by d`
#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    /// `kind` and hints.
    pub settings: Vec<Setting>,
    /// What the lists hold.
    pub series: Vec<Series>,
    /// What the steps are of.
    pub on: Named,
    /// The steps.
    pub range: SeriesRange,
    /// One row for each combination of these.
    pub by: Vec<Named>,
}

/// A list of aggregates.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The aggregate.
    pub aggregate: Named,
    /// What stands where there are no rows.
    pub default: Option<Expr>,
}

/// The steps of series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRange {
    /// Where they begin.
    pub from: Option<Expr>,
    /// Where they end: behind the last step, or at it with `inclusive`.
    pub to: Option<Expr>,
    /// How far they are from each other.
    pub step: Expr,
    /// The older form, `in range(from, to, step)`, whose end belongs to it.
    pub inclusive: bool,
}

impl MakeSeries {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let series = parser.list(Series::parse)?;
        parser.need("on")?;
        let on = parser.named()?;
        let range = SeriesRange::parse(parser)?;
        let by = if parser.eat("by") { parser.list(Parser::named)? } else { Vec::new() };
        Ok(Self { settings, series, on, range, by })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("make-series").settings(&self.settings);
        out.list(&self.series, |out, series| {
            out.named(&series.aggregate);
            match &series.default {
                Some(default) => out.put("default").put("=").expr(default),
                None => out,
            }
        });
        out.put("on").named(&self.on);
        self.range.print(out);
        if !self.by.is_empty() {
            out.put("by").named_list(&self.by);
        }
    }
}

impl Series {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let aggregate = parser.named()?;
        let default = if parser.eat("default") {
            parser.need("=")?;
            Some(parser.expression()?)
        } else {
            None
        };
        Ok(Self { aggregate, default })
    }
}

impl SeriesRange {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        if parser.eat("in") {
            parser.need("range")?;
            parser.need("(")?;
            let from = parser.expression()?;
            parser.need(",")?;
            let to = parser.expression()?;
            parser.need(",")?;
            let step = parser.expression()?;
            parser.need(")")?;
            return Ok(Self { from: Some(from), to: Some(to), step, inclusive: true });
        }
        let from = if parser.eat("from") { Some(parser.expression()?) } else { None };
        let to = if parser.eat("to") { Some(parser.expression()?) } else { None };
        parser.need("step")?;
        Ok(Self { from, to, step: parser.expression()?, inclusive: false })
    }

    fn print(&self, out: &mut Printer) {
        match self {
            Self { from: Some(from), to: Some(to), step, inclusive: true } => {
                out.put("in").put("range").put("(").list(&[from, to, step], |out, expr| out.expr(expr)).put(")");
            }
            Self { from, to, step, .. } => {
                if let Some(from) = from {
                    out.put("from").expr(from);
                }
                if let Some(to) = to {
                    out.put("to").expr(to);
                }
                out.put("step").expr(step);
            }
        }
    }
}
