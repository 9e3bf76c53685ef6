//! `scan`: rows in order, matched against steps that build on each other.

use crate::{
    mistake::{What, Wrong},
    operator::{Ordered, Setting},
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Name, Parameter},
};

/// `scan declare (a:long=0) with (step s: b => a = s.a + 1;)`
#[derive(Debug, Clone, PartialEq)]
pub struct Scan {
    /// `with_match_id` and hints.
    pub settings: Vec<Setting>,
    /// In which order rows are taken.
    pub order: Vec<Ordered>,
    /// What the rows that are matched together have in common.
    pub partition: Vec<Expr>,
    /// Columns that steps assign.
    pub declare: Vec<Parameter>,
    /// The steps.
    pub steps: Vec<ScanStep>,
}

/// A step of a `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct ScanStep {
    /// Its name.
    pub name: Name,
    /// Whether it may be left out.
    pub optional: bool,
    /// Which rows it gives, if not the last of what it matched.
    pub output: Option<ScanOutput>,
    /// What must be true of a row.
    pub condition: Expr,
    /// What declared columns become.
    pub assignments: Vec<(Name, Expr)>,
}

/// Which rows a step gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanOutput {
    /// All that it matches.
    All,
    /// The last that it matches.
    Last,
    /// None.
    None,
}

impl Scan {
    pub(super) fn parse(_: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let mut scan = Self {
            settings: parser.settings()?,
            order: Vec::new(),
            partition: Vec::new(),
            declare: Vec::new(),
            steps: Vec::new(),
        };
        if parser.eat("order") {
            parser.need("by")?;
            scan.order = parser.list(Ordered::parse)?;
        }
        if parser.eat("partition") {
            parser.need("by")?;
            scan.partition = parser.list(Parser::expression)?;
        }
        if parser.eat("declare") {
            scan.declare = parser.parameters()?;
        }
        parser.need("with")?;
        parser.need("(")?;
        while !parser.eat(")") {
            scan.steps.push(ScanStep::parse(parser)?);
        }
        Ok(scan)
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put("scan").settings(&self.settings);
        if !self.order.is_empty() {
            out.put("order").put("by").list(&self.order, |out, key| key.print(out));
        }
        if !self.partition.is_empty() {
            out.put("partition").put("by").list(&self.partition, |out, expr| out.expr(expr));
        }
        if !self.declare.is_empty() {
            out.put("declare").parameters(&self.declare);
        }
        out.put("with").put("(");
        for step in &self.steps {
            step.print(out);
        }
        out.put(")");
    }
}

impl ScanStep {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        parser.need("step")?;
        let name = parser.any_name()?;
        let optional = parser.eat("optional");
        let output = if parser.eat("output") {
            parser.need("=")?;
            Some(ScanOutput::parse(parser)?)
        } else {
            None
        };
        parser.need(":")?;
        let condition = parser.expression()?;
        let assignments = if parser.eat("=>") {
            parser.list(|parser| {
                let name = parser.any_name()?;
                parser.need("=")?;
                Ok((name, parser.expression()?))
            })?
        } else {
            Vec::new()
        };
        parser.need(";")?;
        Ok(Self { name, optional, output, condition, assignments })
    }

    fn print(&self, out: &mut Printer) {
        out.put("step").name(&self.name);
        if self.optional {
            out.put("optional");
        }
        if let Some(output) = self.output {
            out.put("output").put("=").put(output.as_str());
        }
        out.put(":").expr(&self.condition);
        if !self.assignments.is_empty() {
            out.put("=>").list(&self.assignments, |out, (name, expr)| out.name(name).put("=").expr(expr));
        }
        out.put(";");
    }
}

impl ScanOutput {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        let name = parser.any_name()?;
        match &*name.text {
            "all" => Ok(Self::All),
            "last" => Ok(Self::Last),
            "none" => Ok(Self::None),
            _ => Err(Wrong::new(What::UnknownValue("all, last, none"), name.span)),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Last => "last",
            Self::None => "none",
        }
    }
}
