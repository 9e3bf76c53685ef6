//! Places on the earth: points, lines and polygons in GeoJSON, cells of grids.
//!
//! The earth is a sphere here, and edges are the shortest ways on it. What is no valid shape is null.

mod h3_cells;
mod measure;
mod overlay;
mod reshape;
mod s2_cells;
mod shape;
mod sphere;
mod wkt;

use std::net::IpAddr;

use model::Geo;
use serde_json::{Map, Value as Json};

pub(crate) use self::shape::Shape;
use self::{
    shape::{area_json, area_of, lines_json, lines_of, point_json, points_json},
    sphere::{Area, Lines, Point, RADIUS, angle, point_of},
};
use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "geo_info_from_ip_address" => |context, cells| {
            let places = context.places.as_ref();
            let address = arg(cells, 0).text().trim().parse::<IpAddr>().ok();
            places.zip(address).map_or(Cell::Null, |(places, address)| info(&(places.0)(address)))
        },
        "geo_from_wkt" => |_, cells| json_cell(wkt::read(&arg(cells, 0).text())),
        "geo_distance_2points" | "geo_azimuth" | "geo_angle" | "geo_point_in_circle" | "geo_point_buffer" => {
            |context, cells| of_points(context.name, cells).unwrap_or(Cell::Null)
        }
        "geo_closest_point_on_line"
        | "geo_closest_point_on_polygon"
        | "geo_distance_point_to_line"
        | "geo_distance_point_to_polygon"
        | "geo_point_in_polygon" => |context, cells| of_point_and_shape(context, cells).unwrap_or(Cell::Null),
        "geo_intersects_2lines"
        | "geo_intersects_line_with_polygon"
        | "geo_intersects_2polygons"
        | "geo_intersection_2lines"
        | "geo_intersection_line_with_polygon"
        | "geo_intersection_2polygons" => |context, cells| of_two_shapes(context, cells).unwrap_or(Cell::Null),
        "geo_union_lines_array" | "geo_union_polygons_array" | "geo_simplify_polygons_array" => {
            |context, cells| of_shapes(context.name, cells).unwrap_or(Cell::Null)
        }
        "geo_line_densify" | "geo_polygon_densify" => |context, cells| json_cell(densified(context, cells)),
        "geo_line_length"
        | "geo_line_centroid"
        | "geo_line_buffer"
        | "geo_line_simplify"
        | "geo_line_locate_point"
        | "geo_line_interpolate_point"
        | "geo_line_to_s2cells" => |context, cells| {
            context
                .shape(&arg(cells, 0).json_text())
                .and_then(|shape| match &*shape {
                    Shape::Lines(lines) => of_line(context.name, lines, cells),
                    Shape::Area(_) => None,
                })
                .unwrap_or(Cell::Null)
        },
        "geo_polygon_area"
        | "geo_polygon_perimeter"
        | "geo_polygon_centroid"
        | "geo_polygon_buffer"
        | "geo_polygon_simplify"
        | "geo_polygon_to_s2cells"
        | "geo_polygon_to_h3cells" => |context, cells| {
            context
                .shape(&arg(cells, 0).json_text())
                .and_then(|shape| match &*shape {
                    Shape::Area(area) => of_area(context.name, area, cells),
                    Shape::Lines(_) => None,
                })
                .unwrap_or(Cell::Null)
        },
        _ => return h3_cells::find(name).or_else(|| s2_cells::find(name)),
    })
}

fn json_cell(json: Option<Json>) -> Cell<'static> {
    json.map_or(Cell::Null, |json| Cell::of_json(&json))
}

