//! Spamhaus DROP: networks that belong to spammers and criminals altogether, not to be routed.
//! <https://www.spamhaus.org/blocklists/do-not-route-or-peer/>

use std::{net::IpAddr, time::Duration};

use model::{ObservableKind, Tlp, Verdict};
use serde::Deserialize;

use crate::{
    Answer, Entry, Facts, Key, ListFacts, ListSource, Misread, Provider, Question, Reading, Request, lenient::Text, request::encoded,
};

pub(crate) const FACTS: Facts = Facts {
    id: "spamhaus_drop",
    title: "Spamhaus DROP",
    kinds: &[ObservableKind::Ipv4],
    base_url: "https://www.spamhaus.org",
    fresh: Duration::from_hours(1),
    // Nothing leaves the service but the request for the list.
    max_tlp: Tlp::Red,
    licence_note: Some("free for everybody who names Spamhaus as its source"),
    ..Facts::DEFAULT
};

pub(crate) const LIST: ListFacts = ListFacts {
    from: ListSource::Path("/drop/drop_v4.json"),
    // Spamhaus asks for no more than once an hour.
    every: Duration::from_hours(12),
    believed_for: Duration::from_hours(24 * 7),
    parse: &parse,
};

pub(crate) struct SpamhausDrop;

/// A line of the list; the last one tells about the list itself and has no network.
#[derive(Deserialize)]
struct Line {
    cidr: String,
    #[serde(default)]
    sblid: Text,
    #[serde(default)]
    rir: Text,
}

impl Provider for SpamhausDrop {
    fn facts(&self) -> &Facts {
        static OWN: Facts = FACTS;
        &OWN
    }

    fn ask(&self, _question: &Question<'_>) -> Request {
        Request::Listed
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        read(question, answers)
    }

    fn list(&self) -> Option<&ListFacts> {
        static OWN: ListFacts = LIST;
        Some(&OWN)
    }
}

/// What an entry means, in either list.
pub(crate) fn read(question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
    let reading = crate::first(answers)?.listing()?.judged(Verdict::Malicious);
    Ok(reading.reference(format!("https://check.spamhaus.org/results?query={}", encoded(question.value()))))
}

/// Reads both forms of the list: a JSON object a line, or `network ; number` a line.
fn parse(file: &[u8]) -> Result<Vec<Entry>, Misread> {
    let text = String::from_utf8_lossy(file);
    let entries: Vec<Entry> = text.lines().filter_map(entry).collect();
    if entries.is_empty() { Err(Misread::Lacking("cidr")) } else { Ok(entries) }
}

fn entry(line: &str) -> Option<Entry> {
    let Line { cidr, sblid, rir } = serde_json::from_str(line).ok().or_else(|| {
        let (cidr, sblid) = line.split_once(';')?;
        Some(Line { cidr: cidr.trim().to_owned(), sblid: Text(Some(sblid.trim().to_owned())), rir: Text(None) })
    })?;
    let (first, length) = cidr.split_once('/')?;
    let (first, length): (IpAddr, u8) = (first.parse().ok()?, length.parse().ok()?);
    let longest = if first.is_ipv4() { 32 } else { 128 };
    let evidence = Reading::facts().says("network", cidr.as_str()).says("sbl", sblid).says("registry", rir).evidence;
    (length <= longest).then_some(Entry { key: Key::Network(first, length), evidence })
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome};

    use super::*;
    use crate::testing::{Example, example};

    const LIST: &str = "{\"cidr\":\"203.0.112.0/23\",\"sblid\":\"SBL256894\",\"rir\":\"apnic\"}\n\
        {\"cidr\":\"198.51.100.0/99\",\"sblid\":\"SBL1\"}\n\
        {\"type\":\"metadata\",\"timestamp\":1767225600,\"records\":1,\"copyright\":\"(c)\"}\n";
    const PLAIN: &str = "; Spamhaus DROP List\n203.0.113.0/24 ; SBL256894\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Ipv4, "203.0.113.7", &[(200, LIST)]).means(Outcome::Hit, Verdict::Malicious),
        example("listed plainly", Ipv4, "203.0.113.7", &[(200, PLAIN)]).means(Outcome::Hit, Verdict::Malicious),
        example("not listed", Ipv4, "203.0.114.1", &[(200, LIST)]).means(Outcome::NotFound, Verdict::Unknown),
        example("no list", Ipv4, "203.0.113.7", &[(200, "<html>; no")]).means(Outcome::Error, Verdict::Unknown),
    ];

    #[test]
    fn an_entry_names_its_network() {
        let evidence = EXAMPLES[0].read(&SpamhausDrop).unwrap().evidence;
        assert_eq!((&evidence["network"], &evidence["sbl"]), (&"203.0.112.0/23".into(), &"SBL256894".into()));
    }
}
