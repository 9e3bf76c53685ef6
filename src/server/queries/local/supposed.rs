//! Tables that a query names and no log has, but that are known all the same: they are there, and empty.
//!
//! Known are documented tables, those that are known by name, watchlists and custom logs (`…_CL`). Of the latter three nobody
//! knows all columns: they have those that the query reads.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use engine::{Catalog, EngineError, Stored};
use futures::future::BoxFuture;
use model::{Column, ColumnSpec, ColumnType, Table, Value};

/// What names a watchlist in a query.
const WATCHLIST: &str = "_GetWatchlist";

/// The columns that every watchlist has.
const WATCHLIST_COLUMNS: [(&str, ColumnType); 3] = [
    ("_DTItemId", ColumnType::String),
    ("LastUpdatedTimeUTC", ColumnType::Datetime),
    ("SearchKey", ColumnType::String),
];

/// The columns that every custom log has.
const LOG_COLUMNS: [(&str, ColumnType); 10] = [
    ("TenantId", ColumnType::String),
    ("SourceSystem", ColumnType::String),
    ("TimeGenerated", ColumnType::Datetime),
    ("Computer", ColumnType::String),
    ("RawData", ColumnType::String),
    ("Type", ColumnType::String),
    ("_ResourceId", ColumnType::String),
    ("_SubscriptionId", ColumnType::String),
    ("_ItemId", ColumnType::String),
    ("_TimeReceived", ColumnType::Datetime),
];

/// The columns that a table is known to have, whether or not a log has it; none if nothing is known of it.
pub(super) fn columns_of(table: &str, query: &str) -> Option<Vec<ColumnSpec>> {
    match sources::documented(table) {
        Some(columns) => Some(columns.to_vec()),
        None if is_watchlist(table, query) => Some(specs(&WATCHLIST_COLUMNS)),
        None if table.ends_with("_CL") || sources::is_named(table) => Some(specs(&LOG_COLUMNS)),
        None => None,
    }
}

/// The beginnings of the names of tables that a query may mean by a wildcard: `Device*`.
pub(super) fn prefixes(query: &str) -> impl Iterator<Item = &str> {
    let before = query.rsplit('*').skip(1);
    let words = before.filter_map(|part| part.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next());
    words.filter(|prefix| !prefix.is_empty())
}

/// Whether a query reads a watchlist of this name.
fn is_watchlist(name: &str, query: &str) -> bool {
    query.contains(WATCHLIST) && ['"', '\''].iter().any(|quote| query.contains(&format!("{quote}{name}{quote}")))
}

/// The type that a column of a documented one has if it is read from a log: whole numbers there are long, and unions keep
/// columns of int and long apart.
fn as_read(kind: ColumnType) -> ColumnType {
    if kind == ColumnType::Int { ColumnType::Long } else { kind }
}

fn specs(columns: &[(&str, ColumnType)]) -> Vec<ColumnSpec> {
    columns.iter().map(|(name, kind)| ColumnSpec { name: (*name).to_owned(), kind: *kind }).collect()
}

/// The tables that there are, and those that are known.
pub(super) struct Supposed {
    catalog: Arc<dyn Catalog>,
    query: String,
    /// Names of known tables that mean something else in the query.
    others: BTreeSet<String>,
    /// What was asked for and supposed.
    taken: Mutex<BTreeSet<String>>,
}

impl Supposed {
    /// The tables that there are, and those that are known but for `others`.
    pub(super) fn new(catalog: Arc<dyn Catalog>, query: String, others: BTreeSet<String>) -> Self {
        Self { catalog, query, others, taken: Mutex::default() }
    }

    /// The tables that were asked for and that no log has.
    pub(super) fn taken(&self) -> BTreeSet<String> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn suppose(&self, name: &str) -> Result<Option<Stored>, EngineError> {
        // Stored functions do without tables that are not there.
        let is_named = self.query.contains(name) || prefixes(&self.query).any(|prefix| name.starts_with(prefix));
        let known = columns_of(name, &self.query).filter(|_| is_named && !self.others.contains(name));
        // Who has a table of that name in other letters meant that one.
        let is_misspelt = |known: &String| known.eq_ignore_ascii_case(name);
        let Some(columns) = known.filter(|_| !self.catalog.names().iter().any(is_misspelt)) else { return Ok(None) };
        let columns = columns
            .iter()
            .map(|column| Column::of(&*column.name, as_read(column.kind), std::iter::empty::<Value<'static>>()))
            .collect::<Result<Vec<_>, _>>();
        let table = columns.ok().and_then(|columns| Table::new(columns).ok()).ok_or(EngineError::Unreadable)?;
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        Stored::of_table(&table).map(Some)
    }
}

impl Catalog for Supposed {
    /// Of known tables only those that a wildcard must mean since no log has others.
    fn names(&self) -> Vec<String> {
        let mut names = self.catalog.names();
        for prefix in prefixes(&self.query) {
            if !names.iter().any(|name| name.starts_with(prefix)) {
                let mut known: Vec<_> = sources::documented_like(prefix).map(str::to_owned).collect();
                known.sort_unstable();
                names.extend(known);
            }
        }
        names
    }

    fn table<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Stored>, EngineError>> {
        Box::pin(async move {
            match self.catalog.table(name).await? {
                Some(stored) => Ok(Some(stored)),
                None => self.suppose(name),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_say_how_names_begin() {
        assert_eq!(prefixes("union Device*, (AAD*) | extend n = a * 2, *").collect::<Vec<_>>(), ["AAD", "Device"]);
        assert_eq!(prefixes("union *").count(), 0);
    }

    #[test]
    fn columns_are_known_of_tables_that_nobody_has() {
        let named = |table: &str, query: &str| {
            columns_of(table, query).map(|columns| columns.into_iter().map(|column| column.name).collect::<Vec<_>>())
        };
        assert!(named("DeviceInfo", "DeviceInfo").unwrap().contains(&"LoggedOnUsers".to_owned()));
        assert!(named("Doors_CL", "Doors_CL").unwrap().contains(&"TimeGenerated".to_owned()));
        assert!(named("UbiquitiAuditEvent", "UbiquitiAuditEvent").unwrap().contains(&"TimeGenerated".to_owned()));
        let listed = "let list = 'VIP users'; _GetWatchlist(list) | where Note == \"vips\"";
        assert_eq!(named("VIP users", listed).unwrap(), ["_DTItemId", "LastUpdatedTimeUTC", "SearchKey"]);
        assert_eq!((named("list", listed), named("VIP users", "print 'VIP users'")), (None, None));
        assert_eq!(named("Anything", "Anything | count"), None);
    }
}
