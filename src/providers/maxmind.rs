//! Records of geolocation databases in MaxMind's file format, whoever publishes them and whatever they name their
//! fields. The files are opened elsewhere: here records are only read.
//!
//! MaxMind nests (`country.iso_code`, `city.names.en`), DB-IP's free files are flat (`country_code`, `city`, `state1`),
//! and so are IPinfo's, which write numbers as text (`lat: "52.1"`, `asn: "AS64500"`). One struct takes them all, and
//! borrows every text from the file.

use std::fmt;

use model::Geo;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use crate::country_name;

/// A record, in any of the schemas.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct GeoRecord<'a> {
    // An object with MaxMind; with IPinfo a code or, beside a code, a name.
    #[serde(borrow)]
    country: Field<'a>,
    registered_country: Field<'a>,
    country_code: Field<'a>,
    country_name: Field<'a>,
    city: Field<'a>,
    subdivisions: Field<'a>,
    state1: Field<'a>,
    region: Field<'a>,
    postal: Field<'a>,
    postal_code: Field<'a>,
    postcode: Field<'a>,
    zip_code: Field<'a>,
    location: Location<'a>,
    latitude: Field<'a>,
    longitude: Field<'a>,
    lat: Field<'a>,
    lng: Field<'a>,
    timezone: Field<'a>,
    time_zone: Field<'a>,
    traits: Network<'a>,
    autonomous_system_number: Field<'a>,
    autonomous_system_organization: Field<'a>,
    asn: Field<'a>,
    as_name: Field<'a>,
    name: Field<'a>,
    isp: Field<'a>,
}

/// What MaxMind nests under `location`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Location<'a> {
    #[serde(borrow)]
    latitude: Field<'a>,
    longitude: Field<'a>,
    time_zone: Field<'a>,
}

/// What MaxMind nests under `traits` in the databases that have everything.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Network<'a> {
    #[serde(borrow)]
    autonomous_system_number: Field<'a>,
    autonomous_system_organization: Field<'a>,
    isp: Field<'a>,
}

/// A text, a number, or what can be told from an object: its code and its English name. The first element stands for a
/// list, since the first subdivision is the largest.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Field<'a> {
    text: Option<&'a str>,
    number: Option<f64>,
    code: Option<&'a str>,
    name: Option<&'a str>,
}

/// What a record says.
pub fn geo(record: GeoRecord<'_>) -> Geo {
    let GeoRecord { country, registered_country, location, traits, .. } = record;
    // IPinfo's older files have the code under `country`, its newer ones the name.
    let (short, long) = match country.text() {
        Some(text) if text.len() == 2 => (Some(text), None),
        other => (None, other),
    };
    let code = record.country_code.text().or(country.code).or(short).or(registered_country.code);
    let name = record.country_name.text().or(country.name).or(long).or_else(|| code.and_then(country_name));
    let asn = [record.autonomous_system_number, traits.autonomous_system_number, record.asn];
    Geo {
        country_code: code.map(str::to_ascii_uppercase),
        country_name: name.map(str::to_owned),
        state: name_of([record.subdivisions, record.state1, record.region]),
        city: name_of([record.city]),
        postal_code: name_of([record.postal, record.postal_code, record.postcode, record.zip_code]),
        latitude: number_of([location.latitude, record.latitude, record.lat]),
        longitude: number_of([location.longitude, record.longitude, record.lng]),
        time_zone: name_of([location.time_zone, record.time_zone, record.timezone]),
        asn: asn.iter().find_map(Field::asn),
        organization: name_of([
            record.autonomous_system_organization,
            traits.autonomous_system_organization,
            record.as_name,
            record.name,
        ]),
        isp: name_of([record.isp, traits.isp]),
    }
}

