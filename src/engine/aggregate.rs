//! Kusto's aggregates that DataFusion does not have, as folds over the cells of rows.

mod bag;
mod digest;
mod extreme;
mod list;
mod percentile;
mod schema;
mod series;
mod set;
mod sketch;

use std::{fmt, hash::Hash, hash::Hasher, mem::size_of, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BinaryBuilder, BooleanArray},
        datatypes::{DataType, Field, FieldRef},
    },
    common::ScalarValue,
    error::Result,
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
        function::{AccumulatorArgs, StateFieldsArgs},
    },
};
use model::ColumnType;

pub(crate) use self::{
    digest::Digest,
    series::MAX_PLACES,
    sketch::{count_of, merge as merge_sketches},
};
use crate::cell::{Cell, Cells, Writer, arrow_type};

/// What an aggregate does with the rows of a group.
trait Fold: fmt::Debug + Clone + Send + Sync + 'static {
    /// What is kept of them.
    type State: Default + fmt::Debug + Send + Sync + 'static;

    /// Takes a row; gives about how many bytes the state grew by.
    fn add(&self, state: &mut Self::State, cells: &[Cell<'_>]) -> usize;
    /// The state, to be merged elsewhere.
    fn save(&self, state: &Self::State) -> Vec<u8>;
    /// Takes a saved state.
    fn merge(&self, state: &mut Self::State, saved: &[u8]) -> usize;
    /// The value of the group.
    fn finish(&self, state: Self::State, result: ColumnType) -> Cell<'static>;
}

/// The aggregate of this name, for arguments of these types.
pub(crate) fn find(name: &str, arguments: Vec<ColumnType>, result: ColumnType) -> Option<Arc<AggregateUDF>> {
    Some(match name {
        "make_list" => udf("make_list", arguments, result, list::List { nulls: false }),
        "make_list_with_nulls" => udf("make_list_with_nulls", arguments, result, list::List { nulls: true }),
        "make_set" => udf("make_set", arguments, result, set::Set),
        "make_bag" => udf("make_bag", arguments, result, bag::Bag),
        "buildschema" => udf("buildschema", arguments, result, schema::Schema),
        "min" => udf("least", arguments, result, extreme::Extreme { greatest: false }),
        "max" => udf("greatest", arguments, result, extreme::Extreme { greatest: true }),
        "percentile" | "percentiles" => {
            udf("percentile", arguments, result, percentile::Percentile { weighted: false, list: false })
        }
        "percentilew" | "percentilesw" => {
            udf("percentilew", arguments, result, percentile::Percentile { weighted: true, list: false })
        }
        "percentiles_array" => {
            udf("percentiles_array", arguments, result, percentile::Percentile { weighted: false, list: true })
        }
        "percentilesw_array" => {
            udf("percentilesw_array", arguments, result, percentile::Percentile { weighted: true, list: true })
        }
        "dcount" => udf("dcount", arguments, result, sketch::Dcount),
        "hll" => udf("hll", arguments, result, sketch::Hll { merge: false }),
        "hll_merge" => udf("hll_merge", arguments, result, sketch::Hll { merge: true }),
        "tdigest" => udf("tdigest", arguments, result, digest::Tdigest { merge: false }),
        "tdigest_merge" => udf("tdigest_merge", arguments, result, digest::Tdigest { merge: true }),
        "series" => udf("series", arguments, result, series::Series),
        _ => return None,
    })
}

fn udf<F: Fold>(name: &'static str, arguments: Vec<ColumnType>, result: ColumnType, fold: F) -> Arc<AggregateUDF> {
    let signature = Signature::any(arguments.len(), Volatility::Immutable);
    Arc::new(AggregateUDF::new_from_impl(Folding { name, arguments, result, fold, signature }))
}

/// A fold as DataFusion has it.
#[derive(Clone)]
struct Folding<F> {
    name: &'static str,
    arguments: Vec<ColumnType>,
    result: ColumnType,
    fold: F,
    signature: Signature,
}

impl<F> fmt::Debug for Folding<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl<F> PartialEq for Folding<F> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.arguments == other.arguments && self.result == other.result
    }
}

impl<F> Eq for Folding<F> {}

impl<F> Hash for Folding<F> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.arguments.hash(state);
    }
}

