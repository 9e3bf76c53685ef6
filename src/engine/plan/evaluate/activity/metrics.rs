//! What each plugin of activity counts. The events of a group come in order of time.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Activity, Event, MAX_PERIODS, Row};
use crate::cell::Cell;

/// The users of each period.
type Users = BTreeMap<i64, HashSet<usize>>;

#[expect(clippy::cast_precision_loss, reason = "shares")]
fn share(part: usize, whole: usize) -> Cell<'static> {
    Cell::Real(part as f64 / whole as f64)
}

fn long(count: usize) -> Cell<'static> {
    Cell::Long(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How often each user is in a window that moves on.
#[derive(Default)]
struct Window(HashMap<usize, usize>);

impl Window {
    fn enter(&mut self, id: usize) {
        *self.0.entry(id).or_default() += 1;
    }

    fn leave(&mut self, id: usize) {
        if let Some(count) = self.0.get_mut(&id) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&id);
            }
        }
    }
}

impl Activity {
    fn is_within(&self, event: &Event) -> bool {
        (self.start..=self.end).contains(&event.time)
    }

    fn users(&self, events: &[Event]) -> Users {
        let mut users = Users::new();
        for event in events.iter().filter(|event| self.is_within(event)) {
            users.entry(self.periods.of_instant(event.time)).or_default().insert(event.id);
        }
        users
    }

    fn row(&self, period: i64, numbers: Vec<Cell<'static>>) -> Row {
        (vec![self.periods.start_of(period)], numbers)
    }

    /// The events up to the end of each period that are not older than the lookback: how many, and how many of each user.
    fn looked_back(&self, events: &[Event], mut see: impl FnMut(i64, usize, &Window)) {
        let (first, last) = (self.periods.of_instant(self.start), self.periods.of_instant(self.end));
        let mut window = Window::default();
        let (mut entered, mut left) = (0, 0);
        for period in first..=last {
            let until = self.periods.start_of(period.saturating_add(1));
            while let Some(event) = events.get(entered).filter(|event| event.time < until) {
                window.enter(event.id);
                entered += 1;
            }
            let from = until.saturating_sub(self.lookback);
            while let Some(event) = events.get(left).filter(|event| left < entered && event.time < from) {
                window.leave(event.id);
                left += 1;
            }
            see(period, entered - left, &window);
        }
    }

    pub(super) fn windows(&self, events: &[Event]) -> Vec<Row> {
        let mut rows = Vec::new();
        let until = events.partition_point(|event| event.time <= self.end);
        self.looked_back(events.get(..until).unwrap_or_default(), |period, count, window| {
            if count > 0 {
                rows.push(self.row(period, vec![long(count), long(window.0.len())]));
            }
        });
        rows
    }

    pub(super) fn engagement(&self, events: &[Event]) -> Vec<Row> {
        let users = self.users(events);
        let mut rows = Vec::new();
        self.looked_back(events, |period, _, window| {
            if let Some(inner) = users.get(&period).map(HashSet::len) {
                let outer = window.0.len();
                rows.push(self.row(period, vec![long(inner), long(outer), share(inner, outer)]));
            }
        });
        rows
    }

    pub(super) fn counts(&self, events: &[Event]) -> Vec<Row> {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for event in events.iter().filter(|event| self.is_within(event)) {
            *counts.entry(self.periods.of_instant(event.time)).or_default() += 1;
        }
        let mut seen: HashSet<usize> = HashSet::new();
        let users = self.users(events);
        users
            .into_iter()
            .map(|(period, ids)| {
                let before = seen.len();
                seen.extend(&ids);
                let count = counts.get(&period).copied().unwrap_or(0);
                self.row(period, vec![long(count), long(ids.len()), long(seen.len() - before), long(seen.len())])
            })
            .collect()
    }

