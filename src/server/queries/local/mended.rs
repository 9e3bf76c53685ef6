//! What a query takes to be there and the logs lack: found out from what is wrong with it without that.

use std::collections::{BTreeMap, BTreeSet};

use kql::{Mistake, Mistakes, What};
use model::{ColumnSpec, ColumnType};

use super::supposed::{columns_of, prefixes};

/// What has to be added to the tables for a query to make sense.
#[derive(Default)]
pub(super) struct Mended {
    /// Columns by the names of tables.
    pub(super) columns: BTreeMap<String, Vec<ColumnSpec>>,
    /// Whether tables that no log has are wanted; if so, the names that are none of a table.
    pub(super) others: Option<BTreeSet<String>>,
    /// Columns that plugins are taken to find where there is no row.
    pub(super) hoped: BTreeSet<String>,
    /// Tables and columns whose types are guessed.
    guessed: BTreeSet<(String, String)>,
}

impl Mended {
    /// Learns from what is wrong; whether there is hope. `supposed` are the tables that were asked for and no log has.
    pub(super) fn learn(&mut self, mistakes: &Mistakes, text: &str, supposed: &BTreeSet<String>) -> bool {
        // Some mistakes show only once others are mended.
        self.widen(mistakes, text, supposed)
            || self.misses_tables(mistakes, text)
            || self.hope(mistakes, text)
            || self.guess(mistakes, supposed)
            || self.retype(mistakes)
    }

    /// Adds the columns that the query misses and that its tables are known to have.
    fn widen(&mut self, mistakes: &Mistakes, text: &str, supposed: &BTreeSet<String>) -> bool {
        let names: BTreeSet<&str> = missing(mistakes).map(name_of).collect();
        let mut tables: BTreeSet<&str> = words(text).collect();
        tables.extend(supposed.iter().map(String::as_str));
        for prefix in prefixes(text) {
            sources::documented_like(prefix).for_each(|table| _ = tables.insert(table));
        }
        let mut is_wider = false;
        for table in tables {
            let known = columns_of(table, text).unwrap_or_default();
            for column in known.into_iter().filter(|column| names.contains(column.name.as_str())) {
                is_wider |= self.add(table, column);
            }
        }
        is_wider
    }

    /// Takes plugins to find what the query misses: that is no mistake unless there are rows in which it is not.
    fn hope(&mut self, mistakes: &Mistakes, text: &str) -> bool {
        let before = self.hoped.len();
        if words(text).any(|word| word == "evaluate") {
            self.hoped.extend(missing(mistakes).map(|mistake| name_of(mistake).to_owned()));
        }
        self.hoped.len() > before
    }

    /// Adds the columns that the query misses to supposed tables, which may have them.
    fn guess(&mut self, mistakes: &Mistakes, supposed: &BTreeSet<String>) -> bool {
        let mut is_wider = false;
        for table in supposed {
            // Who writes nearly the name of a documented column means that one.
            let is_closed = is_closed(table);
            for mistake in missing(mistakes).filter(|mistake| !is_closed || mistake.nearest.is_none()) {
                let column = name_of(mistake);
                let guess = ColumnSpec { name: column.to_owned(), kind: self.guessed_type(column) };
                if self.add(table, guess) {
                    self.guessed.insert((table.clone(), column.to_owned()));
                    is_wider = true;
                }
            }
        }
        is_wider
    }

    /// The type of a column, as it was guessed for another table, or as its name says.
    fn guessed_type(&self, column: &str) -> ColumnType {
        let mut others = self.guessed.iter().filter(|(_, name)| name == column);
        let known = others.find_map(|(table, _)| self.columns.get(table)?.iter().find(|other| other.name == column));
        known.map_or_else(|| type_of(column), |column| column.kind)
    }

    fn add(&mut self, table: &str, column: ColumnSpec) -> bool {
        let added = self.columns.entry(table.to_owned()).or_default();
        let is_new = !added.iter().any(|other| other.name == column.name);
        if is_new {
            added.push(column);
        }
        is_new
    }

