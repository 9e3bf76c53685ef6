//! Sessions of commands, and how likely each of them is among all: a Markov model of first order, smoothed.
//!
//! The model knows the commands that follow one another; if asked, also the parameters that come with a command, and the
//! values of those parameters that have few. The numbers are those of MSTICPy.

mod corpus;
mod model;
mod parameters;
#[cfg(test)]
mod tests;
mod windows;

pub use corpus::{Corpus, Detail};
pub use model::{Likelihood, Model};
pub use windows::Window;
