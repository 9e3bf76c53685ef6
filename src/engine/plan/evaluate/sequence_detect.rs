//! `sequence_detect`: steps that follow each other in time, within the rows of a group.

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::array::RecordBatch,
    error::{DataFusionError, Result},
};
use kql::checked::Evaluate;
use model::ColumnType;

use super::{exprs_of, patterns::numbered};
use crate::{
    cell::{Cell, Cells},
    plan::{PlanError, Planned, Planner, Planning, constant::columns_of, stage::Change, window::column_of},
};

/// More steps are not tried.
const MAX_TRIES: usize = 5_000_000;

/// How far apart steps may be.
#[derive(Clone, Copy)]
struct Reach {
    step: i64,
    whole: i64,
}

impl Planner<'_> {
    pub(super) fn sequence_detect(
        &self,
        evaluate: &Evaluate,
        types: &[ColumnType],
        input: Planned,
    ) -> Planning<Planned> {
        let arguments: Vec<_> = exprs_of(evaluate).collect();
        let steps = evaluate.named.len();
        let [time, step, whole, rest @ ..] = arguments.as_slice() else {
            return Err(PlanError::Senseless("a sequence without steps"));
        };
        let Some(time) = column_of(time).filter(|_| steps > 0 && steps <= rest.len()) else {
            return Err(PlanError::Senseless("a sequence without steps"));
        };
        let length = |cell: Cell<'_>| cell.long().unwrap_or(0);
        let reach = Reach { step: length(self.value(step)?), whole: length(self.value(whole)?) };
        let groups: Vec<usize> = rest.iter().skip(steps).filter_map(|expr| column_of(expr)).collect();
        let conditions = rest.iter().take(steps).map(|expr| self.expr(expr, &input)).collect::<Planning<Vec<_>>>()?;
        let own = input.columns.len();
        let kept: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let (input, added) = input.with(conditions, self)?;
        let columns = kept.into_iter().chain(added.into_iter().map(|column| (column, ColumnType::Bool))).collect();
        let input = input.select(columns);
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let cells = cells.collect::<Result<Vec<_>>>()?;
                let (own, conditions) = cells.split_at(own.min(cells.len()));
                let rows = run(own, conditions, time, &groups, reach, batch.num_rows())
                    .ok_or_else(|| DataFusionError::ResourcesExhausted("too many sequences".into()))?;
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &out_types))?)
            }))
        })
    }
}

/// A row for each sequence; none if there is too much to try.
fn run<'c>(
    columns: &'c [Cells],
    conditions: &[Cells],
    time: usize,
    groups: &[usize],
    reach: Reach,
    rows: usize,
) -> Option<Vec<Vec<Cell<'c>>>> {
    let times = columns.get(time)?;
    let dimensions: Vec<Vec<usize>> =
        groups.iter().filter_map(|at| columns.get(*at)).map(|column| numbered(column, rows)).collect();
    let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
    // The first row of each group, and when each step was in it.
    let mut found: Vec<(usize, Vec<Vec<i64>>)> = Vec::new();
    for row in 0..rows {
        let Some(at) = times.cell(row).long() else { continue };
        let key = dimensions.iter().filter_map(|numbers| numbers.get(row).copied()).collect();
        let place = *places.entry(key).or_insert(found.len());
        if place == found.len() {
            found.push((row, vec![Vec::new(); conditions.len()]));
        }
        for (step, condition) in found.get_mut(place)?.1.iter_mut().zip(conditions) {
            if condition.cell(row).bool() == Some(true) {
                step.push(at);
            }
        }
    }
    let mut tries = 0;
    let mut sequences = Vec::new();
    for (row, mut steps) in found {
        steps.iter_mut().for_each(|times| times.sort_unstable());
        let group: Vec<_> = groups.iter().filter_map(|at| columns.get(*at)).map(|column| column.cell(row)).collect();
        let mut see = |taken: &[i64]| {
            let duration = taken.last().zip(taken.first()).map_or(0, |(last, first)| last - first);
            let taken = taken.iter().map(|at| Cell::Datetime(*at));
            sequences.push(group.iter().cloned().chain(taken).chain([Cell::Timespan(duration)]).collect());
        };
        follow(&steps, reach, &mut Vec::new(), &mut tries, &mut see)?;
    }
    Some(sequences)
}

/// Goes on from the steps that are taken.
fn follow(
    steps: &[Vec<i64>],
    reach: Reach,
    taken: &mut Vec<i64>,
    tries: &mut usize,
    see: &mut impl FnMut(&[i64]),
) -> Option<()> {
    let Some((times, rest)) = steps.split_first() else {
        see(taken);
        return Some(());
    };
    let (from, until) = match (taken.first(), taken.last()) {
        (Some(first), Some(last)) => (*last, last.saturating_add(reach.step).min(first.saturating_add(reach.whole))),
        _ => (i64::MIN, i64::MAX),
    };
    let first = times.partition_point(|at| *at < from);
    for at in times.iter().skip(first).take_while(|at| **at <= until) {
        *tries += 1;
        if *tries > MAX_TRIES {
            return None;
        }
        taken.push(*at);
        follow(rest, reach, taken, tries, see)?;
        taken.pop();
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_follow_each_other_within_reach() {
        let steps = [vec![0, 10], vec![1, 12, 30], vec![13, 14]];
        let mut found = Vec::new();
        let reach = Reach { step: 5, whole: 13 };
        follow(&steps, reach, &mut Vec::new(), &mut 0, &mut |taken| found.push(taken.to_vec())).unwrap();
        assert_eq!(found, [[10, 12, 13], [10, 12, 14]]);
    }
}
