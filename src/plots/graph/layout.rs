//! Where nodes stand. Nothing is left to chance: the same graph has the same places, always.

use std::f64::consts::TAU;

use crate::{options::Layout, scene::Area};

/// Rounds in which forces act.
const ROUNDS: u32 = 250;
/// Rounds in which names that overlap push each other apart.
const PUSHES: usize = 120;
/// Pixels between a node and the edges of others.
const CLEAR: f64 = 20.0;

/// Places for nodes of these sizes, connected by these edges, within an area.
pub(crate) fn lay_out(
    layout: Layout,
    sizes: &[(f64, f64)],
    edges: &[(usize, usize)],
    sources: &[bool],
    area: Area,
) -> Vec<(f64, f64)> {
    // Names hang below their nodes and must stay inside as well.
    let widest = sizes.iter().map(|(width, _)| *width).fold(0.0, f64::max).min(area.width / 2.0);
    let inner = area.inset(widest / 2.0, 14.0, widest / 2.0, 34.0);
    let mut places = match layout {
        Layout::Force => fitted(&force(sizes.len(), edges), inner),
        Layout::Circular => fitted(&ring(sizes.len()), inner),
        Layout::Bipartite => fitted(&sides(sources), inner),
    };
    if layout == Layout::Force {
        push_apart(&mut places, sizes, edges, inner);
    }
    places
}

#[expect(clippy::cast_precision_loss, reason = "a few nodes")]
const fn real(count: usize) -> f64 {
    count as f64
}

fn ring(count: usize) -> Vec<(f64, f64)> {
    let angle = |index: usize| TAU * real(index) / real(count.max(1)) - TAU / 4.0;
    (0..count).map(|index| (angle(index).cos(), angle(index).sin())).collect()
}

fn sides(sources: &[bool]) -> Vec<(f64, f64)> {
    let count = |side: bool| real(sources.iter().filter(|source| **source == side).count().max(1));
    let (mut left, mut right) = (0.0, 0.0);
    let place = |is_source: &bool| {
        let next = if *is_source { &mut left } else { &mut right };
        *next += 1.0;
        (if *is_source { 0.0 } else { 1.0 }, (*next - 0.5) / count(*is_source))
    };
    sources.iter().map(place).collect()
}

/// Fruchterman and Reingold's forces: all push each other away, edges pull, and the middle holds all together. They begin
/// on a spiral, the best connected in its middle.
fn force(count: usize, edges: &[(usize, usize)]) -> Vec<(f64, f64)> {
    let mut degree = vec![0_usize; count];
    for end in edges.iter().flat_map(|(from, to)| [*from, *to]) {
        if let Some(degree) = degree.get_mut(end) {
            *degree += 1;
        }
    }
    let mut by_degree: Vec<usize> = (0..count).collect();
    by_degree.sort_by_key(|node| std::cmp::Reverse(degree.get(*node).copied()));
    let mut places = vec![(0.0, 0.0); count];
    for (rank, node) in by_degree.into_iter().enumerate() {
        let (radius, angle) = (real(rank).sqrt(), real(rank) * 2.399_963);
        if let Some(place) = places.get_mut(node) {
            *place = (radius * angle.cos(), radius * angle.sin());
        }
    }
    let edges: Vec<_> = edges.iter().filter(|(from, to)| from != to && *from < count && *to < count).collect();
    let mut heat = real(count).sqrt();
    for _ in 0..ROUNDS {
        let mut moves = vec![(0.0, 0.0); count];
        for (one, (x1, y1)) in places.iter().enumerate() {
            let (mut fx, mut fy) = (-x1 * 0.08, -y1 * 0.08);
            for (other, (x2, y2)) in places.iter().enumerate() {
                if one != other {
                    let (dx, dy) = (x1 - x2, y1 - y2);
                    let square = (dx * dx + dy * dy).max(0.01);
                    fx += dx / square;
                    fy += dy / square;
                }
            }
            if let Some(sum) = moves.get_mut(one) {
                *sum = (fx, fy);
            }
        }
        for (from, to) in &edges {
            let (Some((x1, y1)), Some((x2, y2))) = (places.get(*from), places.get(*to)) else { continue };
            let (dx, dy) = (x2 - x1, y2 - y1);
            let pull = (dx * dx + dy * dy).sqrt();
            for (node, sign) in [(*from, 1.0), (*to, -1.0)] {
                if let Some((fx, fy)) = moves.get_mut(node) {
                    *fx += sign * dx * pull;
                    *fy += sign * dy * pull;
                }
            }
        }
        for ((x, y), (fx, fy)) in places.iter_mut().zip(&moves) {
            let force = (fx * fx + fy * fy).sqrt().max(1e-9);
            let step = force.min(heat);
            *x += fx / force * step;
            *y += fy / force * step;
        }
        heat *= 0.975;
    }
    places
}

