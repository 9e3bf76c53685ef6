//! The objects of a store as they were listed: which are of which table, and which of those a query needs.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use engine::local::Layout;
use model::Span;
use object_store::{ObjectMeta, path::Path};

use super::partition::Partition;

/// Objects that are looked at.
pub(super) const MAX_OBJECTS: usize = 200_000;

/// An object.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// Its name below the prefix.
    pub(super) name: String,
    /// What tells it from all others, and from itself when it was another.
    pub(super) key: String,
    /// Where it is asked for.
    pub(super) location: Path,
    /// Its size.
    pub(super) bytes: u64,
    /// What the store calls this version of it.
    pub(super) etag: Option<String>,
    /// When it came.
    pub(super) modified: DateTime<Utc>,
    /// The time that its path names.
    pub(super) partition: Option<Partition>,
}

/// The objects of a store at one moment.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// By table, the newest first.
    tables: BTreeMap<String, Vec<Arc<Object>>>,
    keys: HashSet<String>,
    /// What is wrong with the list.
    pub(super) warnings: Vec<String>,
}

/// The objects that a query needs.
#[derive(Debug)]
pub(super) struct Needed {
    /// They, the newest first.
    pub(super) objects: Vec<Arc<Object>>,
    /// Whether they are only looked at for their columns.
    pub(super) is_shape: bool,
}

impl Listing {
    /// Objects below a prefix as tables. Those that hold no logs are left out.
    pub(super) fn of(found: Vec<ObjectMeta>, prefix: &str, layout: &Layout) -> Self {
        let mut listing = Self::default();
        for meta in found {
            let whole = meta.location.as_ref();
            let below = whole.strip_prefix(prefix).unwrap_or(whole).trim_start_matches('/');
            // An empty object is a folder's, or one that is still written.
            let Some(table) = layout.table_of_path(below).filter(|_| meta.size > 0) else { continue };
            let version = meta.e_tag.clone().unwrap_or_else(|| meta.last_modified.to_rfc3339());
            let object = Object {
                name: below.to_owned(),
                key: [below, &version, &meta.size.to_string()].join("\u{1f}"),
                bytes: meta.size,
                etag: meta.e_tag,
                modified: meta.last_modified,
                partition: Partition::of_path(below),
                location: meta.location,
            };
            listing.keys.insert(object.key.clone());
            listing.tables.entry(table).or_default().push(Arc::new(object));
        }
        for objects in listing.tables.values_mut() {
            objects.sort_by(|one, other| other.modified.cmp(&one.modified).then_with(|| one.name.cmp(&other.name)));
        }
        listing
    }

    /// The names of the tables.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.tables.keys()
    }

    /// The objects of a table.
    pub(super) fn table(&self, name: &str) -> &[Arc<Object>] {
        self.tables.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether an object is still what it was.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// The objects of a table in which rows that are within all these spans may be, or one that shows its columns; none if
    /// there is no such table.
    pub(super) fn needed(&self, table: &str, spans: &[Span]) -> Option<Needed> {
        let all = self.tables.get(table)?;
        let may_have = |object: &&Arc<Object>| {
            object.partition.is_none_or(|partition| spans.iter().all(|span| partition.may_have(*span)))
        };
        let objects: Vec<_> = all.iter().filter(may_have).cloned().collect();
        let is_shape = objects.is_empty();
        Some(Needed { objects: if is_shape { all.iter().take(1).cloned().collect() } else { objects }, is_shape })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meta(name: &str, size: u64) -> ObjectMeta {
        let last_modified = DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(i64::try_from(size).unwrap());
        ObjectMeta { location: Path::parse(name).unwrap(), last_modified, size, e_tag: None, version: None }
    }

    #[test]
    fn a_query_needs_the_objects_of_its_table_and_its_time() {
        let found =
            ["p/T/2026/11/23/a.json", "p/T/2026/11/24/b.json", "p/T/always.json", "p/U/c.csv", "p/T/_log/d.json"];
        let mut found: Vec<_> = found.into_iter().zip(1..).map(|(name, size)| meta(name, size)).collect();
        found.push(meta("p/T/empty.json", 0));
        let listing = Listing::of(found, "p", &Layout::default());
        assert_eq!(listing.names().collect::<Vec<_>>(), ["T", "U"]);
        let span = |day: &str| {
            let start = format!("{day}T08:00:00Z").parse::<DateTime<Utc>>().unwrap();
            Span::between(start, start + chrono::TimeDelta::hours(1)).unwrap()
        };
        let names = |table: &str, span: &[Span]| {
            let Needed { objects, is_shape } = listing.needed(table, span).unwrap();
            (objects.iter().map(|object| object.name.clone()).collect::<Vec<_>>().join(" "), is_shape)
        };
        assert_eq!(names("T", &[]), ("T/always.json T/2026/11/24/b.json T/2026/11/23/a.json".into(), false));
        assert_eq!(names("T", &[span("2026-11-23")]), ("T/always.json T/2026/11/23/a.json".into(), false));
        assert_eq!(names("U", &[span("2026-11-23")]), ("U/c.csv".into(), false));
        assert!(listing.needed("V", &[]).is_none());

        let listing = Listing::of(vec![meta("T/2026/11/23/a.json", 1)], "", &Layout::default());
        let needed = listing.needed("T", &[span("2020-01-01")]).unwrap();
        assert_eq!((needed.objects.len(), needed.is_shape), (1, true), "its columns are known nevertheless");
    }
}
