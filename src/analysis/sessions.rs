//! Events of one user cut into sessions.

use std::ops::Range;

/// When a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The longest that a session lasts, from its first event to its last.
    pub longest: i64,
    /// The longest pause between two of its events.
    pub pause: i64,
}

/// The sessions of events in order of time: which events, by number, make each of them.
pub fn sessionize(times: &[i64], limits: Limits) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next;
        let first = *times.get(start)?;
        let mut last = first;
        next = times.len();
        for (place, time) in times.iter().enumerate().skip(start) {
            if time.saturating_sub(last) > limits.pause || time.saturating_sub(first) > limits.longest {
                next = place;
                break;
            }
            last = *time;
        }
        Some(start..next)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sessions(times: &[i64], longest: i64, pause: i64) -> Vec<Range<usize>> {
        sessionize(times, Limits { longest, pause }).collect()
    }

    #[test]
    fn a_pause_or_a_long_time_ends_a_session() {
        assert_eq!(sessions(&[0, 1, 2, 13, 14], 100, 10), [0..3, 3..5]);
        assert_eq!(sessions(&[0, 10, 20, 30], 100, 10), vec![0..4; 1], "a pause of just that length ends none");
        assert_eq!(sessions(&[0, 10, 20, 30], 20, 10), [0..3, 3..4]);
        assert_eq!(sessions(&[5], 0, 0), vec![0..1; 1]);
        assert_eq!(sessions(&[], 0, 0), []);
        assert_eq!(sessions(&[i64::MIN, i64::MAX], 1, 1), [0..1, 1..2]);
    }

    proptest! {
        #[test]
        fn every_event_is_in_one_session(
            mut times in prop::collection::vec(0_i64..500, 0..60), longest in 0_i64..50, pause in 0_i64..20,
        ) {
            times.sort_unstable();
            let mut next = 0;
            for session in sessions(&times, longest, pause) {
                prop_assert_eq!(session.start, next);
                prop_assert!(!session.is_empty());
                let events = &times[session.clone()];
                prop_assert!(events[events.len() - 1] - events[0] <= longest);
                prop_assert!(events.windows(2).all(|pair| pair[1] - pair[0] <= pause));
                next = session.end;
            }
            prop_assert_eq!(next, times.len());
        }
    }
}