/// Stretches places so that they fill an area.
fn fitted(places: &[(f64, f64)], area: Area) -> Vec<(f64, f64)> {
    let bounds = |of: fn(&(f64, f64)) -> f64| {
        let values = places.iter().map(of);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)))
    };
    let ((left, right), (top, bottom)) = (bounds(|place| place.0), bounds(|place| place.1));
    let fit = |value: f64, (least, most): (f64, f64), start: f64, length: f64| {
        let share = (value - least) / (most - least);
        start + length * if share.is_finite() { share } else { 0.5 }
    };
    places
        .iter()
        .map(|(x, y)| (fit(*x, (left, right), area.x, area.width), fit(*y, (top, bottom), area.y, area.height)))
        .collect()
}

/// Moves nodes whose names overlap away from each other.
fn push_apart(places: &mut [(f64, f64)], sizes: &[(f64, f64)], edges: &[(usize, usize)], area: Area) {
    for _ in 0..PUSHES {
        let mut moved = push_off_edges(places, edges, area);
        for one in 0..places.len() {
            for other in one + 1..places.len() {
                let (Some((x1, y1)), Some((x2, y2))) = (places.get(one).copied(), places.get(other).copied()) else {
                    continue;
                };
                let (Some((w1, h1)), Some((w2, h2))) = (sizes.get(one), sizes.get(other)) else { continue };
                let (over_x, over_y) = ((w1 + w2) / 2.0 - (x1 - x2).abs(), (h1 + h2) / 2.0 - (y1 - y2).abs());
                if over_x <= 0.0 || over_y <= 0.0 {
                    continue;
                }
                moved = true;
                // The shorter way out; those at the same place part by their order.
                let sign = |one: f64, other: f64| if one < other { -1.0 } else { 1.0 };
                let (dx, dy) = if over_x < over_y {
                    (over_x * sign(x1, x2) * 0.25, 0.0)
                } else {
                    (0.0, over_y * sign(y1, y2) * 0.25)
                };
                for (node, dx, dy) in [(one, dx, dy), (other, -dx, -dy)] {
                    if let Some((x, y)) = places.get_mut(node) {
                        *x = (*x + dx).clamp(area.x, area.right());
                        *y = (*y + dy).clamp(area.y, area.bottom());
                    }
                }
            }
        }
        if !moved {
            break;
        }
    }
}

/// Moves nodes away from edges that are none of theirs; whether there were any.
fn push_off_edges(places: &mut [(f64, f64)], edges: &[(usize, usize)], area: Area) -> bool {
    let mut moved = false;
    for (from, to) in edges {
        let (Some((x1, y1)), Some((x2, y2))) = (places.get(*from).copied(), places.get(*to).copied()) else { continue };
        let (dx, dy) = (x2 - x1, y2 - y1);
        let square = dx * dx + dy * dy;
        if square < 1.0 {
            continue;
        }
        for (node, (x, y)) in places.iter_mut().enumerate() {
            let along = ((*x - x1) * dx + (*y - y1) * dy) / square;
            if node == *from || node == *to || !(0.0..=1.0).contains(&along) {
                continue;
            }
            let across = ((*x - x1) * dy - (*y - y1) * dx) / square.sqrt();
            if across.abs() < CLEAR {
                moved = true;
                let push = (CLEAR - across.abs()) * 0.3 * if across < 0.0 { -1.0 } else { 1.0 };
                *x = (*x + dy / square.sqrt() * push).clamp(area.x, area.right());
                *y = (*y - dx / square.sqrt() * push).clamp(area.y, area.bottom());
            }
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_node_has_a_place_of_its_own_inside_the_area_and_always_the_same() {
        let area = Area::new(10.0, 20.0, 800.0, 500.0);
        let edges: Vec<_> = (1..40).map(|node| (node / 3, node)).chain([(0, 0), (5, 99)]).collect();
        let sizes = vec![(60.0, 40.0); 40];
        let sources: Vec<_> = (0..40).map(|node| node % 2 == 0).collect();
        for layout in [Layout::Force, Layout::Circular, Layout::Bipartite] {
            let places = lay_out(layout, &sizes, &edges, &sources, area);
            assert_eq!(places, lay_out(layout, &sizes, &edges, &sources, area));
            for (index, (x, y)) in places.iter().enumerate() {
                assert!((10.0..=810.0).contains(x) && (20.0..=520.0).contains(y), "{layout:?} {index}: {x} {y}");
                assert!(!places[..index].contains(&(*x, *y)), "{layout:?} {index}");
            }
        }
        assert!(lay_out(Layout::Force, &[], &[], &[], area).is_empty());
        assert_eq!(lay_out(Layout::Force, &[(10.0, 10.0)], &[], &[true], area).len(), 1);
    }
}
