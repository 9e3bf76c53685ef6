//! Runs a checked tree on local data and carries tables in Arrow's forms; the only member that names DataFusion.

mod aggregate;
mod cell;
pub mod forms;
mod function;
pub mod local;
mod tables;
