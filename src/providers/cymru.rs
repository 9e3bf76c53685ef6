//! Team Cymru: which autonomous system announces an address. <https://www.team-cymru.com/ip-asn-mapping>
//!
//! One address is asked over DNS, many at once over WHOIS in bulk; Team Cymru blocks who asks for many one by one. A
//! server that the settings name is asked over WHOIS. An address may be announced by several systems at once.

use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use model::{Observable, ObservableKind};

use crate::{
    Answer, Bulk, Facts, Misread, Provider, Purpose, Question, Reading, Request, SystemRegistry, TextRequest,
    lenient::AutonomousSystem,
};

static FACTS: Facts = Facts {
    id: "cymru",
    title: "Team Cymru",
    purpose: Purpose::Network,
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "whois://whois.cymru.com",
    fresh: Duration::from_hours(24),
    concurrency: 10,
    ..Facts::DEFAULT
};

pub(crate) struct Cymru;

/// One announcement: a row of the table, or a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Row<'a> {
    systems: Vec<u32>,
    prefix: &'a str,
    country: &'a str,
    registry: &'a str,
    allocated: &'a str,
    name: &'a str,
}

impl Provider for Cymru {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        match question.observable.address().filter(|_| !question.own_server) {
            Some(IpAddr::V4(address)) => {
                let [a, b, c, d] = address.octets();
                Request::Txt(format!("{d}.{c}.{b}.{a}.origin.asn.cymru.com"))
            }
            Some(IpAddr::V6(address)) => {
                let nibbles: Vec<String> =
                    (0..32).map(|place| format!("{:x}", (address.to_bits() >> (place * 4)) & 0xf)).collect();
                Request::Txt(format!("{}.origin6.asn.cymru.com", nibbles.join(".")))
            }
            None => TextRequest::line(&format!(" -v {}", question.value())).into(),
        }
    }

    fn follow_up(&self, _: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        // The records of an address do not say who the system is.
        let [Answer::Txt(records)] = answers else { return None };
        let asn = *most_specific(records)?.systems.first()?;
        Some(Request::Txt(format!("AS{asn}.asn.cymru.com")))
    }

    fn can_do_without(&self, answers: &[Answer]) -> bool {
        !answers.is_empty()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        match answers {
            [Answer::Txt(records), more @ ..] => {
                let Some(mut row) = most_specific(records) else { return Ok(Reading::not_found()) };
                if let [Answer::Txt(owner), ..] = more
                    && let Some(owner) = owner.iter().find_map(|record| name(record))
                {
                    row.name = owner;
                }
                Ok(row.facts())
            }
            [Answer::Text(_), ..] => {
                let text = crate::first(answers)?.text()?;
                if let Some(reading) = refusal(&text) {
                    return Ok(reading);
                }
                let mut rows = rows(&text, question.observable.address()).peekable();
                if rows.peek().is_none() && !text.lines().any(is_head) {
                    return Err(Misread::Lacking("AS"));
                }
                let found = rows.filter(|row| !row.systems.is_empty()).reduce(Row::and);
                Ok(found.map_or_else(Reading::not_found, Row::facts))
            }
            _ => Err(Misread::WrongKind),
        }
    }

    fn bulk(&self) -> Option<&dyn Bulk> {
        Some(self)
    }

    fn systems(&self) -> Option<&dyn SystemRegistry> {
        Some(self)
    }
}

impl Bulk for Cymru {
    fn most(&self) -> usize {
        5_000
    }

    fn ask_all(&self, observables: &[&Observable]) -> Request {
        let lines: String = observables.iter().map(|observable| format!("{}\r\n", observable.canonical())).collect();
        TextRequest { server: None, say: format!("begin\r\nverbose\r\n{lines}end\r\n") }.into()
    }

    fn part(&self, observable: &Observable, answer: &Answer) -> Option<Answer> {
        let text = answer.text().ok()?;
        let own = |line: &&str| line.split('|').nth(1).and_then(|ip| ip.trim().parse().ok()) == observable.address();
        let lines: Vec<&str> = text.lines().filter(own).collect();
        (!lines.is_empty()).then(|| Answer::Text(Bytes::from(lines.join("\n"))))
    }
}

impl SystemRegistry for Cymru {
    fn ask_system(&self, asn: u32, own_server: bool, answers: &[Answer]) -> Option<Request> {
        answers.is_empty().then(|| match own_server {
            true => TextRequest::line(&format!(" -v AS{asn}")).into(),
            false => Request::Txt(format!("AS{asn}.asn.cymru.com")),
        })
    }

