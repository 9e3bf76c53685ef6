//! What several shapes have in common, and what they are together.
//!
//! All edges are cut where they meet those of the other shape; of the pieces those stay that bound the result, and are put
//! together to rings. The first corner of a ring is the one behind the edge that was given last, as in the S2 library.

use std::{collections::HashMap, f64::consts::PI};

use super::sphere::{
    Area, Bound, Lines, MAX_CORNERS, MERGED, Point, Polygon, Ring, angle, area_at_left, crossing, direction, nearest,
};

/// Which pieces stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kept {
    Outside,
    Inside,
}

/// What several areas are together; nothing if that is too much.
pub(super) fn union(areas: Vec<Area>) -> Option<Area> {
    if areas.iter().map(Area::corners).sum::<usize>() > MAX_CORNERS {
        return None;
    }
    let mut areas = areas.into_iter();
    let first = areas.next()?;
    // Each before those that are together already, in the manner of Kusto.
    areas.try_fold(first, |together, area| combined(&area, &together, Kept::Outside))
}

/// What two areas have in common.
pub(super) fn intersection(a: &Area, b: &Area) -> Option<Area> {
    combined(a, b, Kept::Inside)
}

/// Whether two areas have something in common.
pub(super) fn intersects(a: &Area, b: &Area) -> bool {
    any_meets(a.edges(), b.edges()) || has_corner_in(a, b) || has_corner_in(b, a)
}

fn has_corner_in(a: &Area, b: &Area) -> bool {
    a.0.iter().filter_map(|polygon| polygon.shell.points().first()).any(|corner| b.contains(corner))
}

/// Whether a line has something in common with an area.
pub(super) fn touches(lines: &Lines, area: &Area) -> bool {
    let begins_in = lines.0.iter().filter_map(|line| line.first()).any(|point| area.contains(point));
    begins_in || any_meets(lines.edges(), area.edges())
}

/// Whether edges meet.
pub(super) fn any_meets<'p>(a: impl Iterator<Item = [&'p Point; 2]>, b: impl Iterator<Item = [&'p Point; 2]>) -> bool {
    let b: Vec<([&Point; 2], Bound)> = b.map(|edge| (edge, Bound::of(edge))).collect();
    a.into_iter().any(|edge| {
        let bound = Bound::of(edge);
        b.iter().any(|(other, other_bound)| {
            let shares = edge.iter().any(|end| other.contains(end));
            bound.overlaps(other_bound) && (shares || crossing(edge, *other).is_some())
        })
    })
}

/// The places of an edge along its way, by number.
type Way = Vec<usize>;

/// Edges cut into pieces between numbered points.
#[derive(Default)]
struct Cut {
    points: Vec<Point>,
    places: HashMap<[i64; 3], Vec<usize>>,
}

impl Cut {
    /// The number of a point; points that lie as close as the error of a crossing are one.
    fn number(&mut self, point: Point) -> usize {
        const GRID: f64 = 1e-12;
        let cell = [point.0.x, point.0.y, point.0.z].map(|number| (number / GRID).round() as i64);
        for offset in 0..27_i64 {
            let near = [cell[0] + offset % 3 - 1, cell[1] + offset / 3 % 3 - 1, cell[2] + offset / 9 - 1];
            let known = self.places.get(&near).into_iter().flatten();
            let close = |at: &&usize| self.points.get(**at).is_some_and(|known| (known.0 - point.0).norm() <= MERGED);
            if let Some(at) = known.into_iter().find(close) {
                return *at;
            }
        }
        self.points.push(point);
        self.places.entry(cell).or_default().push(self.points.len() - 1);
        self.points.len() - 1
    }

    fn point(&self, number: usize) -> Point {
        self.points.get(number).copied().unwrap_or_default()
    }

