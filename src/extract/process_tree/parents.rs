//! Finds the parent of each process, and infers those that no event shows.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use foldhash::fast::RandomState;

use super::{
    NONE, Unusable,
    events::{Events, StatedParents, Told},
    key::rounded,
};

/// Who can be meant by a host, a number and a name; the name is that of nothing where the event tells none.
type Who = (u32, u64, u32);

/// A process by its key: host, number, name and time.
type Key = (Who, i64);

fn key(told: &Told) -> Key {
    ((told.host, told.pid.identity(), told.name), rounded(told.time))
}

/// Keeps the first of the events that tell of the same process.
pub(super) fn drop_duplicates(events: &mut Events, source_rows: &mut Vec<u32>, rejected: &mut Vec<(u32, Unusable)>) {
    let mut kept = Vec::with_capacity(events.len());
    let mut start = 0;
    // Events are in the order of time, so that the same process stands among those of the same 10 microseconds.
    while let Some(time) = events.times.get(start).copied().map(rounded) {
        let same = events.times.get(start..).unwrap_or_default().iter().take_while(|ticks| rounded(**ticks) == time);
        let end = start + same.count();
        let mut seen: HashSet<Key, RandomState> = HashSet::default();
        for process in start..end {
            // Most are alone, and compared to nobody.
            if end - start == 1 || events.told(process).is_some_and(|told| seen.insert(key(&told))) {
                kept.push(process);
            } else if let Some(row) = source_rows.get(process) {
                rejected.push((*row, Unusable::Duplicate));
            }
        }
        start = end;
    }
    if kept.len() < events.len() {
        *events = events.take(&kept);
        *source_rows = kept.iter().filter_map(|process| source_rows.get(*process).copied()).collect();
    }
}

/// The parent of each process, and of those that are inferred, which are added to the events.
pub(super) fn find(events: &mut Events, stated: &[StatedParents]) -> Vec<u32> {
    if stated.is_empty() { by_time(events) } else { as_stated(events, stated) }
}

/// The latest process with the parent's number and name that began no later.
fn by_time(events: &mut Events) -> Vec<u32> {
    let observed = events.len();
    let is_nameless = (0..observed).any(|process| events.parent_name(process) == NONE);
    let mut latest: HashMap<Who, u32, RandomState> =
        HashMap::with_capacity_and_hasher(observed, RandomState::default());
    // The one before with the same number and name, for a process that would be its own parent.
    let mut before = vec![NONE; observed];
    let mut parents = vec![NONE; observed];
    let mut orphans: HashMap<Who, u32, RandomState> = HashMap::default();
    let mut start = 0;
    while start < observed {
        let time = events.times.get(start).copied();
        let end = (start..observed).find(|process| events.times.get(*process).copied() != time).unwrap_or(observed);
        for process in start..end {
            let Some(told) = events.told(process) else { continue };
            let number = u32::try_from(process).unwrap_or(NONE);
            let previous = latest.insert((told.host, told.pid.identity(), told.name), number);
            if is_nameless {
                latest.insert((told.host, told.pid.identity(), NONE), number);
            }
            if let (Some(slot), Some(previous)) = (before.get_mut(process), previous) {
                *slot = previous;
            }
        }
        for process in start..end {
            let (Some(told), Some(pid)) = (events.told(process), events.parent_pid(process)) else { continue };
            let who = (told.host, pid.identity(), events.parent_name(process));
            let found = match latest.get(&who).copied() {
                Some(found) if found as usize == process => before.get(process).copied().unwrap_or(NONE),
                found => found.unwrap_or(NONE),
            };
            if let Some(slot) = parents.get_mut(process) {
                *slot = found;
            }
        }
        start = end;
    }
    for process in 0..observed {
        let (Some(told), Some(pid)) = (events.told(process), events.parent_pid(process)) else { continue };
        if parents.get(process).is_some_and(|parent| *parent != NONE) {
            continue;
        }
        let name = events.parent_name(process);
        let inferred = match orphans.entry((told.host, pid.identity(), name)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => *free.insert(events.push(Told { time: 0, host: told.host, name, pid })),
        };
        if let Some(slot) = parents.get_mut(process) {
            *slot = inferred;
        }
    }
    parents.resize(events.len(), NONE);
    parents
}

/// The very process that the event states: with that number and name, begun at that time.
fn as_stated(events: &mut Events, stated: &[StatedParents]) -> Vec<u32> {
    let observed = events.len();
    let mut known: HashMap<Key, u32, RandomState> = HashMap::with_capacity_and_hasher(observed, RandomState::default());
    for process in 0..observed {
        if let Some(told) = events.told(process) {
            known.entry(key(&told)).or_insert(u32::try_from(process).unwrap_or(NONE));
        }
    }
    let mut parents = vec![NONE; observed];
    let mut without = Vec::new();
    for (process, stated) in (0..observed).zip(stated) {
        let (Some(told), Some(pid)) = (events.told(process), events.parent_pid(process)) else { continue };
        let parent = Told { time: stated.parent_time, host: told.host, name: events.parent_name(process), pid };
        let number = *known.entry(key(&parent)).or_insert_with(|| {
            let number = events.push(parent);
            without.push((number, stated.grandparent));
            number
        });
        if let Some(slot) = parents.get_mut(process) {
            *slot = number;
        }
    }
    parents.resize(events.len(), NONE);
    for (process, grandparent) in without {
        let Some(grandparent) = grandparent else { continue };
        let number = *known.entry(key(&grandparent)).or_insert_with(|| events.push(grandparent));
        if let Some(slot) = parents.get_mut(process as usize) {
            *slot = number;
        }
    }
    parents.resize(events.len(), NONE);
    parents
}
