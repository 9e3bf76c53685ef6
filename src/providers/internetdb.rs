//! Shodan InternetDB: open ports, tags and likely vulnerabilities of an address, without a key.
//! <https://internetdb.shodan.io/>

use std::time::Duration;

use model::{KindHint, ObservableKind};
use serde::Deserialize;

use crate::{
    Answer, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{List, Number, Text, Texts},
    shodan,
};

static FACTS: Facts = Facts {
    id: "internetdb",
    title: "Shodan InternetDB",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://internetdb.shodan.io",
    // Renewed once a week.
    fresh: Duration::from_hours(24),
    fresh_unknown: Duration::from_hours(24),
    on_by_default: false,
    licence_note: Some("free for non-commercial use only"),
    ..Facts::DEFAULT
};

pub(crate) struct InternetDb;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Host {
    ip: Text,
    ports: List<Number>,
    cpes: Texts,
    hostnames: Texts,
    tags: Texts,
    vulns: Texts,
}

impl Provider for InternetDb {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("").segment(question.value()).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let host: Host = answer.json()?;
        if host.ip.0.is_none() {
            return Err(Misread::Lacking("ip"));
        }
        let reading = Reading::judged(shodan::verdict(&host.tags.0))
            .says("ports", host.ports)
            .lists("tags", host.tags.0)
            .lists("vulnerabilities", host.vulns.0)
            .lists("software", host.cpes.0)
            .lists("hostnames", &host.hostnames.0)
            .relates_to(KindHint::Exactly(ObservableKind::Hostname), host.hostnames.0)
            .page("https://www.shodan.io/host", question.value());
        Ok(if reading.evidence.is_empty() { Reading::not_found() } else { reading })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const HOST: &str = r#"{"ip": "203.0.113.7", "ports": [25, 443], "cpes": ["cpe:/a:postfix:postfix"],
        "hostnames": ["mail.example.net"], "tags": ["self-signed"], "vulns": ["CVE-2019-0708"]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("host", Ipv4, IP, &[(200, HOST)]).means(Outcome::Hit, Verdict::Unknown),
        example("unknown", Ipv4, IP, &[(404, r#"{"detail": "No information available"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("empty", Ipv4, IP, &[(200, r#"{"ip": "203.0.113.7", "ports": []}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("invalid", Ipv4, IP, &[(422, r#"{"detail": [{"msg": "not an address"}]}"#)])
            .means(Outcome::Unsupported, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("nothing said", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn the_address_is_the_whole_path() {
        let Request::Http(request) = InternetDb.ask(&Question::usual(&observable(Ipv4, IP))) else { panic!("not HTTP") };
        assert_eq!(request.path, "/203.0.113.7");
    }
}
