//! How long an answer serves: fresh, then while a refresh runs, then only when the provider fails. The clock is an
//! argument; nothing here waits.

use std::time::Duration;

use providers::Facts;

use crate::settings::ProviderSettings;

/// No answer counts as fresh for longer, whatever the settings say.
const LONGEST_FRESH: Duration = Duration::from_hours(30 * 24);

/// An answer is not kept for longer for the sake of failures alone.
const LONGEST_SPARE: Duration = Duration::from_hours(7 * 24);

/// It is kept for so long at least: an outage of a provider should not show at once.
const SHORTEST_SPARE: Duration = Duration::from_hours(1);

/// How long the answers of a provider stay fresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// A hit or a clean answer.
    pub fresh: Duration,
    /// "Not known".
    pub fresh_unknown: Duration,
}

impl Lifetime {
    /// What the settings say, else what the provider's facts say.
    pub fn of(facts: &Facts, settings: &ProviderSettings) -> Self {
        Self {
            fresh: settings.fresh.unwrap_or(facts.fresh).min(LONGEST_FRESH),
            fresh_unknown: settings.fresh_unknown.unwrap_or(facts.fresh_unknown).min(LONGEST_FRESH),
        }
    }

    /// How long an answer stays fresh: one that knows something, or one that does not.
    pub const fn fresh_for(&self, is_known: bool) -> Duration {
        if is_known { self.fresh } else { self.fresh_unknown }
    }
}

/// What an answer of a certain age is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// It is the answer.
    Fresh,
    /// It is the answer while a refresh runs behind the caller's back.
    Stale,
    /// It is the answer only when the provider fails.
    Spare,
    /// It is no answer any more.
    Dead,
}

impl Freshness {
    /// What an answer of this age is good for, if it was fresh for so long.
    pub fn at(age: Duration, fresh_for: Duration) -> Self {
        if age < fresh_for {
            Self::Fresh
        } else if age < fresh_for.saturating_mul(2) {
            Self::Stale
        } else if age < keep_for(fresh_for) {
            Self::Spare
        } else {
            Self::Dead
        }
    }
}

/// How long an answer is kept: four times as long as it is fresh, within bounds. One that is never fresh is not kept.
pub(super) fn keep_for(fresh_for: Duration) -> Duration {
    if fresh_for.is_zero() {
        return Duration::ZERO;
    }
    fresh_for.saturating_mul(4).clamp(SHORTEST_SPARE, LONGEST_SPARE).max(fresh_for.saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn settings_override_facts_within_bounds() {
        let facts = Facts { fresh: 6 * HOUR, fresh_unknown: HOUR, ..Facts::DEFAULT };
        let usual = Lifetime::of(&facts, &ProviderSettings::default());
        assert_eq!(usual.fresh_for(true), 6 * HOUR);
        assert_eq!(usual.fresh_for(false), HOUR);
        let settings = ProviderSettings {
            fresh: Some(Duration::MAX),
            fresh_unknown: Some(Duration::ZERO),
            ..ProviderSettings::default()
        };
        let bounded = Lifetime::of(&facts, &settings);
        assert_eq!(bounded, Lifetime { fresh: LONGEST_FRESH, fresh_unknown: Duration::ZERO });
    }

    #[test]
    fn an_answer_ages_through_all_its_uses() {
        let ages = [
            (Duration::ZERO, Freshness::Fresh),
            (6 * HOUR - SECOND, Freshness::Fresh),
            (6 * HOUR, Freshness::Stale),
            (12 * HOUR - SECOND, Freshness::Stale),
            (12 * HOUR, Freshness::Spare),
            (24 * HOUR - SECOND, Freshness::Spare),
            (24 * HOUR, Freshness::Dead),
            (Duration::MAX, Freshness::Dead),
        ];
        for (age, freshness) in ages {
            assert_eq!(Freshness::at(age, 6 * HOUR), freshness, "{age:?}");
        }
    }

    #[test]
    fn a_short_freshness_still_outlasts_an_outage() {
        assert_eq!(Freshness::at(3 * SECOND, SECOND), Freshness::Spare);
        assert_eq!(keep_for(SECOND), SHORTEST_SPARE);
        assert_eq!(keep_for(4 * 24 * HOUR), 8 * 24 * HOUR, "never shorter than its stale time");
    }

    #[test]
    fn what_is_never_fresh_is_never_kept() {
        assert_eq!(keep_for(Duration::ZERO), Duration::ZERO);
        assert_eq!(Freshness::at(Duration::ZERO, Duration::ZERO), Freshness::Dead);
    }

    proptest! {
        #[test]
        fn growing_older_never_makes_it_better(fresh in 0u64..10_000_000, age in 0u64..50_000_000, more in 0u64..50_000_000) {
            let fresh = Duration::from_secs(fresh);
            let rank = |age| match Freshness::at(Duration::from_secs(age), fresh) {
                Freshness::Fresh => 0,
                Freshness::Stale => 1,
                Freshness::Spare => 2,
                Freshness::Dead => 3,
            };
            prop_assert!(rank(age) <= rank(age + more));
            prop_assert_eq!(rank(age) == 3, Duration::from_secs(age) >= keep_for(fresh));
        }
    }
}
