//! The discrete Fourier transform of a series, and back.

use rustfft::{FftPlanner, num_complex::Complex};

/// The real and the imaginary parts of the transform of a series that has these; missing imaginary parts are zero.
/// `inverse` goes back, so that both one after the other change nothing.
pub fn fourier(real: &[f64], imaginary: &[f64], inverse: bool) -> (Vec<f64>, Vec<f64>) {
    let imaginary = imaginary.iter().copied().chain(std::iter::repeat(0.0));
    let mut values: Vec<Complex<f64>> = real.iter().zip(imaginary).map(|(re, im)| Complex::new(*re, im)).collect();
    let mut planner = FftPlanner::new();
    let transform =
        if inverse { planner.plan_fft_inverse(values.len()) } else { planner.plan_fft_forward(values.len()) };
    transform.process(&mut values);
    let scale = if inverse { 1.0 / values.len() as f64 } else { 1.0 };
    values.into_iter().map(|value| (value.re * scale, value.im * scale)).unzip()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_changes_nothing() {
        let (re, im) = fourier(&[1.0, 2.0, 3.0, 4.0, 5.0], &[], false);
        assert!((re[0] - 15.0).abs() < 1e-12 && im[0].abs() < 1e-12);
        let (back, zero) = fourier(&re, &im, true);
        assert!(back.iter().zip([1.0, 2.0, 3.0, 4.0, 5.0]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(zero.iter().all(|value| value.abs() < 1e-12));
        assert_eq!(fourier(&[], &[], false), (vec![], vec![]));
    }
}