    /// The ways along the edges of two sides, cut where they meet the other side.
    fn ways(&mut self, sides: [&[[Point; 2]]; 2]) -> [Vec<Way>; 2] {
        let ends =
            sides.map(|side| side.iter().map(|[a, b]| [self.number(*a), self.number(*b)]).collect::<Vec<[usize; 2]>>());
        let bounds = sides.map(|side| side.iter().map(|[a, b]| Bound::of([a, b])).collect::<Vec<Bound>>());
        let mut ways: [Vec<Way>; 2] = [vec![Vec::new(); sides[0].len()], vec![Vec::new(); sides[1].len()]];
        for (i, (a, bound)) in sides[0].iter().zip(&bounds[0]).enumerate() {
            for (j, (b, other)) in sides[1].iter().zip(&bounds[1]).enumerate() {
                if !bound.overlaps(other) {
                    continue;
                }
                let (of_a, of_b) =
                    (ends[0].get(i).copied().unwrap_or_default(), ends[1].get(j).copied().unwrap_or_default());
                let mut met = Vec::new();
                met.extend(of_b.into_iter().filter(|end| self.is_on(*end, a)).map(|end| (0, end)));
                met.extend(of_a.into_iter().filter(|end| self.is_on(*end, b)).map(|end| (1, end)));
                let shares = of_a.iter().any(|end| of_b.contains(end));
                if met.is_empty()
                    && !shares
                    && let Some(point) = crossing([&a[0], &a[1]], [&b[0], &b[1]])
                {
                    let number = self.number(point);
                    met.extend([(0, number), (1, number)]);
                }
                for (side, number) in met {
                    let [of_a, of_b] = &mut ways;
                    let way = if side == 0 { of_a.get_mut(i) } else { of_b.get_mut(j) };
                    way.into_iter().for_each(|way| way.push(number));
                }
            }
        }
        for ((ways, ends), side) in ways.iter_mut().zip(&ends).zip(sides) {
            for ((way, [from, to]), [start, _]) in ways.iter_mut().zip(ends).zip(side) {
                way.retain(|number| number != from && number != to);
                way.sort_by(|a, b| angle(start, &self.point(*a)).total_cmp(&angle(start, &self.point(*b))));
                way.dedup();
                way.insert(0, *from);
                way.push(*to);
            }
        }
        ways
    }

    /// Whether a point lies on an edge, between its ends.
    fn is_on(&self, number: usize, [a, b]: &[Point; 2]) -> bool {
        let point = self.point(number);
        let close = |other: &Point| (other.0 - point.0).norm() <= MERGED;
        !close(a) && !close(b) && close(&nearest(&point, a, b))
    }

    fn middle(&self, from: usize, to: usize) -> Option<Point> {
        direction(self.point(from).0 + self.point(to).0)
    }
}

/// A piece of an edge: from where to where, and the number of the edge.
#[derive(Debug, Clone, Copy)]
struct Piece {
    from: usize,
    to: usize,
    edge: usize,
}

fn combined(a: &Area, b: &Area, kept: Kept) -> Option<Area> {
    let sides = [a, b].map(|area| area.directed_edges().collect::<Vec<_>>());
    let mut cut = Cut::default();
    let ways = cut.ways([&sides[0], &sides[1]]);
    let mut edge = 0;
    let pieces = ways.map(|ways| {
        let mut pieces = Vec::new();
        for way in ways {
            pieces.extend(way.iter().zip(way.iter().skip(1)).map(|(from, to)| Piece { from: *from, to: *to, edge }));
            edge += 1;
        }
        pieces
    });
    let known = [0, 1].map(|side: usize| {
        let pieces: &[Piece] = pieces.get(side).map_or(&[], Vec::as_slice);
        pieces.iter().map(|piece| (piece.from, piece.to)).collect::<std::collections::HashSet<_>>()
    });
    let mut bounding = Vec::new();
    let [of_a, of_b] = &pieces;
    let [in_a, in_b] = &known;
    for (pieces, others, other, is_first) in [(of_a, in_b, b, true), (of_b, in_a, a, false)] {
        for piece in pieces {
            if others.contains(&(piece.to, piece.from)) {
                continue;
            }
            let stays = if others.contains(&(piece.from, piece.to)) {
                is_first
            } else {
                let middle = cut.middle(piece.from, piece.to)?;
                other.contains(&middle) == (kept == Kept::Inside)
            };
            if stays {
                bounding.push(*piece);
            }
        }
    }
    assembled(&cut, &bounding)
}

