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

    /// A full column of type `bool`.
    pub fn of_bools(name: impl Into<String>, values: Vec<bool>) -> Self {
        Self::full(name, ColumnType::Bool, values.len(), Cells::Bools(values))
    }

    /// A full column of type `long`.
    pub fn of_longs(name: impl Into<String>, values: Vec<i64>) -> Self {
        Self::full(name, ColumnType::Long, values.len(), Cells::Longs(values))
    }

    /// A full column of type `real`.
    pub fn of_reals(name: impl Into<String>, values: Vec<f64>) -> Self {
        Self::full(name, ColumnType::Real, values.len(), Cells::Reals(values))
    }

    /// A full column of texts that are written one after the other: `write` adds that of a row to those before.
    pub fn of_written(name: impl Into<String>, rows: usize, write: impl FnMut(usize, &mut String)) -> Self {
        Self::full(name, ColumnType::String, rows, Cells::Texts(Texts::written(rows, write)))
    }

    fn full(name: impl Into<String>, kind: ColumnType, rows: usize, cells: Cells) -> Self {
        Self { name: name.into(), kind, presence: Presence::full(rows), cells }
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
        // Nearly always it is of the type already.
        let value =
            if value.kind() == Some(self.kind) { value } else { value.cast(self.kind).ok_or(Mismatch(self.kind))? };
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
        fn pick<T: Copy + Default>(cells: &[T], which: &[u32]) -> Vec<T> {
            which.iter().map(|index| cells.get(*index as usize).copied().unwrap_or_default()).collect()
        }
        let rows = rows.into_iter();
        let (mut presence, mut which) = (Presence::default(), Vec::with_capacity(rows.size_hint().0));
        for row in rows {
            let index = row.and_then(|row| self.presence.rank(row));
            presence.push(index.is_some());
            if let Some(index) = index {
                // A table has fewer cells than this type counts.
                which.push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        let cells = match &self.cells {
            Cells::Bools(cells) => Cells::Bools(pick(cells, &which)),
            Cells::Longs(cells) => Cells::Longs(pick(cells, &which)),
            Cells::Reals(cells) => Cells::Reals(pick(cells, &which)),
            Cells::Guids(cells) => Cells::Guids(pick(cells, &which)),
            Cells::Texts(cells) => Cells::Texts(cells.pick(&which)),
        };
        Self { name: self.name.clone(), kind: self.kind, presence, cells }
    }

    /// The number of the text in a row, if the column holds texts. Rows of one number have the same text, so that what is
    /// made of it need be made once only; rows of different numbers may have the same, too.
    pub fn text_number(&self, row: usize) -> Option<usize> {
        let Cells::Texts(texts) = &self.cells else { return None };
        texts.number(self.presence.rank(row)?)
    }

    /// The numbers of its texts are below this.
    pub fn text_numbers(&self) -> usize {
        if let Cells::Texts(texts) = &self.cells { texts.stored() } else { 0 }
    }

    /// The instant in a row, in 100 nanoseconds from 1970, if the column holds instants.
    pub fn ticks(&self, row: usize) -> Option<i64> {
        match &self.cells {
            Cells::Longs(cells) if self.kind == ColumnType::Datetime => cells.get(self.presence.rank(row)?).copied(),
            _ => None,
        }
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
