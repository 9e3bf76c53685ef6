//! The polynomial that fits a series best.

use super::{
    fit::{explained, residual_variance},
    stats::variance,
};

/// Beyond this, double precision does not tell the powers of a long series from each other.
pub const MAX_DEGREE: usize = 10;

/// The best polynomial of a degree.
#[derive(Debug, Clone, PartialEq)]
pub struct Polynomial {
    /// How much of the variance it explains, from 0 to 1.
    pub rsquare: f64,
    /// The coefficients, from that of the highest power to the constant.
    pub coefficients: Vec<f64>,
    /// The variance of the values.
    pub variance: f64,
    /// The variance of what is left.
    pub rvariance: f64,
    /// Its values.
    pub fit: Vec<f64>,
}

/// The polynomial of least squares through `values` at `places`. None of fewer values than coefficients, of places that do
/// not tell them, and of what is not finite.
pub fn fit_polynomial(values: &[f64], places: &[f64], degree: usize) -> Option<Polynomial> {
    let all_finite = values.iter().chain(places).all(|value| value.is_finite());
    if values.len() != places.len() || values.len() <= degree || degree > MAX_DEGREE || !all_finite {
        return None;
    }
    // Around the middle and of size one, powers keep their digits.
    let middle = places.iter().sum::<f64>() / places.len() as f64;
    let size = places.iter().map(|place| (place - middle).abs()).fold(0.0, f64::max);
    let scaled = |place: f64| if size > 0.0 { (place - middle) / size } else { 0.0 };
    let count = degree + 1;
    let mut rows = vec![vec![0.0; count + 1]; count];
    for (place, value) in places.iter().zip(values) {
        let powers: Vec<f64> =
            std::iter::successors(Some(1.0), |power| Some(power * scaled(*place))).take(count).collect();
        for (row, power) in rows.iter_mut().zip(&powers) {
            for (cell, factor) in row.iter_mut().zip(powers.iter().chain([value])) {
                *cell += power * factor;
            }
        }
    }
    let solved = solve(rows)?;
    let at = |place: f64| solved.iter().rev().fold(0.0, |sum, coefficient| sum * scaled(place) + coefficient);
    let fit: Vec<f64> = places.iter().map(|place| at(*place)).collect();
    let (variance, rvariance) = (variance(values), residual_variance(values, &fit));
    let coefficients = unscaled(&solved, middle, size);
    Some(Polynomial { rsquare: explained(variance, rvariance), coefficients, variance, rvariance, fit })
}

/// Solves linear equations, each with its right side behind, by elimination with the largest pivot.
fn solve(mut rows: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let count = rows.len();
    for column in 0..count {
        let at = |row: &Vec<f64>| row.get(column).map_or(0.0, |cell| cell.abs());
        let (pivot, _) = rows.iter().enumerate().skip(column).max_by(|a, b| at(a.1).total_cmp(&at(b.1)))?;
        rows.swap(column, pivot);
        let first = rows.get(column)?.clone();
        let lead = *first.get(column)?;
        if lead.abs() < 1e-12 {
            return None;
        }
        for (index, row) in rows.iter_mut().enumerate() {
            let factor = row.get(column)? / lead;
            if index != column {
                row.iter_mut().zip(&first).for_each(|(cell, above)| *cell -= factor * above);
            }
        }
    }
    rows.iter().enumerate().map(|(index, row)| Some(row.last()? / row.get(index)?)).collect()
}

/// The coefficients for places as they are, the highest power first.
fn unscaled(solved: &[f64], middle: f64, size: f64) -> Vec<f64> {
    let size = if size > 0.0 { size } else { 1.0 };
    // Horner's scheme on polynomials: times (x - middle) / size, plus the next.
    let mut sum: Vec<f64> = Vec::new();
    for coefficient in solved.iter().rev() {
        let mut next = vec![0.0; if sum.is_empty() { 1 } else { sum.len() + 1 }];
        for (power, value) in sum.iter().enumerate() {
            if let Some(cell) = next.get_mut(power + 1) {
                *cell += value / size;
            }
            if let Some(cell) = next.get_mut(power) {
                *cell -= value * middle / size;
            }
        }
        if let Some(constant) = next.first_mut() {
            *constant += coefficient;
        }
        sum = next;
    }
    sum.reverse();
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_polynomial_is_found_again() {
        let places: Vec<f64> = (1..=20).map(f64::from).collect();
        let values: Vec<f64> = places.iter().map(|x| 2.0 * x.powi(3) - 5.0 * x + 7.0).collect();
        let found = fit_polynomial(&values, &places, 3).unwrap();
        for (found, wanted) in found.coefficients.iter().zip([2.0, 0.0, -5.0, 7.0]) {
            assert!((found - wanted).abs() < 1e-6, "{found} for {wanted}");
        }
        assert!(found.rsquare > 0.999_999);
    }

    #[test]
    fn what_tells_no_polynomial_has_none() {
        assert_eq!(fit_polynomial(&[1.0], &[1.0], 1), None);
        assert_eq!(fit_polynomial(&[1.0, 2.0], &[3.0, 3.0], 1), None);
        assert_eq!(fit_polynomial(&[1.0, f64::NAN], &[1.0, 2.0], 1), None);
        assert_eq!(fit_polynomial(&[4.0, 4.0], &[3.0, 3.0], 0).unwrap().coefficients, [4.0]);
    }
}
