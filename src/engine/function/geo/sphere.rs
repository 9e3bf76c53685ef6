//! Points, lines and rings on a sphere. Edges are the shortest ways between their ends, in the manner of the S2 library.

use std::f64::consts::PI;

use s2::{
    edge_crossings::{EdgeCrosser, get_intersection, robust_cross_prod},
    latlng::LatLng,
    point::{ordered_ccw, point_area, true_centroid},
    predicates::{Direction, robust_sign},
    r3::vector::Vector,
};

use serde_json::Value as Json;

pub(super) use s2::{
    edge_crossings::{Crossing, INTERSECTION_MERGE_RADIUS as MERGED, crossing_sign},
    edgeutil::{interpolate, interpolate_at_distance},
    point::Point,
};

/// The radius of the earth in metres.
pub(super) const RADIUS: f64 = 6_371_010.0;
/// More corners of a line or of polygons are not looked at.
pub(super) const MAX_CORNERS: usize = 10_000;

/// The point of a longitude and latitude in degrees, if there is one.
pub(super) fn point_of(longitude: f64, latitude: f64) -> Option<Point> {
    let is_valid = (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude);
    is_valid.then(|| LatLng::from_degrees(latitude, longitude).into())
}

/// Longitude and latitude in degrees, as GeoJSON has them.
pub(super) fn degrees_of(point: &Point) -> Json {
    let degrees = [point.longitude(), point.latitude()].map(|angle| number(angle.rad().to_degrees()));
    Json::Array(degrees.to_vec())
}

/// A number without a point if it is whole.
pub(super) fn number(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 1e9 { Json::from(number as i64) } else { Json::from(number) }
}

/// The angle between two points.
pub(super) fn angle(a: &Point, b: &Point) -> f64 {
    a.0.angle(&b.0).rad()
}

/// The sum of vectors as a point; none if it is nothing.
pub(super) fn direction(sum: Vector) -> Option<Point> {
    (sum.norm2() > 0.0).then(|| Point(sum.normalize()))
}

/// The nearest point of an edge.
pub(super) fn nearest(point: &Point, a: &Point, b: &Point) -> Point {
    let normal = robust_cross_prod(a, b).0.normalize();
    let foot = point.0 - normal * point.0.dot(&normal);
    let is_between = normal.cross(&a.0).dot(&foot) > 0.0 && b.0.cross(&normal).dot(&foot) > 0.0;
    match direction(foot) {
        Some(foot) if is_between => foot,
        _ if (point.0 - a.0).norm2() <= (point.0 - b.0).norm2() => *a,
        _ => *b,
    }
}

/// Where two edges cross within both.
pub(super) fn crossing(a: [&Point; 2], b: [&Point; 2]) -> Option<Point> {
    let crosses = crossing_sign(a[0], a[1], b[0], b[1]) == Crossing::Cross;
    crosses.then(|| get_intersection(a[0], a[1], b[0], b[1]))
}

/// A box in space around an edge or more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    low: Vector,
    high: Vector,
}

impl Bound {
    /// Around points and the edges between them.
    pub(super) fn of<'p>(points: impl IntoIterator<Item = &'p Point>) -> Self {
        let mut low = Vector::new(f64::INFINITY, f64::INFINITY, f64::INFINITY);
        let mut high = low * -1.0;
        for Point(at) in points {
            low = Vector::new(low.x.min(at.x), low.y.min(at.y), low.z.min(at.z));
            high = Vector::new(high.x.max(at.x), high.y.max(at.y), high.z.max(at.z));
        }
        // An edge bulges out of the chord between its ends.
        let bulge = ((high - low).norm2() / 4.0).min(1.0) + 1e-12;
        let margin = Vector::new(bulge, bulge, bulge);
        Self { low: low - margin, high: high + margin }
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.low.x <= other.high.x
            && other.low.x <= self.high.x
            && self.low.y <= other.high.y
            && other.low.y <= self.high.y
            && self.low.z <= other.high.z
            && other.low.z <= self.high.z
    }
}

/// A closed line without crossings. Its inside is the smaller part of the sphere, at the left of its edges.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    points: Vec<Point>,
    is_origin_inside: bool,
    bound: Bound,
    area: f64,
}

impl Ring {
    /// Nothing, if corners are not different, or if edges cross.
    pub(super) fn new(mut points: Vec<Point>) -> Option<Self> {
        let mut sorted: Vec<[u64; 3]> = points.iter().map(bits).collect();
        sorted.sort_unstable();
        let is_repeated = sorted.iter().zip(sorted.iter().skip(1)).any(|(a, b)| a == b);
        if points.len() < 3 || points.len() > MAX_CORNERS || is_repeated || has_crossing(&points) {
            return None;
        }
        let mut area = area_at_left(&points);
        if area > 2.0 * PI {
            points.reverse();
            points.rotate_right(1);
            area = 4.0 * PI - area;
        }
        Self::of_left(points, area)
    }

