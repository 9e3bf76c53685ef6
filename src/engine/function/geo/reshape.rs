//! Shapes with fewer corners, with more, or with a margin.

use std::f64::consts::PI;

use s2::{
    point::regular_points,
    s1::{Angle, Rad},
};
use serde_json::{Value as Json, json};

use super::{
    overlay::union,
    sphere::{
        Area, Lines, MAX_CORNERS, Point, Polygon, RADIUS, Ring, angle, area_at_left, interpolate_at_distance, nearest,
        number, point_of,
    },
};

/// A line without the corners that are not further than a tolerance (in metres) from what stays; nothing if nothing stays.
fn simplified(line: &[Point], tolerance: f64) -> Option<Vec<Point>> {
    let (first, last) = (line.first()?, line.last()?);
    let is_small = line.iter().all(|point| angle(first, point) * RADIUS <= tolerance);
    if is_small {
        return None;
    }
    let mut kept = vec![*first];
    thin(line, tolerance, &mut kept);
    kept.push(*last);
    Some(kept)
}

/// The corners between the ends that must stay.
fn thin(line: &[Point], tolerance: f64, kept: &mut Vec<Point>) {
    let mut waiting = vec![line];
    while let Some(part) = waiting.pop() {
        let (Some(first), Some(last)) = (part.first(), part.last()) else { continue };
        let inner = part.iter().enumerate().skip(1).take(part.len().saturating_sub(2));
        let away = |point: &Point| angle(point, &nearest(point, first, last));
        let furthest = inner.map(|(at, point)| (at, away(point))).max_by(|(_, a), (_, b)| a.total_cmp(b));
        match furthest {
            Some((at, away)) if away * RADIUS > tolerance => {
                // What comes first is looked at first.
                waiting.extend(part.get(at..));
                waiting.extend(part.get(..=at));
            }
            _ if !std::ptr::eq(last, line.last().unwrap_or(last)) => kept.push(*last),
            _ => {}
        }
    }
}

pub(super) fn simple_lines(lines: &Lines, tolerance: f64) -> Option<Lines> {
    lines.0.iter().map(|line| simplified(line, tolerance)).collect::<Option<_>>().map(Lines)
}

pub(super) fn simple_area(area: &Area, tolerance: f64) -> Option<Area> {
    let ring = |ring: &Ring| {
        let mut closed = ring.points().to_vec();
        closed.extend(closed.first().copied());
        let first = *closed.first()?;
        let far = |point: &Point| angle(&first, point);
        let at = (0..closed.len()).max_by(|a, b| {
            let away = |at: &usize| closed.get(*at).map_or(0.0, far);
            away(a).total_cmp(&away(b))
        })?;
        let mut points = simplified(closed.get(..=at)?, tolerance)?;
        points.extend(simplified(closed.get(at..)?, tolerance)?.into_iter().skip(1));
        points.pop();
        Ring::new(points)
    };
    let polygon = |polygon: &Polygon| {
        Some(Polygon { shell: ring(&polygon.shell)?, holes: polygon.holes.iter().filter_map(ring).collect() })
    };
    area.0.iter().map(polygon).collect::<Option<_>>().map(Area)
}

/// The corners of a line on a flat map, with more between them, so that the shortest ways between them keep to its straight
/// lines up to a tolerance in metres; nothing if that is too much.
pub(super) fn densified(corners: &[Json], tolerance: f64) -> Option<Json> {
    let mut dense: Vec<Json> = corners.first().cloned().into_iter().collect();
    for (from, to) in corners.iter().zip(corners.iter().skip(1)) {
        let pair = |json: &Json| Some((json.get(0)?.as_f64()?, json.get(1)?.as_f64()?));
        halve(pair(from)?, pair(to)?, tolerance, &mut dense)?;
        dense.push(to.clone());
    }
    Some(Json::Array(dense))
}

fn halve(from: (f64, f64), to: (f64, f64), tolerance: f64, dense: &mut Vec<Json>) -> Option<()> {
    let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
    let (a, b) = (point_of(from.0, from.1)?, point_of(to.0, to.1)?);
    let flat = point_of(middle.0, middle.1)?;
    if dense.len() > MAX_CORNERS {
        return None;
    }
    if angle(&flat, &nearest(&flat, &a, &b)) * RADIUS > tolerance {
        halve(from, middle, tolerance, dense)?;
        dense.push(json!([number(middle.0), number(middle.1)]));
        halve(middle, to, tolerance, dense)?;
    }
    Some(())
}

/// What is within a radius of a point, in metres, as a polygon that is true to a tolerance.
pub(super) fn circle(centre: &Point, radius: f64, tolerance: f64) -> Option<Area> {
    let points = regular_points(centre, Angle::from(Rad(radius / RADIUS)), corners(radius, tolerance));
    let area = area_at_left(&points);
    Ring::of_left(points, area).map(|shell| Area(vec![Polygon { shell, holes: Vec::new() }]))
}

/// How many corners a circle needs.
fn corners(radius: f64, tolerance: f64) -> usize {
    let half = (1.0 - (tolerance / radius).min(1.0)).acos();
    ((PI / half).ceil() as usize).clamp(3, 720)
}

/// What is within a radius of lines.
pub(super) fn around_lines(lines: &Lines, radius: f64, tolerance: f64) -> Option<Area> {
    let strips = lines.edges().map(|[a, b]| strip(a, b, radius, tolerance)).collect::<Option<Vec<_>>>()?;
    union(strips)
}

/// An area and what is within a radius of it.
pub(super) fn around_area(area: &Area, radius: f64, tolerance: f64) -> Option<Area> {
    let strips = area.edges().map(|[a, b]| strip(a, b, radius, tolerance)).collect::<Option<Vec<_>>>()?;
    let margin = union(strips)?;
    union(vec![area.clone(), margin])
}

/// What is within a radius of an edge.
fn strip(a: &Point, b: &Point, radius: f64, tolerance: f64) -> Option<Area> {
    let half = corners(radius, tolerance).div_ceil(2);
    let mut points = Vec::with_capacity(2 * half + 2);
    for (here, there) in [(b, a), (a, b)] {
        // From the right of the way that ends here, round its end, to its left.
        let ahead = (here.0 - there.0 * here.0.dot(&there.0)).normalize();
        let ahead = (ahead - here.0 * ahead.dot(&here.0)).normalize();
        let left = here.0.cross(&ahead);
        for step in 0..=half {
            let turn = PI * (step as f64 / half as f64 - 0.5);
            let toward = Point((here.0 + (ahead * turn.cos() + left * turn.sin()) * 1e-3).normalize());
            points.push(interpolate_at_distance(&Angle::from(Rad(radius / RADIUS)), here, &toward));
        }
    }
    Ring::new(points).map(|shell| Area(vec![Polygon { shell, holes: Vec::new() }]))
}
