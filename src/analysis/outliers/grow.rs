//! One tree of a forest: a random sample, cut at random places until its points are alone or the tree is high enough.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use super::{Growth, Node, mean_path};
use crate::clusters::Points;

/// Numbers by chance, the same for the same seed everywhere.
struct Chance(ChaCha8Rng);

impl Chance {
    /// A whole number below `end`, which is not 0; the bias is below any notice.
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.0.next_u64()) * end as u128) >> 64) as usize
    }

    /// A number from `low` to below `high`.
    fn between(&mut self, low: f64, high: f64) -> f64 {
        let share = (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        // Not by the difference, which can be too large for a number.
        low * (1.0 - share) + high * share
    }

    /// So many of the whole numbers below `end`, each at most once.
    fn choose(&mut self, count: usize, end: usize) -> Vec<u32> {
        // Floyd's algorithm: as many steps as numbers, however many there are to choose from.
        let mut chosen: Vec<u32> = Vec::with_capacity(count);
        let mut is_chosen = std::collections::HashSet::with_capacity(count);
        for last in end.saturating_sub(count)..end {
            let candidate = self.below(last + 1) as u32;
            let number = if is_chosen.insert(candidate) { candidate } else { last as u32 };
            is_chosen.insert(number);
            chosen.push(number);
        }
        chosen
    }
}

/// Grows the tree with this number.
pub(super) fn tree(points: &Points, growth: Growth, sample: usize, number: u64) -> Vec<Node> {
    let mut random = ChaCha8Rng::seed_from_u64(growth.seed);
    random.set_stream(number);
    let mut chance = Chance(random);
    let features = growth.features.clamp(1, points.dimensions());
    let dimensions = chance.choose(features, points.dimensions());
    let mut members = chance.choose(sample, points.len());
    let height = usize::try_from(sample.max(2).next_power_of_two().trailing_zeros()).unwrap_or_default();
    let mut tree = Vec::new();
    Grower { points, dimensions, height, chance }.grow(&mut members, 0, &mut tree);
    tree
}

struct Grower<'a> {
    points: &'a Points,
    dimensions: Vec<u32>,
    height: usize,
    chance: Chance,
}

impl Grower<'_> {
    fn number(&self, point: u32, dimension: u32) -> f64 {
        self.points.point(point as usize).get(dimension as usize).copied().unwrap_or_default()
    }

    /// Adds the nodes for some points. No deeper than the height, which is the logarithm of the sample.
    fn grow(&mut self, members: &mut [u32], depth: usize, tree: &mut Vec<Node>) {
        let cut = if members.len() > 1 && depth < self.height { self.cut(members) } else { None };
        let Some((dimension, at)) = cut else {
            tree.push(Node::End { path: depth as f64 + mean_path(members.len()) });
            return;
        };
        let mut below = 0;
        for place in 0..members.len() {
            if members.get(place).is_some_and(|point| self.number(*point, dimension) <= at) {
                members.swap(place, below);
                below += 1;
            }
        }
        let node = tree.len();
        tree.push(Node::Cut { dimension, at, above: 0 });
        let (below, above) = members.split_at_mut(below);
        self.grow(below, depth + 1, tree);
        let next = tree.len() as u32;
        if let Some(Node::Cut { above, .. }) = tree.get_mut(node) {
            *above = next;
        }
        self.grow(above, depth + 1, tree);
    }

    /// A place to cut, in a dimension in which the points differ; none if they are all the same.
    fn cut(&mut self, members: &[u32]) -> Option<(u32, f64)> {
        let mut candidates = self.dimensions.clone();
        while !candidates.is_empty() {
            let chosen = self.chance.below(candidates.len());
            let dimension = candidates.swap_remove(chosen);
            let numbers = members.iter().map(|point| self.number(*point, dimension));
            let (low, high) =
                numbers.fold((f64::MAX, f64::MIN), |(low, high), number| (low.min(number), high.max(number)));
            if low < high {
                let at = self.chance.between(low, high);
                // Rounding must not put the highest below the cut.
                return Some((dimension, if at < high { at } else { low }));
            }
        }
        None
    }
}
