//! A series taken apart into trend, season and rest: STL for one period, MSTL for several.
//!
//! The parameters that callers do not set are those of statsmodels, and so are the numbers, to the last digits. Our own
//! code, because the crates for it are ports of the Fortran original and as fast as that; this is several times faster.

mod loess;
mod mstl;
mod stl;
#[cfg(test)]
mod tests;

use model::{Fault, Faulty};
pub use mstl::{Mstl, Seasons};
pub use stl::Stl;

/// What a series consists of, point by point.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    /// Where the series goes in the long run.
    pub trend: Vec<f64>,
    /// What comes back in every period.
    pub seasonal: Vec<f64>,
    /// What neither of them explains.
    pub residual: Vec<f64>,
    /// How far each point was believed, from 0 to 1; all 1 unless the fit was robust.
    pub weights: Vec<f64>,
}

/// Why a series cannot be taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undecomposable {
    /// Not two full periods.
    #[error("{points} points are too few: two periods of {period} points are the least")]
    TooShort {
        /// How many points there are.
        points: usize,
        /// The period.
        period: usize,
    },
    /// No period.
    #[error("a period has at least 2 points")]
    Period,
    /// The smoother of the season has no middle or is too short.
    #[error("the seasonal smoother is an odd number of at least 3")]
    Seasonal,
    /// A value that is no number or is infinite.
    #[error("not all values are finite numbers")]
    NotFinite,
    /// Numbers beyond what double precision holds.
    #[error("the values are too large to be added up")]
    Overflow,
}

impl Faulty for Undecomposable {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// What all methods ask of a series.
fn check(values: &[f64], period: usize, seasonal: usize) -> Result<(), Undecomposable> {
    if period < 2 {
        return Err(Undecomposable::Period);
    }
    if seasonal < 3 || seasonal.is_multiple_of(2) {
        return Err(Undecomposable::Seasonal);
    }
    if values.len() / 2 < period {
        return Err(Undecomposable::TooShort { points: values.len(), period });
    }
    if values.iter().all(|value| value.is_finite()) { Ok(()) } else { Err(Undecomposable::NotFinite) }
}

/// No part of a sound result is infinite.
fn checked(parts: Parts) -> Result<Parts, Undecomposable> {
    if parts.residual.iter().all(|value| value.is_finite()) { Ok(parts) } else { Err(Undecomposable::Overflow) }
}
