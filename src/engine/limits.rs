//! What queries may take.

use std::{path::PathBuf, time::Duration};

/// What all queries together may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes of memory; sorts, joins and aggregates beyond it go to disk.
    pub memory_bytes: usize,
    /// Bytes on disk for what does not fit in memory.
    pub spill_bytes: u64,
    /// Where that is; the system's folder for temporary files if nothing is said.
    pub spill_folder: Option<PathBuf>,
    /// Queries that run at once; others wait.
    pub concurrent: usize,
    /// Threads.
    pub threads: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self { memory_bytes: 1 << 30, spill_bytes: 8 << 30, spill_folder: None, concurrent: 4, threads }
    }
}

/// What one query may take.
#[derive(Debug, Clone, Copy)]
pub struct QueryLimits {
    /// Rows that come out; further ones are cut off.
    pub rows: usize,
    /// Time, from when it was asked.
    pub deadline: Duration,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { rows: 500_000, deadline: Duration::from_secs(60) }
    }
}
