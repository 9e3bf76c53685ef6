//! Fisher's g-test: whether one frequency has more than its share of the power.
//!
//! R. A. Fisher, "Tests of Significance in Harmonic Analysis", Proceedings of the Royal Society A 125 (1929).

/// Beyond terms so large the sum is made of rounding, and the probability is 1 to ten digits anyway.
const LARGEST_TERM: f64 = 1e5;

/// How likely it is that in white noise one of so many frequencies has at least this share of the power.
pub fn g_test(share: f64, frequencies: usize) -> f64 {
    if share.is_nan() || share <= 0.0 || frequencies < 2 {
        return 1.0;
    }
    let count = frequencies as f64;
    let most = (1.0 / share).floor().min(count);
    // Of ever so many frequencies few terms matter: they fall off like those of an exponential series.
    let (mut sum, mut binomial, mut sign, mut term) = (0.0, 0.0, 1.0, 1.0);
    while term <= most {
        // The logarithm of how many ways there are to choose so many frequencies.
        binomial += ((count - term + 1.0) / term).ln();
        let size = (binomial + (count - 1.0) * (-(term * share).min(1.0)).ln_1p()).exp();
        if size > LARGEST_TERM {
            return 1.0;
        }
        sum += sign * size;
        if size < f64::EPSILON * sum.abs() {
            break;
        }
        (sign, term) = (-sign, term + 1.0);
    }
    sum.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share that is passed in one of twenty trials, from Fisher's table as Fuller gives it.
    #[test]
    fn five_percent_lie_where_the_published_table_has_them() {
        for (frequencies, share) in
            [(5, 0.68377), (10, 0.44495), (15, 0.33462), (20, 0.27040), (25, 0.22805), (30, 0.19784), (50, 0.13135)]
        {
            let found = g_test(share, frequencies);
            assert!((found - 0.05).abs() < 5e-5, "{frequencies}: {found}");
        }
    }

    /// MSTICPy leaves out the last term, and above 700 frequencies takes all to be independent: it has 0.017366451972201498,
    /// 0.00210702744189928 and 0.0003058555839038357 for the last three. These are the sums to the last term, in 60 digits.
    #[test]
    fn the_probability_is_the_whole_sum() {
        for (frequencies, share, expected) in [
            (10, 0.5, 0.01953125),
            (50, 0.15, 0.017_366_451_972_201_647),
            (400, 0.03, 0.002_107_027_441_899_495),
            (1000, 0.015, 0.000_277_170_222_570_057_26),
        ] {
            let found = g_test(share, frequencies);
            assert!((found / expected - 1.0).abs() < 1e-9, "{frequencies}: {found} is not {expected}");
        }
    }

    #[test]
    fn the_probability_falls_as_the_share_grows() {
        for frequencies in [1, 2, 7, 100, 700, 701, 100_000] {
            let shares = (1..=1_000).map(|share| f64::from(share) / 1_000.0);
            let found: Vec<f64> = shares.map(|share| g_test(share, frequencies)).collect();
            assert!(found.windows(2).all(|pair| pair[0] >= pair[1] - 1e-9), "{frequencies}");
            assert!(found.iter().all(|p| (0.0..=1.0).contains(p)));
        }
        assert_eq!(g_test(f64::NAN, 5), 1.0);
        assert_eq!(g_test(0.5, 0), 1.0);
    }
}
