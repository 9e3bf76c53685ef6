//! Where rows come from.

use std::sync::Arc;

use super::{Expr, Table};
use crate::{literal::Literal, operator::Setting};

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

/// `externaldata`
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// Where it is.
    pub locations: Vec<Arc<str>>,
    /// In which form; as written.
    pub settings: Vec<Setting>,
}

/// A table that several places use.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The same for all places that use it, and for no other table of the query.
    pub id: usize,
    /// The table.
    pub table: Arc<Table>,
}

impl External {
    pub(crate) fn new(locations: &[Literal], settings: &[Setting]) -> Self {
        let locations = locations.iter().filter_map(Literal::as_str).map(Into::into).collect();
        Self { locations, settings: settings.to_vec() }
    }
}
