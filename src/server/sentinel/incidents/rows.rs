//! Incidents as the rows of a table: the columns that MSTICPy gives them, and all properties in one more.

use model::{Column, ColumnType, Table, TableError, Value};
use serde_json::Value as Json;

/// The columns, each with where its cells are and what they hold.
const COLUMNS: &[(&str, &str, ColumnType)] = &[
    ("id", "/id", ColumnType::String),
    ("name", "/name", ColumnType::String),
    ("etag", "/etag", ColumnType::String),
    ("type", "/type", ColumnType::String),
    ("properties.title", "/properties/title", ColumnType::String),
    ("properties.description", "/properties/description", ColumnType::String),
    ("properties.severity", "/properties/severity", ColumnType::String),
    ("properties.status", "/properties/status", ColumnType::String),
    ("properties.classification", "/properties/classification", ColumnType::String),
    ("properties.classificationReason", "/properties/classificationReason", ColumnType::String),
    ("properties.classificationComment", "/properties/classificationComment", ColumnType::String),
    ("properties.owner.objectId", "/properties/owner/objectId", ColumnType::String),
    ("properties.owner.email", "/properties/owner/email", ColumnType::String),
    ("properties.owner.assignedTo", "/properties/owner/assignedTo", ColumnType::String),
    ("properties.owner.userPrincipalName", "/properties/owner/userPrincipalName", ColumnType::String),
    ("properties.labels", "/properties/labels", ColumnType::Dynamic),
    ("properties.firstActivityTimeUtc", "/properties/firstActivityTimeUtc", ColumnType::Datetime),
    ("properties.lastActivityTimeUtc", "/properties/lastActivityTimeUtc", ColumnType::Datetime),
    ("properties.lastModifiedTimeUtc", "/properties/lastModifiedTimeUtc", ColumnType::Datetime),
    ("properties.createdTimeUtc", "/properties/createdTimeUtc", ColumnType::Datetime),
    ("properties.incidentNumber", "/properties/incidentNumber", ColumnType::Long),
    ("properties.additionalData.alertsCount", "/properties/additionalData/alertsCount", ColumnType::Long),
    ("properties.additionalData.bookmarksCount", "/properties/additionalData/bookmarksCount", ColumnType::Long),
    ("properties.additionalData.commentsCount", "/properties/additionalData/commentsCount", ColumnType::Long),
    (
        "properties.additionalData.alertProductNames",
        "/properties/additionalData/alertProductNames",
        ColumnType::Dynamic,
    ),
    ("properties.additionalData.tactics", "/properties/additionalData/tactics", ColumnType::Dynamic),
    ("properties.relatedAnalyticRuleIds", "/properties/relatedAnalyticRuleIds", ColumnType::Dynamic),
    ("properties.incidentUrl", "/properties/incidentUrl", ColumnType::String),
    ("properties.providerName", "/properties/providerName", ColumnType::String),
    ("properties.providerIncidentId", "/properties/providerIncidentId", ColumnType::String),
    ("properties", "/properties", ColumnType::Dynamic),
];

/// Incidents as Azure shows them, as a table. The same columns whatever there is.
pub fn table(incidents: &[Json]) -> Result<Table, TableError> {
    Table::new(COLUMNS.iter().map(|(name, pointer, kind)| column(incidents, name, pointer, *kind)).collect())
}

fn column(incidents: &[Json], name: &str, pointer: &str, kind: ColumnType) -> Column {
    let mut column = Column::new(name, kind);
    for incident in incidents {
        let cell = incident.pointer(pointer).unwrap_or(&Json::Null);
        // What is of another kind than it should be is missing.
        if column.push(value(cell, kind)).is_err() {
            let _ = column.push(Value::Null);
        }
    }
    column
}

fn value(cell: &Json, kind: ColumnType) -> Value<'_> {
    match (kind, cell) {
        (ColumnType::Dynamic, Json::Null) => Value::Null,
        (ColumnType::Dynamic, cell) => Value::Dynamic(cell.to_string().into()),
        (ColumnType::Datetime, Json::String(text)) => {
            chrono::DateTime::parse_from_rfc3339(text).map_or(Value::Null, |instant| Value::Datetime(instant.to_utc()))
        }
        (_, cell) => Value::of_json(cell),
    }
}
