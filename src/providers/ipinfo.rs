//! IPinfo: where an address is and who announces it. <https://ipinfo.io/developers/responses>
//!
//! What is in the answer depends on the plan. The place comes as `latitude,longitude`, the network as
//! `AS64500 Example Hosting` or as an object.

use std::time::Duration;

use model::{KindHint, ObservableKind};
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window, country_name,
    lenient::{AutonomousSystem, Flag, Part, Text},
};

static FACTS: Facts = Facts {
    id: "ipinfo",
    title: "IPinfo",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://ipinfo.io",
    auth: Auth::Bearer,
    budgets: &[Window { requests: 50_000, per_s: 31 * 86_400 }],
    fresh: Duration::from_hours(24),
    ..Facts::DEFAULT
};

pub(crate) struct IpInfo;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Address {
    ip: Text,
    bogon: Flag,
    hostname: Text,
    anycast: Flag,
    city: Text,
    region: Text,
    country: Text,
    loc: Text,
    postal: Text,
    timezone: Text,
    org: AutonomousSystem,
    asn: Part<Announced>,
    company: Part<Company>,
    privacy: Part<Privacy>,
    abuse: Part<Abuse>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Announced {
    asn: AutonomousSystem,
    name: Text,
    route: Text,
    r#type: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Company {
    name: Text,
    r#type: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Privacy {
    vpn: Flag,
    proxy: Flag,
    tor: Flag,
    relay: Flag,
    hosting: Flag,
    service: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Abuse {
    email: Text,
}

impl Provider for IpInfo {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("").segment(question.value()).then("/json").into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let found: Address = answer.json()?;
        if found.bogon.is_true() {
            return Ok(Reading::unsupported("the address means nothing to the world"));
        }
        if found.ip.0.is_none() {
            return Err(Misread::Lacking("ip"));
        }
        let (latitude, longitude) = found.loc.as_deref().and_then(|loc| loc.split_once(',')).unzip();
        let degrees = |text: Option<&str>| text.and_then(|text| text.trim().parse().ok()).filter(|d: &f64| d.is_finite());
        let privacy = found.privacy.0;
        let announced = found.asn.0;
        let reading = Reading::facts()
            .says("country_name", found.country.as_deref().and_then(country_name))
            .says("country_code", found.country)
            .says("state", found.region)
            .says("city", found.city)
            .says("postal_code", found.postal)
            .says("latitude", degrees(latitude))
            .says("longitude", degrees(longitude))
            .says("time_zone", found.timezone)
            .says("asn", announced.asn.number.or(found.org.number))
            .says("as_owner", announced.name.0.or(found.org.owner))
            .says("network", announced.route)
            .says("network_type", announced.r#type)
            .says("organization", found.company.0.name)
            .says("organization_type", found.company.0.r#type)
            .says("reverse_dns", found.hostname.clone())
            .says("anycast", found.anycast)
            .says("vpn", privacy.vpn)
            .says("proxy", privacy.proxy)
            .says("tor", privacy.tor)
            .says("relay", privacy.relay)
            .says("hosting", privacy.hosting)
            .says("vpn_service", privacy.service)
            .says("abuse_contact", found.abuse.0.email);
        if reading.evidence.is_empty() {
            return Ok(Reading::not_found());
        }
        Ok(reading
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), found.hostname.0)
            .page("https://ipinfo.io", question.value()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const FREE: &str = r#"{"ip": "203.0.113.7", "hostname": "a.example.com", "city": "Heerlen", "region": "Limburg",
        "country": "NL", "loc": "50.8837,5.9813", "org": "AS64500 Example Hosting", "postal": "6411",
        "timezone": "Europe/Amsterdam"}"#;
    const PAID: &str = r#"{"ip": "203.0.113.7", "country": "NL", "loc": "here", "privacy": {"vpn": true, "service": ""},
        "asn": {"asn": "AS64501", "name": "Example", "route": "203.0.113.0/24", "type": "isp"}}"#;
    const WRONG: &str = r#"{"status": 404, "error": {"title": "Wrong ip", "message": "Please provide a valid IP"}}"#;
    const LIMITED: &str = r#"{"status": 429, "error": {"title": "Rate limit exceeded"}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("free", Ipv4, IP, &[(200, FREE)]).means(Outcome::Hit, Verdict::Unknown),
        example("paid", Ipv4, IP, &[(200, PAID)]).means(Outcome::Hit, Verdict::Unknown),
        example("nothing known", Ipv4, IP, &[(200, r#"{"ip": "203.0.113.7"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("bogon", Ipv4, IP, &[(200, r#"{"ip": "203.0.113.7", "bogon": true}"#)])
            .means(Outcome::Unsupported, Verdict::Unknown),
        example("wrong", Ipv4, IP, &[(404, WRONG)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(403, r#"{"status": 403}"#)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, LIMITED)]).means(Outcome::RateLimited, Verdict::Unknown),
        example("nothing said", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn place_and_network_are_taken_apart() {
        let evidence = EXAMPLES[0].read(&IpInfo).unwrap().evidence;
        assert_eq!((&evidence["latitude"], &evidence["longitude"]), (&50.8837.into(), &5.9813.into()));
        assert_eq!((&evidence["asn"], &evidence["as_owner"]), (&64_500.into(), &"Example Hosting".into()));
        assert_eq!(evidence["country_name"], "Netherlands");
    }
}