/// The first name, code or text.
fn name_of<const N: usize>(fields: [Field<'_>; N]) -> Option<String> {
    fields.iter().find_map(|field| field.name.or(field.code).or(field.text())).map(str::to_owned)
}

/// The first number.
fn number_of<const N: usize>(fields: [Field<'_>; N]) -> Option<f64> {
    fields.iter().find_map(Field::number)
}

impl<'a> Field<'a> {
    /// The text, unless it is empty: flat files write that for "unknown".
    fn text(&self) -> Option<&'a str> {
        self.text.map(str::trim).filter(|text| !text.is_empty())
    }

    fn number(&self) -> Option<f64> {
        self.number.or_else(|| self.text()?.parse().ok()).filter(|number| number.is_finite())
    }

    /// A number of an autonomous system, with or without `AS` before it. Zero is none.
    fn asn(&self) -> Option<u32> {
        let number = match self.text() {
            Some(text) => text.trim_start_matches(['A', 'S', 'a', 's']).parse().ok()?,
            None => self.number.filter(|number| (0.0..=f64::from(u32::MAX)).contains(number))? as u32,
        };
        Some(number).filter(|number| *number != 0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Field<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor)
    }
}

struct FieldVisitor;

impl<'de> Visitor<'de> for FieldVisitor {
    type Value = Field<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, or an object with a code or names")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<'de>, E> {
        Ok(Field { text: Some(text), ..Field::default() })
    }

    fn visit_str<E>(self, _text: &str) -> Result<Field<'de>, E> {
        Ok(Field::default())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Field<'de>, E> {
        Ok(Field { number: Some(number), ..Field::default() })
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Field<'de>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Field<'de>, E> {
        self.visit_f64(number as f64)
    }

    fn visit_u128<E>(self, _number: u128) -> Result<Field<'de>, E> {
        Ok(Field::default())
    }

    fn visit_bool<E>(self, _flag: bool) -> Result<Field<'de>, E> {
        Ok(Field::default())
    }

    fn visit_unit<E>(self) -> Result<Field<'de>, E> {
        Ok(Field::default())
    }

    fn visit_bytes<E>(self, _bytes: &[u8]) -> Result<Field<'de>, E> {
        Ok(Field::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field<'de>, A::Error> {
        let first = list.next_element()?.unwrap_or_default();
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(first)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Field<'de>, A::Error> {
        let mut field = Field::default();
        while let Some(key) = object.next_key::<&str>()? {
            match key {
                "iso_code" | "code" => field.code = object.next_value::<Field<'de>>()?.text(),
                "names" => field.name = object.next_value::<Field<'de>>()?.name,
                // Of names: the English one.
                "en" => field.name = object.next_value::<Field<'de>>()?.text(),
                _ => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Geo {
        geo(serde_json::from_str(json).unwrap())
    }

    #[test]
    fn maxminds_nested_schema_is_read() {
        let place = read(
            r#"{"city": {"geoname_id": 1, "names": {"de": "Beispiel", "en": "Sample"}},
                "continent": {"code": "EU", "names": {"en": "Europe"}},
                "country": {"geoname_id": 2, "iso_code": "DE", "names": {"de": "Deutschland", "en": "Germany"}},
                "location": {"accuracy_radius": 20, "latitude": 52.5, "longitude": -13, "time_zone": "Europe/Berlin"},
                "postal": {"code": "10115"}, "registered_country": {"iso_code": "US"},
                "subdivisions": [{"iso_code": "BE", "names": {"en": "Land Berlin"}}, {"names": {"en": "Mitte"}}],
                "traits": {"autonomous_system_number": 64500, "isp": "Example ISP", "is_anycast": true}}"#,
        );
        let expected = Geo {
            country_code: Some("DE".into()),
            country_name: Some("Germany".into()),
            state: Some("Land Berlin".into()),
            city: Some("Sample".into()),
            postal_code: Some("10115".into()),
            latitude: Some(52.5),
            longitude: Some(-13.0),
            time_zone: Some("Europe/Berlin".into()),
            asn: Some(64_500),
            organization: None,
            isp: Some("Example ISP".into()),
        };
        assert_eq!(place, expected);
    }

    #[test]
    fn maxminds_network_databases_are_read() {
        let network = read(
            r#"{"autonomous_system_number": 64500, "autonomous_system_organization": "EXAMPLE-AS",
                "isp": "Example ISP", "organization": "Example Customer"}"#,
        );
        assert_eq!(network.asn, Some(64_500));
        assert_eq!(network.organization.as_deref(), Some("EXAMPLE-AS"));
        assert_eq!(network.isp.as_deref(), Some("Example ISP"));
        assert_eq!(network.country_code, None);
    }

    #[test]
    fn db_ips_flat_schema_is_read() {
        let place = read(
            r#"{"city": "Sample", "country_code": "nl", "latitude": 52.1, "longitude": 4.3, "postcode": "",
                "state1": "South Holland", "state2": "", "timezone": "Europe/Amsterdam"}"#,
        );
        assert_eq!(place.country_code.as_deref(), Some("NL"));
        assert_eq!(place.country_name.as_deref(), Some("Netherlands"));
        assert_eq!(place.state.as_deref(), Some("South Holland"));
        assert_eq!(place.city.as_deref(), Some("Sample"));
        assert_eq!((place.latitude, place.longitude), (Some(52.1), Some(4.3)));
        assert_eq!(place.postal_code, None);
        assert_eq!(read(r#"{"country_code": "DE"}"#).country_name.as_deref(), Some("Germany"));
    }

    #[test]
    fn ipinfos_flat_schemas_are_read() {
        let place = read(
            r#"{"city": "Sample", "country": "NL", "region": "Limburg", "lat": "50.9", "lng": "6.0",
                "postal_code": "6411", "timezone": "Europe/Amsterdam"}"#,
        );
        assert_eq!(place.country_code.as_deref(), Some("NL"));
        assert_eq!(place.country_name.as_deref(), Some("Netherlands"));
        assert_eq!((place.latitude, place.longitude), (Some(50.9), Some(6.0)));
        assert_eq!(place.postal_code.as_deref(), Some("6411"));
        let network = read(
            r#"{"country": "Bolivia", "country_code": "BO", "continent": "South America",
                "asn": "AS64500", "as_name": "Example", "as_domain": "example.com"}"#,
        );
        assert_eq!(network.country_code.as_deref(), Some("BO"));
        assert_eq!(network.country_name.as_deref(), Some("Bolivia"));
        assert_eq!((network.asn, network.organization.as_deref()), (Some(64_500), Some("Example")));
    }

    #[test]
    fn odd_fields_are_absent_and_nothing_fails() {
        let odd = read(
            r#"{"country": null, "city": ["x"], "location": {"latitude": "NaN", "longitude": {}}, "asn": -1,
                "subdivisions": [], "postal": {"code": 7}, "names": {"en": "elsewhere"}, "isp": true}"#,
        );
        assert_eq!(odd, Geo { city: Some("x".into()), ..Geo::default() });
    }

    #[test]
    fn the_registered_country_stands_in_for_an_unknown_one() {
        let place = read(r#"{"registered_country": {"iso_code": "FR", "names": {"en": "France"}}}"#);
        assert_eq!(place.country_name.as_deref(), Some("France"));
    }
}
