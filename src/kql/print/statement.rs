//! Statements as text.

use super::Printer;
use crate::tree::{Body, FunctionDeclaration, LetValue, Pattern, Statement};

impl Printer {
    pub(super) fn statements(&mut self, statements: &[Statement]) -> &mut Self {
        for (index, statement) in statements.iter().enumerate() {
            self.put(if index == 0 { "" } else { ";" });
            self.statement(statement);
        }
        self
    }

    fn statement(&mut self, statement: &Statement) -> &mut Self {
        match statement {
            Statement::Let { name, value } => {
                self.put("let").name(name).put("=");
                match value {
                    LetValue::Pipe(pipe) => self.pipe(pipe),
                    LetValue::Function(function) => self.function(function),
                }
            }
            Statement::Set { name, value } => {
                self.put("set").name(name);
                if let Some(value) = value {
                    self.put("=").expr(value);
                }
                self
            }
            Statement::QueryParameters(parameters) => self.put("declare query_parameters").parameters(parameters),
            Statement::Pattern(pattern) => self.pattern(pattern),
            Statement::Alias { name, value } => self.put("alias database").name(name).put("=").expr(value),
            Statement::Restrict(tables) => {
                self.put("restrict access to (").list(tables, |out, table| out.expr(table)).put(")")
            }
            Statement::Query(pipe) => self.pipe(pipe),
        }
    }

    fn function(&mut self, function: &FunctionDeclaration) -> &mut Self {
        if function.view {
            self.put("view");
        }
        self.parameters(&function.parameters).body(&function.body)
    }

    fn body(&mut self, body: &Body) -> &mut Self {
        self.put("{").statements(&body.statements).put("}")
    }

    fn pattern(&mut self, pattern: &Pattern) -> &mut Self {
        self.put("declare pattern").name(&pattern.name);
        if pattern.parameters.is_empty() && pattern.matches.is_empty() {
            return self;
        }
        self.put("=").declared_list(&pattern.parameters);
        if let Some(path) = &pattern.path {
            self.put("[").declared(path).put("]");
        }
        self.put("{");
        for one in &pattern.matches {
            self.put("(").list(&one.values, |out, value| out.literal(value)).put(")");
            if let Some(path) = &one.path {
                self.glue(".").put("[").literal(path).put("]");
            }
            self.put("=").body(&one.body).put(";");
        }
        self.put("}")
    }
}
