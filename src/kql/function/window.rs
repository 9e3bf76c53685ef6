//! Functions that look at other rows, which are in order.

/// Signatures, in the form that [`super`] describes.
pub(super) const SIGNATURES: &str = "\
row_number(long?, bool?) long
row_cumsum(number, bool?) first
row_rank_dense(plain, bool?) long
row_rank_min(plain, bool?) long
row_window_session(datetime, timespan, timespan, bool?) first
prev(any, long?, any?) first
next(any, long?, any?) first";
