//! What lies elsewhere (`externaldata`): whoever starts a query says what of it may be read, and reads it.
//!
//! <https://learn.microsoft.com/kusto/query/externaldata-operator>

mod json;
mod read;
mod separated;
#[cfg(test)]
mod tests;
mod unpack;

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;
use kql::checked::{External, Schema};
use model::{Fault, Faulty};

use crate::catalog::Stored;

/// Bytes that all texts of one `externaldata` may have together once they are unpacked.
const MAX_BYTES: usize = 128 << 20;
/// Cells that they may make.
const MAX_CELLS: usize = 16_000_000;

/// What lies elsewhere, as far as it may be read.
pub trait Elsewhere: Send + Sync {
    /// Whether what lies there may be read.
    fn may_read(&self, location: &str) -> bool;

    /// Reads what lies there. It is only asked for what may be read, and need not look at the query's deadline.
    fn read<'a>(&'a self, location: &'a str) -> BoxFuture<'a, Result<Bytes, ElsewhereError>>;
}

/// Why `externaldata` has no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElsewhereError {
    /// It could not be had, for this reason.
    #[error("{0}")]
    Unreached(String),
    /// It is not what its form says.
    #[error("it can't be read as {0}")]
    Malformed(&'static str),
    /// It is too much.
    #[error("it is larger than is read")]
    TooLarge,
}

impl Faulty for ElsewhereError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unreached(_) | Self::Malformed(_) => Fault::Upstream,
            Self::TooLarge => Fault::TooLarge,
        }
    }
}

/// What was read for one `externaldata`.
pub(crate) struct Fetched {
    pub(crate) external: External,
    pub(crate) columns: Schema,
    pub(crate) stored: Stored,
}

impl Fetched {
    /// Reads its texts, all at once, and makes a table of them.
    pub(crate) async fn of(
        external: External,
        columns: Schema,
        elsewhere: &Arc<dyn Elsewhere>,
    ) -> Result<Self, ElsewhereError> {
        let reads = external.locations.iter().map(|location| elsewhere.read(location));
        let texts = futures::future::try_join_all(reads).await?;
        let stored = tokio::task::block_in_place(|| read::table(&external, &columns, texts))?;
        Ok(Self { external, columns, stored })
    }
}