    /// Each period beside the one before it.
    pub(super) fn retention(&self, events: &[Event]) -> Vec<Row> {
        let users = self.users(events);
        let nobody = HashSet::new();
        users
            .iter()
            .map(|(period, ids)| {
                let before = users.get(&(period - 1)).unwrap_or(&nobody);
                let kept = before.intersection(ids).count();
                let gone = before.len() - kept;
                let numbers =
                    vec![long(ids.len()), long(ids.len() - kept), share(kept, before.len()), share(gone, before.len())];
                self.row(*period, numbers)
            })
            .collect()
    }

    /// Those who came first in a period, in all periods from then on.
    pub(super) fn cohorts(&self, events: &[Event]) -> Option<Vec<Row>> {
        let users = self.users(events);
        let mut first_seen: HashMap<usize, i64> = HashMap::new();
        for (period, ids) in &users {
            for id in ids {
                first_seen.entry(*id).or_insert(*period);
            }
        }
        let (first, last) = (self.periods.of_instant(self.start), self.periods.of_instant(self.end));
        let nobody = HashSet::new();
        let mut rows = Vec::new();
        for from in (first..=last).filter(|from| self.cohort.is_none_or(|cohort| cohort == *from)) {
            let cohort: HashSet<usize> =
                first_seen.iter().filter(|(_, period)| **period == from).map(|(id, _)| *id).collect();
            if i64::try_from(rows.len()).unwrap_or(i64::MAX).saturating_add(last - from) > MAX_PERIODS {
                return None;
            }
            for to in from..=last {
                let ids = users.get(&to).unwrap_or(&nobody);
                let is_new =
                    |id: &&usize| first_seen.get(id).is_some_and(|seen| *seen > from || to == from && *seen == from);
                let kept = cohort.intersection(ids).count();
                let gone = cohort.len() - kept;
                let numbers = vec![
                    long(ids.iter().filter(is_new).count()),
                    long(kept),
                    long(gone),
                    share(kept, cohort.len()),
                    share(gone, cohort.len()),
                ];
                rows.push((vec![self.periods.start_of(from), self.periods.start_of(to)], numbers));
            }
        }
        Some(rows)
    }

    /// In each period the users that were there in enough appearances before.
    pub(super) fn active_users(&self, events: &[Event]) -> Vec<Row> {
        let mut active: BTreeMap<i64, HashSet<usize>> = BTreeMap::new();
        for (id, times) in &by_user(events) {
            let mut window = Window::default();
            let mut left = 0;
            for time in times {
                window.enter(self.appearance_of(*time));
                while let Some(old) = times.get(left).filter(|old| **old <= time.saturating_sub(self.lookback)) {
                    window.leave(self.appearance_of(*old));
                    left += 1;
                }
                if window.0.len() >= self.appearances && (self.start..=self.end).contains(time) {
                    let period = self.periods.of_instant(*time);
                    active.entry(period).or_default().insert(*id);
                }
            }
        }
        active.into_iter().map(|(period, ids)| self.row(period, vec![long(ids.len())])).collect()
    }

    fn appearance_of(&self, time: i64) -> usize {
        // A number of its own for each, below zero too.
        self.appearance.of_instant(time).cast_unsigned() as usize
    }

    /// In each period the sessions that something of was in it.
    pub(super) fn sessions(&self, events: &[Event]) -> Vec<Row> {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        for times in by_user(events).values() {
            let mut before: Option<(i64, Option<i64>)> = None;
            for time in times {
                let period = self.periods.of_instant(*time);
                let counted = match before {
                    Some((last, counted)) if time.saturating_sub(last) <= self.lookback => counted,
                    _ => None,
                };
                let is_within = (self.start..=self.end).contains(time);
                if is_within && counted != Some(period) {
                    *counts.entry(period).or_default() += 1;
                }
                before = Some((*time, if is_within { Some(period) } else { counted }));
            }
        }
        counts.into_iter().map(|(period, count)| self.row(period, vec![long(count)])).collect()
    }
}

/// The times of each user, in order.
fn by_user(events: &[Event]) -> HashMap<usize, Vec<i64>> {
    let mut users: HashMap<usize, Vec<i64>> = HashMap::new();
    for event in events {
        users.entry(event.id).or_default().push(event.time);
    }
    users
}
