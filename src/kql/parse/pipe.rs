//! Pipes: a source and the operators behind it. A mistake in one operator does not hide those behind it.

use super::{Parsed, Parser};
use crate::{
    mistake::{What, Wrong},
    operator::{Operator, Step, is_operator_name},
    parse::names::is_between_values,
    token::TokenKind,
    tree::{Expr, ExprKind, Pipe},
};

/// More mistakes of one query help nobody.
const MAX_WRONGS: usize = 20;

impl Parser<'_> {
    /// Takes a table: a source and its operators, or operators alone.
    pub(crate) fn pipe(&mut self) -> Parsed<Pipe> {
        self.deeper(|parser| {
            let mut steps = Vec::new();
            let source = if parser.begins_with_operator() {
                steps.push(parser.step()?);
                None
            } else {
                Some(parser.expression()?)
            };
            parser.steps(&mut steps)?;
            Ok(Pipe { source, steps })
        })
    }

    /// Takes operators alone, whatever else their words may mean.
    fn pipe_of_steps(&mut self) -> Parsed<Pipe> {
        self.deeper(|parser| {
            let mut steps = vec![parser.step()?];
            parser.steps(&mut steps)?;
            Ok(Pipe { source: None, steps })
        })
    }

    /// Takes what surrounds it gives, and operators: `(where a | take 1)`. The opening bracket is taken already.
    pub(crate) fn inner_pipe(&mut self, close: &'static str) -> Parsed<Pipe> {
        let (name, len, _) = self.dashed();
        let is_operator = is_operator_name(&name) && !matches!(self.text_ahead(len), "." | "=");
        let pipe = if is_operator { self.pipe_of_steps()? } else { self.pipe()? };
        self.need(close)?;
        Ok(pipe)
    }

    /// Takes one operator as a pipe.
    pub(crate) fn one_step(&mut self) -> Parsed<Pipe> {
        Ok(Pipe { source: None, steps: vec![self.step()?] })
    }

    fn steps(&mut self, steps: &mut Vec<Step>) -> Parsed<()> {
        while self.eat("|") {
            match self.step() {
                Ok(step) => steps.push(step),
                Err(wrong) => self.go_on_behind(wrong)?,
            }
            if !self.is_step_end() {
                let wrong = Wrong::expected("\"|\" or the end of the query", self.span());
                self.go_on_behind(wrong)?;
            }
        }
        Ok(())
    }

    /// Notes a mistake and passes over the rest of the operator that it stands in.
    fn go_on_behind(&mut self, wrong: Wrong) -> Parsed<()> {
        if wrong.what == What::TooDeep || self.wrongs.len() >= MAX_WRONGS {
            return Err(wrong);
        }
        self.wrongs.push(wrong);
        let mut open = 0_usize;
        while !self.is_end() {
            match self.text_ahead(0) {
                "(" | "[" | "{" => open += 1,
                ")" | "]" | "}" if open == 0 => break,
                ")" | "]" | "}" => open -= 1,
                "|" | ";" if open == 0 => break,
                _ => {}
            }
            self.advance();
        }
        Ok(())
    }

    fn step(&mut self) -> Parsed<Step> {
        self.deeper(|parser| {
            let start = parser.span();
            let (name, len, span) = parser.dashed();
            if len == 0 {
                return Err(Wrong::expected("an operator", start));
            }
            parser.at += len;
            match Operator::parse(&name, parser)? {
                Some(operator) => Ok(Step { operator, span: parser.since(start) }),
                None => {
                    Err(Wrong::new(What::UnknownOperator, span).near(&name, crate::operator::NAMES.iter().copied()))
                }
            }
        })
    }

    /// Whether an operator stands next, and not a name or a function of that name.
    pub(super) fn begins_with_operator(&self) -> bool {
        let (name, len, _) = self.dashed();
        if len == 0 || !is_operator_name(&name) {
            return false;
        }
        let next = self.text_ahead(len);
        let is_value_next = !matches!(self.ahead(len).map(|t| &t.kind), Some(TokenKind::Sign | TokenKind::End) | None);
        match name.as_str() {
            // Also functions; the operator is followed by a name.
            "range" => self.name_len(len).is_some_and(|name_len| self.text_ahead(len + name_len) == "from"),
            // Nothing belongs behind these, so anything else than the end of the operator makes it a column.
            "count" | "getschema" | "consume" => {
                matches!(next, "|" | ";" | "as")
                    || matches!(self.ahead(len).map(|t| &t.kind), Some(TokenKind::End) | None)
            }
            "print" | "where" | "project" | "union" | "find" | "search" | "sample" => !matches!(next, "=" | ":"),
            name if name.contains('-') => true,
            "extend" | "summarize" | "distinct" | "filter" if matches!(next, "(" | "*" | "[") => true,
            // A name in brackets stands apart; an index touches what it is of.
            _ if next == "[" => !self.touches(len) && self.name_len(len).is_some(),
            // The word of an operator may also name a column, table or function: what follows tells.
            _ => is_value_next && self.is_operand_next(len),
        }
    }

    /// Whether what follows is no operator between two values.
    fn is_operand_next(&self, by: usize) -> bool {
        self.word_ahead(by).is_none_or(|word| !is_between_values(word))
    }

    /// Takes an expression, or a table if that is what stands next.
    pub(crate) fn expression_or_pipe(&mut self) -> Parsed<Expr> {
        if self.begins_with_operator() { self.pipe_expression() } else { self.expression_with_steps() }
    }

    /// An expression that turns out to be the source of a pipe when operators follow.
    fn expression_with_steps(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let source = self.expression()?;
        if !self.is("|") {
            return Ok(source);
        }
        let mut steps = Vec::new();
        self.deeper(|parser| parser.steps(&mut steps))?;
        let pipe = Pipe { source: Some(source), steps };
        Ok(Expr { kind: ExprKind::Pipe(Box::new(pipe)), span: self.since(start) })
    }

    /// Takes a table as an expression.
    pub(super) fn pipe_expression(&mut self) -> Parsed<Expr> {
        let start = self.span();
        let pipe = self.pipe()?;
        Ok(Expr { kind: ExprKind::Pipe(Box::new(pipe)), span: self.since(start) })
    }

    /// Whether a table stands next: an operator, or something with an operator before the list or bracket ends.
    pub(super) fn is_pipe(&self) -> bool {
        if self.begins_with_operator() {
            return true;
        }
        let mut open = 0_usize;
        for token in self.tokens.get(self.at..).unwrap_or_default() {
            let sign = if token.kind == TokenKind::Sign { token.span.text(self.text) } else { "" };
            match sign {
                "(" | "[" | "{" => open += 1,
                ")" | "]" | "}" if open == 0 => return false,
                ")" | "]" | "}" => open -= 1,
                "|" if open == 0 => return true,
                "," | ";" if open == 0 => return false,
                _ => {}
            }
        }
        false
    }
}
