//! Expressions with their types.

use std::sync::Arc;

use model::ColumnType;

use super::Table;
use crate::{
    function::Function,
    literal::Literal,
    place::Span,
    tree::{BinaryOperator, InOperator},
};

/// An expression: what it is, the type of its value, where it stands in the query.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub column_type: ColumnType,
    /// Where it stands.
    pub span: Span,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A value.
    Literal(Literal),
    /// A column of the rows that come in.
    Column(usize),
    /// In `scan`: a column of the last row that a step of this number matched.
    State {
        /// The step.
        step: usize,
        /// The column: those that come in, then the declared ones.
        column: usize,
    },
    /// A call. Arguments have the types that the function asks for; `typeof(long)` is a null of that type.
    Call {
        /// The function.
        function: &'static Function,
        /// Its arguments.
        arguments: Vec<Expr>,
    },
    /// Both sides have types that go together: texts for text operators, the same type or two numbers for comparisons
    /// (numbers are compared as the wider of their types), and what the checker documents for sums and products.
    Binary {
        /// Which.
        operator: BinaryOperator,
        /// On its left.
        left: Box<Expr>,
        /// On its right.
        right: Box<Expr>,
    },
    /// `-a`
    Negative(Box<Expr>),
    /// All of these; at least two.
    And(Vec<Expr>),
    /// One of these; at least two.
    Or(Vec<Expr>),
    /// The value is compared with each; those have its type, or are `dynamic` lists whose elements count.
    In {
        /// Which.
        operator: InOperator,
        /// What is looked for, or in.
        value: Box<Expr>,
        /// The values.
        list: Vec<Expr>,
    },
    /// The value is compared with each cell of the first column of a table.
    InTable {
        /// Which.
        operator: InOperator,
        /// What is looked for, or in.
        value: Box<Expr>,
        /// The table.
        table: Arc<Table>,
    },
    /// A part of a `dynamic` value.
    Path {
        /// Of what.
        of: Box<Expr>,
        /// Which; from the outermost to the innermost.
        steps: Vec<PathStep>,
    },
    /// The value as another type, as `tostring`, `tolong` and the like do it; null if it can't be.
    Cast(Box<Expr>),
    /// The first cell of a table, the same for all rows.
    Scalar(Arc<Table>),
    /// Whether any column has this text: those given, which are all texts. From `search`, `find` and `* has`.
    AnyColumn {
        /// How texts are compared.
        operator: BinaryOperator,
        /// The columns as texts.
        columns: Vec<Expr>,
        /// What is looked for.
        text: Box<Expr>,
    },
    /// One of the values of a call that gives several (`series_stats`), counted from 0.
    Part {
        /// The call.
        of: Box<Expr>,
        /// Which value.
        index: usize,
    },
}

/// A step into a `dynamic` value.
#[derive(Debug, Clone, PartialEq)]
pub enum PathStep {
    /// The member of this name.
    Member(Arc<str>),
    /// The element of this number; from the end if negative.
    Element(i64),
    /// The member whose name, or the element whose number, this is.
    Value(Box<Expr>),
}

impl Expr {
    /// The value, if it is a literal.
    pub fn literal(&self) -> Option<&Literal> {
        match &self.kind {
            ExprKind::Literal(literal) => Some(literal),
            _ => None,
        }
    }

    /// A value.
    pub(crate) fn of_literal(literal: Literal, span: Span) -> Self {
        Self { column_type: literal.column_type(), kind: ExprKind::Literal(literal), span }
    }

    /// A column.
    pub(crate) fn of_column(index: usize, column_type: ColumnType, span: Span) -> Self {
        Self { kind: ExprKind::Column(index), column_type, span }
    }
}
