//! What sources there are, and what tables they have.

use model::Value;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    queries::{Collected, Connection, PartialError, Queries, QueryOutcome, SourceHere},
    telemetry::BreakerState,
};

/// Every source of the settings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SourceList {
    /// The sources, by name.
    items: Vec<SourceItem>,
}

/// One source.
#[derive(Debug, Serialize, ToSchema)]
struct SourceItem {
    /// Its name in the settings.
    #[schema(example = "soc")]
    id: String,
    /// Its kind.
    #[schema(example = "sentinel")]
    kind: &'static str,
    /// The kind's name for people.
    title: &'static str,
    /// The data environment whose templates it runs.
    #[schema(example = "MSSentinel")]
    environment: &'static str,
    /// Whether it can be queried.
    state: SourceState,
    /// The settings that are missing.
    #[schema(example = json!(["sources.soc.credential"]))]
    needs: Vec<String>,
    /// Where it is asked.
    connections: Vec<ConnectionItem>,
}

/// Whether a source can be queried. New states may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SourceState {
    /// It can.
    Ready,
    /// Settings are missing.
    Incomplete,
    /// It failed too often and is left alone for a while.
    Resting,
}

/// One place where a source is asked.
#[derive(Debug, Serialize, ToSchema)]
struct ConnectionItem {
    /// Its name.
    name: String,
    /// Where within the source it is: a workspace, a database.
    place: Vec<String>,
    /// The groups that it belongs to.
    groups: Vec<String>,
    /// Whether it can be queried.
    state: SourceState,
}

impl SourceList {
    pub(super) fn of(queries: &Queries) -> Self {
        Self { items: queries.all().values().map(|source| item(queries, source)).collect() }
    }
}

fn item(queries: &Queries, source: &SourceHere) -> SourceItem {
    let facts = source.facts();
    let connections: Vec<_> = source.connections.iter().map(|connection| place(queries, connection)).collect();
    let worst = [SourceState::Incomplete, SourceState::Resting]
        .into_iter()
        .find(|state| connections.iter().any(|connection| connection.state == *state));
    SourceItem {
        id: source.id.clone(),
        kind: facts.id,
        title: facts.title,
        environment: facts.environments.first().copied().unwrap_or_default(),
        state: worst.unwrap_or(SourceState::Ready),
        needs: source.connections.iter().flat_map(|connection| connection.needs.clone()).collect(),
        connections,
    }
}

fn place(queries: &Queries, connection: &Connection) -> ConnectionItem {
    let state = match queries.breaker(connection) {
        _ if !connection.needs.is_empty() => SourceState::Incomplete,
        BreakerState::Open => SourceState::Resting,
        BreakerState::Closed | BreakerState::HalfOpen => SourceState::Ready,
    };
    ConnectionItem {
        name: connection.name.clone(),
        place: connection.place.clone(),
        groups: connection.groups.clone(),
        state,
    }
}

/// The tables of a source.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SchemaAnswer {
    /// The source.
    source: String,
    /// The connection that was asked.
    connection: String,
    /// How asking ended.
    outcome: QueryOutcome,
    /// The tables, as the source lists them.
    tables: Vec<TableItem>,
    /// What is missing, and why.
    partial_errors: Vec<PartialError>,
}

/// One table.
#[derive(Debug, Serialize, ToSchema)]
struct TableItem {
    /// Its name.
    #[schema(example = "SecurityAlert")]
    name: String,
    /// Its columns.
    columns: Vec<ColumnItem>,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
struct ColumnItem {
    /// Its name.
    #[schema(example = "TimeGenerated")]
    name: String,
    /// What its cells hold.
    #[serde(rename = "type")]
    #[schema(example = "datetime")]
    kind: String,
}

impl SchemaAnswer {
    pub(super) fn of(source: &SourceHere, connection: &Connection, listed: Collected) -> Self {
        let mut tables: Vec<TableItem> = Vec::new();
        for row in 0..listed.table.row_count() {
            let cell = |name| match listed.table.value(row, name) {
                Value::Null => String::new(),
                value => value.to_text().into_owned(),
            };
            let (table, column) = (cell("table"), ColumnItem { name: cell("column"), kind: cell("type") });
            match tables.last_mut().filter(|last| last.name == table) {
                Some(last) => last.columns.push(column),
                None => tables.push(TableItem { name: table, columns: vec![column] }),
            }
        }
        let named = |error: PartialError| PartialError { connection: connection.name.clone(), ..error };
        Self {
            source: source.id.clone(),
            connection: connection.name.clone(),
            outcome: listed.outcome(),
            tables,
            partial_errors: listed.partial_errors.into_iter().map(named).collect(),
        }
    }
}
