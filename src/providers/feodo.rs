//! Feodo Tracker: command-and-control servers of botnets that were seen active, from abuse.ch.
//! <https://feodotracker.abuse.ch/blocklist/>
//!
//! The list may be empty: then no such server is known to be active.

use std::{net::IpAddr, time::Duration};

use model::{Evidence, ObservableKind, Tlp, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Entry, Facts, Key, ListFacts, ListSource, Misread, Provider, Question, Reading, Request,
    lenient::{Number, Text, Time},
};

static FACTS: Facts = Facts {
    id: "feodo",
    title: "Feodo Tracker",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://feodotracker.abuse.ch",
    fresh: Duration::from_hours(1),
    // Nothing leaves the service but the request for the list.
    max_tlp: Tlp::Red,
    ..Facts::DEFAULT
};

static LIST: ListFacts = ListFacts {
    from: ListSource::Path("/downloads/ipblocklist.json"),
    every: Duration::from_hours(1),
    believed_for: Duration::from_hours(24 * 7),
    parse: &parse,
};

pub(crate) struct Feodo;

#[derive(Deserialize)]
struct Server {
    ip_address: IpAddr,
    #[serde(default)]
    port: Number,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    malware: Text,
    #[serde(default)]
    as_number: Number,
    #[serde(default)]
    as_name: Text,
    #[serde(default)]
    country: Text,
    #[serde(default)]
    first_seen: Time,
    #[serde(default)]
    last_online: Time,
}

impl Provider for Feodo {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, _question: &Question<'_>) -> Request {
        Request::Listed
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let reading = crate::first(answers)?.listing()?.judged(Verdict::Malicious);
        Ok(reading.page("https://feodotracker.abuse.ch/browse/host", question.value()))
    }

    fn list(&self) -> Option<&ListFacts> {
        Some(&LIST)
    }
}

fn parse(file: &[u8]) -> Result<Vec<Entry>, Misread> {
    let servers: Vec<Server> = serde_json::from_slice(file).map_err(|_| Misread::NotJson)?;
    Ok(servers.into_iter().map(|server| Entry { key: Key::Address(server.ip_address), evidence: server.into() }).collect())
}

impl From<Server> for Evidence {
    fn from(server: Server) -> Self {
        Reading::facts()
            .says("malware_family", server.malware)
            .says("port", server.port)
            .says("status", server.status)
            .says("first_seen", server.first_seen)
            .says("last_seen", server.last_online)
            .says("asn", server.as_number)
            .says("as_owner", server.as_name)
            .says("country_code", server.country)
            .evidence
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome};

    use super::*;
    use crate::testing::{Example, example};

    const LIST: &str = r#"[{"ip_address": "203.0.113.7", "port": 443, "status": "online", "hostname": null,
        "as_number": 64500, "as_name": "EXAMPLE", "country": "NL", "first_seen": "2025-04-22 21:04:33",
        "last_online": "2026-01-02", "malware": "Example"}]"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Ipv4, "203.0.113.7", &[(200, LIST)]).means(Outcome::Hit, Verdict::Malicious),
        example("not listed", Ipv4, "203.0.113.8", &[(200, LIST)]).means(Outcome::NotFound, Verdict::Unknown),
        example("empty list", Ipv4, "203.0.113.7", &[(200, "[]")]).means(Outcome::NotFound, Verdict::Unknown),
        example("no list", Ipv4, "203.0.113.7", &[(200, "<html>")]).means(Outcome::Error, Verdict::Unknown),
    ];

    #[test]
    fn an_entry_names_the_malware_and_its_times() {
        let evidence = EXAMPLES[0].read(&Feodo).unwrap().evidence;
        assert_eq!((&evidence["malware_family"], &evidence["port"]), (&"Example".into(), &443.into()));
        assert_eq!(evidence["first_seen"], "2025-04-22T21:04:33Z");
    }
}
