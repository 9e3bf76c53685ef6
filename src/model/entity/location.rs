//! Where an address is, as Sentinel says it with the entity.

use serde_json::{Map, Value};

use super::{Entity, EntityKind, text_of};
use crate::Geo;

impl Entity {
    /// The place of an address or of a location entity. Values that are out of range or of the wrong type are left out.
    pub fn location(&self) -> Option<Geo> {
        let place = match self.kind {
            EntityKind::GeoLocation => &self.properties,
            _ => self.properties.get("location")?.as_object()?,
        };
        let geo = read(place);
        (!geo.is_empty()).then_some(geo)
    }
}

fn read(place: &Map<String, Value>) -> Geo {
    let text = |name: &str| place.get(name).and_then(text_of);
    let number = |name: &str| text(name)?.parse::<f64>().ok();
    Geo {
        country_code: text("country_code").map(|code| code.to_uppercase()),
        country_name: text("country_name").or_else(|| text("country_or_region_name")).map(|name| title_case(&name)),
        state: text("state"),
        city: text("city"),
        postal_code: text("postal_code"),
        latitude: number("latitude").filter(|degrees| degrees.abs() <= 90.0),
        longitude: number("longitude").filter(|degrees| degrees.abs() <= 180.0),
        asn: text("asn").and_then(|asn| asn.parse().ok()),
        organization: text("organization").or_else(|| text("carrier")),
        ..Geo::default()
    }
}

/// Sentinel writes country names in lower case; a name that has an upper-case letter stays as it is.
fn title_case(name: &str) -> String {
    if name.contains(char::is_uppercase) {
        return name.to_owned();
    }
    let mut starts_word = true;
    name.chars()
        .flat_map(|c| {
            let upper = starts_word;
            starts_word = c.is_whitespace() || c == '-';
            if upper { c.to_uppercase().collect::<Vec<_>>() } else { vec![c] }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn located(location: &Value) -> Option<Geo> {
        let properties = json!({"address": "192.0.2.1", "location": location});
        Entity::new("x", EntityKind::Ip, properties.as_object().unwrap().clone()).location()
    }

    #[test]
    fn a_location_is_read() {
        let geo = located(&json!({
            "country_code": "de", "country_name": "united kingdom", "city": "Kiel", "latitude": "54.3", "longitude": 10.1, "asn": 208_294
        }))
        .unwrap();
        assert_eq!(geo.country_code.as_deref(), Some("DE"));
        assert_eq!(geo.country_name.as_deref(), Some("United Kingdom"));
        assert_eq!((geo.latitude, geo.longitude, geo.asn), (Some(54.3), Some(10.1), Some(208_294)));
    }

    #[test]
    fn nonsense_is_no_location() {
        assert_eq!(located(&json!({"latitude": 900, "asn": -1})), None);
        assert_eq!(located(&json!("Central US")), None);
    }
}
