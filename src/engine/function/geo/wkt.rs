//! Shapes written as well-known text, read into GeoJSON.

use serde_json::{Value as Json, json};

/// Deeper collections are not read.
const MAX_DEPTH: usize = 16;

/// A shape; nothing if the text is none.
pub(super) fn read(text: &str) -> Option<Json> {
    let mut rest = text.trim();
    if rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("SRID=")) {
        rest = rest.split_once(';')?.1;
    }
    let mut reader = Reader { rest };
    let shape = reader.shape(0)?;
    reader.rest.trim().is_empty().then_some(shape)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn eat(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest.trim_start();
        let end = rest.find(|sign: char| !sign.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (word, rest) = rest.split_at(end);
        self.rest = rest;
        word
    }

    fn shape(&mut self, depth: usize) -> Option<Json> {
        let name = self.word().to_ascii_uppercase();
        if depth > MAX_DEPTH {
            return None;
        }
        let (kind, levels) = match name.as_str() {
            "POINT" => ("Point", 0),
            "LINESTRING" => ("LineString", 1),
            "POLYGON" => ("Polygon", 2),
            "MULTIPOINT" => ("MultiPoint", 1),
            "MULTILINESTRING" => ("MultiLineString", 2),
            "MULTIPOLYGON" => ("MultiPolygon", 3),
            "GEOMETRYCOLLECTION" => {
                let shapes = self.list(|reader| reader.shape(depth + 1))?;
                return Some(json!({ "type": "GeometryCollection", "geometries": shapes }));
            }
            _ => return None,
        };
        // Heights and measures are read, and not kept.
        let before = self.rest;
        if !["Z", "M", "ZM"].contains(&self.word().to_ascii_uppercase().as_str()) {
            self.rest = before;
        }
        let coordinates = match levels {
            0 => {
                self.eat('(')?;
                let pair = self.pair()?;
                self.eat(')')?;
                pair
            }
            levels => self.nested(levels)?,
        };
        Some(json!({ "type": kind, "coordinates": coordinates }))
    }

    fn nested(&mut self, levels: usize) -> Option<Json> {
        let items = if levels > 1 {
            self.list(|reader| reader.nested(levels - 1))?
        } else {
            // The points of a multipoint may have brackets of their own.
            self.list(|reader| match reader.eat('(') {
                Some(()) => {
                    let pair = reader.pair()?;
                    reader.eat(')')?;
                    Some(pair)
                }
                None => reader.pair(),
            })?
        };
        Some(Json::Array(items))
    }

    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Option<Json>) -> Option<Vec<Json>> {
        self.eat('(')?;
        let mut items = vec![item(self)?];
        while self.eat(',').is_some() {
            items.push(item(self)?);
        }
        self.eat(')')?;
        Some(items)
    }

    fn pair(&mut self) -> Option<Json> {
        let (x, y) = (self.number()?, self.number()?);
        while self.number().is_some() {}
        Some(json!([x, y]))
    }

    fn number(&mut self) -> Option<Json> {
        let rest = self.rest.trim_start();
        let is_part = |sign: char| sign.is_ascii_digit() || matches!(sign, '+' | '-' | '.' | 'e' | 'E');
        let (number, rest) = rest.split_at(rest.find(|sign: char| !is_part(sign)).unwrap_or(rest.len()));
        let read = match number.parse::<i64>() {
            Ok(whole) => Json::from(whole),
            Err(_) => Json::from(number.parse::<f64>().ok().filter(|number| number.is_finite())?),
        };
        self.rest = rest;
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_read() {
        let read = |text| read(text).unwrap_or_default().to_string();
        assert_eq!(read("POINT (1.5 2)"), r#"{"type":"Point","coordinates":[1.5,2]}"#);
        assert_eq!(read("point z(1 2 3)"), r#"{"type":"Point","coordinates":[1,2]}"#);
        assert_eq!(read("MULTIPOINT ((1 1), (2 2))"), r#"{"type":"MultiPoint","coordinates":[[1,1],[2,2]]}"#);
        assert_eq!(
            read("SRID=4326;POLYGON((0 0, 1 0, 1 1, 0 0))"),
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#
        );
        assert_eq!(
            read("GEOMETRYCOLLECTION(POINT(1 2), LINESTRING(1 2, 3 4))"),
            r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2]},{"type":"LineString","coordinates":[[1,2],[3,4]]}]}"#
        );
    }

    #[test]
    fn what_is_no_shape_is_nothing() {
        for text in
            ["", "POINT", "POINT (1)", "POINT (1 2", "CIRCLE (1 2)", "POINT (1 2) x", "LINESTRING (1 2, a b)", "SRID=1"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(&"GEOMETRYCOLLECTION(".repeat(10_000)), None);
    }
}
