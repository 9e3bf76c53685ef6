//! `autocluster`, `basket`, `diffpatterns`: combinations of values that many rows have in common.
//!
//! A combination has a value for some columns and a wildcard for the others. `basket` gives all that are frequent enough, the
//! others choose some of them; how Kusto chooses is not published, and done here by size and number of values.

use std::{collections::HashMap, sync::Arc};

use datafusion::{arrow::array::RecordBatch, error::Result};
use kql::checked::{Evaluate, Plugin};
use model::ColumnType;

use super::{argument, expr_of};
use crate::{
    cell::{Cell, Cells},
    plan::{PlanError, Planned, Planner, Planning, constant::columns_of, stage::Change},
};

/// More combinations are not looked at.
const MAX_COMBINATIONS: usize = 20_000;
/// Values of a combination, if `basket` is not told how many.
const MAX_VALUES: i64 = 5;

/// What is asked for.
#[derive(Clone)]
struct Search {
    plugin: Plugin,
    /// The share of the rows that a combination must have; of `diffpatterns` the difference of shares.
    least: f64,
    most_values: usize,
    /// How much the size of a combination counts, and not its number of values.
    weight: f64,
    /// The column that tells both sides apart, and their values.
    split: Option<(usize, String, String)>,
}

/// Values of some columns, and the rows that have all of them.
#[derive(Clone)]
struct Combination {
    values: Vec<(usize, usize)>,
    rows: Vec<usize>,
}

impl Planner<'_> {
    pub(super) fn patterns(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let search = self.pattern_search(evaluate)?;
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let rows = search.run(&cells.collect::<Result<Vec<_>>>()?, batch.num_rows());
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &out_types))?)
            }))
        })
    }

    fn pattern_search(&self, evaluate: &Evaluate) -> Planning<Search> {
        let value = |name: &str, place: usize| {
            argument(evaluate, name, place).and_then(expr_of).map(|expr| self.value(expr)).transpose()
        };
        let real = |name: &str, place: usize, default: f64| {
            Planning::Ok(value(name, place)?.and_then(|cell| cell.real()).unwrap_or(default))
        };
        let text = |place: usize| Planning::Ok(value("", place)?.map(|cell| cell.into_text().into_owned()));
        let (least, weight, split) = match evaluate.plugin {
            Plugin::Basket => (real("Threshold", 0, 0.05)?, 1.0, None),
            Plugin::Diffpatterns => {
                let split = match (evaluate.arguments.first().and_then(expr_of), text(1)?, text(2)?) {
                    (Some(column), Some(a), Some(b)) => super::super::window::column_of(column).map(|at| (at, a, b)),
                    _ => None,
                };
                let split = split.ok_or(PlanError::Senseless("a difference without two sides"))?;
                (real("Threshold", 4, 0.05)?, 1.0, Some(split))
            }
            _ => (0.05, real("SizeWeight", 0, 0.5)?, None),
        };
        let most = match evaluate.plugin {
            Plugin::Basket => value("MaxDimensions", 2)?.and_then(|cell| cell.long()).unwrap_or(MAX_VALUES),
            _ => MAX_VALUES,
        };
        let most_values = usize::try_from(most.clamp(1, 10)).unwrap_or(1);
        Ok(Search { plugin: evaluate.plugin, least, most_values, weight, split })
    }
}

