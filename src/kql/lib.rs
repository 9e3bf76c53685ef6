//! The Kusto query language: text becomes a checked tree; nothing here runs a query or knows an engine.

mod check;
pub mod checked;
mod context;
pub mod function;
mod literal;
mod mistake;
pub mod moment;
pub mod operator;
mod parse;
mod place;
mod print;
mod stored;
mod token;
pub mod tree;

pub use check::check;
pub use checked::Checked;
pub use context::{Catalogue, Context};
pub use literal::Literal;
pub use mistake::{Mistake, Mistakes, What};
pub use parse::parse;
pub use place::{Place, Span};
pub use stored::{Functions, StoredFunction};

/// Longer queries are not read.
pub const MAX_QUERY_BYTES: usize = 1 << 20;
/// How deeply brackets, calls, operators and subqueries may nest.
pub const MAX_DEPTH: usize = 64;
