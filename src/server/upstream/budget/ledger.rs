//! What one credential has sent, in this process: the same rules as the script in Redis. The clock is an argument;
//! nothing here waits or locks.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use providers::Window;

use super::{BudgetState, LISTED, WindowState};

/// The requests of one credential.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Times of the requests sent, newest first.
    sent: VecDeque<Instant>,
    /// Begin and count of the running windows that are too large to list, by their seconds.
    counted: HashMap<u32, (Instant, u32)>,
    closed_until: Option<Instant>,
}

impl Ledger {
    /// Takes one request from every window, or tells how long to wait.
    pub(super) fn take(&mut self, windows: &[Window], now: Instant) -> Result<(), Duration> {
        let wait = windows.iter().map(|window| self.free_in(window, now)).max().unwrap_or_default();
        match wait.max(self.closed_for(now)) {
            Duration::ZERO => {
                self.note(windows, now);
                Ok(())
            }
            wait => Err(wait),
        }
    }

    /// Notes a request sent at that time.
    pub(super) fn note(&mut self, windows: &[Window], at: Instant) {
        let most = windows.iter().filter(|window| is_listed(window)).map(|window| window.requests).max().unwrap_or(0);
        // Those who take at once may come here in another order.
        let later = self.sent.iter().take_while(|time| **time > at).count();
        self.sent.insert(later, at);
        self.sent.truncate(most as usize);
        for window in windows.iter().filter(|window| !is_listed(window)) {
            let running = self.counted.get(&window.per_s).filter(|(begin, _)| at < *begin + span(window));
            let (begin, count) = running.copied().unwrap_or((at, 0));
            self.counted.insert(window.per_s, (begin, count.saturating_add(1)));
        }
    }

    /// How long until the listed windows and the gate let a request through: what this process sent counts in Redis
    /// too, so that asking there is of no use before.
    pub(super) fn surely_full_for(&self, windows: &[Window], now: Instant) -> Duration {
        let listed = windows.iter().filter(|window| is_listed(window)).map(|window| self.free_in(window, now)).max();
        listed.unwrap_or_default().max(self.closed_for(now))
    }

