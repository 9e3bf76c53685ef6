//! Plugins of the activity of users over time: how many came, came back, stayed away, in each period.
//!
//! All get the column of the user, the column of the time, from when to when, and lengths; the columns behind those divide
//! the rows into groups that are looked at one by one. Periods begin at the start that is given.

mod metrics;
mod periods;

use std::{collections::HashMap, sync::Arc};

use datafusion::{
    arrow::array::RecordBatch,
    error::{DataFusionError, Result},
};
use kql::checked::{Evaluate, Expr, Plugin};
use model::ColumnType;

use self::periods::Periods;
use super::{exprs_of, patterns::numbered};
use crate::{
    cell::{Cell, Cells},
    plan::{PlanError, Planned, Planner, Planning, constant::columns_of, stage::Change, window::column_of},
};

/// More periods are not looked at.
const MAX_PERIODS: i64 = 100_000;

/// Somebody was there.
#[derive(Debug, Clone, Copy)]
struct Event {
    time: i64,
    id: usize,
}

/// What is asked for.
#[derive(Debug, Clone)]
struct Activity {
    plugin: Plugin,
    id: usize,
    time: usize,
    time_type: ColumnType,
    groups: Vec<usize>,
    /// The first and the last instant that are looked at.
    start: i64,
    end: i64,
    periods: Periods,
    /// How far back is looked.
    lookback: i64,
    /// The length of what counts as one appearance, and how many of them make somebody active.
    appearance: Periods,
    appearances: usize,
    /// The first period of those that are followed.
    cohort: Option<i64>,
}

/// A row: its times, then its numbers; the columns of the group stand between them.
type Row = (Vec<i64>, Vec<Cell<'static>>);

impl Planner<'_> {
    pub(super) fn activity(&self, evaluate: &Evaluate, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let activity = self.asked_activity(evaluate)?;
        let (in_types, out_types) = (input.types.clone(), types.to_vec());
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let cells = batch.columns().iter().zip(&in_types).map(|(array, kind)| Cells::of_array(array, *kind));
                let rows = activity.run(&cells.collect::<Result<Vec<_>>>()?, batch.num_rows())?;
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &out_types))?)
            }))
        })
    }

    fn asked_activity(&self, evaluate: &Evaluate) -> Planning<Activity> {
        let arguments: Vec<&Expr> = exprs_of(evaluate).collect();
        let column = |at: usize| {
            arguments
                .get(at)
                .and_then(|expr| column_of(expr))
                .ok_or(PlanError::Senseless("an argument that is no column"))
        };
        let (id, time) = (column(0)?, column(1)?);
        let time_type = arguments.get(1).map_or(ColumnType::Datetime, |expr| expr.column_type);
        let constants = arguments.iter().skip(2).take_while(|expr| column_of(expr).is_none());
        let constants: Vec<Cell<'static>> = constants.map(|expr| self.value(expr)).collect::<Planning<_>>()?;
        let groups = arguments.iter().skip(2 + constants.len()).filter_map(|expr| column_of(expr)).collect();
        let mut constants = constants.into_iter();
        let mut next = || constants.next().unwrap_or(Cell::Null);
        let ticks = |cell: Cell<'static>| cell.long().ok_or(PlanError::Senseless("an activity without a start or end"));
        let (start, end) = (ticks(next())?, ticks(next())?);
        let periods = |cell: &Cell<'_>| {
            Periods::of(cell, start).ok_or(PlanError::Senseless("periods that are no length of time"))
        };
        let mut activity = Activity {
            plugin: evaluate.plugin,
            id,
            time,
            time_type,
            groups,
            start,
            end,
            periods: Periods::one(start),
            lookback: 0,
            appearance: Periods::one(start),
            appearances: 1,
            cohort: None,
        };
        match evaluate.plugin {
            Plugin::ActiveUsersCount => {
                activity.lookback = ticks(next())?;
                activity.appearance = periods(&next())?;
                activity.appearances = usize::try_from(ticks(next())?).unwrap_or(0);
                activity.periods = periods(&next())?;
            }
            Plugin::ActivityEngagement | Plugin::SessionCount => {
                activity.periods = periods(&next())?;
                activity.lookback = ticks(next())?;
            }
            Plugin::SlidingWindowCounts => {
                activity.lookback = ticks(next())?;
                activity.periods = periods(&next())?;
            }
            _ => {
                activity.periods = periods(&next())?;
                activity.cohort = next().long().map(|at| activity.periods.of_instant(at));
            }
        }
        let count = activity.periods.of_instant(end).saturating_sub(activity.periods.of_instant(start));
        if count > MAX_PERIODS {
            return Err(PlanError::Senseless("an activity of too many periods"));
        }
        Ok(activity)
    }
}

impl Activity {
    fn run(&self, columns: &[Cells], rows: usize) -> Result<Vec<Vec<Cell<'static>>>> {
        let (Some(ids), Some(times)) = (columns.get(self.id), columns.get(self.time)) else { return Ok(Vec::new()) };
        let ids = numbered(ids, rows);
        let dimensions: Vec<Vec<usize>> =
            self.groups.iter().filter_map(|at| columns.get(*at)).map(|column| numbered(column, rows)).collect();
        let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut groups: Vec<(usize, Vec<Event>)> = Vec::new();
        for (row, id) in ids.into_iter().enumerate() {
            let Some(time) = times.cell(row).long() else { continue };
            let key = dimensions.iter().filter_map(|numbers| numbers.get(row).copied()).collect();
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, events)) => events.push(Event { time, id }),
                None => groups.push((row, vec![Event { time, id }])),
            }
        }
        let mut found = Vec::new();
        for (row, mut events) in groups {
            events.sort_by_key(|event| event.time);
            let group: Vec<Cell<'static>> = self
                .groups
                .iter()
                .filter_map(|at| columns.get(*at))
                .map(|column| column.cell(row).into_owned())
                .collect();
            let measured =
                self.measure(&events).ok_or_else(|| DataFusionError::ResourcesExhausted("too many periods".into()))?;
            found.extend(measured.into_iter().map(|(times, numbers)| {
                let times = times.into_iter().map(|time| self.time_cell(time));
                times.chain(group.iter().cloned()).chain(numbers).collect()
            }));
        }
        Ok(found)
    }

    /// The rows of a group, whose events are in order; none if there would be too many.
    fn measure(&self, events: &[Event]) -> Option<Vec<Row>> {
        Some(match self.plugin {
            Plugin::ActiveUsersCount => self.active_users(events),
            Plugin::ActivityCountsMetrics => self.counts(events),
            Plugin::ActivityEngagement => self.engagement(events),
            Plugin::ActivityMetrics => self.retention(events),
            Plugin::NewActivityMetrics => return self.cohorts(events),
            Plugin::SessionCount => self.sessions(events),
            _ => self.windows(events),
        })
    }

    const fn time_cell(&self, time: i64) -> Cell<'static> {
        match self.time_type {
            ColumnType::Datetime => Cell::Datetime(time),
            ColumnType::Timespan => Cell::Timespan(time),
            _ => Cell::Long(time),
        }
    }
}
