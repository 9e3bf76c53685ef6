//! The tables that queries may name, whoever has them.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Utc};
use datafusion::{
    catalog::TableProvider,
    common::Column,
    datasource::{MemTable, ViewTable, provider_as_source},
    error::DataFusionError,
    logical_expr::{Expr, LogicalPlanBuilder, lit},
    scalar::ScalarValue,
};
use futures::future::BoxFuture;
use model::{ColumnSpec, Span, Table};

use crate::{
    cell::arrow_type,
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

    /// Names of columns that `bag_unpack` and `pivot` are taken to find where there is no row in which to look.
    fn hoped(&self) -> &[String] {
        &[]
    }
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

    /// Rows that lie in files; with a span, those from that time, if the table knows when a row happened.
    pub fn of_local(table: LocalTable, span: Option<Span>) -> Result<Self, EngineError> {
        let LocalTable { mut provider, columns, time_column } = table;
        if let (Some(time), Some(span)) = (time_column, span) {
            provider = within(provider, &time, span).map_err(|_| EngineError::Unreadable)?;
        }
        Ok(Self { provider, columns })
    }

    /// The same columns without any row.
    pub fn without_rows(self) -> Result<Self, EngineError> {
        let provider = filtered(self.provider, lit(false)).map_err(|_| EngineError::Unreadable)?;
        Ok(Self { provider, ..self })
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
            found.map(|table| Stored::of_local(table, None)).transpose()
        })
    }
}

/// The rows of a folder's tables from a span of time; tables that don't know when a row happened are whole.
#[derive(Debug)]
pub struct Within {
    /// The folder.
    pub folder: Arc<Folder>,
    /// The span: with its beginning, without its end.
    pub span: Span,
}

impl Catalog for Within {
    fn names(&self) -> Vec<String> {
        Catalog::names(self.folder.as_ref())
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        Box::pin(async move {
            let found = tokio::task::block_in_place(|| Folder::table(&self.folder, name));
            let found = found.map_err(|_| EngineError::Unreadable)?;
            found.map(|table| Stored::of_local(table, Some(self.span))).transpose()
        })
    }
}

/// Tables with further columns in which every cell is missing: documented ones that nobody wrote into the logs at hand.
pub struct Widened {
    /// The tables.
    pub catalog: Arc<dyn Catalog>,
    /// Columns by the names of tables. Those that a table has already stay as they are.
    pub columns: BTreeMap<String, Vec<ColumnSpec>>,
    /// What plugins are taken to find where there is no row.
    pub hoped: Vec<String>,
}

impl Catalog for Widened {
    fn names(&self) -> Vec<String> {
        self.catalog.names()
    }

    fn hoped(&self) -> &[String] {
        &self.hoped
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        Box::pin(async move {
            let found = self.catalog.table(name).await?;
            let (Some(stored), Some(columns)) = (found.clone(), self.columns.get(name)) else { return Ok(found) };
            widened(stored, columns).map(Some).map_err(|_| EngineError::Unreadable)
        })
    }
}

/// A table with further columns on its right.
fn widened(stored: Stored, columns: &[ColumnSpec]) -> Result<Stored, DataFusionError> {
    let Stored { provider, columns: mut all } = stored;
    let is_new = |column: &&ColumnSpec| !all.iter().any(|known| known.name == column.name);
    let new: Vec<ColumnSpec> = columns.iter().filter(is_new).cloned().collect();
    let own = provider
        .schema()
        .fields()
        .iter()
        .map(|field| Expr::Column(Column::from_name(field.name())))
        .collect::<Vec<_>>();
    let missing = new.iter().map(|column| {
        let null = ScalarValue::try_new_null(&arrow_type(column.kind))?;
        Ok::<_, DataFusionError>(lit(null).alias(&column.name))
    });
    let all_columns = own.into_iter().map(Ok).chain(missing).collect::<Result<Vec<_>, _>>()?;
    let plan = LogicalPlanBuilder::scan("rows", provider_as_source(provider), None)?.project(all_columns)?.build()?;
    all.extend(new);
    Ok(Stored { provider: Arc::new(ViewTable::new(plan, None)), columns: all })
}

/// The rows whose time is within a span. The filter reaches the files: what lies outside is not unpacked.
fn within(provider: Arc<dyn TableProvider>, time: &str, span: Span) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let zone = Some(Arc::from("UTC"));
    let at = |instant: DateTime<Utc>| {
        lit(match instant.timestamp_nanos_opt() {
            Some(nanos) => ScalarValue::TimestampNanosecond(Some(nanos), zone.clone()),
            None => ScalarValue::TimestampMicrosecond(Some(instant.timestamp_micros()), zone.clone()),
        })
    };
    let column = Expr::Column(Column::from_name(time));
    filtered(provider, column.clone().gt_eq(at(span.start())).and(column.lt(at(span.end()))))
}

fn filtered(provider: Arc<dyn TableProvider>, filter: Expr) -> Result<Arc<dyn TableProvider>, DataFusionError> {
    let plan = LogicalPlanBuilder::scan("rows", provider_as_source(provider), None)?.filter(filter)?.build()?;
    Ok(Arc::new(ViewTable::new(plan, None)))
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
