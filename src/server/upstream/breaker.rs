//! Whether a provider is called at all: after too many failures it is left alone for a while.
//!
//! A failure is what the caller says is one: the provider's own, never its 404 or its 429. The clock is an argument.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::telemetry::BreakerState;

/// How many recent results are looked at.
const RECENT: usize = 20;
/// Fewer results than this say nothing.
const ENOUGH: usize = 10;
/// The share of failures, in percent, from which on a provider is left alone.
const TOO_MANY_PERCENT: usize = 50;
/// How long it is left alone.
const REST: Duration = Duration::from_secs(30);
/// When to ask again while a probe is out.
const PROBE_PATIENCE: Duration = Duration::from_secs(1);

/// The breaker of one provider. Clones are the same breaker.
#[derive(Debug, Clone, Default)]
pub struct Breaker(Arc<Mutex<Circuit>>);

/// Leave for one call. Dropped without a word, it counts for nothing, and a probe is free for the next.
#[derive(Debug)]
#[must_use]
pub struct Permit {
    breaker: Breaker,
    era: u64,
}

/// The breakers of all providers.
#[derive(Debug, Default)]
pub struct Breakers(Mutex<HashMap<Box<str>, Breaker>>);

#[derive(Debug, Default)]
struct Circuit {
    phase: Phase,
    /// Counts the phases: what a call of an earlier phase says is old news.
    era: u64,
}

#[derive(Debug)]
enum Phase {
    /// `true` for each recent call that failed.
    Closed {
        recent: VecDeque<bool>,
    },
    Open {
        until: Instant,
    },
    HalfOpen {
        probing: bool,
    },
}

// === impl Breaker ===

impl Breaker {
    /// Leave for one call; or how long to wait before asking again.
    pub fn allow(&self, now: Instant) -> Result<Permit, Duration> {
        let mut circuit = self.circuit();
        circuit.allow(now)?;
        Ok(Permit { breaker: self.clone(), era: circuit.era })
    }

