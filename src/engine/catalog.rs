//! The tables that queries may name, whoever has them.

use std::sync::Arc;

use datafusion::{catalog::TableProvider, datasource::MemTable};
use futures::future::BoxFuture;
use model::{ColumnSpec, Table};

use crate::{
    engine::EngineError,
    local::{Folder, LocalTable},
    tables::{batch_of, schema_of},
};

/// Tables by name.
pub trait Catalog: Send + Sync {
    /// The names of all tables, in the order in which `union *` and `search` take them.
    fn names(&self) -> Vec<String>;

    /// The table of a name, if there is one.
    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>>;
}

/// A table and the types that its columns have for queries.
#[derive(Debug, Clone)]
pub struct Stored {
    /// The rows, in whatever Arrow types they lie.
    pub(crate) provider: Arc<dyn TableProvider>,
    /// The columns.
    pub(crate) columns: Vec<ColumnSpec>,
}

impl Stored {
    /// Rows that lie in memory.
    pub fn of_table(table: &Table) -> Result<Self, EngineError> {
        let schema = schema_of(table);
        let batch = batch_of(table, &schema, 0..table.row_count()).map_err(|_| EngineError::Unreadable)?;
        let provider = MemTable::try_new(schema, vec![vec![batch]]).map_err(|_| EngineError::Unreadable)?;
        let specs = table
            .columns()
            .iter()
            .map(|column| ColumnSpec { name: column.name().to_owned(), kind: column.kind() })
            .collect();
        Ok(Self { provider: Arc::new(provider), columns: specs })
    }
}

/// A folder of logs. It is looked into on the engine's own threads, which may block.
impl Catalog for Folder {
    fn names(&self) -> Vec<String> {
        tokio::task::block_in_place(|| Self::names(self)).unwrap_or_default()
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        Box::pin(async move {
            let found = tokio::task::block_in_place(|| Self::table(self, name)).map_err(|_| EngineError::Unreadable)?;
            Ok(found.map(|LocalTable { provider, columns, .. }| Stored { provider, columns }))
        })
    }
}

/// Tables in memory.
impl Catalog for Vec<(String, Table)> {
    fn names(&self) -> Vec<String> {
        self.iter().map(|(name, _)| name.clone()).collect()
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        let found = self.iter().find(|(known, _)| known == name);
        Box::pin(async move { found.map(|(_, table)| Stored::of_table(table)).transpose() })
    }
}