    fn read_system(&self, _: u32, answers: &[Answer]) -> Result<Reading, Misread> {
        let text = match crate::first(answers)? {
            Answer::Txt(records) => match records.first() {
                Some(record) => record.clone(),
                None => return Ok(Reading::not_found()),
            },
            answer => answer.text()?.into_owned(),
        };
        if let Some(reading) = refusal(&text) {
            return Ok(reading);
        }
        // AS | country | registry | allocated | name
        let row = text.lines().filter(|line| !is_head(line)).find(|line| line.split('|').count() >= 4);
        let Some(row) = row else { return Ok(Reading::not_found()) };
        let mut cells = row.split('|').skip(1).map(known);
        let mut next = || cells.next().unwrap_or_default();
        let (country, registry, allocated, name) = (next(), next(), next(), next());
        if name.is_empty() {
            return Ok(Reading::not_found());
        }
        Ok(Reading::facts()
            .says("asn_description", name)
            .says("asn_country_code", country)
            .says("asn_registry", registry)
            .says("asn_date", allocated))
    }
}

impl<'a> Row<'a> {
    /// Together with another announcement of the same address.
    fn and(mut self, other: Row<'a>) -> Self {
        self.systems.extend(other.systems);
        self
    }

    fn facts(self) -> Reading {
        let several = (self.systems.len() > 1).then(|| self.systems.clone());
        Reading::facts()
            .says("asn", self.systems.first().copied())
            .says("asns", several)
            .says("asn_cidr", self.prefix)
            .says("asn_country_code", self.country)
            .says("asn_registry", self.registry)
            .says("asn_date", self.allocated)
            .says("asn_description", self.name)
    }
}

/// The rows of a table that are about an address: `AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name`.
fn rows(text: &str, address: Option<IpAddr>) -> impl Iterator<Item = Row<'_>> {
    text.lines().filter_map(move |line| {
        let mut cells = line.split('|').map(known);
        let mut next = || cells.next();
        let systems = systems(next()?);
        next()?.parse().ok().filter(|ip| Some(*ip) == address)?;
        let row = Row { systems, prefix: next()?, country: next()?, registry: next()?, allocated: next()?, name: "" };
        Some(Row { name: next().unwrap_or_default(), ..row })
    })
}

/// The announcement of the smallest network, of records `AS … | BGP Prefix | CC | Registry | Allocated`.
fn most_specific(records: &[String]) -> Option<Row<'_>> {
    let rows = records.iter().filter_map(|record| {
        let mut cells = record.trim_matches('"').split('|').map(known);
        let mut next = || cells.next();
        let row = Row { systems: systems(next()?), prefix: next()?, ..Row::default() };
        Some(Row { country: next()?, registry: next()?, allocated: next().unwrap_or_default(), ..row })
    });
    let length = |row: &Row<'_>| row.prefix.rsplit('/').next().and_then(|length| length.parse::<u8>().ok());
    rows.filter(|row| !row.systems.is_empty()).max_by_key(length)
}

/// The name in a record `AS | CC | Registry | Allocated | AS Name`.
fn name(record: &str) -> Option<&str> {
    record.trim_matches('"').split('|').nth(4).map(known).filter(|name| !name.is_empty())
}

/// A cell, empty when it says that nothing is known.
fn known(cell: &str) -> &str {
    let cell = cell.trim();
    if cell == "NA" { "" } else { cell }
}

fn systems(cell: &str) -> Vec<u32> {
    cell.split_whitespace().filter_map(|asn| AutonomousSystem::from(serde_json::Value::from(asn)).number).collect()
}

fn is_head(line: &str) -> bool {
    line.split('|').next().is_some_and(|cell| cell.trim() == "AS") || line.starts_with("Bulk mode")
}

/// What the text means when it is no table.
fn refusal(text: &str) -> Option<Reading> {
    let start = text.trim_start().lines().next().unwrap_or_default().to_ascii_lowercase();
    if text.to_ascii_lowercase().contains("rate limit exceeded") {
        Some(Reading::rate_limited("the provider's own limit is reached"))
    } else if start.is_empty() {
        Some(Reading::failed("the provider answered without a body"))
    } else if start.starts_with("error") {
        Some(Reading::failed("the provider answered with an error"))
    } else {
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Ipv4, Ipv6},
        Outcome, Verdict,
    };
    use serde_json::json;

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const HEAD: &str = "AS      | IP               | BGP Prefix          | CC | Registry | Allocated  | AS Name\n";
    const TABLE: &str = "AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name
