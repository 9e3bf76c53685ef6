//! Places on the earth, as far as security queries use them: distances, circles, polygons.

use std::net::IpAddr;

use model::Geo;
use serde_json::{Map, Value as Json};

use super::{RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "geo_distance_2points" => |_, cells| distance(cells, 0).into(),
        "geo_point_in_circle" => {
            |_, cells| distance(cells, 0).zip(arg(cells, 4).real()).map(|(distance, radius)| distance <= radius).into()
        }
        "geo_point_in_polygon" => |_, cells| {
            let point = coordinates(arg(cells, 0), arg(cells, 1));
            point.and_then(|point| is_within(point, &arg(cells, 2).json())).into()
        },
        "geo_info_from_ip_address" => |context, cells| {
            let places = context.places.as_ref();
            let address = arg(cells, 0).text().trim().parse::<IpAddr>().ok();
            places.zip(address).map_or(Cell::Null, |(places, address)| info(&(places.0)(address)))
        },
        _ => return None,
    })
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

/// The mean radius of the earth in metres.
const RADIUS: f64 = 6_371_008.8;

/// Longitude and latitude in degrees.
pub(super) fn coordinates(longitude: &Cell<'_>, latitude: &Cell<'_>) -> Option<(f64, f64)> {
    let (longitude, latitude) = (longitude.real()?, latitude.real()?);
    ((-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude)).then_some((longitude, latitude))
}

/// Metres between two points on a sphere.
fn distance(cells: &[Cell<'_>], first: usize) -> Option<f64> {
    let (from_longitude, from) = coordinates(arg(cells, first), arg(cells, first + 1))?;
    let (to_longitude, to) = coordinates(arg(cells, first + 2), arg(cells, first + 3))?;
    let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
    let chord = half(to - from) + from.to_radians().cos() * to.to_radians().cos() * half(to_longitude - from_longitude);
    Some(2.0 * RADIUS * chord.sqrt().clamp(0.0, 1.0).asin())
}

/// Whether a point is within a polygon of GeoJSON, or one of several; its holes are not. Edges are straight on the map.
fn is_within(point: (f64, f64), polygon: &Json) -> Option<bool> {
    let rings = polygon.get("coordinates")?.as_array()?;
    match polygon.get("type")?.as_str()? {
        "Polygon" => Some(is_in_rings(point, rings)),
        "MultiPolygon" => Some(rings.iter().filter_map(Json::as_array).any(|rings| is_in_rings(point, rings))),
        _ => None,
    }
}

/// Crossings of all rings count: what is in a hole crosses twice.
fn is_in_rings((x, y): (f64, f64), rings: &[Json]) -> bool {
    let mut inside = false;
    for ring in rings.iter().filter_map(Json::as_array) {
        let corner = |corner: &Json| Some((corner.get(0)?.as_f64()?, corner.get(1)?.as_f64()?));
        let corners: Vec<(f64, f64)> = ring.iter().filter_map(corner).collect();
        for ((x1, y1), (x2, y2)) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            if (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                inside = !inside;
            }
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn distances_are_those_of_the_earth() {
        let points = [-122.407_628, 47.578_557, -118.275_287, 34.019_056].map(Cell::Real);
        let found = run("geo_distance_2points", ColumnType::Real, &points).real().unwrap();
        assert!((found - 1_546_754.0).abs() < 5_000.0, "{found}");
        let beyond = [200.0, 0.0, 0.0, 0.0].map(Cell::Real);
        assert!(run("geo_distance_2points", ColumnType::Real, &beyond).is_null());
    }

    #[test]
    fn a_hole_is_not_within() {
        let square =
            |from: f64, to: f64| serde_json::json!([[from, from], [to, from], [to, to], [from, to], [from, from]]);
        let polygon = serde_json::json!({ "type": "Polygon", "coordinates": [square(0.0, 10.0), square(4.0, 6.0)] });
        assert_eq!(is_within((1.0, 1.0), &polygon), Some(true));
        assert_eq!(is_within((5.0, 5.0), &polygon), Some(false));
        assert_eq!(is_within((11.0, 1.0), &polygon), Some(false));
        assert_eq!(is_within((1.0, 1.0), &serde_json::json!({ "type": "Point" })), None);
    }
}
