//! Bursts: many commands in a short time, as a script types and no person does.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

/// Commands that came so fast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// Where, if that is known.
    pub host: Option<String>,
    /// When the first came.
    pub start: DateTime<Utc>,
    /// When the last came.
    pub end: DateTime<Utc>,
    /// The rows, in the order of time.
    pub rows: Vec<usize>,
}

/// Finds where at least `events` commands lie within `within`, on each host by itself; what overlaps is one burst.
pub fn bursts<'h>(
    commands: impl IntoIterator<Item = (usize, Option<&'h str>, DateTime<Utc>)>,
    events: usize,
    within: TimeDelta,
) -> Vec<Burst> {
    let mut by_host: HashMap<Option<&str>, Vec<(DateTime<Utc>, usize)>> = HashMap::new();
    for (row, host, time) in commands {
        by_host.entry(host).or_default().push((time, row));
    }
    let mut bursts = Vec::new();
    for (host, mut times) in by_host {
        times.sort_unstable();
        // The places of the commands in the burst that is being put together.
        let mut open: Option<(usize, usize)> = None;
        for last in events.max(1) - 1..times.len() {
            let first = last + 1 - events.max(1);
            let (Some((start, _)), Some((end, _))) = (times.get(first), times.get(last)) else { continue };
            if *end - *start > within {
                continue;
            }
            open = match open {
                Some((from, to)) if first <= to => Some((from, last)),
                before => {
                    bursts.extend(before.and_then(|before| burst(host, &times, before)));
                    Some((first, last))
                }
            };
        }
        bursts.extend(open.and_then(|open| burst(host, &times, open)));
    }
    bursts.sort_by(|one, other| (one.start, &one.host).cmp(&(other.start, &other.host)));
    bursts
}

fn burst(host: Option<&str>, times: &[(DateTime<Utc>, usize)], (from, to): (usize, usize)) -> Option<Burst> {
    let inside = times.get(from..=to)?;
    let ((start, _), (end, _)) = (inside.first()?, inside.last()?);
    let rows = inside.iter().map(|(_, row)| *row).collect();
    Some(Burst { host: host.map(str::to_owned), start: *start, end: *end, rows })
}
