//! The columns of well-known tables, as Microsoft documents them: of Sentinel, Defender and Resource Graph.

use std::{collections::HashMap, sync::LazyLock};

use model::{ColumnSpec, ColumnType};

/// The tables: `Table(column: type, …)`.
const TEXT: &str = include_str!("documented.txt");

/// What begins those tables that are somebody's own under the names of documented ones.
const OWN: &str = "[LocalData]";

static TABLES: LazyLock<HashMap<&'static str, Vec<ColumnSpec>>> = LazyLock::new(|| {
    let mut tables: HashMap<&str, Vec<ColumnSpec>> = HashMap::new();
    let documented = TEXT.split(OWN).next().unwrap_or_default();
    for (name, columns) in tables_of(documented) {
        let known = tables.entry(name).or_default();
        for column in columns {
            if !known.iter().any(|other| other.name == column.name) {
                known.push(column);
            }
        }
    }
    tables
});

/// The documented columns of a table; not always all of them, but those that queries use.
pub fn documented(table: &str) -> Option<&'static [ColumnSpec]> {
    TABLES.get(table).map(Vec::as_slice)
}

/// The names of the documented tables that begin so, in no order.
pub fn documented_like(prefix: &str) -> impl Iterator<Item = &'static str> {
    TABLES.keys().copied().filter(move |name| name.starts_with(prefix))
}

/// The names and columns in a text of tables.
fn tables_of(text: &str) -> impl Iterator<Item = (&str, Vec<ColumnSpec>)> {
    text.split("\n\n").filter(|paragraph| !paragraph.starts_with(['#', '['])).filter_map(|paragraph| {
        let (name, rest) = paragraph.trim().split_once('(')?;
        let columns = rest.trim_end_matches(')').split(',').filter_map(|column| {
            let (name, kind) = column.split_once(':')?;
            Some(ColumnSpec { name: name.trim().to_owned(), kind: kind_of(kind.trim()) })
        });
        Some((name, columns.collect()))
    })
}

fn kind_of(name: &str) -> ColumnType {
    match name {
        "int" => ColumnType::Int,
        "long" => ColumnType::Long,
        "real" => ColumnType::Real,
        "decimal" => ColumnType::Decimal,
        "bool" => ColumnType::Bool,
        "datetime" => ColumnType::Datetime,
        "timespan" => ColumnType::Timespan,
        "guid" => ColumnType::Guid,
        "dynamic" => ColumnType::Dynamic,
        _ => ColumnType::String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_the_types_that_are_documented() {
        let columns = documented("SecurityEvent").unwrap();
        let kind = |name: &str| columns.iter().find(|column| column.name == name).map(|column| column.kind);
        assert_eq!(kind("TimeGenerated"), Some(ColumnType::Datetime));
        assert_eq!((kind("LogonType"), kind("TenantId")), (Some(ColumnType::Int), Some(ColumnType::String)));
        assert_eq!((kind("Nothing"), documented("Nothing")), (None, None));
        assert!(documented_like("Device").any(|name| name == "DeviceInfo"));
        assert_eq!(documented_like("Nothing").count(), 0);
        assert!(TABLES.len() > 150 && TABLES.values().all(|columns| !columns.is_empty()), "{}", TABLES.len());
    }
}
