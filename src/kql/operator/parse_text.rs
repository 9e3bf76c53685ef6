//! `parse` and `parse-where`: columns from texts, by a pattern of texts and columns.

use model::ColumnType;

use crate::{
    operator::Setting,
    parse::{Parsed, Parser},
    print::Printer,
    tree::{Expr, Name},
};

/// `parse kind=simple a with * "user=" user:string " "`
#[derive(Debug, Clone, PartialEq)]
pub struct ParseText {
    /// `parse-where`: only rows that match.
    pub only_matching: bool,
    /// `kind` and `flags`.
    pub settings: Vec<Setting>,
    /// What is read.
    pub text: Expr,
    /// How.
    pub pattern: Vec<PatternPart>,
}

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternPart {
    /// `*`: anything.
    Star,
    /// This text, or this regular expression.
    Text(Box<str>),
    /// What becomes a column; a text if no type is said.
    Column(Name, Option<ColumnType>),
}

impl ParseText {
    pub(super) fn parse(name: &str, parser: &mut Parser<'_>) -> Parsed<Self> {
        let settings = parser.settings()?;
        let text = parser.expression()?;
        parser.need("with")?;
        let mut pattern = vec![PatternPart::parse(parser)?];
        while !parser.is_step_end() {
            pattern.push(PatternPart::parse(parser)?);
        }
        Ok(Self { only_matching: name == "parse-where", settings, text, pattern })
    }

    pub(super) fn print(&self, out: &mut Printer) {
        out.put(if self.only_matching { "parse-where" } else { "parse" }).settings(&self.settings).expr(&self.text);
        out.put("with");
        for part in &self.pattern {
            match part {
                PatternPart::Star => {
                    out.put("*");
                }
                PatternPart::Text(text) => {
                    out.text(text);
                }
                PatternPart::Column(name, column_type) => {
                    out.name(name);
                    if let Some(column_type) = column_type {
                        out.glue(":").put(column_type.as_str());
                    }
                }
            }
        }
    }
}

impl PatternPart {
    fn parse(parser: &mut Parser<'_>) -> Parsed<Self> {
        if parser.eat("*") {
            return Ok(Self::Star);
        }
        if let Some(text) = parser.text_if() {
            return Ok(Self::Text(text));
        }
        let name = parser.any_name()?;
        let column_type = if parser.eat(":") { Some(parser.type_name()?) } else { None };
        Ok(Self::Column(name, column_type))
    }
}
