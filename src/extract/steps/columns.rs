//! Columns that are kept, and what they are called.

use std::collections::BTreeMap;

use model::{Column, Table};
use serde::Deserialize;

use super::{
    StepError,
    names::{Names, regex},
};

/// Keeps columns by name, wildcard (`*`, `?`) or regular expression, tried in this order until one fits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterColumns {
    /// Which. A regular expression must fit the beginning of the name.
    #[serde(alias = "cols")]
    columns: Names,
    /// Whether names that differ only in case are different.
    #[serde(default)]
    match_case: bool,
    /// Whether the columns are put in the order of their names. They keep their order otherwise.
    #[serde(default, alias = "sort_cols")]
    sort_columns: bool,
}

impl FilterColumns {
    pub(super) fn apply(&self, table: Table) -> Result<Table, StepError> {
        let mut is_kept = vec![false; table.columns().len()];
        for (index, pattern) in self.columns.iter().enumerate() {
            let fits = self.fitting(pattern, &self.columns.pointer(index), &table)?;
            is_kept.iter_mut().zip(fits).for_each(|(kept, fits)| *kept |= fits);
        }
        if !is_kept.contains(&true) {
            return Err(StepError::NoColumnFits { patterns: self.columns.to_vec() });
        }
        let columns = table.into_columns().into_iter().zip(is_kept);
        let mut kept: Vec<_> = columns.filter_map(|(column, is_kept)| is_kept.then_some(column)).collect();
        if self.sort_columns {
            kept.sort_by(|one, other| one.name().cmp(other.name()));
        }
        Ok(Table::new(kept)?)
    }

    /// Which columns a pattern fits.
    fn fitting(&self, pattern: &str, pointer: &str, table: &Table) -> Result<Vec<bool>, StepError> {
        let whole = |pattern: &str| regex(&format!(r"\A(?:{pattern})\z"), self.match_case, pointer);
        let escaped = regex::escape(pattern);
        let wildcard = escaped.replace(r"\*", ".*").replace(r"\?", ".");
        let mut forms = vec![whole(&escaped)?];
        forms.extend((wildcard != escaped).then(|| whole(&wildcard)).transpose()?);
        for form in forms {
            let fits = names(table, |name| form.is_match(name));
            if fits.contains(&true) {
                return Ok(fits);
            }
        }
        match regex(&format!(r"\A(?:{pattern})"), self.match_case, pointer) {
            Ok(form) => Ok(names(table, |name| form.is_match(name))),
            // `*_id` is a wildcard that fits nothing here, and no regular expression.
            Err(_) if wildcard != escaped => Ok(names(table, |_| false)),
            Err(error) => Err(error),
        }
    }
}

fn names(table: &Table, fits: impl Fn(&str) -> bool) -> Vec<bool> {
    table.columns().iter().map(|column| fits(column.name())).collect()
}

/// Gives columns other names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// New names by old ones.
    columns: BTreeMap<String, String>,
}

impl Rename {
    pub(super) fn apply(&self, table: Table) -> Result<Table, StepError> {
        if let Some(name) = self.columns.keys().find(|name| table.column(name).is_none()) {
            let pointer = format!("/columns/{}", name.replace('~', "~0").replace('/', "~1"));
            return Err(StepError::NoSuchColumn { pointer, column: name.clone() });
        }
        let rename = |column: Column| match self.columns.get(column.name()) {
            Some(name) => column.renamed(name),
            None => column,
        };
        Ok(Table::new(table.into_columns().into_iter().map(rename).collect())?)
    }
}
