//! Instants and lengths of time as Kusto reads and writes them, in ticks of 100 nanoseconds.
//!
//! The same readers serve literals and `todatetime`, `totimespan` in the engine.

mod instant;
mod span;
#[cfg(test)]
mod tests;

pub(crate) use self::span::ticks_of;
pub use self::{
    instant::{read_datetime, write_datetime},
    span::{read_timespan, write_timespan},
};

pub use model::table::TICKS_PER_SECOND;
/// Ticks in a day.
pub const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// The first instant that Kusto knows, 0001-01-01, in ticks since 1970.
pub const MIN_DATETIME: i64 = -719_162 * TICKS_PER_DAY;
/// The last instant that Kusto knows, a tick before 10000-01-01, in ticks since 1970.
pub const MAX_DATETIME: i64 = 2_932_897 * TICKS_PER_DAY - 1;

/// A fraction of a second as ticks: `5` is half a second. Digits behind the seventh are cut off.
fn fraction_ticks(digits: &str) -> Option<i64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{digits:0<7}").get(..7)?.parse().ok())?
}
