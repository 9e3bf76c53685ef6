//! What is nested in cells: items of lists, members of objects, JSON in texts.

use std::borrow::Cow;

use model::{Column, ColumnType, Rows, Table, TableError, Value, table::MAX_REPEATED_ROWS};
use serde::Deserialize;
use serde_json::{Value as Json, value::RawValue};

use super::{StepError, names::Names};

/// A row for every item of a list. A list without items leaves a row without one, and what is no list stays.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListToRows {
    /// The columns with lists. Those of one row stand side by side, and must have as many items.
    #[serde(alias = "cols")]
    pub(super) columns: Names,
}

impl ListToRows {
    pub(super) fn apply(&self, table: &Table) -> Result<Table, StepError> {
        let columns = self.columns.of(table)?;
        let mut source = Vec::new();
        let mut items = vec![Rows::default(); columns.len()];
        for row in 0..table.row_count() {
            let mut count = None;
            for (column, items) in columns.iter().zip(&mut items) {
                let cell = column.value(row);
                let list = list(&cell);
                let own = list.as_ref().map_or(1, |list| list.len().max(1));
                if *count.get_or_insert(own) != own {
                    return Err(StepError::UnequalLists { row, column: column.name().to_owned() });
                }
                match list {
                    None => items.push_row([(column.name(), cell)])?,
                    Some(list) if list.is_empty() => items.push_row([(column.name(), Value::Null)])?,
                    Some(list) => {
                        list.iter().try_for_each(|item| items.push_row([(column.name(), Value::of_json(item))]))?;
                    }
                }
            }
            source.extend(std::iter::repeat_n(Some(row), count.unwrap_or(1)));
            if source.len() > MAX_REPEATED_ROWS {
                return Err(TableError::TooManyRows.into());
            }
        }
        let mut exploded = Vec::new();
        for items in items {
            exploded.extend(items.into_table(None)?.into_columns());
        }
        let mut gathered = table.gather(&source)?;
        for column in &mut gathered {
            if let Some(place) = exploded.iter().position(|exploded| exploded.name() == column.name()) {
                *column = exploded.swap_remove(place);
            }
        }
        Ok(Table::new(gathered)?)
    }
}

fn list(cell: &Value<'_>) -> Option<Vec<Json>> {
    match cell {
        Value::Dynamic(json) if json.starts_with('[') => serde_json::from_str(json).ok(),
        _ => None,
    }
}

/// Texts that are JSON become what they hold; others stay texts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParseJson {
    /// The columns with texts.
    #[serde(alias = "cols")]
    columns: Names,
}

impl ParseJson {
    pub(super) fn apply(&self, table: Table) -> Result<Table, StepError> {
        self.columns.of(&table)?;
        let parse = |column: Column| {
            if self.columns.iter().any(|name| name == column.name()) { parsed(&column) } else { Ok(column) }
        };
        Ok(Table::new(table.into_columns().into_iter().map(parse).collect::<Result<_, _>>()?)?)
    }
}

fn parsed(column: &Column) -> Result<Column, StepError> {
    let mut parsed = Column::new(column.name(), ColumnType::Dynamic);
    for (row, value) in column.iter().enumerate() {
        let value = match value {
            // `null` is a cell without a value.
            Value::String(text) if text.trim() == "null" => Value::Null,
            Value::String(text) if serde_json::from_str::<&RawValue>(&text).is_ok() => {
                Value::Dynamic(text.trim().to_owned().into())
            }
            value => value,
        };
        let wrong = |_| TableError::WrongType { row, column: column.name().to_owned(), expected: ColumnType::Dynamic };
        parsed.push(value).map_err(wrong)?;
    }
    Ok(parsed)
}

/// A column for every member of the objects in a column, at any depth: `a.b`, and `a.0` for the first item of a list. They
/// stand in place of the column and have its name before theirs, or stand alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DictToColumns {
    /// The column with objects, or with texts that hold them.
    #[serde(alias = "col")]
    column: String,
    /// Whether the other columns are left out.
    #[serde(default)]
    alone: bool,
}

impl DictToColumns {
    pub(super) fn apply(&self, table: Table) -> Result<Table, StepError> {
        let missing = || StepError::NoSuchColumn { pointer: "/column".to_owned(), column: self.column.clone() };
        let column = table.column(&self.column).ok_or_else(missing)?;
        let prefix = if self.alone { "" } else { self.column.as_str() };
        let mut rows = Rows::default();
        for cell in column.iter() {
            let json = match &cell {
                Value::Dynamic(text) | Value::String(text) => serde_json::from_str(text).unwrap_or(Json::Null),
                _ => Json::Null,
            };
            let mut members = Vec::new();
            unnest(prefix.into(), &json, &mut members);
            rows.push_row(members.iter().map(|(name, json)| (name.as_ref(), Value::of_json(json))))?;
        }
        let members = rows.into_table(None)?.into_columns();
        if self.alone {
            return Ok(Table::new(members)?);
        }
        let mut columns = table.into_columns();
        if let Some(place) = columns.iter().position(|column| column.name() == self.column) {
            columns.splice(place..=place, members);
        }
        Ok(Table::new(columns)?)
    }
}

/// The leaves of a value, by the way to them. A scalar that is no member has no name, and is none.
fn unnest<'j>(name: Cow<'j, str>, json: &'j Json, members: &mut Vec<(Cow<'j, str>, &'j Json)>) {
    let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
    match json {
        Json::Object(object) => {
            object.iter().for_each(|(key, json)| unnest(below(key).into(), json, members));
        }
        Json::Array(items) => {
            items.iter().enumerate().for_each(|(index, json)| unnest(below(&index.to_string()).into(), json, members));
        }
        Json::Null => {}
        json if !name.is_empty() => members.push((name, json)),
        _ => {}
    }
}
