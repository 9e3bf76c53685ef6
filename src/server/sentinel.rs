//! Microsoft Sentinel as Azure Resource Manager knows it: workspaces, and what analysts work on in them.

pub mod alert_rules;
pub mod bookmarks;
pub mod data_connectors;
pub mod found;
pub mod incidents;
pub mod indicators;
pub mod input;
pub mod named;
pub mod object;
pub mod pages;
pub mod portal;
pub mod saved_searches;
pub mod search_jobs;
pub mod space;
pub mod summaries;
pub mod watchlists;
mod workspace;

pub use self::workspace::{Workspace, WorkspaceError};
