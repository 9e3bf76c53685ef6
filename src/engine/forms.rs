//! Tables in the forms of Arrow: its IPC stream and Parquet, written and read; what comes from outside never panics here.
//!
//! <https://arrow.apache.org/docs/format/Columnar.html#ipc-streaming-format>, <https://parquet.apache.org/docs/file-format/>

mod ipc;
mod parquet;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};

use model::{Fault, Faulty, Table, TableError};

pub use self::{
    ipc::{StreamWriter, read_stream},
    parquet::{read_parquet, write_parquet},
};

/// The media type of an Arrow IPC stream, as registered with IANA.
pub const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";
/// The media type of Parquet, as registered with IANA.
pub const PARQUET: &str = "application/vnd.apache.parquet";

/// Why bytes are no table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Cut off, malformed, or of another format.
    #[error("the bytes are not what their media type says")]
    Broken,
    /// Buffers are compressed, and what they would unpack to is not known before.
    #[error("compressed buffers are not read; compress the body instead (Content-Encoding)")]
    Compressed,
    /// More than the limit when unpacked.
    #[error("the table is too large when unpacked")]
    TooLarge,
    /// Well formed, but no table.
    #[error(transparent)]
    NoTable(#[from] TableError),
}

impl Faulty for FormError {
    fn fault(&self) -> Fault {
        match self {
            Self::Broken | Self::Compressed => Fault::Invalid,
            Self::TooLarge => Fault::TooLarge,
            Self::NoTable(error) => error.fault(),
        }
    }
}

/// Reads what a stranger sent: should the format's library panic on it, it is malformed.
fn guarded(read: impl FnOnce() -> Result<Table, FormError>) -> Result<Table, FormError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or(Err(FormError::Broken))
}
