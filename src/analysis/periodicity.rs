//! Events that come back at a steady interval: a periodogram, a test of its highest peak, and the interval behind it.
//!
//! A train of equal beats has as much power at every multiple of its frequency. What is told is the frequency itself and
//! not one of its multiples, which the highest peak alone may well be.

mod fundamental;
mod g_test;

pub use g_test::g_test;
use realfft::{RealFftPlanner, num_complex::Complex};

/// More bins than a periodogram is made of.
pub const MAX_BINS: usize = 1 << 22;

/// So many bins are looked at for each event, and at least so many in all, where callers do not say.
const BINS_PER_EVENT: usize = 64;
const LEAST_BINS: usize = 1_024;

/// Fewer events have no interval to speak of.
pub const LEAST_EVENTS: usize = 4;

/// The steadiest interval of some events.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rhythm {
    /// How likely so high a peak is where events come by chance (Fisher's g-test).
    pub p_value: f64,
    /// How often they come, per bin.
    pub frequency: f64,
    /// How many bins lie between them.
    pub interval: f64,
}

/// Why no interval can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRhythm {
    /// Too few events.
    #[error("fewer than {LEAST_EVENTS} events")]
    TooFew,
    /// Too short a time.
    #[error("the events lie within too few bins")]
    TooShort,
    /// Too long a time.
    #[error("the events lie within too many bins; wider bins are fewer")]
    TooLong,
    /// As many events in every bin, or in every other: an interval has at least 3 bins.
    #[error("the bins have as many events all the way; narrower bins may differ")]
    Constant,
}

/// Bins as wide as whole multiples of `step` make them, so that sorted events have at most 64 for each of them: far more
/// than their interval needs, and no more work than they are worth.
pub fn fitting_step(times: &[i64], step: i64) -> i64 {
    let range = times.last().copied().unwrap_or_default().saturating_sub(times.first().copied().unwrap_or_default());
    let most = times.len().saturating_mul(BINS_PER_EVENT).clamp(LEAST_BINS, MAX_BINS);
    step.saturating_mul(range / step.max(1) / most as i64 + 1)
}

/// Looks for the interval of sorted events, in bins of the width `step`, of which there may be `most`.
///
/// The last event only ends the time that is looked at: between the first and the last of a steady train lies a whole
/// number of intervals.
pub fn find_rhythm(times: &[i64], step: i64, most: usize) -> Result<Rhythm, NoRhythm> {
    let (first, last) = match times {
        [first, .., last] if times.len() >= LEAST_EVENTS => (*first, *last),
        _ => return Err(NoRhythm::TooFew),
    };
    let bins = (i128::from(last) - i128::from(first)) / i128::from(step.max(1));
    let bins = usize::try_from(bins).ok().filter(|bins| *bins <= most.min(MAX_BINS)).ok_or(NoRhythm::TooLong)?;
    let mut counts = vec![0.0; bins];
    for time in times {
        let bin = usize::try_from(time.saturating_sub(first) / step.max(1)).ok();
        if let Some(count) = bin.and_then(|bin| counts.get_mut(bin)) {
            *count += 1.0;
        }
    }
    rhythm(counts)
}

/// Looks for the interval in counts of events, bin by bin.
fn rhythm(counts: Vec<f64>) -> Result<Rhythm, NoRhythm> {
    let (bins, events) = (counts.len(), counts.iter().sum::<f64>());
    let spectrum = spectrum(counts);
    let powers: Vec<f64> = spectrum.iter().map(Complex::norm_sqr).collect();
    if powers.len() < 2 {
        return Err(NoRhythm::TooShort);
    }
    let (peak, power) = powers.iter().enumerate().max_by(|one, other| one.1.total_cmp(other.1)).unwrap_or((0, &0.0));
    if *power <= f64::EPSILON * events * events {
        return Err(NoRhythm::Constant);
    }
    let p_value = g_test(power / powers.iter().sum::<f64>(), powers.len());
    // The powers begin at the frequency 1 / bins.
    let number = fundamental::refine(&spectrum, peak);
    let frequency = number / fundamental::multiple(&powers, peak, number) as f64 / bins as f64;
    Ok(Rhythm { p_value, frequency, interval: 1.0 / frequency })
}

