//! Statements, as written.

use model::ColumnType;

use super::{Expr, Name, Pipe};
use crate::literal::Literal;

/// A statement of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Statement {
    /// `let a = …`
    Let {
        /// The name.
        name: Name,
        /// What it stands for.
        value: LetValue,
    },
    /// `set querytrace` or `set name = value`
    Set {
        /// The option.
        name: Name,
        /// Its value.
        value: Option<Expr>,
    },
    /// `declare query_parameters(a:string = "b")`
    QueryParameters(Vec<Parameter>),
    /// `declare pattern a = (b:string) { … }`
    Pattern(Pattern),
    /// `alias database a = cluster("b").database("c")`
    Alias {
        /// The name.
        name: Name,
        /// The database.
        value: Expr,
    },
    /// `restrict access to (a, b)`
    Restrict(Vec<Expr>),
    /// A query, or a value in the body of a function.
    Query(Pipe),
}

/// What `let` gives a name to.
#[derive(Debug, Clone, PartialEq)]
pub enum LetValue {
    /// A value or a table.
    Pipe(Pipe),
    /// A function.
    Function(FunctionDeclaration),
}

/// A function: parameters and a body.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDeclaration {
    /// Whether `union *` and `search` see it as a table.
    pub view: bool,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// What it gives.
    pub body: Body,
}

/// Statements in braces, the last of which is the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// `let` and `declare` statements, then a query or value.
    pub statements: Vec<Statement>,
}

/// A parameter of a function or query.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: Name,
    /// The type.
    pub kind: ParameterType,
    /// The value if none is given.
    pub default: Option<Literal>,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterType {
    /// A value.
    Scalar(ColumnType),
    /// A table that has at least these columns.
    Table(Vec<Declared>),
}

/// A column with its type, as declared.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    /// The name.
    pub name: Name,
    /// The type.
    pub column_type: ColumnType,
}

/// `declare pattern name = (parameters)[path] { matches }`
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// The name.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Declared>,
    /// What its path is.
    pub path: Option<Declared>,
    /// What it gives for which values.
    pub matches: Vec<PatternMatch>,
}

/// `("a").["b"] = { … };`
#[derive(Debug, Clone, PartialEq)]
pub struct PatternMatch {
    /// The values of the parameters.
    pub values: Vec<Literal>,
    /// The value of the path.
    pub path: Option<Literal>,
    /// What it gives.
    pub body: Body,
}