/// Rings out of the pieces that bound an area, and polygons out of the rings.
fn assembled(cut: &Cut, pieces: &[Piece]) -> Option<Area> {
    let mut leaving: HashMap<usize, Vec<usize>> = HashMap::new();
    for (at, piece) in pieces.iter().enumerate() {
        leaving.entry(piece.from).or_default().push(at);
    }
    let mut used = vec![false; pieces.len()];
    let (mut shells, mut holes) = (Vec::new(), Vec::new());
    for start in 0..pieces.len() {
        let mut ring: Vec<Piece> = Vec::new();
        let mut at = start;
        while let Some(flag) = used.get_mut(at).filter(|used| !**used) {
            *flag = true;
            let piece = *pieces.get(at)?;
            ring.push(piece);
            let next = leaving.get(&piece.to).into_iter().flatten().copied();
            let next = next.filter(|next| used.get(*next) == Some(&false));
            let turn = |next: &usize| pieces.get(*next).map_or(0.0, |next| turn(cut, &piece, next));
            match next.min_by(|a, b| turn(a).total_cmp(&turn(b))) {
                Some(next) => at = next,
                None => break,
            }
        }
        if ring.len() < 3 {
            continue;
        }
        let first = last_edge(&ring);
        ring.rotate_left(first);
        let points: Vec<Point> = ring.iter().map(|piece| cut.point(piece.from)).collect();
        let area = area_at_left(&points);
        if area > 2.0 * PI {
            holes.extend(Ring::new(points));
        } else if area > 0.0 {
            let edge = ring.first().map(|piece| piece.edge);
            shells.extend(Ring::of_left(points, area).map(|shell| (edge, shell)));
        }
    }
    shells.sort_by_key(|(edge, _)| *edge);
    let mut polygons: Vec<Polygon> =
        shells.into_iter().map(|(_, shell)| Polygon { shell, holes: Vec::new() }).collect();
    for hole in holes {
        let middle = hole.edges().next().and_then(|[a, b]| direction(a.0 + b.0))?;
        let around = polygons.iter_mut().filter(|polygon| polygon.shell.contains(&middle));
        if let Some(polygon) = around.min_by(|a, b| a.shell.area().total_cmp(&b.shell.area())) {
            polygon.holes.push(hole);
        }
    }
    Some(Area(polygons))
}

/// How far a way turns, clockwise, from where it came from.
fn turn(cut: &Cut, came: &Piece, goes: &Piece) -> f64 {
    let here = cut.point(came.to);
    let east = here.ortho();
    let north = here.0.cross(&east.0);
    let bearing = |to: usize| {
        let way = cut.point(to).0 - here.0;
        way.dot(&north).atan2(way.dot(&east.0))
    };
    let turned = (bearing(came.from) - bearing(goes.to)).rem_euclid(2.0 * PI);
    if turned == 0.0 { 2.0 * PI } else { turned }
}

/// The place behind the last of the pieces of the edge that was given last.
fn last_edge(ring: &[Piece]) -> usize {
    let last = ring.iter().map(|piece| piece.edge).max().unwrap_or(0);
    let next = ring.iter().cycle().skip(1);
    let at = ring.iter().zip(next).position(|(piece, next)| piece.edge == last && next.edge != last);
    at.map_or(0, |at| (at + 1) % ring.len())
}

