//! Runs a checked tree on local data and carries tables in Arrow's forms; the only member that names DataFusion.

mod aggregate;
mod atlas;
mod catalog;
mod cell;
mod elsewhere;
mod engine;
#[cfg(test)]
mod examples;
pub mod forms;
mod function;
#[cfg(test)]
mod hostile;
mod limits;
pub mod local;
#[cfg(test)]
mod pack;
mod pieces;
mod plan;
mod run;
mod tables;
#[cfg(test)]
mod tests;

pub use self::{
    atlas::Atlas,
    catalog::{Catalog, Stored, Widened, Within},
    elsewhere::{Elsewhere, ElsewhereError},
    engine::{Answer, Ask, Engine, EngineError},
    limits::{Limits, QueryLimits},
    pieces::Pieces,
};
