//! The values of a column as a few categories: the most frequent ones, and the rest together.

use std::{borrow::Cow, collections::HashMap};

use model::{Column, Value};

use super::{one_line, text_of};
use crate::{palette::Palette, scale::counted};

/// What stands for no value.
const NONE: &str = "(none)";

/// Categories by number, and the number of each row's.
#[derive(Debug, Clone, Default)]
pub(crate) struct Categories {
    /// What each is called, in the order of first appearance; the rest, if there is one, is the last.
    pub(crate) names: Vec<String>,
    of_row: Vec<usize>,
    /// How many values were put together as the rest.
    pub(crate) gathered: usize,
}

impl Categories {
    /// The values of columns, joined; if there are more than `most`, the most frequent of them and the rest.
    pub(crate) fn read(columns: &[&Column], rows: usize, most: usize) -> Self {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let mut of_row = Vec::with_capacity(rows);
        for row in 0..rows {
            let name = name(columns, row);
            let next = numbers.len();
            of_row.push(match numbers.get(name.as_ref()) {
                Some(number) => *number,
                None => *numbers.entry(name.into_owned()).or_insert(next),
            });
        }
        let mut named: Vec<_> = numbers.into_iter().collect();
        named.sort_unstable_by_key(|(_, number)| *number);
        let names = named.into_iter().map(|(name, _)| one_line(&name)).collect();
        Self { names, of_row, gathered: 0 }.gather(most)
    }

    fn gather(self, most: usize) -> Self {
        if self.names.len() <= most {
            return self;
        }
        let mut counts = vec![0_usize; self.names.len()];
        for number in &self.of_row {
            if let Some(count) = counts.get_mut(*number) {
                *count += 1;
            }
        }
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|number| std::cmp::Reverse(counts.get(*number).copied()));
        let mut kept: Vec<usize> = order.into_iter().take(most.saturating_sub(1)).collect();
        kept.sort_unstable();
        let rest = kept.len();
        let mut renumbered = vec![rest; self.names.len()];
        for (new, old) in kept.iter().enumerate() {
            if let Some(number) = renumbered.get_mut(*old) {
                *number = new;
            }
        }
        let gathered = self.names.len() - rest;
        let mut names: Vec<String> = kept.iter().filter_map(|number| self.names.get(*number).cloned()).collect();
        names.push(format!("other ({})", counted(gathered, "value", "values")));
        let of_row = self.of_row.iter().map(|number| renumbered.get(*number).copied().unwrap_or(rest)).collect();
        Self { names, of_row, gathered }
    }

    /// One category for all rows.
    pub(crate) fn single(rows: usize) -> Self {
        Self { names: vec![String::new()], of_row: vec![0; rows], gathered: 0 }
    }

    /// The category of a row.
    pub(crate) fn of(&self, row: usize) -> usize {
        self.of_row.get(row).copied().unwrap_or_default()
    }

    pub(crate) fn name(&self, number: usize) -> &str {
        self.names.get(number).map_or("", String::as_str)
    }

    /// The colour of a category: its own, or where all are verdicts or severities the one that it stands for.
    pub(crate) fn color(&self, number: usize, palette: &Palette) -> &'static str {
        let judged = |name: &String| palette.judgement(name);
        if self.names.iter().all(|name| judged(name).is_some()) {
            self.names.get(number).and_then(judged).unwrap_or(palette.muted)
        } else {
            palette.series(number)
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Says in words what was put together.
    pub(crate) fn note(&self, what: &str) -> Option<String> {
        let gathered = self.gathered;
        (gathered > 0).then(|| format!("the {gathered} less frequent values of {what} are put together"))
    }
}

fn name<'c>(columns: &[&'c Column], row: usize) -> Cow<'c, str> {
    let one = |column: &&'c Column| match column.value(row) {
        Value::Null => Cow::Borrowed(NONE),
        Value::String(Cow::Borrowed("")) => Cow::Borrowed(NONE),
        Value::String(Cow::Borrowed(text)) => Cow::Borrowed(text),
        value => Cow::Owned(text_of(&value)),
    };
    match columns {
        [column] => one(column),
        columns => columns.iter().map(one).collect::<Vec<_>>().join(" / ").into(),
    }
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::*;

    #[test]
    fn the_most_frequent_keep_their_names_and_the_rest_is_counted() {
        let values = ["a", "b", "b", "c", "c", "d", ""];
        let column = Column::of("c", ColumnType::String, values).unwrap();
        let all = Categories::read(&[&column], 7, 10);
        assert_eq!(all.names, ["a", "b", "c", "d", "(none)"]);
        let few = Categories::read(&[&column], 7, 3);
        assert_eq!(few.names, ["b", "c", "other (3 values)"]);
        let of_rows: Vec<_> = (0..7).map(|row| few.name(few.of(row))).collect();
        assert_eq!(of_rows, ["other (3 values)", "b", "b", "c", "c", "other (3 values)", "other (3 values)"]);
        assert_eq!(few.note("c").as_deref(), Some("the 3 less frequent values of c are put together"));
    }

    #[test]
    fn several_columns_make_one_name() {
        let one = Column::of("a", ColumnType::String, [Some("x"), None]).unwrap();
        let other = Column::of("b", ColumnType::Long, [1, 2]).unwrap();
        assert_eq!(Categories::read(&[&one, &other], 2, 10).names, ["x / 1", "(none) / 2"]);
    }
}