#[expect(clippy::cast_precision_loss, reason = "shares")]
impl Search {
    fn run(&self, columns: &[Cells], rows: usize) -> Vec<Vec<Cell<'static>>> {
        let values: Vec<Vec<usize>> = columns.iter().map(|column| numbered(column, rows)).collect();
        let side = |of: &str| -> Vec<bool> {
            let column = self.split.as_ref().and_then(|(at, ..)| columns.get(*at));
            (0..rows).map(|row| column.is_some_and(|column| column.cell(row).text() == of)).collect()
        };
        let sides = self.split.as_ref().map(|(_, a, b)| (side(a), side(b)));
        let all: Vec<usize> = match &sides {
            Some((a, b)) => (0..rows).filter(|row| is_set(a, *row) || is_set(b, *row)).collect(),
            None => (0..rows).collect(),
        };
        let count = all.len();
        // What differs by so much of its side has at least so many rows.
        let smaller = sides.as_ref().map_or(count, |(a, b)| of_side(a, &all).min(of_side(b, &all)));
        let least = ((self.least * smaller as f64).ceil() as usize).max(1);
        let mut found = Vec::new();
        self.extend(&values, 0, &Combination { values: Vec::new(), rows: all.clone() }, least, &mut found);
        let measured = found.into_iter().filter_map(|combination| {
            let numbers = self.measure(&combination, count, sides.as_ref(), &all)?;
            Some((self.score(&combination, &numbers, count), combination, numbers))
        });
        let mut measured: Vec<_> = measured.collect();
        measured.sort_by(|a, b| b.0.total_cmp(&a.0));
        self.chosen(measured)
            .into_iter()
            .enumerate()
            .map(|(number, (combination, numbers))| {
                let number = Cell::Long(i64::try_from(number).unwrap_or(i64::MAX));
                let first = combination.rows.first().copied().unwrap_or(0);
                let values = columns.iter().enumerate().map(|(at, column)| {
                    let has = combination.values.iter().any(|(column, _)| *column == at);
                    if has { column.cell(first).into_owned() } else { Cell::Null }
                });
                std::iter::once(number).chain(numbers).chain(values).collect()
            })
            .collect()
    }

    /// All combinations that go on from one, with columns behind its own.
    fn extend(&self, values: &[Vec<usize>], from: usize, of: &Combination, least: usize, found: &mut Vec<Combination>) {
        if of.values.len() >= self.most_values {
            return;
        }
        let split = self.split.as_ref().map(|(at, ..)| *at);
        for (column, numbers) in values.iter().enumerate().skip(from).filter(|(column, _)| Some(*column) != split) {
            let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
            for row in &of.rows {
                if let Some(value) = numbers.get(*row) {
                    groups.entry(*value).or_default().push(*row);
                }
            }
            let mut groups: Vec<_> = groups.into_iter().filter(|(_, rows)| rows.len() >= least).collect();
            groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
            for (value, rows) in groups {
                if found.len() >= MAX_COMBINATIONS {
                    return;
                }
                let longer = Combination { values: [of.values.as_slice(), &[(column, value)]].concat(), rows };
                found.push(longer.clone());
                self.extend(values, column + 1, &longer, least, found);
            }
        }
    }

    /// Counts and shares of a combination, if they are worth telling.
    fn measure(
        &self,
        of: &Combination,
        count: usize,
        sides: Option<&(Vec<bool>, Vec<bool>)>,
        all: &[usize],
    ) -> Option<Vec<Cell<'static>>> {
        let percent = |part: usize, whole: usize| part as f64 / whole.max(1) as f64 * 100.0;
        let long = |number: usize| Cell::Long(i64::try_from(number).unwrap_or(i64::MAX));
        let Some((a, b)) = sides else {
            return Some(vec![long(of.rows.len()), Cell::Real(percent(of.rows.len(), count))]);
        };
        let (in_a, in_b) = (of_side(a, &of.rows), of_side(b, &of.rows));
        let (share_a, share_b) = (percent(in_a, of_side(a, all)), percent(in_b, of_side(b, all)));
        let difference = (share_a - share_b).abs();
        let real = |number: f64| Cell::Real((number * 100.0).round() / 100.0);
        (difference >= self.least * 100.0)
            .then(|| vec![long(in_a), long(in_b), real(share_a), real(share_b), real(difference)])
    }

    fn score(&self, of: &Combination, numbers: &[Cell<'static>], count: usize) -> f64 {
        let size = match self.plugin {
            Plugin::Diffpatterns => numbers.last().and_then(Cell::real).unwrap_or(0.0) / 100.0,
            _ => of.rows.len() as f64 / count.max(1) as f64,
        };
        match self.plugin {
            Plugin::Basket => size,
            _ => size.powf(self.weight) * (of.values.len() as f64).powf(1.0 - self.weight / 2.0),
        }
    }

    /// The best first; but for `basket`, one that says little beyond a better one is left out.
    fn chosen(&self, scored: Vec<(f64, Combination, Vec<Cell<'static>>)>) -> Vec<(Combination, Vec<Cell<'static>>)> {
        /// A share of its rows that better ones have already.
        const OVERLAP: f64 = 0.5;
        let mut chosen: Vec<(Combination, Vec<Cell<'static>>)> = Vec::new();
        let mut covered = std::collections::HashSet::new();
        for (_, combination, numbers) in scored {
            let known = combination.rows.iter().filter(|row| covered.contains(*row)).count();
            if self.plugin == Plugin::Basket || (known as f64) < OVERLAP * combination.rows.len() as f64 {
                covered.extend(combination.rows.iter().copied());
                chosen.push((combination, numbers));
            }
        }
        chosen
    }
}

fn is_set(flags: &[bool], row: usize) -> bool {
    flags.get(row).copied().unwrap_or(false)
}

fn of_side(side: &[bool], rows: &[usize]) -> usize {
    rows.iter().filter(|row| is_set(side, **row)).count()
}

/// A number for each different value of a column, row by row.
pub(super) fn numbered(column: &Cells, rows: usize) -> Vec<usize> {
    let mut numbers: HashMap<String, usize> = HashMap::new();
    let mut of_rows = Vec::with_capacity(rows);
    for row in 0..rows {
        let next = numbers.len();
        of_rows.push(*numbers.entry(column.cell(row).into_text().into_owned()).or_insert(next));
    }
    of_rows
}
