//! What a query is checked against: the tables that there are, the values of its parameters.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    checked::{External, Schema},
    literal::Literal,
    stored::Functions,
};

/// The tables that a query may name.
pub trait Catalogue {
    /// The columns of a table, if there is one of that name; the database is `None` unless the query says one.
    fn table(&self, database: Option<&str>, name: &str) -> Option<Schema>;

    /// The same, with those columns that are known of the table and that no row has: what stored functions may name.
    fn whole_table(&self, database: Option<&str>, name: &str) -> Option<Schema> {
        self.table(database, name)
    }

    /// The names of all tables, in the order in which `union *` and `search` take them.
    fn names(&self) -> Vec<Arc<str>>;

    /// Whether `externaldata` may read this into these columns; unless somebody says so, it may not.
    fn may_read(&self, _: &External, _: &Schema) -> bool {
        false
    }
}

/// Tables by their names, of whatever database.
impl Catalogue for BTreeMap<Arc<str>, Schema> {
    fn table(&self, _: Option<&str>, name: &str) -> Option<Schema> {
        self.get(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.keys().cloned().collect()
    }
}

/// What a query is checked against.
pub struct Context<'c> {
    /// The tables.
    pub catalogue: &'c dyn Catalogue,
    /// The functions that are called by their names. What a query says with `let` goes before them, they before tables.
    pub functions: &'c Functions,
    /// The values of `declare query_parameters`. A text is read as the declared type.
    pub parameters: &'c BTreeMap<Arc<str>, Literal>,
    /// What was found out about plugins, in the order in which [`crate::Checked::Discover`] asked.
    pub discovered: &'c [Schema],
}
