//! What runs a query in one place: over HTTP, in a database's own protocol, or on local data. All hand rows over in the same
//! way.

use std::sync::Arc;

use futures::future::BoxFuture;
use model::{ColumnSpec, Table};
use serde::Serialize;
use sources::{Question, Trouble};
use tokio::{sync::mpsc, time::Instant};
use utoipa::ToSchema;

/// Tables that may wait for whoever takes them.
const WAITING: usize = 2;

/// What comes of one part of a query.
#[derive(Debug)]
pub enum Event {
    /// Some rows. The first table may have none: then it says which columns there are.
    Rows(Table),
    /// Something is missing from the rows.
    Trouble(Trouble),
    /// The end. Without it, the part broke off.
    End(Ending),
}

/// How a part ended.
#[derive(Debug)]
pub struct Ending {
    /// Whether rows were left out because there were too many.
    pub truncated: bool,
    /// Why not all of it was done, if so.
    pub failure: Option<Trouble>,
}

/// A table into which a file was loaded.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoadedTable {
    /// Its name.
    #[schema(example = "psh_cmstp_execution_bypassuac")]
    pub name: String,
    /// Its columns.
    pub columns: Vec<ColumnSpec>,
    /// How many rows it has now.
    pub row_count: usize,
}

/// Where a part's events go. Closed when nobody takes them any more.
pub(super) type Outlet = mpsc::Sender<Event>;

/// Both ends.
pub(super) fn outlet() -> (Outlet, mpsc::Receiver<Event>) {
    mpsc::channel(WAITING)
}

/// Runs queries in one place.
pub(super) trait Run: Send + Sync {
    /// Runs one. Ends soon after the outlet is closed, and cancels what runs elsewhere.
    fn run(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> BoxFuture<'static, ()>;

    /// Adds a file as rows of a table, where that can be done. Blocks.
    fn load(&self, _table: &str, _file: &str, _bytes: &[u8]) -> Option<Result<LoadedTable, Trouble>> {
        None
    }

    /// Lists tables and columns; `None` if that cannot be asked.
    fn run_schema(self: Arc<Self>, question: Question, until: Instant, out: Outlet) -> Option<BoxFuture<'static, ()>>;
}
