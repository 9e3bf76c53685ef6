//! Tables in requests: JSON, NDJSON or CSV, whichever the caller speaks.

mod received;

pub(crate) use received::{TableBody, TakesRows};
