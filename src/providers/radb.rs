//! RADB: what routing registries hold, as RPSL objects over WHOIS. <https://www.radb.net/query/help>
//!
//! About an address: the routes around it and who may announce them. About an autonomous system: its object and all
//! routes of which it is the origin.

use std::time::Duration;

use model::ObservableKind;
use serde_json::{Value, json};

use crate::{
    Answer, Facts, Misread, Provider, Purpose, Question, Reading, Request, SystemRegistry, TextRequest, fields::Fields,
};

static FACTS: Facts = Facts {
    id: "radb",
    title: "RADB",
    purpose: Purpose::Network,
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "whois://whois.radb.net",
    fresh: Duration::from_hours(24),
    concurrency: 5,
    // The largest networks are the origin of tens of thousands of routes.
    body_cap: 32 * 1024 * 1024,
    ..Facts::DEFAULT
};

pub(crate) struct Radb;

impl Provider for Radb {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        TextRequest::line(question.value()).into()
    }

    fn read(&self, _: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let text = crate::first(answers)?.text()?;
        if let Some(reading) = without_objects(&text) {
            return Ok(reading);
        }
        let routes: Vec<Value> = objects(&text)
            .filter_map(|object| {
                let route = object.first(&["route", "route6"])?;
                Some(json!({ "route": route, "origin": object.first(&["origin"]), "description": object.first(&["descr"]) }))
            })
            .collect();
        if routes.is_empty() {
            return Err(Misread::Lacking("route"));
        }
        Ok(Reading::facts().says("routes", routes))
    }

    fn systems(&self) -> Option<&dyn SystemRegistry> {
        Some(self)
    }
}

impl SystemRegistry for Radb {
    fn ask_system(&self, asn: u32, _: bool, answers: &[Answer]) -> Option<Request> {
        match answers {
            [] => Some(TextRequest::line(&format!("AS{asn}")).into()),
            [_] => Some(TextRequest::line(&format!("-i origin AS{asn}")).into()),
            _ => None,
        }
    }

    /// Beside what people read, `prefixes`: all of them, each once, in order.
    fn read_system(&self, _: u32, answers: &[Answer]) -> Result<Reading, Misread> {
        let text = crate::first(answers)?.text()?;
        if let Some(reading) = without_objects(&text) {
            return Ok(reading);
        }
        let object = objects(&text).find(|object| object.first(&["aut-num"]).is_some());
        let object = object.ok_or(Misread::Lacking("aut-num"))?;
        let mut reading = Reading::facts()
            .says("handle", object.first(&["aut-num"]))
            .says("name", object.first(&["as-name"]))
            .says("description", object.first(&["descr"]))
            .says("contact", object.first(&["notify", "e-mail"]))
            .says("updated", object.first(&["changed", "last-modified"]))
            .says("routing_registry", object.first(&["source"]));
        if let Some(routes) = answers.get(1) {
            let prefixes = prefixes(&routes.text()?);
            // Not cut: this is the answer itself.
            reading.evidence.insert("prefixes".to_owned(), prefixes.into());
        }
        Ok(reading)
    }
}

fn prefixes(text: &str) -> Vec<String> {
    let keys = ["route", "route6"];
    let fields = Fields::read(text);
    let mut prefixes: Vec<String> = fields.all(&keys).map(str::to_owned).collect();
    prefixes.sort_unstable();
    prefixes.dedup();
    prefixes
}

/// Objects are separated by empty lines.
fn objects(text: &str) -> impl Iterator<Item = Fields> {
    let mut lines = text.lines().peekable();
    std::iter::from_fn(move || {
        lines.peek()?;
        let object: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().is_empty()).collect();
        Some(Fields::read(&object.join("\n")))
    })
}

/// What the text means when there are no objects in it.
fn without_objects(text: &str) -> Option<Reading> {
    let text = text.trim();
    let is = |note: &str| text.starts_with('%') && text.to_ascii_lowercase().contains(note);
    if text.is_empty() {
        Some(Reading::failed("the provider answered without a body"))
    } else if is("no entries found") {
        Some(Reading::not_found())
    } else if is("too many") || is("limit") {
        Some(Reading::rate_limited("the provider's own limit is reached"))
    } else {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const ROUTES: &str = "route:      203.0.113.0/24\ndescr:      Example\norigin:     AS64500\nsource:     RADB\n\nroute:  203.0.112.0/23\norigin: AS64501\n";
    const SYSTEM: &str = "aut-num:    AS64500\nas-name:    EXAMPLE\ndescr:      Example Ltd\ndescr:      Sydney\nnotify:     noc@example.net\nchanged:    noc@example.net 20240102  #03:04:05Z\nsource:     RADB\n";
    const NONE: &str = "%  No entries found for the selected source(s).\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("routes", Ipv4, IP, &[(200, ROUTES)]).means(Outcome::Hit, Verdict::Unknown),
        example("none", Ipv4, IP, &[(200, NONE)]).means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(200, "% Query limit exceeded\n")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("silence", Ipv4, IP, &[(200, "\n")]).means(Outcome::Error, Verdict::Unknown),
        example("garbage", Ipv4, IP, &[(200, "<html>")]),
    ];

    fn text(text: &'static str) -> Answer {
        Answer::Text(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn the_routes_around_an_address_are_told() {
        let evidence = EXAMPLES[0].read(&Radb).unwrap().evidence;
        assert_eq!(evidence["routes"][0], json!({ "route": "203.0.113.0/24", "origin": "AS64500", "description": "Example" }));
        assert_eq!(evidence["routes"][1]["origin"], "AS64501");
    }

    #[test]
    fn a_system_is_asked_in_two_steps_and_has_every_prefix_once() {
        let asked = |answers: &[Answer]| Radb.ask_system(64_500, false, answers);
        assert_eq!(asked(&[]), Some(TextRequest::line("AS64500").into()));
        assert_eq!(asked(&[text(SYSTEM)]), Some(TextRequest::line("-i origin AS64500").into()));
        assert_eq!(asked(&[text(SYSTEM), text(ROUTES)]), None);

        let evidence = Radb.read_system(64_500, &[text(SYSTEM), text(ROUTES)]).unwrap().evidence;
        assert_eq!((&evidence["name"], &evidence["description"]), (&json!("EXAMPLE"), &json!("Example Ltd")));
        assert_eq!(evidence["contact"], "noc@example.net");
        assert_eq!(evidence["prefixes"], json!(["203.0.112.0/23", "203.0.113.0/24"]));
        assert_eq!(Radb.read_system(1, &[text(NONE)]).unwrap().outcome, Outcome::NotFound);
        assert!(Radb.read_system(1, &[text("<html>")]).is_err());
    }
}