    /// Whether known tables may mend it: the first time that a table is missed, or a column of one that was left out; later
    /// whenever a name turns out to be none of a table.
    fn misses_tables(&mut self, mistakes: &Mistakes, text: &str) -> bool {
        let is_any = |kinds: &[What]| mistakes.0.iter().any(|mistake| kinds.contains(&mistake.what));
        let Some(others) = &mut self.others else {
            let is_left_out = text.contains("isfuzzy") && is_any(&[What::UnknownColumn, What::UnknownName]);
            let is_hope = is_left_out || is_any(&[What::UnknownTable]);
            self.others = is_hope.then(BTreeSet::new);
            return is_hope;
        };
        let values = mistakes.0.iter().filter(|mistake| mistake.what == What::NotAValueButATable);
        let before = others.len();
        others.extend(values.map(|mistake| name_of(mistake).to_owned()));
        others.len() > before
    }

    /// Guesses again where a guessed type does not fit.
    fn retype(&mut self, mistakes: &Mistakes) -> bool {
        let mut is_other = false;
        for (table, columns) in &mut self.columns {
            for column in columns.iter_mut() {
                let is_under = |mistake: &&Mistake| words(&mistake.under).any(|word| word == column.name);
                let expected = mistakes.0.iter().filter(is_under).find_map(|mistake| match &mistake.what {
                    What::WrongType { expected, .. } => Some(expected.as_ref()),
                    What::Mismatch(..) => Some("another"),
                    _ => None,
                });
                if let Some(expected) = expected
                    && self.guessed.contains(&(table.clone(), column.name.clone()))
                {
                    let kind = other_type(column, expected);
                    is_other |= kind != column.kind;
                    column.kind = kind;
                }
            }
        }
        is_other
    }
}

/// Where a column or another name is not there.
fn missing(mistakes: &Mistakes) -> impl Iterator<Item = &Mistake> {
    mistakes.0.iter().filter(|mistake| matches!(mistake.what, What::UnknownColumn | What::UnknownName))
}

/// The words of a query.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// The name under a mistake, without the brackets in which it may stand.
fn name_of(mistake: &Mistake) -> &str {
    let bare = mistake.under.trim();
    let inner = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.map_or(bare, |quoted| quoted.trim().trim_matches(['"', '\'']))
}

/// Whether all tables of this name have the same columns, and these are known.
fn is_closed(table: &str) -> bool {
    sources::documented(table).is_some() && !table.ends_with("_CL") && table != "AzureDiagnostics"
}

/// The type of a column of a custom log, as its name says.
fn type_of(column: &str) -> ColumnType {
    match column.rsplit_once('_') {
        Some((_, "d")) => ColumnType::Real,
        Some((_, "b")) => ColumnType::Bool,
        Some((_, "t")) => ColumnType::Datetime,
        _ => ColumnType::String,
    }
}

/// What a column may be where something else was expected; in the end dynamic, which fits nearly everywhere.
fn other_type(column: &ColumnSpec, expected: &str) -> ColumnType {
    let is_time = column.name.contains("ime") || column.name.contains("Date");
    let says = |words: &[&str]| words.iter().any(|word| expected.contains(word));
    match column.kind {
        ColumnType::String if says(&["datetime"]) && (is_time || !says(&["number"])) => ColumnType::Datetime,
        ColumnType::String if says(&["number", "int", "long", "real"]) => ColumnType::Real,
        _ => ColumnType::Dynamic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(name: &str, kind: ColumnType) -> ColumnSpec {
        ColumnSpec { name: name.to_owned(), kind }
    }

    #[test]
    fn names_of_columns_of_custom_logs_say_their_types() {
        assert_eq!((type_of("opened_t"), type_of("count_d")), (ColumnType::Datetime, ColumnType::Real));
        assert_eq!(type_of("is_open_b"), ColumnType::Bool);
        assert!(["door_s", "id_g", "Door"].iter().all(|column| type_of(column) == ColumnType::String));
    }

    #[test]
    fn a_type_that_does_not_fit_gives_way_to_one_that_may() {
        let other = |name: &str, kind, expected| other_type(&guess(name, kind), expected);
        assert_eq!(other("EventTime", ColumnType::String, "a number, a timespan or a datetime"), ColumnType::Datetime);
        assert_eq!(other("Bytes", ColumnType::String, "a number, a timespan or a datetime"), ColumnType::Real);
        assert_eq!(other("Opened", ColumnType::String, "datetime"), ColumnType::Datetime);
        assert_eq!(other("Bytes", ColumnType::Real, "string"), ColumnType::Dynamic);
        assert_eq!(other("Bytes", ColumnType::Dynamic, "string"), ColumnType::Dynamic);
    }
}
