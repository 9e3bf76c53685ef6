//! Kusto's functions on series, as its documentation has them: what `series_*` in queries and our own analyses share.
//!
//! Series are equally spaced. Where Kusto has null, there is `None`, and a function that yields null as a whole yields
//! `None`. <https://learn.microsoft.com/kusto/query/time-series-analysis>

mod decompose;
mod fill;
mod filter;
mod fit;
mod fourier;
mod outliers;
mod periods;
mod polynomial;
mod stats;

pub use decompose::{
    Anomalies, Decomposed, Decomposition, Seasonality, Trend, decompose, decompose_anomalies, decompose_forecast,
    seasonal,
};
pub use fill::{fill_backward, fill_const, fill_forward, fill_linear};
pub use filter::{fir, iir};
pub use fit::{Line, TwoLines, fit_2lines, fit_line};
pub use fourier::fourier;
pub use outliers::{Fence, outliers};
pub use periods::{DEFAULT_THRESHOLD, periods_detect, periods_validate};
pub use polynomial::{MAX_DEGREE, Polynomial, fit_polynomial};
pub use stats::{Stats, stats};
