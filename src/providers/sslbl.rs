//! The SSL blacklist of abuse.ch: fingerprints of certificates that malware uses. <https://sslbl.abuse.ch/blacklist/>
//!
//! A SHA-1 digest that is listed is one of a certificate, not of a file.

use std::time::Duration;

use model::{Evidence, ObservableKind, Tlp, Verdict};

use crate::{
    Answer, Entry, Facts, Key, ListFacts, ListSource, Misread, Provider, Question, Reading, Request, lenient::Time,
};

static FACTS: Facts = Facts {
    id: "sslbl",
    title: "abuse.ch SSL blacklist",
    kinds: &[ObservableKind::Sha1],
    base_url: "https://sslbl.abuse.ch",
    fresh: Duration::from_hours(1),
    // Nothing leaves the service but the request for the list.
    max_tlp: Tlp::Red,
    ..Facts::DEFAULT
};

static LIST: ListFacts = ListFacts {
    from: ListSource::Path("/blacklist/sslblacklist.csv"),
    every: Duration::from_hours(1),
    believed_for: Duration::from_hours(24 * 7),
    parse: &parse,
};

pub(crate) struct SslBl;

impl Provider for SslBl {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, _question: &Question<'_>) -> Request {
        Request::Listed
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let reading = crate::first(answers)?.listing()?.judged(Verdict::Malicious);
        Ok(reading.page("https://sslbl.abuse.ch/ssl-certificates/sha1", question.value()))
    }

    fn list(&self) -> Option<&ListFacts> {
        Some(&LIST)
    }
}

/// Reads lines of listing date, digest and reason; comments begin with `#`.
fn parse(file: &[u8]) -> Result<Vec<Entry>, Misread> {
    let text = String::from_utf8_lossy(file);
    let entries: Vec<Entry> = text.lines().filter_map(entry).collect();
    if entries.is_empty() { Err(Misread::Lacking("SHA1")) } else { Ok(entries) }
}

fn entry(line: &str) -> Option<Entry> {
    const SHA1_DIGITS: usize = 40;
    let mut fields = line.splitn(3, ',').map(|field| field.trim().trim_matches('"'));
    let (listed_at, digest, reason) = (fields.next()?, fields.next()?, fields.next()?);
    if digest.len() != SHA1_DIGITS || !digest.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let evidence: Evidence = Reading::facts()
        .says("certificate", true)
        .says("reason", reason)
        .says("listed_at", Time::from(serde_json::Value::from(listed_at)))
        .evidence;
    Some(Entry { key: Key::Value(digest.to_ascii_lowercase()), evidence })
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Sha1, Outcome};

    use super::*;
    use crate::testing::{Example, example};

    const LISTED: &str = "3395856ce81f2b7382dee72602f798b642f14140";
    const OTHER: &str = "a9ffd8047677bc2612cc97596c0c2386817ce80d";
    const LIST: &str = "# abuse.ch SSLBL\r\n# Listingdate,SHA1,Listingreason\r\n\
        2026-01-02 10:11:12,3395856CE81F2B7382DEE72602F798B642F14140,Example C&C\r\nbroken\r\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("listed", Sha1, LISTED, &[(200, LIST)]).means(Outcome::Hit, Verdict::Malicious),
        example("not listed", Sha1, OTHER, &[(200, LIST)]).means(Outcome::NotFound, Verdict::Unknown),
        example("no list", Sha1, LISTED, &[(200, "<html>,a,b")]).means(Outcome::Error, Verdict::Unknown),
    ];

    #[test]
    fn an_entry_says_why_and_since_when() {
        let evidence = EXAMPLES[0].read(&SslBl).unwrap().evidence;
        assert_eq!((&evidence["reason"], &evidence["listed_at"]), (&"Example C&C".into(), &"2026-01-02T10:11:12Z".into()));
    }
}
