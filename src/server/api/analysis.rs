//! `/v1/analysis`: statistics of tables of events. What cannot be analysed is told: one series as a problem that names the
//! field, one of several groups as the outcome of that group.

mod beacons;
mod clusters;
mod groups;
mod input;
mod outliers;
mod periods;
mod sequences;
mod sessionize;
mod span;
mod timeseries;

use crate::api::Operations;
use model::Table;
pub(super) use timeseries::{TimeseriesRequest, decompose};
use utoipa::ToSchema;

/// The routes of the files below.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations
        .configure(timeseries::routes)
        .configure(periods::routes)
        .configure(sequences::routes)
        .configure(sessionize::routes)
        .configure(clusters::routes)
        .configure(outliers::routes)
        .configure(beacons::routes);
}

/// A table, and what an operation says beside it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the JSON form of an answer")]
struct TableWith<T> {
    #[serde(flatten)]
    table: Table,
    #[serde(flatten)]
    beside: T,
}
