//! Microsoft Sentinel as Azure Resource Manager knows it: workspaces, and what analysts work on in them.

mod workspace;

pub use workspace::{Workspace, WorkspaceError};
