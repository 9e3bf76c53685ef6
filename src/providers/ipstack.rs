//! ipstack: where an address is. <https://docs.apilayer.com/ipstack/docs>
//!
//! Errors come with status 200 and `success: false`; their code says which. The free plan knows no HTTPS, and the key
//! stands in the address: it is never asked in the clear.

use std::time::Duration;

use model::ObservableKind;
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{Number, Part, Text},
};

static FACTS: Facts = Facts {
    id: "ipstack",
    title: "ipstack",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://api.ipstack.com",
    auth: Auth::Query("access_key"),
    budgets: &[Window { requests: 100, per_s: 31 * 86_400 }],
    fresh: Duration::from_hours(24 * 7),
    licence_note: Some("needs a plan with HTTPS"),
    ..Facts::DEFAULT
};

pub(crate) struct IpStack;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address {
    error: Option<Part<Failure>>,
    ip: Text,
    country_code: Text,
    country_name: Text,
    region_name: Text,
    city: Text,
    zip: Text,
    latitude: Number,
    longitude: Number,
    time_zone: Part<TimeZone>,
    connection: Part<Connection>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    code: Number,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TimeZone {
    id: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Connection {
    asn: Number,
    isp: Text,
}

impl Provider for IpStack {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("").segment(question.value()).query("output", "json").into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        let found = answer.json::<Address>();
        if let Ok(Address { error: Some(Part(failure)), .. }) = &found {
            return Ok(failure.means());
        }
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found = found?;
        if found.ip.0.is_none() {
            return Err(Misread::Lacking("ip"));
        }
        let reading = Reading::facts()
            .says("country_code", found.country_code)
            .says("country_name", found.country_name)
            .says("state", found.region_name)
            .says("city", found.city)
            .says("postal_code", found.zip)
            .says("latitude", found.latitude)
            .says("longitude", found.longitude)
            .says("time_zone", found.time_zone.0.id)
            .says("asn", found.connection.0.asn)
            .says("isp", found.connection.0.isp);
        Ok(if reading.evidence.is_empty() { Reading::not_found() } else { reading })
    }
}

impl Failure {
    fn means(&self) -> Reading {
        match self.code.0 {
            Some(101.0 | 102.0) => Reading::unauthorized("the provider refused the credentials"),
            Some(104.0) => Reading::rate_limited("the key's quota is used up"),
            Some(103.0 | 105.0 | 303.0) => Reading::unauthorized("the plan does not include this"),
            Some(106.0 | 301.0) => Reading::unsupported("the provider does not accept this value"),
            _ => Reading::failed("the provider reports an error"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const PLACE: &str = r#"{"ip": "203.0.113.7", "country_code": "NL", "country_name": "Netherlands",
        "region_name": "Limburg", "city": "Heerlen", "zip": "6411", "latitude": 50.8837, "longitude": "5.98",
        "time_zone": {"id": "Europe/Amsterdam"}, "connection": {"asn": 64500, "isp": "Example ISP"}}"#;
    const NOWHERE: &str = r#"{"ip": "203.0.113.7", "country_code": null, "connection": null}"#;
    const LIMITED: &str = r#"{"success": false, "error": {"code": 104, "type": "monthly_limit_reached"}}"#;
    const REFUSED: &str = r#"{"success": false, "error": {"code": "101", "type": "invalid_access_key"}}"#;
    const INVALID: &str = r#"{"success": false, "error": {"code": 106, "type": "invalid_ip_address"}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("place", Ipv4, IP, &[(200, PLACE)]).means(Outcome::Hit, Verdict::Unknown),
        example("nowhere", Ipv4, IP, &[(200, NOWHERE)]).means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(200, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("invalid", Ipv4, IP, &[(200, INVALID)]).means(Outcome::Unsupported, Verdict::Unknown),
        example("nothing said", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn the_network_is_told_too() {
        assert_eq!(EXAMPLES[0].read(&IpStack).unwrap().evidence["asn"], 64_500);
    }
}
