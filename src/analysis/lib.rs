//! Statistics of events: slices in, scores out; no tables, no clock, no I/O.
//!
//! Times are whole numbers in any one unit. Nothing here panics on any input: what cannot be worked out is an error or a
//! number that is none.

pub mod anomalies;
pub mod bins;
pub mod clusters;
pub mod decomposition;
pub mod outliers;
pub mod periodicity;
pub mod sequences;
pub mod series;
pub mod sessions;

mod numbers;
