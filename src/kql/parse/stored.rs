//! Texts that define functions for later: bodies, parameters, and the commands of Kusto that create functions.

use std::sync::Arc;

use super::{Parsed, Parser, refuse_long};
use crate::{
    mistake::{Mistakes, Wrong},
    stored::StoredFunction,
    tree::{Body, Parameter},
};

/// Reads the statements of a function, without the braces around them.
pub(crate) fn parse_body(text: &str) -> Result<Body, Mistakes> {
    refuse_long(text)?;
    let mut parser = Parser::of(text);
    let statements = parser.statements();
    if parser.wrongs.is_empty() { Ok(Body { statements }) } else { Err(Mistakes::new(parser.wrongs, text)) }
}

/// Reads `(name: type = value, …)`.
pub(crate) fn parse_parameters(text: &str) -> Result<Vec<Parameter>, Mistakes> {
    whole(text, Parser::parameters)
}

/// Reads commands that create functions.
pub(crate) fn parse_commands(text: &str) -> Result<Vec<StoredFunction>, Mistakes> {
    let shared: Arc<str> = text.into();
    whole(text, |parser| {
        let mut functions = Vec::new();
        while !parser.is_end() {
            functions.push(parser.command(&shared)?);
            while parser.eat(";") {}
        }
        Ok(functions)
    })
}

/// Reads a text of which nothing may be left.
fn whole<'t, T>(text: &'t str, read: impl FnOnce(&mut Parser<'t>) -> Parsed<T>) -> Result<T, Mistakes> {
    refuse_long(text)?;
    let mut parser = Parser::of(text);
    let read = read(&mut parser).and_then(|done| match parser.is_end() {
        true => Ok(done),
        false => Err(Wrong::expected("the end", parser.span())),
    });
    match read {
        Ok(done) if parser.wrongs.is_empty() => Ok(done),
        Ok(_) => Err(Mistakes::new(parser.wrongs, text)),
        Err(wrong) => Err(Mistakes::new(parser.wrongs.into_iter().chain([wrong]).collect(), text)),
    }
}

impl Parser<'_> {
    /// `.create-or-alter function with (…) Name(…) { … }`; `.create` and `.alter` mean the same here.
    fn command(&mut self, text: &Arc<str>) -> Parsed<StoredFunction> {
        self.need(".")?;
        if self.eat("create") {
            if self.eat("-") {
                self.need("or")?;
                self.need("-")?;
                self.need("alter")?;
            }
        } else if !self.eat("alter") {
            return Err(Wrong::expected("\".create-or-alter function\"", self.span()));
        }
        self.need("function")?;
        self.eat("ifnotexists");
        if self.is("with") && self.text_ahead(1) == "(" {
            while !self.is_end() && !self.eat(")") {
                self.advance();
            }
        }
        let name = self.name()?;
        let parameters = self.parameters()?;
        let body = self.body()?;
        Ok(StoredFunction::new(name.text, Arc::clone(text), parameters, body))
    }
}