impl<F: Fold> AggregateUDFImpl for Folding<F> {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(arrow_type(self.result))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(vec![Arc::new(Field::new(format!("{}[state]", args.name), DataType::Binary, true))])
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(One(Groups { folding: self.clone(), states: vec![F::State::default()], bytes: 0 })))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups { folding: self.clone(), states: Vec::new(), bytes: 0 }))
    }
}

/// The states of all groups.
struct Groups<F: Fold> {
    folding: Folding<F>,
    states: Vec<F::State>,
    bytes: usize,
}

impl<F: Fold> Groups<F> {
    fn add(
        &mut self,
        values: &[ArrayRef],
        group: impl Fn(usize) -> usize,
        counts: impl Fn(usize) -> bool,
    ) -> Result<()> {
        let rows = values.first().map_or(0, Array::len);
        let columns = values
            .iter()
            .zip(&self.folding.arguments)
            .map(|(array, column_type)| Cells::of_array(array, *column_type))
            .collect::<Result<Vec<_>>>()?;
        let mut cells = Vec::with_capacity(columns.len());
        for row in (0..rows).filter(|row| counts(*row)) {
            cells.clear();
            cells.extend(columns.iter().map(|column| column.cell(row)));
            if let Some(state) = self.states.get_mut(group(row)) {
                self.bytes += self.folding.fold.add(state, &cells);
            }
        }
        Ok(())
    }

    fn merge(&mut self, values: &[ArrayRef], group: impl Fn(usize) -> usize) {
        let Some(saved) = values.first().and_then(|array| array.as_binary_opt::<i32>()) else { return };
        for (row, saved) in saved.iter().enumerate() {
            if let (Some(saved), Some(state)) = (saved, self.states.get_mut(group(row))) {
                self.bytes += self.folding.fold.merge(state, saved);
            }
        }
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<F::State> {
        let taken = emit_to.take_needed(&mut self.states);
        if self.states.is_empty() {
            self.bytes = 0;
        }
        taken
    }
}

impl<F: Fold> GroupsAccumulator for Groups<F> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        self.states.resize_with(total_num_groups, F::State::default);
        let counts = |row: usize| opt_filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
        self.add(values, |row| group_indices.get(row).copied().unwrap_or(usize::MAX), counts)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let states = self.take(emit_to);
        let mut writer = Writer::new(self.folding.result, states.len());
        for state in states {
            writer.push(&self.folding.fold.finish(state, self.folding.result));
        }
        Ok(writer.finish())
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut builder = BinaryBuilder::new();
        for state in self.take(emit_to) {
            builder.append_value(self.folding.fold.save(&state));
        }
        Ok(vec![Arc::new(builder.finish())])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.states.resize_with(total_num_groups, F::State::default);
        self.merge(values, |row| group_indices.get(row).copied().unwrap_or(usize::MAX));
        Ok(())
    }

    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, Array::len);
        let mut each = Self { folding: self.folding.clone(), states: Vec::new(), bytes: 0 };
        let own: Vec<usize> = (0..rows).collect();
        each.update_batch(values, &own, opt_filter, rows)?;
        each.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.bytes + self.states.capacity() * size_of::<F::State>()
    }
}

/// The state of all rows together.
struct One<F: Fold>(Groups<F>);

impl<F: Fold> fmt::Debug for One<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.folding.fmt(f)
    }
}

impl<F: Fold> Accumulator for One<F> {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.0.add(values, |_| 0, |_| true)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        ScalarValue::try_from_array(&GroupsAccumulator::evaluate(&mut self.0, EmitTo::All)?, 0)
    }

    fn size(&self) -> usize {
        GroupsAccumulator::size(&self.0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let state = self.0.states.first().map(|state| self.0.folding.fold.save(state));
        Ok(vec![ScalarValue::Binary(state)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.0.merge(states, |_| 0);
        Ok(())
    }
}

/// Saved items one behind the other, each with its length before it.
pub(crate) fn save_items<'i>(items: impl Iterator<Item = &'i [u8]>) -> Vec<u8> {
    let mut saved = Vec::new();
    for item in items {
        saved.extend(u32::try_from(item.len()).unwrap_or(u32::MAX).to_le_bytes());
        saved.extend(item);
    }
    saved
}

/// The items that [`save_items`] saved.
pub(crate) fn saved_items(mut saved: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = saved.split_first_chunk::<4>()?;
        let (item, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        saved = rest;
        Some(item)
    })
}
