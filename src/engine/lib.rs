//! Runs a checked tree on local data and carries tables in Arrow's forms; the only member that names DataFusion.

pub mod forms;
pub mod local;
mod tables;
