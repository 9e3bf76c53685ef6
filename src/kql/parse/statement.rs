//! Statements, with semicolons between them.

use super::{Parsed, Parser};
use crate::{
    mistake::{What, Wrong},
    tree::{Body, Expr, ExprKind, FunctionDeclaration, LetValue, Pattern, PatternMatch, Statement},
};

impl Parser<'_> {
    /// Takes all statements. Mistakes are noted; the statement behind one is read nevertheless.
    pub(super) fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while !self.is_end() {
            if self.eat(";") {
                continue;
            }
            match self.statement() {
                Ok(statement) => statements.push(statement),
                Err(wrong) if wrong.what == What::TooDeep => {
                    self.wrongs.push(wrong);
                    return statements;
                }
                Err(wrong) => {
                    self.wrongs.push(wrong);
                    self.skip_statement();
                }
            }
            if !self.is_end() && !self.is(";") {
                if self.wrongs.is_empty() {
                    let wrong = Wrong::expected("\";\" or the end of the query", self.span());
                    self.wrongs.push(wrong);
                }
                self.skip_statement();
            }
        }
        statements
    }

    fn skip_statement(&mut self) {
        while !self.is_end() && !self.is(";") {
            self.advance();
        }
    }

    fn statement(&mut self) -> Parsed<Statement> {
        // Each word is a statement only when what it needs follows; otherwise it names a table.
        let is_name_next = self.name_len(1).is_some();
        match self.text_ahead(0) {
            "let" if is_name_next => self.let_statement(),
            "set" if is_name_next => {
                self.advance();
                let name = self.name()?;
                let value = if self.eat("=") { Some(self.expression()?) } else { None };
                Ok(Statement::Set { name, value })
            }
            "declare" if self.text_ahead(1) == "query_parameters" => {
                self.at += 2;
                Ok(Statement::QueryParameters(self.parameters()?))
            }
            "declare" if self.text_ahead(1) == "pattern" => self.pattern(),
            "alias" if self.text_ahead(1) == "database" => {
                self.at += 2;
                let name = self.name()?;
                self.need("=")?;
                Ok(Statement::Alias { name, value: self.expression()? })
            }
            "restrict" if self.text_ahead(1) == "access" => {
                self.at += 2;
                self.need("to")?;
                self.need("(")?;
                self.list_until(")", Self::entity).map(Statement::Restrict)
            }
            _ => self.pipe().map(Statement::Query),
        }
    }

    fn let_statement(&mut self) -> Parsed<Statement> {
        self.advance();
        let name = self.name()?;
        self.need("=")?;
        let value =
            if self.is_function() { LetValue::Function(self.function()?) } else { LetValue::Pipe(self.pipe()?) };
        Ok(Statement::Let { name, value })
    }

    /// `(a: …`, `() {` or `view (`.
    fn is_function(&self) -> bool {
        let by = usize::from(self.is("view"));
        if self.text_ahead(by) != "(" {
            return false;
        }
        let is_named = |len| self.text_ahead(by + 1 + len) == ":";
        let closes = self.text_ahead(by + 1) == ")";
        closes || self.name_len(by + 1).is_some_and(is_named) || (self.word_ahead(by + 1).is_some() && is_named(1))
    }

    fn function(&mut self) -> Parsed<FunctionDeclaration> {
        let view = self.eat("view");
        let parameters = self.parameters()?;
        Ok(FunctionDeclaration { view, parameters, body: self.body()? })
    }

    pub(super) fn body(&mut self) -> Parsed<Body> {
        self.need("{")?;
        self.deeper(|parser| {
            let mut statements = Vec::new();
            while !parser.eat("}") {
                statements.push(parser.statement()?);
                if !parser.eat(";") {
                    parser.need("}")?;
                    break;
                }
            }
            Ok(Body { statements })
        })
    }

    fn pattern(&mut self) -> Parsed<Statement> {
        self.at += 2;
        let name = self.name()?;
        let mut pattern = Pattern { name, parameters: Vec::new(), path: None, matches: Vec::new() };
        if self.eat("=") {
            pattern.parameters = self.declared_list()?;
            if self.eat("[") {
                pattern.path = Some(self.declared()?);
                self.need("]")?;
            }
            self.need("{")?;
            while !self.eat("}") {
                pattern.matches.push(self.pattern_match()?);
            }
        }
        Ok(Statement::Pattern(pattern))
    }

    fn pattern_match(&mut self) -> Parsed<PatternMatch> {
        self.need("(")?;
        let values = self.list_until(")", Self::literal)?;
        let path = if self.eat(".") {
            self.need("[")?;
            let value = self.literal()?;
            self.need("]")?;
            Some(value)
        } else {
            None
        };
        self.need("=")?;
        let body = self.body()?;
        self.need(";")?;
        Ok(PatternMatch { values, path, body })
    }

    /// Takes a table, with its database and cluster or alone, or names that are alike; not a pipe.
    pub(crate) fn entity(&mut self) -> Parsed<Expr> {
        if let Some(name) = self.wildcard_if() {
            return Ok(Expr { span: name.span, kind: ExprKind::Wildcard(name) });
        }
        if self.is("*") {
            return Ok(self.star());
        }
        let expr = self.path()?;
        match expr.kind {
            ExprKind::Name(name) if name.text.contains('*') => {
                Ok(Expr { kind: ExprKind::Wildcard(name), span: expr.span })
            }
            _ => Ok(expr),
        }
    }
}
