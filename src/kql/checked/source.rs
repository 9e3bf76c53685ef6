//! Where rows come from.

use std::sync::Arc;

use super::{Expr, Table};

/// Where rows come from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A table of the catalogue.
    Stored {
        /// The database, if the query says one.
        database: Option<Arc<str>>,
        /// Its name there.
        name: Arc<str>,
    },
    /// These rows; each has an expression without columns for each column (`print`, `datatable`, `getschema`).
    Rows(Vec<Vec<Expr>>),
    /// From, to (both included) and step.
    Range {
        /// The first value.
        from: Expr,
        /// The greatest value, or the least if the step is negative.
        to: Expr,
        /// How far values are from each other.
        step: Expr,
    },
    /// What is read from elsewhere.
    External(External),
    /// The rows of all of these, which have the same columns.
    Union(Vec<Table>),
    /// What surrounds it: in `mv-apply` and `partition`.
    Input,
    /// A table that several places use (`materialize`, `fork`), to be worked out once.
    Shared(Shared),
}

/// `externaldata`: texts that lie elsewhere, and how rows are read from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// Their addresses, without what stands behind a semicolon.
    pub locations: Vec<Arc<str>>,
    /// What they are.
    pub form: ExternalForm,
    /// Whether the first record of each is left out, since it names the columns.
    pub skips_first: bool,
}

/// What a text that lies elsewhere is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExternalForm {
    /// Records of fields.
    Separated {
        /// What stands between fields.
        by: u8,
        /// Which field each column is, from 0.
        fields: Vec<Option<usize>>,
    },
    /// JSON objects, one after the other or in an array.
    Json {
        /// Where each column is in an object, like `$.a[0]`; nothing for the member that is called as the column is.
        paths: Vec<Option<Arc<str>>>,
    },
    /// Lines, each of which is the first column.
    Lines,
    /// The whole is the first column.
    Whole,
    /// Parquet, whose columns are called as the table's are.
    Parquet,
}

/// A table that several places use.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The same for all places that use it, and for no other table of the query.
    pub id: usize,
    /// The table.
    pub table: Arc<Table>,
}
