//! What a query says, as written: statements, pipes, expressions. Names are not resolved and types not known.
//!
//! Two trees are equal when they say the same, wherever it stands in their texts. Printing a tree and parsing what was
//! printed gives an equal tree.

mod expression;
mod statement;

use std::sync::Arc;

pub use self::{
    expression::{BinaryOperator, Expr, ExprKind, InOperator, Member, Name, Named, Path, TypeSpec},
    statement::{
        Body, Declared, FunctionDeclaration, LetValue, Parameter, ParameterType, Pattern, PatternMatch, Statement,
    },
};
pub use crate::operator::{Operator, Step};

/// A query: one or more statements.
#[derive(Debug, Clone)]
pub struct Query {
    /// The text that was parsed.
    pub text: Arc<str>,
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.statements == other.statements
    }
}

/// A table and what is done with it: `source | step | step`.
#[derive(Debug, Clone, PartialEq)]
pub struct Pipe {
    /// Where the rows come from. Without it the first step brings its own (`print`, `range`, `union` …) or works on what
    /// surrounds it (in `mv-apply`, `partition`, `fork`, `facet`).
    pub source: Option<Expr>,
    /// What is done with them, in order.
    pub steps: Vec<Step>,
}
