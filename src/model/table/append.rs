//! Tables one below the other: pages of one answer, answers of several places.

use super::{
    Column, ColumnType, Table, TableError,
    rows::{common, inferred},
};

impl Table {
    /// Adds the rows of another table below. Columns are the same if they have the same name; where one of the tables lacks
    /// a column, its cells are missing; where the types differ, the column gets one that can hold both.
    pub fn append(&mut self, other: &Self) -> Result<(), TableError> {
        let before = self.row_count;
        for column in other.columns() {
            let Some(own) = self.columns.iter_mut().find(|own| own.name() == column.name()) else {
                let mut new = Column::new(column.name(), column.kind());
                new.fill(before);
                append(&mut new, column);
                self.row_count = before;
                if self.columns.is_empty() {
                    self.row_count = new.len();
                }
                if self.columns.len() >= super::MAX_COLUMNS {
                    return Err(TableError::TooManyColumns);
                }
                self.columns.push(new);
                continue;
            };
            let kind = both(own, column);
            if kind != own.kind() {
                *own = own.cast(kind).or_else(|_| own.cast(ColumnType::Dynamic)).unwrap_or_else(|_| own.clone());
            }
            append(own, column);
        }
        self.row_count = before + other.row_count;
        self.columns.iter_mut().for_each(|column| column.fill(before + other.row_count));
        self.truncated |= other.truncated;
        Ok(())
    }

    /// The same table, in which columns of texts that are all instants are instants.
    #[must_use]
    pub fn with_instants(self) -> Self {
        Self { columns: self.columns.into_iter().map(inferred).collect(), ..self }
    }

    /// The first so many rows; told by [`Table::is_truncated`] if there were more.
    #[must_use]
    pub fn first(self, rows: usize) -> Self {
        if self.row_count <= rows {
            return self;
        }
        let mut first = self.take(&(0..rows).collect::<Vec<_>>());
        first.mark_truncated();
        first
    }
}

/// The type of a column that gets the cells of another. One without cells has no say.
pub(super) fn both(own: &Column, other: &Column) -> ColumnType {
    match (own.present(), other.present()) {
        (_, 0) => own.kind(),
        (0, _) => other.kind(),
        _ => match (own.kind(), other.kind()) {
            (ColumnType::Int, ColumnType::Long) | (ColumnType::Long, ColumnType::Int) => ColumnType::Long,
            (one, other) => common(one, other),
        },
    }
}

fn append(own: &mut Column, other: &Column) {
    for value in other.iter() {
        // The type was chosen so that it fits; a number of which only the digits would is left out.
        if own.push(value).is_err() {
            own.fill(own.len() + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Value;

    fn table(name: &str, kind: ColumnType, values: Vec<Value<'static>>) -> Table {
        Table::new(vec![Column::of(name, kind, values).unwrap()]).unwrap()
    }

    #[test]
    fn columns_meet_by_name_and_in_a_type_for_both() {
        let mut all = Table::default();
        all.append(&table("a", ColumnType::Long, vec![1.into(), Value::Null])).unwrap();
        all.append(&table("b", ColumnType::String, vec!["x".into()])).unwrap();
        all.append(&table("a", ColumnType::Real, vec![1.5.into()])).unwrap();
        all.append(&table("b", ColumnType::Long, vec![7.into()])).unwrap();
        assert_eq!(
            serde_json::to_value(&all).unwrap(),
            json!({
                "columns": [{ "name": "a", "type": "real" }, { "name": "b", "type": "dynamic" }],
                "rows": [{ "a": 1.0, "b": null }, { "a": null, "b": null }, { "a": null, "b": "x" },
                    { "a": 1.5, "b": null }, { "a": null, "b": 7 }],
                "row_count": 5,
                "truncated": false,
            })
        );
        let first = all.first(2);
        assert!(first.is_truncated() && first.row_count() == 2);
    }

    #[test]
    fn texts_are_instants_once_all_are_there() {
        let mut all = table("t", ColumnType::String, vec!["2024-05-01 12:00:00".into()]);
        all.append(&table("t", ColumnType::String, vec!["2024-05-01T12:00:01Z".into()])).unwrap();
        assert_eq!(all.clone().with_instants().columns()[0].kind(), ColumnType::Datetime);
        all.append(&table("t", ColumnType::String, vec!["later".into()])).unwrap();
        assert_eq!(all.with_instants().columns()[0].kind(), ColumnType::String);
    }
}
