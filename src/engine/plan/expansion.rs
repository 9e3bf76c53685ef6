//! Lists and bags taken apart, for `mv-expand` and `mv-apply`.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Int64Array, RecordBatch},
        compute::take,
    },
    error::Result,
};
use kql::checked::Expansions;
use model::ColumnType;
use serde_json::{Map, Value as Json};

use super::{Planned, Planner, Planning, stage::Change};
use crate::{
    cell::{Cell, Cells, Writer},
    function,
};

/// What a batch of rows becomes: rows repeated, elements in their columns.
struct Expanding {
    /// Where the lists stand, of which types they are, and which columns they become.
    lists: Vec<(usize, ColumnType, usize, ColumnType)>,
    as_array: bool,
    index: Option<usize>,
    limit: usize,
    /// For each column that comes out the column that goes in, if it is not expanded.
    kept: Vec<Option<usize>>,
    keys: usize,
}

impl Planner<'_> {
    /// One row for each element; `kept` says which columns of the row each column that comes out is.
    pub(super) fn expand(
        &self,
        expansions: &Expansions,
        types: &[ColumnType],
        kept: Vec<Option<usize>>,
        input: Planned,
    ) -> Planning<Planned> {
        let lists = expansions.items.iter().map(|item| self.expr(&item.list, &input)).collect::<Planning<Vec<_>>>()?;
        let limit = expansions.limit.as_ref().map(|limit| self.count(limit)).transpose()?.unwrap_or(usize::MAX);
        let own: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let first_list = own.len();
        let (input, added) = input.with(lists, self)?;
        let list_types = expansions.items.iter().map(|item| item.list.column_type);
        let input = input.select(own.into_iter().chain(added.into_iter().zip(list_types)).collect());
        let lists = expansions.items.iter().enumerate();
        let expanding = Expanding {
            lists: lists
                .map(|(at, item)| (first_list + at, item.list.column_type, item.column, item.column_type))
                .collect(),
            as_array: expansions.as_array,
            index: expansions.index,
            limit,
            kept,
            keys: input.keys.len(),
        };
        let out_types = types.to_vec();
        self.stage(input, types, |schema| {
            Change::Each(Arc::new(move |batch: &RecordBatch| {
                Ok(RecordBatch::try_new(schema.clone(), expanding.arrays(batch, &out_types)?)?)
            }))
        })
    }
}

impl Expanding {
    fn arrays(&self, batch: &RecordBatch, types: &[ColumnType]) -> Result<Vec<datafusion::arrow::array::ArrayRef>> {
        let lists =
            self.lists.iter().filter_map(|(at, from, ..)| Some(Cells::of_array(batch.columns().get(*at)?, *from)));
        let lists = lists.collect::<Result<Vec<_>>>()?;
        let mut rows = Vec::new();
        let mut indices = Vec::new();
        let mut writers: Vec<_> = self.lists.iter().map(|(.., to)| Writer::new(*to, batch.num_rows())).collect();
        for row in 0..batch.num_rows() {
            let elements: Vec<Vec<Json>> = lists.iter().map(|list| elements(&list.cell(row), self.as_array)).collect();
            let count = elements.iter().map(Vec::len).max().unwrap_or(0).min(self.limit);
            for index in 0..count {
                rows.push(i64::try_from(row).unwrap_or(i64::MAX));
                indices.push(i64::try_from(index).unwrap_or(i64::MAX));
                for ((writer, elements), (.., to)) in writers.iter_mut().zip(&elements).zip(&self.lists) {
                    let cell = elements.get(index).map_or(Cell::Null, Cell::of_json);
                    if *to == ColumnType::Dynamic { writer.push(&cell) } else { writer.push(&function::to(*to, &cell)) }
                }
            }
        }
        let rows = Int64Array::from(rows);
        let mut made: Vec<_> = writers.into_iter().map(Writer::finish).zip(&self.lists).collect();
        let mut arrays = Vec::with_capacity(types.len() + self.keys);
        for (out, kept) in self.kept.iter().enumerate() {
            if let Some(place) = made.iter().position(|(_, (_, _, column, _))| *column == out) {
                arrays.push(made.swap_remove(place).0);
            } else if self.index == Some(out) {
                arrays.push(Arc::new(Int64Array::from(indices.clone())));
            } else if let Some(column) = kept.and_then(|column| batch.columns().get(column)) {
                arrays.push(take(column, &rows, None)?);
            }
        }
        for key in batch.columns().iter().skip(batch.num_columns() - self.keys) {
            arrays.push(take(key, &rows, None)?);
        }
        Ok(arrays)
    }
}

/// The elements of a list, the members of a bag; anything else is an element itself, and nothing is one null.
fn elements(cell: &Cell<'_>, as_array: bool) -> Vec<Json> {
    match cell.json() {
        Json::Array(items) if items.is_empty() => vec![Json::Null],
        Json::Array(items) => items,
        Json::Object(members) if members.is_empty() => vec![Json::Null],
        Json::Object(members) => members
            .into_iter()
            .map(|(key, value)| {
                if as_array {
                    Json::from(vec![Json::from(key), value])
                } else {
                    Json::Object(Map::from_iter([(key, value)]))
                }
            })
            .collect(),
        other => vec![other],
    }
}
