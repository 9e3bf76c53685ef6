//! Outliers by isolation forest: what few random cuts part from all the rest is unlike the rest.
//!
//! Trees, path lengths and scores are those of scikit-learn. Its random numbers are not: the same seed gives the same
//! forest here, on every machine, but another one there. Liu, Ting, Zhou, "Isolation Forest", ICDM 2008.

mod grow;

use crate::{clusters::Points, numbers::quantile};

/// The Euler–Mascheroni constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// How to grow a forest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growth {
    /// How many trees.
    pub trees: usize,
    /// How many points each tree sees; all where there are fewer.
    pub sample: usize,
    /// How many of the dimensions each tree sees; all where there are fewer.
    pub features: usize,
    /// Where the random numbers begin.
    pub seed: u64,
}

/// Trees that part points from one another.
#[derive(Debug)]
pub struct Forest {
    trees: Vec<Vec<Node>>,
    /// The mean length of a path in a tree of as many points as each has seen.
    usual: f64,
}

/// A cut, or an end.
#[derive(Debug, Clone, Copy)]
enum Node {
    /// Points whose number in this dimension is at most that of the cut go on at the next node, others at the one named.
    Cut { dimension: u32, at: f64, above: u32 },
    /// The length of the path to here, and of what it would take to part the points that are left.
    End { path: f64 },
}

impl Forest {
    /// Grows a forest; empty if there are no points.
    pub fn grow(points: &Points, growth: Growth) -> Self {
        let sample = growth.sample.clamp(1, points.len().max(1));
        let trees = if points.is_empty() { 0 } else { growth.trees };
        let trees = (0..trees as u64).map(|tree| grow::tree(points, growth, sample, tree)).collect();
        Self { trees, usual: mean_path(sample) }
    }

    /// How much of an outlier a point is: towards 1 if it is one, below 0.5 if it is not. scikit-learn's `score_samples` is
    /// the negative of it.
    pub fn score(&self, point: &[f64]) -> f64 {
        let paths: f64 = self.trees.iter().map(|tree| path(tree, point)).sum();
        let usual = self.usual * self.trees.len() as f64;
        // In a forest that saw one point nothing is unusual.
        if usual > 0.0 { (-paths / usual).exp2() } else { 0.5 }
    }
}

/// The score that divides the share `contamination` of the highest scores from the rest; outliers are those above it.
pub fn threshold(scores: &[f64], contamination: f64) -> f64 {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    quantile(&sorted, 1.0 - contamination)
}

fn path(tree: &[Node], point: &[f64]) -> f64 {
    let mut place = 0;
    loop {
        match tree.get(place) {
            Some(Node::Cut { dimension, at, above }) => {
                let is_below = point.get(*dimension as usize).is_some_and(|number| number <= at);
                // The way down only leads to higher numbers, so it ends.
                place = if is_below { place + 1 } else { (*above as usize).max(place + 1) };
            }
            Some(Node::End { path }) => return *path,
            None => return 0.0,
        }
    }
}

/// The mean number of cuts that part one of so many points from the others.
fn mean_path(points: usize) -> f64 {
    match points {
        0 | 1 => 0.0,
        2 => 1.0,
        _ => {
            let points = points as f64;
            2.0 * ((points - 1.0).ln() + EULER) - 2.0 * (points - 1.0) / points
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clusters::tests::generated;

    const GROWTH: Growth = Growth { trees: 100, sample: 100, features: usize::MAX, seed: 42 };

    fn scores(points: &Points, growth: Growth) -> Vec<f64> {
        let forest = Forest::grow(points, growth);
        (0..points.len()).map(|point| forest.score(points.point(point))).collect()
    }

    #[test]
    fn a_large_forest_scores_as_one_of_scikit_learn() {
        let scores = scores(&generated(300, 3, 21), Growth { trees: 20_000, ..GROWTH });
        for line in include_str!("golden/outliers.csv").lines().skip(1) {
            let (place, expected) = line.split_once(',').unwrap();
            let (found, expected) = (scores[place.parse::<usize>().unwrap()], expected.parse::<f64>().unwrap());
            assert!((found - expected).abs() < 0.004, "{place}: {found} is not {expected}");
        }
    }

    #[test]
    fn the_mean_path_is_that_of_the_paper() {
        for (points, expected) in [(0, 0.0), (1, 0.0), (2, 1.0), (3, 1.207_392_357), (256, 10.244_770_920)] {
            assert!((mean_path(points) - expected).abs() < 1e-8, "{points}: {}", mean_path(points));
        }
    }

    #[test]
    fn the_same_seed_is_the_same_forest() {
        let points = generated(200, 2, 5);
        assert_eq!(scores(&points, GROWTH), scores(&points, GROWTH));
        assert_ne!(scores(&points, GROWTH), scores(&points, Growth { seed: 43, ..GROWTH }));
    }

    #[test]
    fn what_lies_far_away_has_the_highest_score() {
        let mut numbers: Vec<f64> = (0..200).map(|place| f64::from(place % 10)).collect();
        numbers.extend([1e3, 1e3]);
        let points = Points::new(numbers, 2).unwrap();
        let scores = scores(&points, GROWTH);
        let limit = threshold(&scores, 0.01);
        let outliers: Vec<_> = (0..scores.len()).filter(|place| scores[*place] > limit).collect();
        assert_eq!(outliers, [100]);
    }

    #[test]
    fn little_or_equal_points_are_no_trouble() {
        assert!(scores(&Points::new(vec![], 1).unwrap(), GROWTH).is_empty());
        assert_eq!(scores(&Points::new(vec![1.0], 1).unwrap(), GROWTH), [0.5]);
        let equal = scores(&Points::new(vec![1.0; 50], 1).unwrap(), GROWTH);
        assert!(equal.iter().all(|score| (score - 0.5).abs() < 1e-9), "{equal:?}");
        assert!(threshold(&[], 0.1).is_nan());
    }

    proptest! {
        #[test]
        fn scores_are_between_0_and_1(
            numbers in prop::collection::vec(any::<f64>().prop_filter("finite", |number| number.is_finite()), 2..60), seed: u64,
        ) {
            let growth = Growth { trees: 5, sample: 16, features: 1, seed };
            let points = Points::new(numbers[..numbers.len() / 2 * 2].to_vec(), 2).unwrap();
            for score in scores(&points, growth) {
                prop_assert!(score > 0.0 && score <= 1.0, "{score}");
            }
        }
    }
}
