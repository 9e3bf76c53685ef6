//! `/v1/sentinel`: what the workspaces of Microsoft Sentinel keep besides their events.

mod alert_rules;
mod bookmarks;
mod data_connectors;
mod dynamic_summaries;
mod incident_enrichment;
mod incident_list;
mod incident_parts;
mod incidents;
mod listing;
mod saved_searches;
mod search_jobs;
mod ti_indicators;
mod watchlists;
mod workspaces;

pub(crate) use listing::{ListQuery, Listed, OfObject, OfWorkspace, Patience, answer, wanted};
use tokio::time::Instant;

use super::{
    Operations,
    arm::problem,
    caller::Caller,
    problem::{Kind, Problem},
};
use crate::{
    sentinel::{
        Workspace,
        input::Mistake,
        space::{SentinelError, Space},
    },
    services::Services,
};

/// The routes of this folder.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .configure(workspaces::routes)
        .configure(incident_list::routes)
        .configure(incidents::routes)
        .configure(incident_parts::routes)
        .configure(incident_enrichment::routes)
        .configure(bookmarks::routes)
        .configure(watchlists::routes)
        .configure(alert_rules::routes)
        .configure(saved_searches::routes)
        .configure(search_jobs::routes)
        .configure(ti_indicators::routes)
        .configure(dynamic_summaries::routes)
        .configure(data_connectors::routes);
}

/// The workspace that a path means.
pub(crate) fn space(services: &Services, workspace: &str, until: Instant) -> Result<Space, Problem> {
    let workspace = Workspace::find(&services.settings().sources, workspace)?;
    Ok(Space::new(services.arm.clone(), workspace, until))
}

/// A mistake in a request, at its place.
pub(crate) fn mistaken(mistake: Mistake) -> Problem {
    Problem::invalid_at(mistake.pointer, mistake.detail)
}

/// What went wrong with a workspace, for its caller.
pub(crate) fn failed(error: SentinelError) -> Problem {
    match error {
        SentinelError::Mistake(mistake) => mistaken(mistake),
        SentinelError::Arm(error) => problem(&error),
        SentinelError::NotOne(error) => Problem::from(error),
        SentinelError::Unreadable(error) => Problem::from(error),
        SentinelError::Full | SentinelError::Exists(_) => Problem::new(Kind::Conflict).detail(error.to_string()),
    }
}

/// Says in the log who changed what: a line for each change, without what was written.
pub(crate) fn tell(caller: &Caller, operation: &'static str, space: &Space, object: &str) {
    let workspace = space.workspace.name.as_str();
    tracing::info!(caller = %caller.id, operation, workspace, object, "changed in sentinel");
}