    /// With its inside at the left, however large that is.
    pub(super) fn of_left(points: Vec<Point>, area: f64) -> Option<Self> {
        let bound = Bound::of(&points);
        let mut ring = Self { points, is_origin_inside: false, bound, area };
        let [first, second, third, ..] = ring.points.as_slice() else { return None };
        let is_inside = ordered_ccw(&Point(second.0.ortho()), first, third, second);
        let second = *second;
        ring.is_origin_inside = is_inside != ring.is_crossed_to(&second);
        Some(ring)
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    /// In steradians.
    pub(super) const fn area(&self) -> f64 {
        self.area
    }

    pub(super) const fn bound(&self) -> &Bound {
        &self.bound
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = [&Point; 2]> {
        self.points.iter().zip(self.points.iter().cycle().skip(1)).map(|(a, b)| [a, b])
    }

    /// Whether the way from the origin has an odd number of crossings.
    fn is_crossed_to(&self, point: &Point) -> bool {
        let mut crosser = EdgeCrosser::new(&Point::origin(), point);
        let mut inside = self.is_origin_inside;
        for [a, b] in self.edges() {
            inside ^= crosser.edge_or_vertex_crossing(a, b);
        }
        inside
    }

    pub(super) fn contains(&self, point: &Point) -> bool {
        let is_small = self.area < PI;
        (!is_small || self.bound.overlaps(&Bound::of([point]))) && self.is_crossed_to(point)
    }

    /// The sum of the points inside, times their area.
    pub(super) fn moment(&self) -> Vector {
        let mut sum = Vector::new(0.0, 0.0, 0.0);
        if let Some((first, rest)) = self.points.split_first() {
            for (a, b) in rest.iter().zip(rest.iter().skip(1)) {
                sum = sum + true_centroid(first, a, b).0;
            }
        }
        sum
    }
}

/// What tells points apart.
pub(super) fn bits(point: &Point) -> [u64; 3] {
    [point.0.x, point.0.y, point.0.z].map(|number| (number + 0.0).to_bits())
}

/// The part of the sphere at the left of a closed line, in steradians.
pub(super) fn area_at_left(points: &[Point]) -> f64 {
    let mut area = 0.0;
    if let Some((first, rest)) = points.split_first() {
        for (a, b) in rest.iter().zip(rest.iter().skip(1)) {
            let sign = match robust_sign(first, a, b) {
                Direction::CounterClockwise => 1.0,
                Direction::Clockwise => -1.0,
                Direction::Indeterminate => 0.0,
            };
            area += sign * point_area(first, a, b);
        }
    }
    if area < 0.0 { area + 4.0 * PI } else { area }
}

fn has_crossing(points: &[Point]) -> bool {
    /// Longer rings are taken as they are.
    const MAX_TESTED: usize = 2_000;
    if points.len() > MAX_TESTED {
        return false;
    }
    let next = points.iter().cycle().skip(1);
    let edges: Vec<([&Point; 2], Bound)> = points.iter().zip(next).map(|(a, b)| ([a, b], Bound::of([a, b]))).collect();
    edges.iter().enumerate().any(|(at, ([a, b], bound))| {
        let others = edges.iter().skip(at + 2).filter(|(_, other)| bound.overlaps(other));
        others.into_iter().any(|([c, d], _)| crossing_sign(a, b, c, d) == Crossing::Cross)
    })
}

/// A polygon: what is within its shell and in none of its holes.
#[derive(Debug, Clone)]
pub(crate) struct Polygon {
    pub(super) shell: Ring,
    pub(super) holes: Vec<Ring>,
}

impl Polygon {
    pub(super) fn contains(&self, point: &Point) -> bool {
        self.shell.contains(point) && !self.holes.iter().any(|hole| hole.contains(point))
    }

    pub(super) fn rings(&self) -> impl Iterator<Item = &Ring> {
        std::iter::once(&self.shell).chain(&self.holes)
    }
}

/// Polygons that do not overlap.
#[derive(Debug, Clone, Default)]
pub(crate) struct Area(pub(super) Vec<Polygon>);

impl Area {
    pub(super) fn contains(&self, point: &Point) -> bool {
        self.0.iter().any(|polygon| polygon.contains(point))
    }

    pub(super) fn rings(&self) -> impl Iterator<Item = &Ring> {
        self.0.iter().flat_map(Polygon::rings)
    }

    pub(super) fn edges(&self) -> impl Iterator<Item = [&Point; 2]> {
        self.rings().flat_map(Ring::edges)
    }

    /// Edges with the inside at the left.
    pub(super) fn directed_edges(&self) -> impl Iterator<Item = [Point; 2]> {
        self.0.iter().flat_map(|polygon| {
            let holes = polygon.holes.iter().flat_map(|hole| {
                let mut edges: Vec<[Point; 2]> = hole.edges().map(|[a, b]| [*b, *a]).collect();
                edges.reverse();
                edges
            });
            polygon.shell.edges().map(|[a, b]| [*a, *b]).chain(holes)
        })
    }

    pub(super) fn corners(&self) -> usize {
        self.rings().map(|ring| ring.points.len()).sum()
    }
}

/// Lines of two or more points.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lines(pub(super) Vec<Vec<Point>>);

impl Lines {
    pub(super) fn edges(&self) -> impl Iterator<Item = [&Point; 2]> {
        self.0.iter().flat_map(|line| line.iter().zip(line.iter().skip(1)).map(|(a, b)| [a, b]))
    }
}