    /// What would be done with a call now.
    pub fn state(&self, now: Instant) -> BreakerState {
        match self.circuit().phase {
            Phase::Closed { .. } => BreakerState::Closed,
            Phase::Open { until } if now < until => BreakerState::Open,
            Phase::Open { .. } | Phase::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        // No transition stops half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Permit ===

impl Permit {
    /// The provider answered.
    pub fn succeeded(self, now: Instant) {
        self.breaker.circuit().settle(self.era, false, now);
    }

    /// The provider failed.
    pub fn failed(self, now: Instant) {
        self.breaker.circuit().settle(self.era, true, now);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.breaker.circuit().release(self.era);
    }
}

// === impl Breakers ===

impl Breakers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The breaker of a provider, closed when it is new.
    pub fn of(&self, provider: &str) -> Breaker {
        let mut breakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(breaker) = breakers.get(provider) {
            return breaker.clone();
        }
        breakers.entry(provider.into()).or_default().clone()
    }
}

// === impl Circuit ===

impl Default for Phase {
    fn default() -> Self {
        Self::Closed { recent: VecDeque::with_capacity(RECENT) }
    }
}

impl Circuit {
    fn allow(&mut self, now: Instant) -> Result<(), Duration> {
        match &mut self.phase {
            // ## Closed => Closed
            Phase::Closed { .. } => Ok(()),

            // ## Open => (Open | HalfOpen)
            //
            // The first call after the rest is the probe.
            Phase::Open { until } if now < *until => Err(*until - now),
            Phase::Open { .. } => {
                self.enter(Phase::HalfOpen { probing: true });
                Ok(())
            }

            // ## HalfOpen => HalfOpen
            //
            // One probe at a time.
            Phase::HalfOpen { probing: true } => Err(PROBE_PATIENCE),
            Phase::HalfOpen { probing } => {
                *probing = true;
                Ok(())
            }
        }
    }

    fn settle(&mut self, era: u64, failed: bool, now: Instant) {
        if era != self.era {
            return;
        }
        match &mut self.phase {
            // ## Closed => (Closed | Open)
            //
            // Opens when enough of enough recent calls have failed.
            Phase::Closed { recent } => {
                recent.truncate(RECENT - 1);
                recent.push_front(failed);
                let failures = recent.iter().filter(|failed| **failed).count();
                if recent.len() >= ENOUGH && failures * 100 >= recent.len() * TOO_MANY_PERCENT {
                    self.enter(Phase::Open { until: now + REST });
                }
            }

            // ## HalfOpen => (Closed | Open)
            //
            // The probe decides.
            Phase::HalfOpen { .. } if failed => self.enter(Phase::Open { until: now + REST }),
            Phase::HalfOpen { .. } => self.enter(Phase::default()),

            // Gives no leave, so nobody of this era can settle.
            Phase::Open { .. } => {}
        }
    }

    // ## HalfOpen => HalfOpen
    //
    // A probe that came to nothing makes room for the next.
    fn release(&mut self, era: u64) {
        if let Phase::HalfOpen { probing } = &mut self.phase
            && era == self.era
        {
            *probing = false;
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.era += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An opened breaker, and when it opened.
    fn opened() -> (Breaker, Instant) {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..ENOUGH {
            breaker.allow(now).unwrap().failed(now);
        }
        (breaker, now)
    }

    #[test]
    fn too_few_failures_say_nothing() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 1..ENOUGH {
            breaker.allow(now).unwrap().failed(now);
        }
        assert_eq!(breaker.state(now), BreakerState::Closed);
        breaker.allow(now).unwrap().failed(now);
        assert_eq!(breaker.state(now), BreakerState::Open);
    }

    #[test]
    fn it_is_the_rate_of_recent_failures_that_opens() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        for _ in 0..1_000 {
            breaker.allow(now).unwrap().succeeded(now);
        }
        for failures in 1..=RECENT / 2 {
            assert_eq!(breaker.state(now), BreakerState::Closed, "after {failures}");
            breaker.allow(now).unwrap().failed(now);
        }
        assert_eq!(breaker.state(now), BreakerState::Open);
    }

    #[test]
    fn an_open_breaker_says_how_long() {
        let (breaker, now) = opened();
        assert_eq!(breaker.allow(now).err(), Some(REST));
        assert_eq!(breaker.allow(now + REST / 3).err(), Some(REST - REST / 3));
    }

    #[test]
    fn one_probe_decides() {
        for (fails, expected) in [(false, BreakerState::Closed), (true, BreakerState::Open)] {
            let (breaker, opened_at) = opened();
            let now = opened_at + REST;
            assert_eq!(breaker.state(now), BreakerState::HalfOpen);
            let probe = breaker.allow(now).unwrap();
            assert_eq!(breaker.allow(now).err(), Some(PROBE_PATIENCE));
            if fails {
                probe.failed(now);
            } else {
                probe.succeeded(now);
            }
            assert_eq!(breaker.state(now), expected);
        }
    }

    #[test]
    fn a_closed_breaker_has_forgotten() {
        let (breaker, opened_at) = opened();
        let now = opened_at + REST;
        breaker.allow(now).unwrap().succeeded(now);
        breaker.allow(now).unwrap().failed(now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }

    #[test]
    fn a_dropped_probe_makes_room_for_the_next() {
        let (breaker, opened_at) = opened();
        let now = opened_at + REST;
        drop(breaker.allow(now).unwrap());
        assert_eq!(breaker.state(now), BreakerState::HalfOpen);
        breaker.allow(now).unwrap().succeeded(now);
        assert_eq!(breaker.state(now), BreakerState::Closed);
    }

    #[test]
    fn calls_from_before_do_not_decide() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        let slow = [breaker.allow(now).unwrap(), breaker.allow(now).unwrap(), breaker.allow(now).unwrap()];
        for _ in 0..ENOUGH {
            breaker.allow(now).unwrap().failed(now);
        }
        let later = now + REST;
        let probe = breaker.allow(later).unwrap();
        let [succeeded, failed, dropped] = slow;
        succeeded.succeeded(later);
        failed.failed(later);
        drop(dropped);
        assert_eq!(breaker.allow(later).err(), Some(PROBE_PATIENCE), "the probe is still out");
        probe.failed(later);
        assert_eq!(breaker.state(later), BreakerState::Open);
    }

    #[test]
    fn each_provider_has_its_own() {
        let (breakers, now) = (Breakers::default(), Instant::now());
        for _ in 0..ENOUGH {
            breakers.of("a").allow(now).unwrap().failed(now);
        }
        assert_eq!(breakers.of("a").state(now), BreakerState::Open);
        assert_eq!(breakers.of("b").state(now), BreakerState::Closed);
    }
}
