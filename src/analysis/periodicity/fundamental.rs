//! From the highest peak of a spectrum to the frequency that it is a multiple of.

use realfft::num_complex::Complex;

/// A frequency has its part in a rhythm if it has this part of the highest power.
const PART: f64 = 0.1;
/// So many multiples of a frequency are looked at to see whether it is the fundamental one.
const MULTIPLES: usize = 32;
/// A fundamental frequency beats at least so often in the time that is looked at.
const LEAST_BEATS: usize = 3;

/// Which multiple of the fundamental frequency the peak is, whose frequency is `number` times the lowest.
///
/// The fundamental frequency is the lowest of which the peak is a multiple, if at least half of its own first multiples
/// have their part in the rhythm. So beats that pause at night are not taken for a rhythm of days: of the multiples of the
/// day few have a part. `powers` begin with the lowest frequency.
pub(super) fn multiple(powers: &[f64], peak: usize, number: f64) -> usize {
    let least = powers.get(peak).copied().unwrap_or_default() * PART;
    let is_part = |frequency: f64| {
        let power = (frequency as usize).checked_sub(1).and_then(|place| powers.get(place));
        power.is_some_and(|power| *power >= least)
    };
    // Between two of the frequencies a part shows in both.
    let has_part = |frequency: f64| is_part((frequency - 0.1).ceil()) || is_part((frequency + 0.1).floor());
    let is_fundamental = |divisor: &usize| {
        let frequency = number / *divisor as f64;
        let multiples = (*divisor).min(MULTIPLES);
        has_part(frequency)
            && 2 * (1..=multiples).filter(|multiple| has_part(*multiple as f64 * frequency)).count() >= multiples
    };
    (2..=(peak + 1) / LEAST_BEATS).rev().find(is_fundamental).unwrap_or(1)
}

/// Where between the frequencies of a spectrum a peak lies, counted as the lowest frequency is.
///
/// A steady tone between two frequencies shows in both, in each the more the nearer it is.
pub(super) fn refine(spectrum: &[Complex<f64>], peak: usize) -> f64 {
    let size = |place: Option<usize>| place.and_then(|place| spectrum.get(place)).map_or(0.0, |power| power.norm());
    let (below, at, above) = (size(peak.checked_sub(1)), size(Some(peak)), size(Some(peak + 1)));
    let beside = if above > below { above / (at + above) } else { -below / (at + below) };
    // With little at the peak there is nothing to refine.
    (peak + 1) as f64 + if beside.is_finite() { beside } else { 0.0 }
}