/// Metres of an argument: those that are meant if there is none, nothing if they are not within a range.
fn metres(cells: &[Cell<'_>], at: usize, default: f64, least: f64, most: f64) -> Option<f64> {
    let metres = if cells.len() > at { arg(cells, at).real()? } else { default };
    (least..=most).contains(&metres).then_some(metres)
}

/// How far a shape may be from the true one, in metres.
fn tolerance(cells: &[Cell<'_>], at: usize) -> Option<f64> {
    metres(cells, at, 10.0, 0.0, 7_800_000.0)
}

/// A radius in metres.
fn radius(cells: &[Cell<'_>], at: usize) -> Option<f64> {
    metres(cells, at, f64::NAN, f64::MIN_POSITIVE, 10_000_000.0)
}

fn point(cells: &[Cell<'_>], at: usize) -> Option<Point> {
    point_of(arg(cells, at).real()?, arg(cells, at + 1).real()?)
}

fn of_points(name: &str, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    let first = point(cells, 0)?;
    Some(match name {
        "geo_distance_2points" => Cell::Real(angle(&first, &point(cells, 2)?) * RADIUS),
        "geo_azimuth" => Cell::Real(measure::azimuth(&first, &point(cells, 2)?)?),
        "geo_angle" => Cell::Real(measure::turned(&first, &point(cells, 2)?, &point(cells, 4)?)?),
        "geo_point_in_circle" => {
            let radius = arg(cells, 4).real().filter(|radius| *radius >= 0.0)?;
            Cell::Bool(angle(&first, &point(cells, 2)?) * RADIUS <= radius)
        }
        _ => Cell::of_json(&area_json(&reshape::circle(&first, radius(cells, 2)?, tolerance(cells, 3)?)?)),
    })
}

fn of_point_and_shape(context: &Context, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    let point = point(cells, 0)?;
    let shape = context.shape(&arg(cells, 2).json_text())?;
    if matches!(&*shape, Shape::Lines(_)) != context.name.ends_with("line") {
        return None;
    }
    let is_inside = matches!(&*shape, Shape::Area(area) if area.contains(&point));
    let (near, away) = match &*shape {
        Shape::Area(_) if is_inside || context.name == "geo_point_in_polygon" => (point, 0.0),
        Shape::Area(area) => measure::nearest_of(&point, area.edges())?,
        Shape::Lines(lines) => measure::nearest_of(&point, lines.edges())?,
    };
    Some(match context.name {
        "geo_point_in_polygon" => Cell::Bool(is_inside),
        "geo_closest_point_on_line" | "geo_closest_point_on_polygon" => Cell::of_json(&point_json(&near)),
        _ => Cell::Real(away * RADIUS),
    })
}

fn of_two_shapes(context: &Context, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    let intersects = context.name.starts_with("geo_intersects");
    let shape = |at: usize| context.shape(&arg(cells, at).json_text());
    let (first, second) = (shape(0)?, shape(1)?);
    let kinds = [&first, &second].map(|shape| matches!(&**shape, Shape::Lines(_)));
    let wanted = match context.name {
        "geo_intersects_2lines" | "geo_intersection_2lines" => [true, true],
        "geo_intersects_2polygons" | "geo_intersection_2polygons" => [false, false],
        _ => [true, false],
    };
    if kinds != wanted {
        return None;
    }
    Some(match (&*first, &*second) {
        (Shape::Lines(a), Shape::Lines(b)) if intersects => Cell::Bool(overlay::any_meets(a.edges(), b.edges())),
        (Shape::Lines(line), Shape::Area(area)) if intersects => Cell::Bool(overlay::touches(line, area)),
        (Shape::Area(a), Shape::Area(b)) if intersects => Cell::Bool(overlay::intersects(a, b)),
        (Shape::Lines(a), Shape::Lines(b)) => {
            let (ways, points) = overlay::shared(a, b);
            Cell::of_json(&match (ways.is_empty(), points.is_empty()) {
                (true, _) => points_json(&points),
                (false, true) => lines_json(&ways),
                (false, false) => {
                    let shapes = [points_json(&points), lines_json(&ways)];
                    serde_json::json!({ "type": "GeometryCollection", "geometries": shapes })
                }
            })
        }
        (Shape::Lines(line), Shape::Area(area)) => Cell::of_json(&lines_json(&overlay::clipped(line, area))),
        (Shape::Area(a), Shape::Area(b)) => Cell::of_json(&area_json(&overlay::intersection(a, b)?)),
        (Shape::Area(_), Shape::Lines(_)) => return None,
    })
}

fn of_shapes(name: &str, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    let list = arg(cells, 0).json();
    let shapes = list.as_array().filter(|shapes| !shapes.is_empty())?;
    if name == "geo_union_lines_array" {
        let lines = shapes.iter().map(lines_of).collect::<Option<Vec<_>>>()?;
        return Some(Cell::of_json(&lines_json(&overlay::joined(&lines))));
    }
    let areas = shapes.iter().map(area_of).collect::<Option<Vec<_>>>()?;
    let area = if name == "geo_union_polygons_array" {
        overlay::union(areas)?
    } else {
        let tolerance = tolerance(cells, 1)?;
        let simple = areas.iter().map(|area| reshape::simple_area(area, tolerance)).collect::<Option<Vec<_>>>()?;
        Area(simple.into_iter().flat_map(|area| area.0).collect())
    };
    Some(Cell::of_json(&area_json(&area)))
}

fn of_line(name: &str, lines: &Lines, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    let single = || if let [line] = lines.0.as_slice() { Some(line.as_slice()) } else { None };
    Some(match name {
        "geo_line_length" => Cell::Real(measure::length(lines)),
        "geo_line_centroid" => Cell::of_json(&point_json(&measure::centre_of_lines(lines)?)),
        "geo_line_buffer" => {
            Cell::of_json(&area_json(&reshape::around_lines(lines, radius(cells, 1)?, tolerance(cells, 2)?)?))
        }
        "geo_line_simplify" => Cell::of_json(&lines_json(&reshape::simple_lines(lines, tolerance(cells, 1)?)?.0)),
        "geo_line_locate_point" => Cell::Real(measure::located(single()?, &point(cells, 1)?)?),
        "geo_line_interpolate_point" => {
            let fraction = arg(cells, 1).real().filter(|fraction| (0.0..=1.0).contains(fraction))?;
            Cell::of_json(&point_json(&measure::interpolated(single()?, fraction)?))
        }
        _ => {
            let level = s2_cells::level(cells, 1)?;
            let around =
                if cells.len() > 2 { Some(reshape::around_lines(lines, radius(cells, 2)?, 10.0)?) } else { None };
            let covered = match &around {
                Some(area) => s2_cells::Covered::of_area(area),
                None => s2_cells::Covered::of_lines(lines),
            };
            Cell::of_list(covered.cells(level)?.iter().map(|cell| cell.to_token().into()).collect())
        }
    })
}

fn of_area(name: &str, area: &Area, cells: &[Cell<'_>]) -> Option<Cell<'static>> {
    Some(match name {
        "geo_polygon_area" => Cell::Real(measure::size(area)),
        "geo_polygon_perimeter" => Cell::Real(measure::perimeter(area)),
        "geo_polygon_centroid" => Cell::of_json(&point_json(&measure::centre_of_area(area)?)),
        "geo_polygon_buffer" => {
            Cell::of_json(&area_json(&reshape::around_area(area, radius(cells, 1)?, tolerance(cells, 2)?)?))
        }
        "geo_polygon_simplify" => Cell::of_json(&area_json(&reshape::simple_area(area, tolerance(cells, 1)?)?)),
        _ => {
            let around =
                if cells.len() > 2 { Some(reshape::around_area(area, radius(cells, 2)?, 10.0)?) } else { None };
            let area = around.as_ref().unwrap_or(area);
            let tokens: Vec<Json> = if name == "geo_polygon_to_s2cells" {
                let found = s2_cells::Covered::of_area(area).cells(s2_cells::level(cells, 1)?)?;
                found.iter().map(|cell| cell.to_token().into()).collect()
            } else {
                let found = h3_cells::covering(area, h3_cells::level(cells, 1)?)?;
                found.iter().map(|cell| cell.to_string().into()).collect()
            };
            Cell::of_list(tokens)
        }
    })
}

/// Shapes of the flat map, with so many corners that they keep their place on the sphere.
fn densified(context: &Context, cells: &[Cell<'_>]) -> Option<Json> {
    let json = arg(cells, 0).json();
    let tolerance = metres(cells, 1, 10.0, 0.1, 10_000.0)?;
    let is_valid =
        if context.name == "geo_line_densify" { lines_of(&json).is_some() } else { area_of(&json).is_some() };
    if !is_valid {
        return None;
    }
    let levels = match json.get("type")?.as_str()? {
        "LineString" => 0,
        "Polygon" | "MultiLineString" => 1,
        _ => 2,
    };
    let coordinates = densified_lines(json.get("coordinates")?, levels, tolerance)?;
    Some(serde_json::json!({ "type": json.get("type")?, "coordinates": coordinates }))
}

fn densified_lines(coordinates: &Json, levels: usize, tolerance: f64) -> Option<Json> {
    let items = coordinates.as_array()?;
    if levels == 0 {
        return reshape::densified(items, tolerance);
    }
    items.iter().map(|item| densified_lines(item, levels - 1, tolerance)).collect::<Option<Vec<_>>>().map(Json::Array)
}

/// Longitude and latitude in degrees.
pub(super) fn coordinates(longitude: &Cell<'_>, latitude: &Cell<'_>) -> Option<(f64, f64)> {
    let (longitude, latitude) = (longitude.real()?, latitude.real()?);
    ((-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude)).then_some((longitude, latitude))
}

/// What is known of a place, as Kusto says it; nothing if not even the country is known.
fn info(geo: &Geo) -> Cell<'static> {
    let Some(country) = &geo.country_name else { return Cell::Null };
    let texts = [("country", Some(country)), ("state", geo.state.as_ref()), ("city", geo.city.as_ref())];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Json::from(text?.as_str()))));
    let degrees = [("latitude", geo.latitude), ("longitude", geo.longitude)];
    let degrees = degrees.into_iter().filter_map(|(name, degrees)| Some((name, Json::from(degrees?))));
    let known: Map<String, Json> = texts.chain(degrees).map(|(name, value)| (name.to_owned(), value)).collect();
    Cell::of_json(&Json::Object(known))
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    fn shown(name: &'static str, cells: &[Cell<'_>]) -> String {
        run(name, ColumnType::Dynamic, cells).json_text().into_owned()
    }

    fn shape(text: &str) -> Cell<'_> {
        Cell::Dynamic(text.into())
    }

    const SQUARE: &str =
        r#"{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[4,6],[6,6],[6,4],[4,4]]]}"#;

    #[test]
    fn distances_are_those_of_the_earth() {
        let points = [-122.407_628, 47.578_557, -118.275_287, 34.019_056].map(Cell::Real);
        let found = run("geo_distance_2points", ColumnType::Real, &points).real().unwrap();
        assert!((found - 1_546_754.351_97).abs() < 1e-4, "{found}");
        let beyond = [200.0, 0.0, 0.0, 0.0].map(Cell::Real);
        assert!(run("geo_distance_2points", ColumnType::Real, &beyond).is_null());
    }

    #[test]
    fn a_hole_is_not_within() {
        let within = |x: f64, y: f64| shown("geo_point_in_polygon", &[Cell::Real(x), Cell::Real(y), shape(SQUARE)]);
        assert_eq!([within(1.0, 1.0), within(5.0, 5.0), within(11.0, 1.0)], ["true", "false", "false"]);
        let no_polygon = [Cell::Real(1.0), Cell::Real(1.0), shape(r#"{"type":"Point"}"#)];
        assert!(run("geo_point_in_polygon", ColumnType::Bool, &no_polygon).is_null());
    }

    #[test]
    fn polygons_are_measured() {
        let real = |name| run(name, ColumnType::Real, &[shape(SQUARE)]).real().unwrap();
        assert!((real("geo_polygon_area") / 1.185e12 - 1.0).abs() < 0.01, "{}", real("geo_polygon_area"));
        assert!((real("geo_polygon_perimeter") / 5.32e6 - 1.0).abs() < 0.01, "{}", real("geo_polygon_perimeter"));
    }

    #[test]
    fn what_overlaps_becomes_one() {
        let list = shape(
            r#"[{"type":"Polygon","coordinates":[[[0,0],[2,0],[2,2],[0,2],[0,0]]]},
                {"type":"Polygon","coordinates":[[[1,-1],[3,-1],[3,1],[1,1],[1,-1]]]},
                {"type":"Polygon","coordinates":[[[10,10],[11,10],[11,11],[10,10]]]}]"#,
        );
        let union = run("geo_union_polygons_array", ColumnType::Dynamic, &[list]).json();
        assert_eq!(union["type"], "MultiPolygon");
        let corners: Vec<usize> =
            union["coordinates"].as_array().unwrap().iter().map(|rings| rings[0].as_array().unwrap().len()).collect();
        assert!(corners == [9, 4] || corners == [4, 9], "{corners:?}");
    }

    #[test]
    fn a_ring_of_polygons_has_a_hole() {
        let side = |x: i32, y: i32, w: i32, h: i32| {
            let (r, t) = (x + w, y + h);
            serde_json::json!({"type":"Polygon","coordinates":[[[x,y],[r,y],[r,t],[x,t],[x,y]]]})
        };
        let list = serde_json::json!([side(0, 0, 9, 3), side(0, 6, 9, 3), side(0, 1, 3, 7), side(6, 1, 3, 7)]);
        let union = run("geo_union_polygons_array", ColumnType::Dynamic, &[Cell::of_json(&list)]).json();
        assert_eq!(union["coordinates"].as_array().map(Vec::len), Some(2), "{union}");
    }

    #[test]
    fn a_margin_reaches_as_far_as_said() {
        let line = shape(r#"{"type":"LineString","coordinates":[[0,0],[0.1,0],[0.1,0.1]]}"#);
        let margin = run("geo_line_buffer", ColumnType::Dynamic, &[line, Cell::Real(1000.0), Cell::Real(1.0)]);
        let within = |x: f64, y: f64| {
            run("geo_point_in_polygon", ColumnType::Bool, &[Cell::Real(x), Cell::Real(y), margin.clone()]).bool()
        };
        assert_eq!(within(0.05, 0.0089), Some(true));
        assert_eq!(within(0.05, 0.0091), Some(false));
        assert_eq!(within(-0.0089, 0.0), Some(true));
    }

    #[test]
    fn cells_cover_a_polygon() {
        let small = shape(r#"{"type":"Polygon","coordinates":[[[0.1,0.1],[0.2,0.1],[0.2,0.2],[0.1,0.1]]]}"#);
        for (name, level, inside) in [
            ("geo_polygon_to_s2cells", 13, "geo_point_to_s2cell"),
            ("geo_polygon_to_h3cells", 7, "geo_point_to_h3cell"),
        ] {
            let cells = run(name, ColumnType::Dynamic, &[small.clone(), Cell::Long(level)]).json();
            let cell = shown(inside, &[Cell::Real(0.18), Cell::Real(0.13), Cell::Long(level)]);
            let cell: String = serde_json::from_str(&cell).unwrap();
            assert!(cells.as_array().unwrap().iter().any(|known| *known == *cell), "{name}");
        }
        assert_eq!(shown("geo_polygon_to_s2cells", &[shape(SQUARE), Cell::Long(30)]), "null");
        assert_eq!(shown("geo_polygon_to_h3cells", &[shape(SQUARE), Cell::Long(10)]), "null");
    }

    #[test]
    fn cells_have_neighbours_and_corners() {
        let neighbours = |name, cell: &'static str| {
            run(name, ColumnType::Dynamic, &[Cell::of(cell)]).json().as_array().map_or(0, Vec::len)
        };
        assert_eq!(neighbours("geo_geohash_neighbors", "u0yj"), 8);
        assert_eq!(neighbours("geo_s2cell_neighbors", "479b"), 8);
        assert_eq!(neighbours("geo_s2cell_neighbors", "4"), 0);
        assert_eq!(neighbours("geo_h3cell_neighbors", "861f8894fffffff"), 6);
        for (name, cell, corners) in
            [("geo_s2cell_to_polygon", "479b1", 5), ("geo_h3cell_to_polygon", "861f8894fffffff", 7)]
        {
            let polygon = run(name, ColumnType::Dynamic, &[Cell::of(cell)]).json();
            assert_eq!(polygon["coordinates"][0].as_array().map(Vec::len), Some(corners), "{name}");
        }
        assert_eq!(shown("geo_h3cell_children", &[Cell::of("861f8894fffffff"), Cell::Long(15)]), "null");
        assert_eq!(shown("geo_h3cell_parent", &[Cell::of("861f8894fffffff"), Cell::Long(6)]), "\"\"");
    }

    #[test]
    fn lines_meet_and_join() {
        let line = |points: &str| format!(r#"{{"type":"LineString","coordinates":{points}}}"#);
        let (one, other) = (line("[[0,0],[2,2]]"), line("[[0,2],[2,0]]"));
        let both = [Cell::Dynamic(one.as_str().into()), Cell::Dynamic(other.as_str().into())];
        assert_eq!(shown("geo_intersects_2lines", &both), "true");
        let point = run("geo_intersection_2lines", ColumnType::Dynamic, &both).json();
        assert_eq!(point["type"], "Point");
        let same = [both[0].clone(), both[0].clone()];
        assert_eq!(run("geo_intersection_2lines", ColumnType::Dynamic, &same).json()["type"], "LineString");
        let list = format!("[{},{},{}]", line("[[0,0],[1,1]]"), line("[[1,1],[2,1]]"), line("[[0,0],[1,1]]"));
        let joined = run("geo_union_lines_array", ColumnType::Dynamic, &[Cell::Dynamic(list.into())]).json();
        assert_eq!(joined["coordinates"].as_array().map(Vec::len), Some(3), "{joined}");
    }

    #[test]
    fn no_shape_is_null() {
        for text in ["{}", "[]", "1", r#"{"type":"Polygon"}"#, r#"{"type":"LineString","coordinates":[[1,1]]}"#] {
            for name in ["geo_polygon_area", "geo_line_length", "geo_line_densify", "geo_polygon_centroid"] {
                assert_eq!(shown(name, &[shape(text)]), "null", "{name} {text}");
            }
        }
    }
}
