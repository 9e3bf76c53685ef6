//! Shapes in GeoJSON.

use serde_json::{Value as Json, json};

use super::{
    measure::nearest_of,
    overlay::union,
    sphere::{Area, Lines, MAX_CORNERS, Point, Polygon, RADIUS, Ring, degrees_of, point_of},
};

/// A line or polygons.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Lines(Lines),
    Area(Area),
}

impl Shape {
    /// A shape in GeoJSON; nothing if it is not valid.
    pub(crate) fn of(json: &Json) -> Option<Self> {
        match json.get("type")?.as_str()? {
            "LineString" | "MultiLineString" => lines_of(json).map(Self::Lines),
            _ => area_of(json).map(Self::Area),
        }
    }
}

impl Shape {
    /// Whether a place is within an area, or not further away than a radius in metres.
    pub(crate) fn is_near(&self, longitude: f64, latitude: f64, radius: Option<f64>) -> bool {
        let Some(point) = point_of(longitude, latitude) else { return false };
        let reaches =
            |found: Option<(Point, f64)>| found.zip(radius).is_some_and(|((_, away), radius)| away * RADIUS <= radius);
        match self {
            Self::Area(area) => area.contains(&point) || radius.is_some() && reaches(nearest_of(&point, area.edges())),
            Self::Lines(lines) => reaches(nearest_of(&point, lines.edges())),
        }
    }
}

/// A line, or nothing.
pub(super) fn lines_of(json: &Json) -> Option<Lines> {
    let coordinates = json.get("coordinates")?.as_array()?;
    let lines = match json.get("type")?.as_str()? {
        "LineString" => vec![line_of(coordinates)?],
        "MultiLineString" => coordinates.iter().map(|line| line_of(line.as_array()?)).collect::<Option<_>>()?,
        _ => return None,
    };
    (!lines.is_empty() && lines.iter().map(Vec::len).sum::<usize>() <= MAX_CORNERS).then_some(Lines(lines))
}

fn line_of(coordinates: &[Json]) -> Option<Vec<Point>> {
    let points = points_of(coordinates)?;
    let is_still = points.iter().zip(points.iter().skip(1)).any(|(a, b)| a == b);
    (points.len() > 1 && !is_still).then_some(points)
}

/// Polygons, or nothing. What belongs to several of them belongs to one of the result.
pub(super) fn area_of(json: &Json) -> Option<Area> {
    let coordinates = json.get("coordinates")?.as_array()?;
    let polygons: Vec<Polygon> = match json.get("type")?.as_str()? {
        "Polygon" => vec![polygon_of(coordinates)?],
        "MultiPolygon" => coordinates.iter().map(|rings| polygon_of(rings.as_array()?)).collect::<Option<_>>()?,
        _ => return None,
    };
    let corners = polygons.iter().flat_map(Polygon::rings).map(|ring| ring.points().len()).sum::<usize>();
    if polygons.is_empty() || corners > MAX_CORNERS {
        return None;
    }
    let overlaps = polygons
        .iter()
        .enumerate()
        .any(|(at, one)| polygons.iter().skip(at + 1).any(|other| one.shell.bound().overlaps(other.shell.bound())));
    if overlaps {
        union(polygons.into_iter().map(|polygon| Area(vec![polygon])).collect())
    } else {
        Some(Area(polygons))
    }
}

fn polygon_of(rings: &[Json]) -> Option<Polygon> {
    let mut rings = rings.iter().map(|ring| ring_of(ring.as_array()?));
    let shell = rings.next()??;
    Some(Polygon { shell, holes: rings.collect::<Option<_>>()? })
}

fn ring_of(corners: &[Json]) -> Option<Ring> {
    let mut points = points_of(corners)?;
    if corners.first() != corners.last() || points.len() < 4 {
        return None;
    }
    points.pop();
    Ring::new(points)
}

fn points_of(coordinates: &[Json]) -> Option<Vec<Point>> {
    let point = |pair: &Json| point_of(pair.get(0)?.as_f64()?, pair.get(1)?.as_f64()?);
    coordinates.iter().map(point).collect()
}

/// A point in GeoJSON.
pub(super) fn point_json(point: &Point) -> Json {
    json!({ "type": "Point", "coordinates": degrees_of(point) })
}

/// Lines in GeoJSON; of none an empty collection.
pub(super) fn lines_json(lines: &[Vec<Point>]) -> Json {
    let coordinates = |line: &Vec<Point>| line.iter().map(degrees_of).collect::<Vec<_>>();
    match lines {
        [] => nothing(),
        [line] => json!({ "type": "LineString", "coordinates": coordinates(line) }),
        lines => {
            let lines: Vec<_> = lines.iter().map(coordinates).collect();
            json!({ "type": "MultiLineString", "coordinates": lines })
        }
    }
}

/// Points in GeoJSON; of none an empty collection.
pub(super) fn points_json(points: &[Point]) -> Json {
    match points {
        [] => nothing(),
        [point] => point_json(point),
        points => json!({ "type": "MultiPoint", "coordinates": points.iter().map(degrees_of).collect::<Vec<_>>() }),
    }
}

/// Polygons in GeoJSON; of none an empty collection. Shells run counterclockwise, holes clockwise.
pub(super) fn area_json(area: &Area) -> Json {
    let ring = |ring: &Ring, is_hole: bool| {
        let mut corners: Vec<Json> = ring.points().iter().map(degrees_of).collect();
        corners.extend(corners.first().cloned());
        if is_hole {
            corners.reverse();
        }
        corners
    };
    let rings = |polygon: &Polygon| {
        let holes = polygon.holes.iter().map(|hole| ring(hole, true));
        std::iter::once(ring(&polygon.shell, false)).chain(holes).collect::<Vec<_>>()
    };
    match area.0.as_slice() {
        [] => nothing(),
        [polygon] => json!({ "type": "Polygon", "coordinates": rings(polygon) }),
        polygons => {
            json!({ "type": "MultiPolygon", "coordinates": polygons.iter().map(rings).collect::<Vec<_>>() })
        }
    }
}

/// What is nowhere.
fn nothing() -> Json {
    json!({ "type": "GeometryCollection", "geometries": [] })
}
