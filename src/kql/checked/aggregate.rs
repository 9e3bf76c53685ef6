//! Aggregates of rows.

use model::ColumnType;

use super::Expr;
use crate::function::Function;

/// An aggregate. Forms with `if` have their condition here: `sumif(a, b)` is `sum(a)` of the rows where `b`.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: &'static Function,
    /// Its arguments. Of `arg_max`, `arg_min` and `take_any`: one for each column that comes out.
    pub arguments: Vec<Expr>,
    /// Only rows of which this is true count.
    pub filter: Option<Expr>,
    /// The type of the column that comes out, of the first if there are several; the others have the types of their arguments.
    pub column_type: ColumnType,
    /// How many columns come out: one, but for `arg_max`, `arg_min` and `take_any`.
    pub outputs: usize,
}
