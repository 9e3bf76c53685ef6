//! Functions of probability: beta, gamma, error function. After Lanczos and Lentz.

use std::f64::consts::PI;

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "gamma" => |_, cells| arg(cells, 0).real().map(gamma).into(),
        "loggamma" => |_, cells| arg(cells, 0).real().map(log_gamma).into(),
        "erf" => |_, cells| arg(cells, 0).real().map(erf).into(),
        "erfc" => |_, cells| arg(cells, 0).real().map(|x| 1.0 - erf(x)).into(),
        "beta_cdf" => |context, cells| beta(context, cells, cdf),
        "beta_pdf" => |context, cells| beta(context, cells, pdf),
        "beta_inv" => |context, cells| beta(context, cells, inverse),
        "welch_test" => |_, cells| welch(cells).into(),
        _ => return None,
    })
}

fn log_gamma(x: f64) -> f64 {
    const LANCZOS: [f64; 8] = [
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    if x < 0.5 {
        return (PI / (PI * x).sin().abs()).ln() - log_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = 0.999_999_999_999_809_9;
    let mut at = x;
    for coefficient in LANCZOS {
        at += 1.0;
        sum += coefficient / at;
    }
    let t = x + 7.5;
    0.5 * (2.0 * PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

fn gamma(x: f64) -> f64 {
    if x <= 0.0 && x.fract() == 0.0 {
        return f64::NAN;
    }
    let size = log_gamma(x).exp();
    let size = if x.fract() == 0.0 && x < 20.0 { size.round() } else { size };
    if x < 0.0 && (x.floor() % 2.0).abs() == 1.0 { -size } else { size }
}

/// By its series near zero, by its continued fraction further away.
fn erf(x: f64) -> f64 {
    let size = x.abs();
    let value = if size < 2.5 {
        let (mut term, mut sum, mut n) = (size, size, 0.0);
        while term.abs() > 1e-17 * sum.abs() && n < 200.0 {
            n += 1.0;
            term *= -size * size / n;
            sum += term / (2.0 * n + 1.0);
        }
        sum * 2.0 / PI.sqrt()
    } else {
        let mut fraction = 0.0;
        for n in (1..=60).rev() {
            fraction = f64::from(n) / 2.0 / (size + fraction);
        }
        1.0 - (-size * size).exp() / PI.sqrt() / (size + fraction)
    };
    value.copysign(x)
}

fn beta<'a>(_: &Context, cells: &[Cell<'a>], of: fn(f64, f64, f64) -> Option<f64>) -> Cell<'a> {
    let (Some(x), Some(a), Some(b)) = (arg(cells, 0).real(), arg(cells, 1).real(), arg(cells, 2).real()) else {
        return Cell::Null;
    };
    if a <= 0.0 || b <= 0.0 {
        return Cell::Real(f64::NAN);
    }
    of(x, a, b).into()
}

fn pdf(x: f64, a: f64, b: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&x) {
        return Some(f64::NAN);
    }
    let front = log_gamma(a + b) - log_gamma(a) - log_gamma(b);
    Some((front + (a - 1.0) * x.ln() + (b - 1.0) * (1.0 - x).ln()).exp())
}

/// The regularised incomplete beta function.
#[expect(clippy::unnecessary_wraps, reason = "one of several")]
fn cdf(x: f64, a: f64, b: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&x) {
        return Some(f64::NAN);
    }
    if x == 0.0 || x == 1.0 {
        return Some(x);
    }
    let front = (log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    Some(if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    })
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let safe = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / safe(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..=300 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / safe(1.0 + even * d);
        c = safe(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / safe(1.0 + odd * d);
        c = safe(1.0 + odd / c);
        h *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    h
}

/// The probability that two samples, each of a mean, variance and count, are of the same mean (Welch's t-test).
fn welch(cells: &[Cell<'_>]) -> Option<f64> {
    let sample = |first: usize| {
        let (variance, count) = (arg(cells, first + 1).real()?, arg(cells, first + 2).real()?);
        Some((arg(cells, first).real()?, variance / count, count))
    };
    let ((mean, error, count), (other_mean, other_error, other_count)) = (sample(0)?, sample(3)?);
    let errors = error + other_error;
    let freedom = errors.powi(2) / (error.powi(2) / (count - 1.0) + other_error.powi(2) / (other_count - 1.0));
    let t_squared = (mean - other_mean).powi(2) / errors;
    cdf(freedom / (freedom + t_squared), freedom / 2.0, 0.5)
}

/// By halving.
fn inverse(p: f64, a: f64, b: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if cdf(middle, a, b)? < p { low = middle } else { high = middle }
    }
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_tables() {
        assert!((cdf(0.9, 10.0, 20.0).unwrap() - 0.999_999_999_999_959).abs() < 1e-14);
        assert!((inverse(0.1, 10.0, 20.0).unwrap() - 0.226_415_022_388_749).abs() < 1e-12);
        // Of 20.3, 22.1, 21.9 and 18.9, 20.3, 19.0, by another implementation.
        let samples = [21.433_333_333_333_334, 0.973_333_333_333_332_8, 3.0, 19.4, 0.61, 3.0].map(Cell::Real);
        assert!((welch(&samples).unwrap() - 0.051_807_360_348_581_9).abs() < 1e-10);
        assert!((gamma(4.5) - 11.631_728_396_567_448).abs() < 1e-12);
        assert!((erf(0.5) - 0.520_499_877_813_046_5).abs() < 1e-15);
        assert!((erf(3.0) - 0.999_977_909_503_001_4).abs() < 1e-15);
    }
}
