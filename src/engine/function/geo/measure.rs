//! Lengths, areas, centres, directions.

use std::f64::consts::PI;

use s2::r3::vector::Vector;

use super::sphere::{Area, Lines, Point, RADIUS, Ring, angle, direction, interpolate, nearest};

/// The length of lines in metres.
pub(super) fn length(lines: &Lines) -> f64 {
    lines.edges().map(|[a, b]| angle(a, b)).sum::<f64>() * RADIUS
}

/// The length of all rings in metres.
pub(super) fn perimeter(area: &Area) -> f64 {
    area.edges().map(|[a, b]| angle(a, b)).sum::<f64>() * RADIUS
}

/// In square metres.
pub(super) fn size(area: &Area) -> f64 {
    let of_polygons =
        area.0.iter().map(|polygon| polygon.shell.area() - polygon.holes.iter().map(Ring::area).sum::<f64>());
    of_polygons.sum::<f64>() * RADIUS * RADIUS
}

/// The centre of mass of lines.
pub(super) fn centre_of_lines(lines: &Lines) -> Option<Point> {
    let mut sum = Vector::new(0.0, 0.0, 0.0);
    for [a, b] in lines.edges() {
        let (both, apart) = (a.0 + b.0, a.0 - b.0);
        let (cos2, sin2) = (both.norm2(), apart.norm2());
        if cos2 > 0.0 {
            sum = sum + both * (sin2 / cos2).sqrt();
        }
    }
    direction(sum)
}

/// The centre of mass of an area.
pub(super) fn centre_of_area(area: &Area) -> Option<Point> {
    let mut sum = Vector::new(0.0, 0.0, 0.0);
    for polygon in &area.0 {
        sum = sum + polygon.shell.moment();
        for hole in &polygon.holes {
            sum = sum - hole.moment();
        }
    }
    direction(sum)
}

/// The nearest point of edges, and how far away it is as an angle.
pub(super) fn nearest_of<'p>(point: &Point, edges: impl Iterator<Item = [&'p Point; 2]>) -> Option<(Point, f64)> {
    edges
        .map(|[a, b]| nearest(point, a, b))
        .map(|near| (near, angle(point, &near)))
        .min_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// The direction from a point to another, clockwise from the north, in radians below 2π.
pub(super) fn azimuth(from: &Point, to: &Point) -> Option<f64> {
    let (west_to_east, latitude) = (to.longitude().rad() - from.longitude().rad(), from.latitude().rad());
    let other = to.latitude().rad();
    let east = west_to_east.sin() * other.cos();
    let north = latitude.cos() * other.sin() - latitude.sin() * other.cos() * west_to_east.cos();
    (angle(from, to) > 0.0).then(|| east.atan2(north).rem_euclid(2.0 * PI))
}

/// The angle at the middle one of three points, clockwise from the first to the last, in radians below 2π.
pub(super) fn turned(first: &Point, middle: &Point, last: &Point) -> Option<f64> {
    Some((azimuth(middle, last)? - azimuth(middle, first)?).rem_euclid(2.0 * PI))
}

/// How far along a line its point nearest to another is, from 0 to 1.
pub(super) fn located(line: &[Point], point: &Point) -> Option<f64> {
    let mut whole = 0.0;
    let mut best: Option<(f64, f64)> = None;
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let near = nearest(point, a, b);
        let away = angle(point, &near);
        if best.is_none_or(|(known, _)| away < known) {
            best = Some((away, whole + angle(a, &near)));
        }
        whole += angle(a, b);
    }
    best.map(|(_, along)| (along / whole).clamp(0.0, 1.0))
}

/// The point so far along a line.
pub(super) fn interpolated(line: &[Point], fraction: f64) -> Option<Point> {
    let whole: f64 = line.iter().zip(line.iter().skip(1)).map(|(a, b)| angle(a, b)).sum();
    let mut rest = fraction * whole;
    for (a, b) in line.iter().zip(line.iter().skip(1)) {
        let length = angle(a, b);
        if rest < length {
            return Some(interpolate(rest / length, a, b));
        }
        rest -= length;
    }
    line.last().copied()
}
