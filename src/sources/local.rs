//! What is known about a folder of logs as a source. It is read where the service runs, not asked.

use std::time::Duration;

use crate::{Access, Endpoint, Facts};

/// The facts. Templates of Sentinel and Defender run wherever their tables are.
pub static LOCAL: Facts = Facts {
    id: "local",
    title: "Folder of logs",
    environments: &["LocalData", "MSSentinel", "M365D", "M365DGraph", "MDE", "Kusto"],
    endpoint: Endpoint::Folder,
    access: &[Access::Open],
    longest: Duration::from_mins(10),
    ..Facts::DEFAULT
};
