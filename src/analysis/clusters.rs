//! Points that lie close together: DBSCAN, and the numbers that stand for a process.
//!
//! Our own code over a k-d tree: the crate that has it lists all neighbours of every point, which for events that are much
//! alike is the square of their number, and it panics where it is surprised. Here equal points are one, a point asks only
//! whether it has enough neighbours, and what belongs to a cluster is never looked at again. Labels are scikit-learn's.

pub mod features;
mod tree;

use std::collections::VecDeque;

use model::{Fault, Faulty};

use self::tree::Tree;

/// Points in a space of some dimensions: a row of numbers for each.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    numbers: Vec<f64>,
    dimensions: usize,
}

/// Why numbers make no points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Pointless {
    /// No numbers for a point.
    #[error("a point has at least one number")]
    NoDimensions,
    /// A number of numbers that is no multiple of the dimensions.
    #[error("not as many numbers as points need")]
    Uneven,
    /// A number that is none or is infinite.
    #[error("not all numbers are finite")]
    NotFinite,
}

impl Faulty for Pointless {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

impl Points {
    /// Takes the numbers of all points one after the other.
    pub fn new(numbers: Vec<f64>, dimensions: usize) -> Result<Self, Pointless> {
        if dimensions == 0 {
            return Err(Pointless::NoDimensions);
        }
        if !numbers.len().is_multiple_of(dimensions) {
            return Err(Pointless::Uneven);
        }
        if numbers.iter().all(|number| number.is_finite()) {
            Ok(Self { numbers, dimensions })
        } else {
            Err(Pointless::NotFinite)
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len() / self.dimensions
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// How many numbers a point has.
    pub const fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The numbers of a point; none if there is no such point.
    pub fn point(&self, number: usize) -> &[f64] {
        let start = number.saturating_mul(self.dimensions);
        self.numbers.get(start..start.saturating_add(self.dimensions)).unwrap_or_default()
    }

    /// Gives each point the length 1, so that only the proportions of its numbers count. One of length 0 stays.
    pub fn normalize(&mut self) {
        for point in self.numbers.chunks_exact_mut(self.dimensions) {
            let most = point.iter().fold(0.0_f64, |most, number| most.max(number.abs()));
            // In two steps, so that no square is too large or too small.
            let length = most * point.iter().map(|number| (number / most).powi(2)).sum::<f64>().sqrt();
            if length > 0.0 {
                point.iter_mut().for_each(|number| *number /= length);
            }
        }
    }
}

/// The cluster of each point, or none for noise. Clusters count from 0 in the order of their first points.
///
/// A point with at least `least` points within `distance`, itself included, is a core; what lies within that distance of a
/// core belongs to its cluster. None if it takes more than about `most_work` multiplications: points in many dimensions, none
/// near another and none far, must all be compared.
pub fn dbscan(points: &Points, distance: f64, least: usize, most_work: u64) -> Option<Vec<Option<u32>>> {
    let (different, same) = different(points);
    let mut tree = Tree::new(points, &different, &same);
    let mut labels = vec![None; different.len()];
    let (mut next, mut queue, mut found) = (0, VecDeque::new(), Vec::new());
    for seed in 0..different.len() {
        let is_seed = matches!(labels.get(seed), Some(None)) && tree.has_within(seed, distance, least);
        if tree.work() > most_work {
            return None;
        }
        if !is_seed {
            continue;
        }
        queue.push_back(seed);
        while let Some(core) = queue.pop_front() {
            if tree.work() > most_work {
                return None;
            }
            tree.take_within(core, distance, &mut found);
            for point in found.drain(..) {
                if let Some(label) = labels.get_mut(point) {
                    *label = Some(next);
                }
                if tree.has_within(point, distance, least) {
                    queue.push_back(point);
                }
            }
        }
        next += 1;
    }
    Some(same.iter().map(|point| labels.get(*point as usize).copied().flatten()).collect())
}

/// The points that differ, by the number of the first of each; and for every point, which of those it is the same as.
fn different(points: &Points) -> (Vec<u32>, Vec<u32>) {
    let compare = |one: &u32, other: &u32| {
        let pairs = points.point(*one as usize).iter().zip(points.point(*other as usize));
        pairs.map(|(one, other)| one.total_cmp(other)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    let mut order: Vec<u32> = (0..points.len() as u32).collect();
    order.sort_unstable_by(|one, other| compare(one, other).then(one.cmp(other)));
    let groups = || order.chunk_by(|one, other| compare(one, other).is_eq());
    let mut different: Vec<u32> = groups().filter_map(|group| group.first().copied()).collect();
    different.sort_unstable();
    let mut same = vec![0; points.len()];
    for group in groups() {
        let first = group.first().and_then(|first| different.binary_search(first).ok()).unwrap_or_default();
        for point in group {
            if let Some(same) = same.get_mut(*point as usize) {
                *same = first as u32;
            }
        }
    }
    (different, same)
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(points: &Points, distance: f64, least: usize) -> Vec<Option<u32>> {
        dbscan(points, distance, least, u64::MAX).unwrap()
    }

    /// The same points as those of the oracle.
    pub(crate) fn generated(count: usize, dimensions: usize, seed: u64) -> Points {
        let next = |seed: &u64| Some((1_103_515_245 * seed + 12_345) % (1 << 31));
        let noise = std::iter::successors(next(&seed), next).map(|number| number as f64 / (1_u64 << 31) as f64 - 0.5);
        let heaps = [(0.0, 1.0), (3.0, 0.5), (-4.0, 2.0), (0.0, 16.0)];
        let number = |(place, random): (usize, f64)| {
            let point = place / dimensions;
            let (centre, width) = heaps[if point.is_multiple_of(8) { 3 } else { point % 4 }];
            centre + width * random
        };
        Points::new(noise.take(count * dimensions).enumerate().map(number).collect(), dimensions).unwrap()
    }

    #[test]
    fn labels_are_those_of_scikit_learn() {
        for line in include_str!("golden/clusters.csv").lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let whole = |place: usize| fields[place].parse::<usize>().unwrap();
            let points = generated(whole(0), whole(1), whole(2) as u64);
            let expected: Vec<i64> = fields[5].split(' ').map(|label| label.parse().unwrap()).collect();
            let labels = all(&points, fields[3].parse().unwrap(), whole(4));
            let labels: Vec<i64> = labels.into_iter().map(|label| label.map_or(-1, i64::from)).collect();
            assert!(expected.contains(&-1) && expected.contains(&1), "the case has clusters and noise");
            assert_eq!(labels, expected, "{}", fields[..5].join(","));
        }
    }

    #[test]
    fn many_equal_points_are_one_cluster_and_little_work() {
        let points = Points::new([[1.0, 2.0], [5.0, 5.0]].concat().repeat(100_000), 2).unwrap();
        let labels = all(&points, 0.5, 3);
        assert!(labels.chunks(2).all(|pair| pair == [Some(0), Some(1)]));
    }

    #[test]
    fn a_dense_heap_is_little_work() {
        let points = Points::new((0..200_000).map(|place| f64::from(place) / 1e6).collect(), 1).unwrap();
        assert!(all(&points, 1.0, 5).iter().all(|label| *label == Some(0)));
    }

    #[test]
    fn points_are_checked_and_normalized() {
        assert_eq!(Points::new(vec![], 0), Err(Pointless::NoDimensions));
        assert_eq!(Points::new(vec![1.0], 2), Err(Pointless::Uneven));
        assert_eq!(Points::new(vec![f64::NAN], 1), Err(Pointless::NotFinite));
        let mut points = Points::new(vec![3.0, 4.0, 0.0, 0.0, 1e300, 0.0], 2).unwrap();
        points.normalize();
        assert_eq!(points.numbers, [0.6, 0.8, 0.0, 0.0, 1.0, 0.0]);
        assert!(all(&Points::new(vec![], 1).unwrap(), 1.0, 1).is_empty());
        assert_eq!(all(&Points::new(vec![1.0, 9.0], 1).unwrap(), 1.0, 1), [Some(0), Some(1)]);
    }

    #[test]
    fn too_much_work_is_given_up() {
        let points = generated(2_000, 8, 3);
        assert_eq!(dbscan(&points, 0.4, 3, 10_000), None);
        assert!(dbscan(&points, 0.4, 3, 1_000_000_000).is_some());
    }

    /// DBSCAN as its authors wrote it down.
    fn plain(points: &Points, distance: f64, least: usize) -> Vec<Option<u32>> {
        let near = |one: usize| {
            let is_near = move |other: &usize| {
                let pairs = points.point(one).iter().zip(points.point(*other));
                pairs.map(|(one, other)| (one - other).powi(2)).sum::<f64>() <= distance * distance
            };
            (0..points.len()).filter(is_near).collect::<Vec<_>>()
        };
        let (mut labels, mut next) = (vec![None; points.len()], 0);
        for seed in 0..points.len() {
            if labels[seed].is_some() || near(seed).len() < least {
                continue;
            }
            let mut queue = vec![seed];
            while let Some(core) = queue.pop() {
                for point in near(core) {
                    if labels[point].is_none() {
                        labels[point] = Some(next);
                        if near(point).len() >= least {
                            queue.push(point);
                        }
                    }
                }
            }
            next += 1;
        }
        labels
    }

    proptest! {
        #[test]
        fn the_tree_changes_nothing(
            numbers in prop::collection::vec(0_u8..40, 0..240), dimensions in 1_usize..4, distance in 0_u8..9, least in 1_usize..6,
        ) {
            let len = numbers.len() / dimensions * dimensions;
            let points = Points::new(numbers[..len].iter().map(|n| f64::from(*n)).collect(), dimensions).unwrap();
            let distance = f64::from(distance);
            prop_assert_eq!(all(&points, distance, least), plain(&points, distance, least));
        }
    }
}
