//! Answers that are kept for those who accept one of some age: complete ones, of moderate size, in this process only.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use model::Value;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::{Collected, Query, QueryOutcome};

/// Memory for all of them.
const CAPACITY: u64 = 32 << 20;

/// The largest that is kept.
const LARGEST: usize = 4 << 20;

/// No answer is older.
pub const OLDEST: Duration = Duration::from_hours(1);

/// An answer and when it came.
#[derive(Clone)]
pub struct Kept {
    /// The answer.
    pub answer: Arc<Collected>,
    at: Instant,
    bytes: u32,
}

impl Kept {
    /// How old it is.
    pub fn age(&self) -> Duration {
        self.at.elapsed()
    }
}

/// Answers by what was asked.
pub struct Results(Cache<[u8; 32], Kept>);

impl Results {
    pub(super) fn new() -> Self {
        let weigh = |_: &[u8; 32], kept: &Kept| kept.bytes;
        Self(Cache::builder().max_capacity(CAPACITY).weigher(weigh).time_to_live(OLDEST).build())
    }

    /// What stands for a query: its source, places, text and time. Says nothing about them.
    pub fn key(source: &str, query: &Query) -> [u8; 32] {
        let mut digest = Sha256::new_with_prefix(source);
        for part in &query.parts {
            let span = part.span.map(|span| (span.start(), span.end()));
            let place = part.place.as_ref().unwrap_or(&part.connection.place);
            let named =
                format!("\u{1f}{:?}{place:?}\u{1f}{span:?}\u{1f}{:?}\u{1f}", part.connection.name, query.max_rows);
            digest.update(named);
            digest.update(&part.query);
        }
        digest.finalize().into()
    }

    /// An answer that is not older.
    pub fn find(&self, key: &[u8; 32], max_age: Duration) -> Option<Kept> {
        self.0.get(key).filter(|kept| kept.age() <= max_age)
    }

    /// Keeps an answer, if it is complete and not too large.
    pub fn keep(&self, key: [u8; 32], answer: &Arc<Collected>) {
        if answer.outcome() != QueryOutcome::Complete {
            return;
        }
        let cells = answer.table.columns().iter().flat_map(model::Column::iter);
        let bytes = cells.map(|cell| match cell {
            Value::String(text) | Value::Decimal(text) | Value::Dynamic(text) => text.len() + 8,
            _ => 9,
        });
        let bytes: usize = bytes.sum();
        if bytes <= LARGEST {
            let bytes = u32::try_from(bytes + 256).unwrap_or(u32::MAX);
            self.0.insert(key, Kept { answer: Arc::clone(answer), at: Instant::now(), bytes });
        }
    }

    pub(super) fn forget(&self) {
        self.0.invalidate_all();
    }
}
