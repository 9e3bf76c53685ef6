//! `rolling_percentile`: a percentile of the values in a window of bins that moves on.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use datafusion::{
    arrow::array::RecordBatch,
    error::{DataFusionError, Result},
};
use kql::checked::Evaluate;
use model::ColumnType;

use super::{exprs_of, patterns::numbered};
use crate::{
    cell::{Cell, Cells},
    function::compare,
    plan::{PlanError, Planned, Planner, Planning, constant::columns_of, stage::Change, window::column_of},
};

/// More values are not looked at, in all windows together.
const MAX_VALUES: usize = 50_000_000;

/// What is asked for.
#[derive(Clone)]
struct Rolling {
    value: usize,
    percentile: f64,
    index: usize,
    index_type: ColumnType,
    bin: f64,
    bins: i64,
    groups: Vec<usize>,
}

impl Planner<'_> {
    pub(super) fn rolling_percentile(
        &self,
        evaluate: &Evaluate,
        types: &[ColumnType],
        input: Planned,
    ) -> Planning<Planned> {
        let arguments: Vec<_> = exprs_of(evaluate).collect();
        let [value, percentile, index, bin, bins, groups @ ..] = arguments.as_slice() else {
            return Err(PlanError::Senseless("a window without bins"));
        };
        let no_column = PlanError::Senseless("an argument that is no column");
        let (Some(value), Some(at)) = (column_of(value), column_of(index)) else { return Err(no_column) };
        let rolling = Rolling {
            value,
            percentile: self.value(percentile)?.real().unwrap_or(f64::NAN),
            index: at,
            index_type: index.column_type,
            bin: self.value(bin)?.real().unwrap_or(0.0),
            bins: self.value(bins)?.long().unwrap_or(0),
            groups: groups.iter().filter_map(|expr| column_of(expr)).collect(),
        };
        if !(0.0..=100.0).contains(&rolling.percentile) || rolling.bin <= 0.0 || rolling.bins < 1 {
            return Err(PlanError::Senseless("a window without bins"));
        }
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                let rows = rolling
                    .run(&cells, batch.num_rows())
                    .ok_or_else(|| DataFusionError::ResourcesExhausted("too many values".into()))?;
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &out_types))?)
            }))
        })
    }
}

impl Rolling {
    /// A row for each bin of each group; none if there is too much to look at.
    fn run<'c>(&self, columns: &'c [Cells], rows: usize) -> Option<Vec<Vec<Cell<'c>>>> {
        let (values, index) = (columns.get(self.value)?, columns.get(self.index)?);
        let dimensions: Vec<Vec<usize>> =
            self.groups.iter().filter_map(|at| columns.get(*at)).map(|column| numbered(column, rows)).collect();
        let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut groups: Vec<(usize, BTreeMap<i64, Vec<Cell<'c>>>)> = Vec::new();
        for row in 0..rows {
            let Some(at) = index.cell(row).real() else { continue };
            let bin = (at / self.bin).floor() as i64;
            let key = dimensions.iter().filter_map(|numbers| numbers.get(row).copied()).collect();
            let place = *places.entry(key).or_insert(groups.len());
            if place == groups.len() {
                groups.push((row, BTreeMap::new()));
            }
            let of_bin = groups.get_mut(place)?.1.entry(bin).or_default();
            of_bin.extend(Some(values.cell(row)).filter(|cell| !cell.is_null()));
        }
        let mut seen = 0_usize;
        let mut found = Vec::new();
        for (row, bins) in &groups {
            for bin in bins.keys() {
                let window = bins.range(bin.saturating_sub(self.bins - 1)..=*bin).flat_map(|(_, values)| values);
                let mut window: Vec<&Cell<'c>> = window.collect();
                seen += window.len();
                if seen > MAX_VALUES {
                    return None;
                }
                window.sort_by(|a, b| compare(a, b).unwrap_or(std::cmp::Ordering::Equal));
                let rank = (self.percentile / 100.0 * window.len() as f64).ceil().max(1.0) as usize - 1;
                let value = window.get(rank).map_or(Cell::Null, |cell| (*cell).clone());
                let group = self.groups.iter().filter_map(|at| columns.get(*at)).map(|column| column.cell(*row));
                found.push(std::iter::once(self.start_of(*bin)).chain(group).chain([value]).collect());
            }
        }
        Some(found)
    }

    fn start_of(&self, bin: i64) -> Cell<'static> {
        let at = bin as f64 * self.bin;
        match self.index_type {
            ColumnType::Real => Cell::Real(at),
            ColumnType::Datetime => Cell::Datetime(bin.saturating_mul(self.bin as i64)),
            ColumnType::Timespan => Cell::Timespan(bin.saturating_mul(self.bin as i64)),
            _ => Cell::Long(at as i64),
        }
    }
}