/// The spectrum without the mean and without the highest frequency of an even number of bins: what the test is about.
fn spectrum(mut counts: Vec<f64>) -> Vec<Complex<f64>> {
    let (bins, mean) = (counts.len(), counts.iter().sum::<f64>() / counts.len() as f64);
    counts.iter_mut().for_each(|count| *count -= mean);
    let plan = RealFftPlanner::new().plan_fft_forward(bins);
    let mut spectrum = plan.make_output_vec();
    if plan.process(&mut counts, &mut spectrum).is_err() {
        // It fails for lengths that do not fit; these are its own.
        return Vec::new();
    }
    spectrum.truncate(bins.div_ceil(2));
    spectrum.drain(..1.min(spectrum.len()));
    spectrum
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn look(times: &[i64], step: i64) -> Result<Rhythm, NoRhythm> {
        find_rhythm(times, step, MAX_BINS)
    }

    fn beats(count: i64, interval: i64) -> Vec<i64> {
        (0..count).map(|beat| 1_000 + beat * interval).collect()
    }

    /// The same pseudo-random numbers as those of the oracle.
    fn noise(seed: u64) -> impl Iterator<Item = f64> {
        let next = |seed: &u64| Some((1_103_515_245 * seed + 12_345) % (1 << 31));
        std::iter::successors(next(&seed), next).map(|number| number as f64 / (1_u64 << 31) as f64 - 0.5)
    }

    fn assert_interval(mut times: Vec<i64>, expected: f64) {
        times.sort_unstable();
        let rhythm = look(&times, 1).unwrap();
        assert!(rhythm.p_value < 1e-6, "{rhythm:?}");
        assert!((rhythm.interval / expected - 1.0).abs() < 0.01, "{rhythm:?} is not {expected}");
    }

    #[test]
    fn steady_beats_have_their_interval_and_not_a_harmonic() {
        for interval in [3, 7, 30, 60, 300, 3_600] {
            let rhythm = look(&beats(240, interval), 1).unwrap();
            assert!(
                (rhythm.interval - interval as f64).abs() < 1e-6 && rhythm.p_value < 1e-3,
                "{interval}: {rhythm:?}"
            );
        }
    }

    #[test]
    fn beats_that_come_early_or_late_or_not_at_all_keep_their_interval() {
        let jitter = |interval: i64, most: f64| {
            let late = noise(interval as u64).map(move |random| (random * 2.0 * most) as i64);
            beats(240, interval).into_iter().zip(late).map(|(beat, late)| beat + late).collect::<Vec<_>>()
        };
        for interval in [60, 300, 601] {
            assert_interval(jitter(interval, 0.1 * interval as f64), interval as f64);
            let missing = jitter(interval, 2.0).into_iter().zip(noise(9)).filter(|(_, random)| *random < 0.2);
            assert_interval(missing.map(|(beat, _)| beat).collect(), interval as f64);
        }
    }

    #[test]
    fn beats_among_noise_and_beats_of_two_strokes_keep_their_interval() {
        let among =
            beats(200, 120).into_iter().chain(noise(3).take(60).map(|random| 13_000 + (random * 24_000.0) as i64));
        assert_interval(among.collect(), 120.0);
        assert_interval(beats(200, 60).into_iter().flat_map(|beat| [beat, beat + 20]).collect(), 60.0);
    }

    #[test]
    fn a_beacon_in_office_hours_beats_by_the_minute_and_not_by_the_day() {
        let office = (0..14).flat_map(|day| (0..480).map(move |minute| day * 86_400 + 28_800 + minute * 60));
        assert_interval(office.collect(), 60.0);
    }

    #[test]
    fn chance_has_no_rhythm() {
        for seed in 1..6 {
            let mut times: Vec<_> = noise(seed).take(240).map(|random| (random * 14_400.0) as i64).collect();
            times.sort_unstable();
            assert!(look(&times, 1).unwrap().p_value > 0.001);
        }
    }

    #[test]
    fn what_has_no_interval_says_why() {
        assert_eq!(look(&[], 1), Err(NoRhythm::TooFew));
        assert_eq!(look(&[1, 2, 3], 1), Err(NoRhythm::TooFew));
        assert_eq!(look(&[5; 10], 1), Err(NoRhythm::TooShort));
        assert_eq!(look(&beats(50, 1), 1), Err(NoRhythm::Constant));
        assert_eq!(look(&beats(51, 2), 1), Err(NoRhythm::Constant));
        assert_eq!(look(&[i64::MIN, 0, 1, i64::MAX], 1), Err(NoRhythm::TooLong));
        let years = beats(300, 86_400);
        let step = fitting_step(&years, 1);
        assert!(step > 1 && look(&years, 1) == Err(NoRhythm::TooLong));
        assert_eq!(find_rhythm(&beats(50, 60), 1, 1_000), Err(NoRhythm::TooLong));
        assert!((look(&years, step).unwrap().interval * step as f64 / 86_400.0 - 1.0).abs() < 0.01);
    }

    proptest! {
        #[test]
        fn no_times_are_trouble(mut times in prop::collection::vec(-2_000_i64..2_000, 0..60), step in -1_i64..50) {
            times.sort_unstable();
            if let Ok(rhythm) = look(&times, step) {
                prop_assert!((0.0..=1.0).contains(&rhythm.p_value), "{rhythm:?}");
                prop_assert!(rhythm.interval.is_finite() && rhythm.interval > 0.0);
            }
        }
    }
}
