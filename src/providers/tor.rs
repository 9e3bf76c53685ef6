//! The exit nodes of the Tor network, from the project's own list. <https://check.torproject.org/exit-addresses>
//!
//! To be on the list is reason to look closer and no proof of anything. Not to be on it says nothing at all: the list
//! tells the addresses of exits alone, and only of the last day.

use std::{net::IpAddr, str::FromStr, time::Duration};

use model::{Evidence, ObservableKind, Tlp, Verdict};

use crate::{
    Answer, Entry, Facts, Key, ListFacts, ListSource, Misread, Provider, Question, Reading, Request,
    lenient::Time,
};

static FACTS: Facts = Facts {
    id: "tor",
    title: "Tor exit nodes",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://check.torproject.org",
    fresh: Duration::from_hours(1),
    fresh_unknown: Duration::from_hours(1),
    // Nothing leaves the service but the request for the list.
    max_tlp: Tlp::Red,
    ..Facts::DEFAULT
};

static LIST: ListFacts = ListFacts {
    from: ListSource::Path("/exit-addresses"),
    every: Duration::from_hours(1),
    believed_for: Duration::from_hours(48),
    parse: &parse,
};

pub(crate) struct Tor;

impl Provider for Tor {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, _question: &Question<'_>) -> Request {
        Request::Listed
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let reading = crate::first(answers)?.listing()?.judged(Verdict::Suspicious);
        Ok(reading.page("https://metrics.torproject.org/rs.html#search", question.value()))
    }

    fn list(&self) -> Option<&ListFacts> {
        Some(&LIST)
    }
}

/// Reads both forms of the list: blocks of `ExitNode`, `Published`, `LastStatus` and `ExitAddress` lines, a node having
/// several addresses; or one address a line.
fn parse(file: &[u8]) -> Result<Vec<Entry>, Misread> {
    let text = String::from_utf8_lossy(file);
    let mut entries = Vec::new();
    let exit = || Evidence::from_iter([("exit_node".to_owned(), true.into())]);
    let mut node = exit();
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "ExitNode" => {
                node = exit();
                insert(&mut node, "node", Some(rest.trim().to_owned()));
            }
            "Published" => insert(&mut node, "published_at", time(rest)),
            "LastStatus" => insert(&mut node, "last_status_at", time(rest)),
            "ExitAddress" => {
                let (address, seen) = rest.split_once(' ').unwrap_or((rest, ""));
                if let Ok(address) = IpAddr::from_str(address) {
                    let mut evidence = node.clone();
                    insert(&mut evidence, "seen_at", time(seen));
                    entries.push(Entry { key: Key::Address(address), evidence });
                }
            }
            _ => {
                if let Ok(address) = IpAddr::from_str(line.trim()) {
                    entries.push(Entry { key: Key::Address(address), evidence: exit() });
                }
            }
        }
    }
    if entries.is_empty() { Err(Misread::Lacking("ExitAddress")) } else { Ok(entries) }
}

fn time(text: &str) -> Option<String> {
    Time::from(serde_json::Value::from(text)).0
}

fn insert(evidence: &mut Evidence, name: &str, value: Option<String>) {
    if let Some(value) = value {
        evidence.insert(name.to_owned(), value.into());
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const LIST: &str = "ExitNode 0011BD2485AD45D984EC4159C88FC066E5E3300E\n\
        Published 2026-01-02 03:11:36\n\
        LastStatus 2026-01-02 13:00:00\n\
        ExitAddress 203.0.113.7 2026-01-02 13:14:23\n\
        ExitAddress 203.0.113.8 2026-01-02 13:15:00\n\
        ExitNode FFFF\n\
        ExitAddress not-an-address 2026-01-02 13:15:00\n";
    const PLAIN: &str = "# exits\r\n203.0.113.7\r\n2001:db8::7\r\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Ipv4, "203.0.113.8", &[(200, LIST)]).means(Outcome::Hit, Verdict::Suspicious),
        example("listed plainly", Ipv4, "203.0.113.7", &[(200, PLAIN)]).means(Outcome::Hit, Verdict::Suspicious),
        example("not listed", Ipv4, "203.0.113.9", &[(200, LIST)]).means(Outcome::NotFound, Verdict::Unknown),
        example("no list", Ipv4, "203.0.113.7", &[(200, "<html>")]).means(Outcome::Error, Verdict::Unknown),
    ];

    #[test]
    fn an_exit_carries_its_node_and_its_times() {
        let reading = EXAMPLES[0].read(&Tor).unwrap();
        assert_eq!(reading.evidence["node"], "0011BD2485AD45D984EC4159C88FC066E5E3300E");
        assert_eq!(reading.evidence["seen_at"], "2026-01-02T13:15:00Z");
        assert_eq!(reading.evidence["last_status_at"], "2026-01-02T13:00:00Z");
    }

    #[test]
    fn an_empty_file_is_no_list() {
        assert!(parse(b"").is_err());
    }
}
