//! One column: values of one type, stored without gaps, and which rows have one.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    ColumnType, Value,
    moment::{datetime_of_ticks, ticks_of_datetime, ticks_of_timespan, timespan_of_ticks},
    presence::Presence,
    texts::Texts,
};
use crate::{Fault, Faulty};

/// A column's name and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Its name.
    #[schema(example = "TimeGenerated")]
    pub name: String,
    /// What its cells hold.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

/// A column: its name, its type and its cells.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    name: String,
    kind: ColumnType,
    presence: Presence,
    cells: Cells,
}

/// A value that a column of this type can't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a value of type {}", .0.as_str())]
pub struct Mismatch(pub ColumnType);

impl Faulty for Mismatch {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Cells {
    Bools(Vec<bool>),
    /// Numbers, or times in 100 nanoseconds.
    Longs(Vec<i64>),
    Reals(Vec<f64>),
    Guids(Vec<Uuid>),
    /// Texts, decimal numbers or JSON.
    Texts(Texts),
}

impl Column {
    /// An empty column.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        let cells = match kind {
            ColumnType::Bool => Cells::Bools(Vec::new()),
            ColumnType::Int | ColumnType::Long | ColumnType::Datetime | ColumnType::Timespan => {
                Cells::Longs(Vec::new())
            }
            ColumnType::Real => Cells::Reals(Vec::new()),
            ColumnType::Guid => Cells::Guids(Vec::new()),
            ColumnType::String | ColumnType::Decimal | ColumnType::Dynamic => Cells::Texts(Texts::default()),
        };
        Self { name: name.into(), kind, presence: Presence::default(), cells }
    }

    /// A column of these values, each of which must fit the type.
    pub fn of<'v, V: Into<Value<'v>>>(
        name: impl Into<String>,
        kind: ColumnType,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, Mismatch> {
        let mut column = Self::new(name, kind);
        values.into_iter().try_for_each(|value| column.push(value.into()))?;
        Ok(column)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its cells hold.
    pub const fn kind(&self) -> ColumnType {
        self.kind
    }

    /// How many rows it has.
    pub const fn len(&self) -> usize {
        self.presence.len()
    }

    /// Whether it has no rows.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many rows have a value.
    pub const fn present(&self) -> usize {
        self.presence.present()
    }

    /// Name and type.
    pub(super) fn spec(&self) -> ColumnSpec {
        ColumnSpec { name: self.name.clone(), kind: self.kind }
    }

    /// The same under another name.
    #[must_use]
    pub fn renamed(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// The value in a row; null if it has none or there is no such row.
    pub fn value(&self, row: usize) -> Value<'_> {
        self.presence.rank(row).and_then(|index| self.cell(index)).unwrap_or(Value::Null)
    }

    /// The values, row by row.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        (0..self.len()).map(|row| self.value(row))
    }

    /// The values that are there, without the numbers of their rows.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        (0..self.present()).map(|index| self.cell(index).unwrap_or(Value::Null))
    }

    /// Adds a cell, if the value is of the column's type or can become so without losing what it means.
    pub fn push(&mut self, value: Value<'_>) -> Result<(), Mismatch> {
        let value = value.cast(self.kind).ok_or(Mismatch(self.kind))?;
        match (&mut self.cells, &value) {
            (_, Value::Null) => {}
            (Cells::Bools(cells), Value::Bool(value)) => cells.push(*value),
            (Cells::Longs(cells), Value::Long(number)) => cells.push(*number),
            (Cells::Longs(cells), Value::Datetime(instant)) => cells.push(ticks_of_datetime(*instant)),
            (Cells::Longs(cells), Value::Timespan(span)) => cells.push(ticks_of_timespan(*span)),
            (Cells::Reals(cells), Value::Real(number)) => cells.push(*number),
            (Cells::Guids(cells), Value::Guid(guid)) => cells.push(*guid),
            (Cells::Texts(cells), Value::String(text) | Value::Decimal(text) | Value::Dynamic(text)) => {
                cells.push(text);
            }
            _ => return Err(Mismatch(self.kind)),
        }
        self.presence.push(!value.is_null());
        Ok(())
    }

    /// Fills up with nulls to this many rows.
    pub fn fill(&mut self, rows: usize) {
        self.presence.fill(rows);
    }

    /// The first row that has a value.
    pub(super) fn first_present(&self) -> Option<usize> {
        self.presence.rows().next()
    }

    /// The same cells as another type, or the first row whose value can't be.
    pub(super) fn cast(&self, to: ColumnType) -> Result<Self, usize> {
        let mut column = Self::new(self.name.clone(), to);
        for (row, value) in self.presence.rows().zip(self.values()) {
            column.fill(row);
            column.push(value).map_err(|_| row)?;
        }
        column.fill(self.len());
        Ok(column)
    }

    /// The same cells as another type; those that can't be are missing, and how many that are.
    pub fn cast_leniently(&self, to: ColumnType) -> (Self, usize) {
        let mut column = Self::new(self.name.clone(), to);
        let mut lost = 0;
        for value in self.iter() {
            let is_there = !value.is_null();
            if column.push(value).is_err() {
                // A missing cell fits every type.
                let _ = column.push(Value::Null);
                lost += usize::from(is_there);
            }
        }
        (column, lost)
    }

    pub(super) fn take(&self, rows: &[usize]) -> Self {
        self.gather(rows.iter().copied().map(Some))
    }

    /// The cells of these rows, in this order; null where there is no row.
    #[must_use]
    pub fn gather(&self, rows: impl IntoIterator<Item = Option<usize>>) -> Self {
        fn copy<T: Copy>(from: &[T], to: &mut Vec<T>, index: usize) -> bool {
            from.get(index).map(|cell| to.push(*cell)).is_some()
        }
        let mut column = Self::new(self.name.clone(), self.kind);
        let rows = rows.into_iter();
        if let (Cells::Texts(from), Cells::Texts(to)) = (&self.cells, &mut column.cells)
            && rows.size_hint().0 >= self.len()
        {
            // Nearly always the same cells in another order.
            to.reserve_like(from);
        }
        for row in rows {
            let index = row.and_then(|row| self.presence.rank(row));
            // Both are of one type, so that the cells are of one kind.
            let is_copied = index.is_some_and(|index| match (&self.cells, &mut column.cells) {
                (Cells::Bools(from), Cells::Bools(to)) => copy(from, to, index),
                (Cells::Longs(from), Cells::Longs(to)) => copy(from, to, index),
                (Cells::Reals(from), Cells::Reals(to)) => copy(from, to, index),
                (Cells::Guids(from), Cells::Guids(to)) => copy(from, to, index),
                (Cells::Texts(from), Cells::Texts(to)) => from.text(index).map(|text| to.push(text)).is_some(),
                _ => false,
            });
            column.presence.push(is_copied);
        }
        column
    }

    /// How long the texts of these rows are together.
    pub(super) fn text_bytes(&self, rows: &[Option<usize>]) -> usize {
        let Cells::Texts(texts) = &self.cells else { return 0 };
        let text = |row: usize| self.presence.rank(row).and_then(|index| texts.text(index));
        rows.iter().filter_map(|row| row.and_then(text)).map(str::len).sum()
    }

    /// What it has on the heap.
    #[cfg(test)]
    pub(super) fn heap_bytes(&self) -> usize {
        let cells = match &self.cells {
            Cells::Bools(cells) => cells.len(),
            Cells::Longs(cells) => cells.len() * 8,
            Cells::Reals(cells) => cells.len() * 8,
            Cells::Guids(cells) => cells.len() * 16,
            Cells::Texts(cells) => cells.heap_bytes(),
        };
        cells + self.len() / 4
    }

    fn cell(&self, index: usize) -> Option<Value<'_>> {
        Some(match (&self.cells, self.kind) {
            (Cells::Bools(cells), _) => Value::Bool(*cells.get(index)?),
            (Cells::Longs(cells), ColumnType::Datetime) => Value::Datetime(datetime_of_ticks(*cells.get(index)?)?),
            (Cells::Longs(cells), ColumnType::Timespan) => Value::Timespan(timespan_of_ticks(*cells.get(index)?)),
            (Cells::Longs(cells), _) => Value::Long(*cells.get(index)?),
            (Cells::Reals(cells), _) => Value::Real(*cells.get(index)?),
            (Cells::Guids(cells), _) => Value::Guid(*cells.get(index)?),
            (Cells::Texts(cells), ColumnType::Decimal) => Value::Decimal(cells.text(index)?.into()),
            (Cells::Texts(cells), ColumnType::Dynamic) => Value::Dynamic(cells.text(index)?.into()),
            (Cells::Texts(cells), _) => Value::String(cells.text(index)?.into()),
        })
    }
}
