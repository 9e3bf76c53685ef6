//! Geohashes: rectangles of longitude and latitude as text in base 32, five bits a letter that halve both in turns.

use serde_json::{Value as Json, json};

use super::{RowFunction, arg, geo::coordinates};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "geo_point_to_geohash" => |_, cells| {
            let length = if cells.len() > 2 { arg(cells, 2).long() } else { Some(DEFAULT_LENGTH) };
            let hash = coordinates(arg(cells, 0), arg(cells, 1)).zip(length);
            Cell::of(hash.and_then(|(point, length)| hash_of(point, length)).unwrap_or_default())
        },
        "geo_geohash_to_central_point" => |_, cells| {
            area_of(&arg(cells, 0).text()).map_or(Cell::Null, |area| {
                let ((west, east), (south, north)) = (area.longitude, area.latitude);
                let centre = [f64::midpoint(west, east), f64::midpoint(south, north)];
                Cell::of_json(&json!({ "type": "Point", "coordinates": centre }))
            })
        },
        "geo_geohash_to_polygon" => {
            |_, cells| area_of(&arg(cells, 0).text()).map_or(Cell::Null, |area| Cell::of_json(&area.polygon()))
        }
        "geo_geohash_neighbors" => |_, cells| neighbors(&arg(cells, 0).text()).map_or(Cell::Null, Cell::of_list),
        _ => return None,
    })
}

/// The hashes around one, in the order of Kusto; there are none beyond the poles.
fn neighbors(hash: &str) -> Option<Vec<Json>> {
    const AROUND: [(f64, f64); 8] =
        [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (0.0, 1.0), (-1.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, -1.0)];
    let area = area_of(hash)?;
    let ((west, east), (south, north)) = (area.longitude, area.latitude);
    let length = i64::try_from(hash.len()).ok()?;
    let around = AROUND.into_iter().filter_map(|(right, up)| {
        let longitude = f64::midpoint(west, east) + right * (east - west);
        let latitude = f64::midpoint(south, north) + up * (north - south);
        let longitude = (longitude + 180.0).rem_euclid(360.0) - 180.0;
        (-90.0..=90.0).contains(&latitude).then(|| hash_of((longitude, latitude), length)).flatten()
    });
    Some(around.map(Json::from).collect())
}

const LETTERS: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
/// How long a geohash is if nothing is said, and at most.
const DEFAULT_LENGTH: i64 = 5;
const MAX_LENGTH: i64 = 18;

/// A rectangle on the map, in degrees.
struct Area {
    longitude: (f64, f64),
    latitude: (f64, f64),
    /// Whether the longitude is halved next.
    along: bool,
}

impl Area {
    const EARTH: Self = Self { longitude: (-180.0, 180.0), latitude: (-90.0, 90.0), along: true };

    /// Keeps one half.
    fn halve(&mut self, upper: impl FnOnce(bool, f64) -> bool) -> bool {
        let (low, high) = if self.along { &mut self.longitude } else { &mut self.latitude };
        let middle = f64::midpoint(*low, *high);
        let is_upper = upper(self.along, middle);
        if is_upper {
            *low = middle;
        } else {
            *high = middle;
        }
        self.along = !self.along;
        is_upper
    }

    fn polygon(&self) -> Json {
        let ((west, east), (south, north)) = (self.longitude, self.latitude);
        let ring = [[west, south], [east, south], [east, north], [west, north], [west, south]];
        json!({ "type": "Polygon", "coordinates": [ring] })
    }
}

fn hash_of((longitude, latitude): (f64, f64), length: i64) -> Option<String> {
    if !(1..=MAX_LENGTH).contains(&length) {
        return None;
    }
    let mut area = Area::EARTH;
    let mut hash = String::new();
    for _ in 0..length {
        let letter = (0..5).fold(0_usize, |bits, _| {
            let is_upper = area.halve(|along, middle| if along { longitude >= middle } else { latitude >= middle });
            bits * 2 + usize::from(is_upper)
        });
        hash.push(char::from(*LETTERS.get(letter)?));
    }
    Some(hash)
}

/// Nothing, if the text is no geohash.
fn area_of(hash: &str) -> Option<Area> {
    if hash.is_empty() || i64::try_from(hash.len()).ok()? > MAX_LENGTH {
        return None;
    }
    let mut area = Area::EARTH;
    for letter in hash.bytes() {
        let bits = LETTERS.iter().position(|known| *known == letter.to_ascii_lowercase())?;
        for bit in (0..5).rev() {
            area.halve(|_, _| bits >> bit & 1 == 1);
        }
    }
    Some(area)
}

#[cfg(test)]
mod tests {
    use model::ColumnType;
    use proptest::prelude::*;

    use super::super::run;
    use super::*;

    fn of(name: &'static str, cells: &[Cell<'_>]) -> String {
        run(name, ColumnType::Dynamic, cells).json_text().into_owned()
    }

    #[test]
    fn points_have_the_documented_hashes() {
        let point = [Cell::Real(-80.195_829), Cell::Real(25.802_215), Cell::Long(8)];
        assert_eq!(run("geo_point_to_geohash", ColumnType::String, &point).text(), "dhwfz15h");
        let beyond = [Cell::Real(200.0), Cell::Real(1.0), Cell::Long(8)];
        assert_eq!(run("geo_point_to_geohash", ColumnType::String, &beyond).text(), "");
    }

    #[test]
    fn hashes_are_places() {
        assert_eq!(
            of("geo_geohash_to_central_point", &[Cell::of("sunny")]),
            r#"{"type":"Point","coordinates":[42.47314453125,23.70849609375]}"#
        );
        let polygon = of("geo_geohash_to_polygon", &[Cell::of("dr5ru")]);
        assert!(polygon.starts_with(r#"{"type":"Polygon","coordinates":[[[-74.00390625,40.7373046875],"#), "{polygon}");
        assert_eq!(of("geo_geohash_to_polygon", &[Cell::of("a")]), "null");
    }

    proptest! {
        #[test]
        fn a_point_lies_in_the_area_of_its_hash(longitude in -180.0..180.0, latitude in -90.0..90.0, length in 1_i64..=12) {
            let area = area_of(&hash_of((longitude, latitude), length).unwrap()).unwrap();
            prop_assert!(area.longitude.0 <= longitude && longitude <= area.longitude.1);
            prop_assert!(area.latitude.0 <= latitude && latitude <= area.latitude.1);
        }
    }
}