64500 64501 | 203.0.113.7 | 203.0.113.0/24 | AU | apnic | 2011-08-11 | EXAMPLE-AS, AU
64502 | 203.0.113.7 | 203.0.113.0/24 | AU | apnic | 2011-08-11 | OTHER, AU\n";
    const UNKNOWN: &str = "AS | IP | BGP Prefix | CC | Registry | Allocated | AS Name\nNA | 203.0.113.7 | NA | | other | | NA\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("announced", Ipv4, IP, &[(200, TABLE)]).means(Outcome::Hit, Verdict::Unknown),
        example("not announced", Ipv4, IP, &[(200, UNKNOWN)]).means(Outcome::NotFound, Verdict::Unknown),
        example("no row", Ipv6, "2001:db8::1", &[(200, HEAD)]).means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(200, "Error: rate limit exceeded")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(200, "Error: no")]).means(Outcome::Error, Verdict::Unknown),
        example("silence", Ipv4, IP, &[(200, "")]).means(Outcome::Error, Verdict::Unknown),
        example("garbage", Ipv4, IP, &[(200, "<html>")]),
    ];

    #[test]
    fn an_address_that_several_announce_has_all_their_numbers() {
        let evidence = EXAMPLES[0].read(&Cymru).unwrap().evidence;
        assert_eq!((&evidence["asn"], &evidence["asns"]), (&json!(64500), &json!([64500, 64501, 64502])));
        assert_eq!((&evidence["asn_cidr"], &evidence["asn_registry"]), (&json!("203.0.113.0/24"), &json!("apnic")));
        assert_eq!(evidence["asn_description"], "EXAMPLE-AS, AU");
    }

    #[test]
    fn one_address_is_asked_over_dns() {
        let (four, six) = (observable(Ipv4, "216.90.108.31"), observable(Ipv6, "2001:db8::5"));
        let asked = |observable| Cymru.ask(&Question::usual(observable));
        assert_eq!(asked(&four), Request::Txt("31.108.90.216.origin.asn.cymru.com".into()));
        let Request::Txt(name) = asked(&six) else { panic!() };
        assert!(name.starts_with("5.0.0.0.0.") && name.ends_with(".8.b.d.0.1.0.0.2.origin6.asn.cymru.com"), "{name}");
        assert_eq!(name.split('.').count(), 36);

        let origin = Answer::Txt(vec![
            "64496 | 216.88.0.0/14 | US | arin | 1998-09-25".into(),
            "\"23028 | 216.90.108.0/24 | US | arin | 1998-09-25\"".into(),
        ]);
        let question = Question::usual(&four);
        let next = Cymru.follow_up(&question, std::slice::from_ref(&origin));
        assert_eq!(next, Some(Request::Txt("AS23028.asn.cymru.com".into())));
        let owner = Answer::Txt(vec!["23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US".into()]);
        assert_eq!(Cymru.follow_up(&question, &[origin.clone(), owner.clone()]), None);
        let evidence = Cymru.read(&question, &[origin.clone(), owner]).unwrap().evidence;
        assert_eq!((&evidence["asn"], &evidence["asn_description"]), (&json!(23028), &json!("TEAM-CYMRU, US")));
        let nameless = Cymru.read(&question, &[origin]).unwrap();
        assert_eq!(nameless.evidence["asn_cidr"], "216.90.108.0/24");
        let nobody = Cymru.read(&question, &[Answer::Txt(vec![])]).unwrap();
        assert_eq!(nobody.outcome, Outcome::NotFound);
    }

    #[test]
    fn a_bulk_answer_is_taken_apart() {
        let asked = [observable(Ipv4, "216.90.108.31"), observable(Ipv4, "10.0.0.1"), observable(Ipv4, "9.9.9.9")];
        let Request::Text(request) = Cymru.ask_all(&asked.iter().collect::<Vec<_>>()) else { panic!() };
        assert_eq!(request.say, "begin\r\nverbose\r\n216.90.108.31\r\n10.0.0.1\r\n9.9.9.9\r\nend\r\n");
        let answer = Answer::Text(Bytes::from_static(
            b"Bulk mode; whois.cymru.com [2025-05-18 20:19:00 +0000]\n23028 | 216.90.108.31 | 216.90.108.0/24 | US | arin | 1998-09-25 | TEAM-CYMRU, US\nNA | 10.0.0.1 | NA | | other | | NA\n",
        ));
        let outcomes = asked.each_ref().map(|observable| {
            let part = Cymru.part(observable, &answer)?;
            Some(Cymru.read(&Question::usual(observable), &[part]).unwrap().outcome)
        });
        assert_eq!(outcomes, [Some(Outcome::Hit), Some(Outcome::NotFound), None]);
    }

    #[test]
    fn an_autonomous_system_is_read_from_a_record_and_from_a_table() {
        let record = Answer::Txt(vec!["23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US".into()]);
        let table = Answer::Text(Bytes::from_static(
            b"AS | CC | Registry | Allocated | AS Name\n23028 | US | arin | 2002-01-04 | TEAM-CYMRU, US\n",
        ));
        for answer in [record, table] {
            let evidence = Cymru.read_system(23_028, &[answer]).unwrap().evidence;
            assert_eq!((&evidence["asn_description"], &evidence["asn_date"]), (&json!("TEAM-CYMRU, US"), &json!("2002-01-04")));
        }
        let none = Cymru.read_system(1, &[Answer::Txt(vec![])]).unwrap();
        assert_eq!(none.outcome, Outcome::NotFound);
    }
}