/// The parts of lines within an area.
pub(super) fn clipped(lines: &Lines, area: &Area) -> Vec<Vec<Point>> {
    let own: Vec<[Point; 2]> = lines.edges().map(|[a, b]| [*a, *b]).collect();
    let edges: Vec<[Point; 2]> = area.directed_edges().collect();
    let mut cut = Cut::default();
    let [ways, _] = cut.ways([&own, &edges]);
    let mut parts: Vec<Vec<Point>> = Vec::new();
    let mut goes_on = None;
    for way in ways {
        for (from, to) in way.iter().zip(way.iter().skip(1)) {
            let is_within = cut.middle(*from, *to).is_some_and(|middle| area.contains(&middle));
            if !is_within {
                continue;
            }
            match parts.last_mut().filter(|_| goes_on == Some(*from)) {
                Some(part) => part.push(cut.point(*to)),
                None => parts.push(vec![cut.point(*from), cut.point(*to)]),
            }
            goes_on = Some(*to);
        }
    }
    parts
}

/// What lines have in common: ways and single points.
pub(super) fn shared(a: &Lines, b: &Lines) -> (Vec<Vec<Point>>, Vec<Point>) {
    let sides = [a, b].map(|lines| lines.edges().map(|[a, b]| [*a, *b]).collect::<Vec<_>>());
    let mut cut = Cut::default();
    let [of_a, of_b] = cut.ways([&sides[0], &sides[1]]);
    let pairs = |ways: &[Way]| -> Vec<(usize, usize)> {
        ways.iter().flat_map(|way| way.iter().copied().zip(way.iter().copied().skip(1))).collect()
    };
    let theirs: std::collections::HashSet<(usize, usize)> =
        pairs(&of_b).into_iter().flat_map(|(from, to)| [(from, to), (to, from)]).collect();
    let both: Vec<(usize, usize)> = pairs(&of_a).into_iter().filter(|pair| theirs.contains(pair)).collect();
    let on_ways: std::collections::HashSet<usize> = both.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let points_of_b: std::collections::HashSet<usize> = of_b.iter().flatten().copied().collect();
    let mut points: Vec<usize> =
        of_a.iter().flatten().copied().filter(|at| points_of_b.contains(at) && !on_ways.contains(at)).collect();
    points.sort_unstable();
    points.dedup();
    (chained(&cut, &both), points.into_iter().map(|at| cut.point(at)).collect())
}

/// All lines together, each way once.
pub(super) fn joined(lines: &[Lines]) -> Vec<Vec<Point>> {
    let mut cut = Cut::default();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for [a, b] in lines.iter().flat_map(Lines::edges) {
        let pair = (cut.number(*a), cut.number(*b));
        if !known.contains(&(pair.1, pair.0)) && known.insert(pair) {
            pairs.push(pair);
        }
    }
    chained(&cut, &pairs)
}

/// Edges as lines that are as long as can be without a fork.
fn chained(cut: &Cut, pairs: &[(usize, usize)]) -> Vec<Vec<Point>> {
    let (mut leaving, mut arriving): (HashMap<usize, Vec<usize>>, HashMap<usize, usize>) = Default::default();
    for (at, (from, to)) in pairs.iter().enumerate() {
        leaving.entry(*from).or_default().push(at);
        *arriving.entry(*to).or_default() += 1;
    }
    let goes_through =
        |point: &usize| arriving.get(point) == Some(&1) && leaving.get(point).is_some_and(|at| at.len() == 1);
    let mut used = vec![false; pairs.len()];
    let mut lines = Vec::new();
    // Ways that begin somewhere, then those that go round.
    let begins = pairs.iter().enumerate().filter(|(_, (from, _))| !goes_through(from)).map(|(at, _)| at);
    for start in begins.chain(0..pairs.len()).collect::<Vec<_>>() {
        let mut line = Vec::new();
        let mut next = Some(start);
        while let Some((at, flag)) = next.and_then(|at| Some((at, used.get_mut(at).filter(|used| !**used)?))) {
            *flag = true;
            let Some((from, to)) = pairs.get(at) else { break };
            if line.is_empty() {
                line.push(cut.point(*from));
            }
            line.push(cut.point(*to));
            next = leaving.get(to).filter(|_| goes_through(to)).and_then(|at| at.first()).copied();
        }
        if !line.is_empty() {
            lines.push(line);
        }
    }
    lines
}
