//! ip-api: where an address is, and whether it is a proxy or a data centre. <https://ip-api.com/docs/api:json>
//!
//! Without a key it is asked in the clear, and only for non-commercial purposes: it is off unless somebody says so.
//! With a key its address is `https://pro.ip-api.com`. Errors come with status 200 and `status: fail`.

use std::time::Duration;

use model::ObservableKind;
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{AutonomousSystem, Flag, Number, Text},
};

static FACTS: Facts = Facts {
    id: "ip_api",
    title: "ip-api",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "http://ip-api.com",
    auth: Auth::OptionalQuery("key"),
    budgets: &[Window { requests: 45, per_s: 60 }],
    fresh: Duration::from_hours(24),
    on_by_default: false,
    licence_note: Some("without a key: non-commercial use only, and not encrypted"),
    ..Facts::DEFAULT
};

const FIELDS: &str = "status,message,country,countryCode,regionName,city,zip,lat,lon,timezone,isp,org,as,reverse,mobile,\
    proxy,hosting";

pub(crate) struct IpApi;

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Address {
    status: Text,
    message: Text,
    country: Text,
    country_code: Text,
    region_name: Text,
    city: Text,
    zip: Text,
    lat: Number,
    lon: Number,
    timezone: Text,
    isp: Text,
    org: Text,
    r#as: AutonomousSystem,
    reverse: Text,
    mobile: Flag,
    proxy: Flag,
    hosting: Flag,
}

impl Provider for IpApi {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/json").segment(question.value()).query("fields", FIELDS).into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found: Address = answer.json()?;
        match found.status.as_deref() {
            Some("success") => {}
            Some("fail") => return Ok(failure(found.message.as_deref().unwrap_or_default())),
            _ => return Err(Misread::Lacking("status")),
        }
        let reading = Reading::facts()
            .says("country_code", found.country_code)
            .says("country_name", found.country)
            .says("state", found.region_name)
            .says("city", found.city)
            .says("postal_code", found.zip)
            .says("latitude", found.lat)
            .says("longitude", found.lon)
            .says("time_zone", found.timezone)
            .says("isp", found.isp)
            .says("organization", found.org)
            .says("asn", found.r#as.number)
            .says("as_owner", found.r#as.owner)
            .says("reverse_dns", found.reverse)
            .says("mobile", found.mobile)
            .says("proxy", found.proxy)
            .says("hosting", found.hosting);
        Ok(if reading.evidence.is_empty() { Reading::not_found() } else { reading })
    }
}

fn failure(message: &str) -> Reading {
    match message {
        "private range" | "reserved range" => Reading::unsupported("the address means nothing to the world"),
        "invalid query" => Reading::unsupported("the provider does not accept this value"),
        message if message.contains("key") => Reading::unauthorized("the provider refused the credentials"),
        _ => Reading::failed("the provider reports an error"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const PLACE: &str = r#"{"status": "success", "country": "Canada", "countryCode": "CA", "regionName": "Quebec",
        "city": "Montreal", "zip": "H1K", "lat": 45.6085, "lon": -73.5493, "isp": "Example", "org": "",
        "as": "AS64500 Example Ltee", "hosting": true}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("place", Ipv4, IP, &[(200, PLACE)]).means(Outcome::Hit, Verdict::Unknown),
        example("nowhere", Ipv4, IP, &[(200, r#"{"status": "success", "country": ""}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("private", Ipv4, IP, &[(200, r#"{"status": "fail", "message": "private range"}"#)])
            .means(Outcome::Unsupported, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(200, r#"{"status": "fail", "message": "invalid key"}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("nothing said", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn number_and_owner_of_the_network_are_told_apart() {
        let evidence = EXAMPLES[0].read(&IpApi).unwrap().evidence;
        assert_eq!((&evidence["asn"], &evidence["as_owner"]), (&64_500.into(), &"Example Ltee".into()));
    }
}
