//! A k-d tree over points that can be taken out of it, and that counts equal points as often as they occur.

use std::cell::Cell;

use super::Points;

/// A leaf has at most so many points.
const LEAF: usize = 16;

/// Points in boxes in boxes.
pub(super) struct Tree<'a> {
    points: &'a Points,
    /// The points by their first number.
    first: &'a [u32],
    /// How often each point occurs.
    weights: Vec<u32>,
    /// The points, box by box.
    order: Vec<u32>,
    taken: Vec<bool>,
    nodes: Vec<Node>,
    /// The least and the greatest numbers of each box.
    bounds: Vec<f64>,
    /// How often a point was compared with another or with a box.
    compared: Cell<u64>,
}

/// A box.
struct Node {
    start: usize,
    end: usize,
    /// The two halves; none for a leaf.
    halves: Option<[usize; 2]>,
    /// How many points there are, equal ones counted.
    weight: usize,
    /// How many have not been taken, equal ones counted once.
    left: usize,
}

/// How a box lies to a ball.
enum Place {
    Outside,
    Across,
    Inside,
}

impl<'a> Tree<'a> {
    /// `first`: the different points. `same`: for every point, which of those it is.
    pub(super) fn new(points: &'a Points, first: &'a [u32], same: &[u32]) -> Self {
        let mut weights = vec![0_u32; first.len()];
        for point in same {
            if let Some(weight) = weights.get_mut(*point as usize) {
                *weight += 1;
            }
        }
        let order = (0..first.len() as u32).collect();
        let taken = vec![false; first.len()];
        let mut tree = Self {
            points,
            first,
            weights,
            order,
            taken,
            nodes: Vec::new(),
            bounds: Vec::new(),
            compared: Cell::new(0),
        };
        if !first.is_empty() {
            tree.build(0, first.len());
        }
        tree
    }

    fn point(&self, number: usize) -> &'a [f64] {
        self.points.point(self.first.get(number).map_or(usize::MAX, |first| *first as usize))
    }

    /// Makes the box of some points, and its halves.
    fn build(&mut self, start: usize, end: usize) -> usize {
        let number = self.nodes.len();
        let members = self.order.get(start..end).unwrap_or_default();
        let weight =
            members.iter().filter_map(|point| self.weights.get(*point as usize)).map(|weight| *weight as usize);
        self.nodes.push(Node { start, end, halves: None, weight: weight.sum(), left: end - start });
        let mut widest = (0, 0.0);
        for dimension in 0..self.points.dimensions() {
            let numbers = members.iter().filter_map(|point| self.point(*point as usize).get(dimension));
            let (low, high) =
                numbers.fold((f64::MAX, f64::MIN), |(low, high), number| (low.min(*number), high.max(*number)));
            self.bounds.extend([low, high]);
            if high - low > widest.1 {
                widest = (dimension, high - low);
            }
        }
        if end - start > LEAF {
            let middle = (end - start) / 2;
            let (points, first) = (self.points, self.first);
            let number_of = |point: &u32| {
                let point = first.get(*point as usize).map_or(usize::MAX, |first| *first as usize);
                points.point(point).get(widest.0).copied().unwrap_or_default()
            };
            if let Some(members) = self.order.get_mut(start..end) {
                members.select_nth_unstable_by(middle, |one, other| number_of(one).total_cmp(&number_of(other)));
            }
            let halves = [self.build(start, start + middle), self.build(start + middle, end)];
            if let Some(node) = self.nodes.get_mut(number) {
                node.halves = Some(halves);
            }
        }
        number
    }

    /// Roughly how many multiplications have been made.
    pub(super) fn work(&self) -> u64 {
        self.compared.get() * self.points.dimensions() as u64
    }

    /// The square of the distance of a place from a point.
    fn squared(&self, centre: &[f64], other: usize) -> f64 {
        self.compared.set(self.compared.get() + 1);
        centre.iter().zip(self.point(other)).map(|(one, other)| (one - other).powi(2)).sum()
    }

    /// Whether at least `least` points lie within a distance of one, itself included.
    pub(super) fn has_within(&self, point: usize, distance: f64, least: usize) -> bool {
        let (centre, reach) = (self.point(point), distance * distance);
        let (mut count, mut open) = (0, vec![0]);
        while let Some((number, node)) = open.pop().and_then(|number| Some((number, self.nodes.get(number)?))) {
            match (self.place(number, centre, reach), node.halves) {
                (Place::Outside, _) => {}
                (Place::Inside, _) => count += node.weight,
                (Place::Across, Some(halves)) => open.extend(halves),
                (Place::Across, None) => {
                    let near = self.members(node).filter(|other| self.squared(centre, *other) <= reach);
                    count +=
                        near.filter_map(|other| self.weights.get(other)).map(|weight| *weight as usize).sum::<usize>();
                }
            }
            if count >= least {
                return true;
            }
        }
        false
    }

    /// Takes the points within a distance of one, itself included, that have not been taken.
    pub(super) fn take_within(&mut self, point: usize, distance: f64, found: &mut Vec<usize>) {
        let centre = self.point(point);
        self.take_from(0, centre, distance * distance, found);
    }

    /// Takes points out of a box and says how many.
    fn take_from(&mut self, number: usize, centre: &[f64], reach: f64, found: &mut Vec<usize>) -> usize {
        let Some(Node { start, end, halves, left, .. }) = self.nodes.get(number) else { return 0 };
        let (start, end, halves) = (*start, *end, *halves);
        if *left == 0 || matches!(self.place(number, centre, reach), Place::Outside) {
            return 0;
        }
        let taken = match halves {
            Some(halves) => halves.map(|half| self.take_from(half, centre, reach, found)).iter().sum(),
            None => {
                let before = found.len();
                for place in start..end {
                    let Some(point) = self.order.get(place).map(|point| *point as usize) else { continue };
                    let is_near = self.squared(centre, point) <= reach;
                    if let Some(taken) = self.taken.get_mut(point).filter(|taken| is_near && !**taken) {
                        *taken = true;
                        found.push(point);
                    }
                }
                found.len() - before
            }
        };
        if let Some(node) = self.nodes.get_mut(number) {
            node.left -= taken;
        }
        taken
    }

    fn members(&self, node: &Node) -> impl Iterator<Item = usize> {
        self.order.get(node.start..node.end).unwrap_or_default().iter().map(|point| *point as usize)
    }

    fn place(&self, number: usize, centre: &[f64], reach: f64) -> Place {
        self.compared.set(self.compared.get() + 2);
        let width = 2 * self.points.dimensions();
        let bounds = self.bounds.get(number * width..(number + 1) * width).unwrap_or_default();
        let (mut nearest, mut farthest) = (0.0, 0.0);
        for (bounds, number) in bounds.as_chunks::<2>().0.iter().zip(centre) {
            let [low, high] = *bounds;
            nearest += (low - number).max(number - high).max(0.0).powi(2);
            farthest += (number - low).max(high - number).powi(2);
        }
        if nearest > reach {
            Place::Outside
        } else if farthest <= reach {
            Place::Inside
        } else {
            Place::Across
        }
    }
}