    /// Closes the gate. It never opens sooner than it would have.
    pub(super) fn close_until(&mut self, until: Instant) {
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// What is left.
    pub(super) fn state(&self, windows: &[Window], now: Instant) -> BudgetState {
        let windows = windows.iter().map(|window| {
            let (used, whole_in) = self.usage(window, now);
            WindowState::new(window, window.requests.saturating_sub(used), whole_in)
        });
        let closed = self.closed_for(now);
        BudgetState { windows: windows.collect(), closed_for: (!closed.is_zero()).then_some(closed) }
    }

    fn closed_for(&self, now: Instant) -> Duration {
        self.closed_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// How long until the window has a request left.
    fn free_in(&self, window: &Window, now: Instant) -> Duration {
        if !is_listed(window) {
            let (used, whole_in) = self.usage(window, now);
            return if used < window.requests { Duration::ZERO } else { whole_in };
        }
        // Free when the request before the last so many is old enough.
        let Some(index) = (window.requests as usize).checked_sub(1) else { return span(window) };
        self.sent.get(index).map_or(Duration::ZERO, |time| until_out(*time, window, now))
    }

    /// How many requests of the window are used, and how long until none is.
    fn usage(&self, window: &Window, now: Instant) -> (u32, Duration) {
        if is_listed(window) {
            let used = self.sent.partition_point(|time| !until_out(*time, window, now).is_zero());
            let newest = self.sent.front().map_or(Duration::ZERO, |time| until_out(*time, window, now));
            (u32::try_from(used).unwrap_or(u32::MAX).min(window.requests), newest)
        } else {
            let running =
                self.counted.get(&window.per_s).map(|(begin, count)| (*count, until_out(*begin, window, now)));
            running.filter(|(_, left)| !left.is_zero()).unwrap_or_default()
        }
    }
}

const fn is_listed(window: &Window) -> bool {
    window.requests <= LISTED
}

fn span(window: &Window) -> Duration {
    Duration::from_secs(window.per_s.into())
}

/// How long until a request of that time no longer counts.
fn until_out(time: Instant, window: &Window, now: Instant) -> Duration {
    span(window).saturating_sub(now.saturating_duration_since(time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const fn window(requests: u32, per_s: u32) -> Window {
        Window { requests, per_s }
    }

    /// The rule without any cleverness: every request ever sent is kept and counted.
    struct Model<'a> {
        windows: &'a [Window],
        sent: Vec<Instant>,
    }

    impl Model<'_> {
        fn used(&self, window: &Window, now: Instant) -> u32 {
            self.sent.iter().filter(|time| now - **time < span(window)).count() as u32
        }

        fn has_room(&self, now: Instant) -> bool {
            self.windows.iter().all(|window| self.used(window, now) < window.requests)
        }
    }

    proptest! {
        #[test]
        fn it_grants_and_refuses_exactly_as_plain_counting_does(
            windows in prop::collection::vec((1u32..12, 1u32..40), 0..4),
            pauses in prop::collection::vec(prop_oneof![Just(0u64), 0u64..3_000, 0u64..60_000], 1..120),
            patient in any::<bool>(),
        ) {
            let windows: Vec<_> = windows.into_iter().map(|(requests, per_s)| window(requests, per_s)).collect();
            let mut ledger = Ledger::default();
            let mut model = Model { windows: &windows, sent: Vec::new() };
            let mut now = Instant::now();
            for pause in pauses {
                now += Duration::from_millis(pause);
                for (window, state) in windows.iter().zip(ledger.state(&windows, now).windows) {
                    prop_assert_eq!(state.left, window.requests - model.used(window, now));
                    prop_assert_eq!(state.resets_in_s == 0, state.left == window.requests);
                }
                prop_assert_eq!(ledger.surely_full_for(&windows, now).is_zero(), model.has_room(now));
                match ledger.take(&windows, now) {
                    Ok(()) => {
                        prop_assert!(model.has_room(now), "one too many");
                        model.sent.push(now);
                    }
                    Err(wait) => {
                        prop_assert!(!model.has_room(now), "one left unused");
                        prop_assert!(model.has_room(now + wait), "told too early");
                        prop_assert!(!model.has_room(now + wait - Duration::from_nanos(1)), "told too late");
                        if patient {
                            now += wait;
                        }
                    }
                }
            }
            let most = windows.iter().map(|window| window.requests).max().unwrap_or(0);
            prop_assert!(ledger.sent.len() <= most as usize, "the list does not grow");
        }
    }

    #[test]
    fn requests_noted_out_of_order_count_at_their_own_times() {
        let begin = Instant::now();
        let windows = [window(2, 10)];
        let mut ledger = Ledger::default();
        ledger.note(&windows, begin + 3 * SECOND);
        ledger.note(&windows, begin);
        assert_eq!(ledger.take(&windows, begin + 4 * SECOND), Err(6 * SECOND));
        assert_eq!(ledger.take(&windows, begin + 10 * SECOND), Ok(()));
        assert_eq!(ledger.take(&windows, begin + 10 * SECOND), Err(3 * SECOND));
    }

    #[test]
    fn large_windows_are_counted_from_their_first_request_to_their_end() {
        let begin = Instant::now();
        let windows = [window(LISTED + 1, 60)];
        let mut ledger = Ledger::default();
        for _ in 0..LISTED {
            assert_eq!(ledger.take(&windows, begin), Ok(()));
        }
        let later = begin + 59 * SECOND;
        assert_eq!(ledger.state(&windows, later).windows, [WindowState::new(&windows[0], 1, SECOND)]);
        assert_eq!(ledger.take(&windows, later), Ok(()));
        assert_eq!(ledger.take(&windows, later), Err(SECOND));
        assert_eq!(ledger.surely_full_for(&windows, later), Duration::ZERO, "Redis may have begun another one");
        assert_eq!(ledger.take(&windows, later + SECOND), Ok(()));
        assert_eq!(ledger.state(&windows, later + SECOND).windows[0].left, LISTED);
        assert!(ledger.sent.is_empty(), "nothing is listed");
    }

    #[test]
    fn a_closed_gate_stays_closed_until_the_latest_time_said() {
        let begin = Instant::now();
        let mut ledger = Ledger::default();
        ledger.close_until(begin + 10 * SECOND);
        ledger.close_until(begin + 5 * SECOND);
        assert_eq!(ledger.take(&[], begin + 4 * SECOND), Err(6 * SECOND));
        assert_eq!(ledger.state(&[], begin + 4 * SECOND).closed_for, Some(6 * SECOND));
        assert_eq!(ledger.take(&[], begin + 10 * SECOND), Ok(()));
        assert_eq!(ledger.state(&[], begin + 10 * SECOND).closed_for, None);
    }

    #[test]
    fn a_window_of_nothing_is_never_free_and_one_of_no_time_always() {
        let begin = Instant::now();
        let mut ledger = Ledger::default();
        assert_eq!(ledger.take(&[window(0, 60)], begin), Err(60 * SECOND));
        for _ in 0..3 {
            assert_eq!(ledger.take(&[window(1, 0)], begin), Ok(()));
        }
    }
}
