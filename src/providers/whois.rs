//! WHOIS on port 43 (RFC 3912): whose a domain is, where its registry has no RDAP.
//!
//! IANA names the registry's server, which answers in a form of its own; what is in it is found by the words that
//! registries use. A server that the settings name is asked right away.

use std::time::Duration;

use model::ObservableKind;

use crate::{
    Answer, Facts, Misread, Provider, Purpose, Question, Reading, Request, TextRequest, fields::Fields, lenient::Time,
};

static FACTS: Facts = Facts {
    id: "whois",
    title: "WHOIS",
    purpose: Purpose::Network,
    kinds: &[ObservableKind::Domain],
    base_url: "whois://whois.iana.org",
    fresh: Duration::from_hours(24),
    concurrency: 5,
    body_cap: 256 * 1024,
    ..Facts::DEFAULT
};

/// Words in an answer that say that there is no such domain.
const NOT_FOUND: &[&str] = &[
    "no match",
    "not found",
    "no entries found",
    "no data found",
    "no object found",
    "nothing found",
    "no information available",
    "is available for",
    "is free",
    "status: free",
    "status: available",
    "status:\tavailable",
    "not registered",
    "does not exist",
    "object does not exist",
];

/// Words in an answer that say that it is enough for now.
const LIMITED: &[&str] = &["limit exceeded", "exceeded the", "quota", "too many", "try again later", "access control"];

pub(crate) struct Whois;

impl Provider for Whois {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let name = question.value();
        // The registry of the last label: who registers below it has that registry's data.
        let asked = if question.own_server { name } else { name.rsplit('.').next().unwrap_or(name) };
        TextRequest::line(asked).into()
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        let [referral] = answers else { return None };
        if question.own_server {
            return None;
        }
        let server = server(&referral.text().ok()?)?;
        Some(TextRequest::line(&spoken_to(&server, question.value())).to(&server).into())
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = match answers {
            [_] if !question.own_server => return Ok(Reading::unsupported("the registry names no WHOIS server")),
            _ => answers.last().ok_or(Misread::WrongKind)?.text()?,
        };
        read(&answer)
    }
}

/// The server that IANA names, if it is a name that can be called.
fn server(referral: &str) -> Option<String> {
    let fields = Fields::read(referral);
    let name = fields.first(&["refer", "whois"])?.to_ascii_lowercase();
    let is_name = name.contains('.')
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.ends_with(|last: char| last.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    is_name.then_some(name)
}

/// Some servers answer usefully only when spoken to in their own way.
fn spoken_to(server: &str, name: &str) -> String {
    match server {
        "whois.denic.de" => format!("-T dn,ace {name}"),
        "whois.jprs.jp" => format!("{name}/e"),
        "whois.punktum.dk" | "whois.dk-hostmaster.dk" => format!("--show-handles {name}"),
        _ => name.to_owned(),
    }
}

fn read(text: &str) -> Result<Reading, Misread> {
    let fields = Fields::read(text);
    let text_of = |keys: &[&str]| fields.first(keys).map(str::to_owned);
    let domain = text_of(&["domain name", "domain"]).map(|name| name.to_ascii_lowercase());
    let registrar =
        text_of(&["registrar", "registrar name", "sponsoring registrar", "registrar organization", "registrar handle"]);
    let created = time(&fields, CREATED);
    let servers: Vec<String> = fields.all(NAME_SERVERS).filter_map(first_name).collect();
    if (registrar.is_none() && created.is_none() && servers.is_empty()) || says(text, &["status: free"]) {
        return if text.trim().is_empty() {
            Ok(Reading::failed("the provider answered without a body"))
        } else if says(text, NOT_FOUND) {
            Ok(Reading::not_found())
        } else if says(text, LIMITED) {
            Ok(Reading::rate_limited("the provider's own limit is reached"))
        } else {
            Err(Misread::Lacking("registrar"))
        };
    }
    Ok(Reading::facts()
        .says("domain", domain)
        .says("registrar", registrar)
        .says("registrar_iana_id", text_of(&["registrar iana id"]))
        .says("registrant", text_of(&["registrant organization", "registrant", "holder", "registrant name", "org", "owner"]))
        .says("registrant_country", text_of(&["registrant country"]))
        .says("created", created)
        .says("updated", time(&fields, UPDATED))
        .says("expires", time(&fields, EXPIRES))
        .lists("status", fields.all(&["domain status", "status", "state", "eppstatus"]).map(status))
        .lists("name_servers", servers)
        .says("dnssec", dnssec(&fields))
        .says("abuse_email", text_of(&["registrar abuse contact email", "abuse contact email"]))
        .says("abuse_phone", text_of(&["registrar abuse contact phone"]))
        .lists("emails", fields.values().filter_map(email)))
}

const NAME_SERVERS: &[&str] =
    &["name server", "nserver", "name servers", "nameservers", "nameserver", "domain nameservers", "hostname", "dns"];

const CREATED: &[&str] = &[
    "creation date",
    "created",
    "created on",
    "created date",
    "registered on",
    "registered",
    "registered date",
    "registration time",
    "registration date",
    "domain registration date",
    "domain created",
    "record created",
];

const UPDATED: &[&str] = &[
    "updated date",
    "last updated",
    "last updated on",
    "last-update",
    "last update",
    "last modified",
    "modified",
    "changed",
    "updated",
];

const EXPIRES: &[&str] = &[
    "registry expiry date",
    "registrar registration expiration date",
    "expiry date",
    "expire date",
    "expires",
    "expires on",
    "expiration date",
    "expiration time",
    "paid-till",
    "renewal date",
    "validity",
];

/// RFC 3339 where the registry's form is understood, else as the registry writes it.
fn time(fields: &Fields, keys: &[&str]) -> Option<String> {
    let text = fields.first(keys)?;
    let read = |text: &str| Time::from(serde_json::Value::from(text)).0;
    read(text).or_else(|| read(&text.replace(['.', '/'], "-"))).or_else(|| Some(text.to_owned()))
}

/// The name before the addresses.
fn first_name(text: &str) -> Option<String> {
    let name = text.split_whitespace().next()?.trim_end_matches('.').to_ascii_lowercase();
    name.contains('.').then_some(name)
}

/// The status before the address that explains it.
fn status(text: &str) -> &str {
    text.split_once(" http").map_or(text, |(status, _)| status).trim()
}

fn dnssec(fields: &Fields) -> Option<bool> {
    let text = fields.first(&["dnssec"])?.to_ascii_lowercase();
    match text.as_str() {
        "unsigned" | "no" | "inactive" | "unsigned delegation" => Some(false),
        _ => ["signed", "yes", "active"].iter().any(|word| text.starts_with(word)).then_some(true),
    }
}

fn email(text: &str) -> Option<&str> {
    text.split_whitespace().find(|word| {
        word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('/'))
    })
}

fn says(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;
    use model::{ObservableKind::Domain, Outcome, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::{Example, example, observable};

    const NAME: &str = "example.io";
    const USUAL: &str = "Domain Name: EXAMPLE.IO\r\nRegistrar WHOIS Server: whois.example.net\r\nUpdated Date: 2024-05-01T07:01:44Z\r\nCreation Date: 2001-06-13T00:00:00Z\r\nRegistry Expiry Date: 2027-06-13T00:00:00Z\r\nRegistrar: Example, Inc.\r\nRegistrar IANA ID: 292\r\nRegistrar Abuse Contact Email: abuse@example.net\r\nDomain Status: clientTransferProhibited https://icann.org/epp#clientTransferProhibited\r\nRegistrant Organization: Example Org\r\nRegistrant Country: US\r\nName Server: NS1.EXAMPLE.NET\r\nName Server: NS2.EXAMPLE.NET\r\nDNSSEC: unsigned\r\n>>> Last update of WHOIS database: 2024-01-01T00:00:00Z <<<\r\n";
    const BRITISH: &str = "\n    Domain name:\n        example.uk\n\n    Registrar:\n        Example Ltd [Tag = EXAMPLE]\n        URL: https://example.net\n\n    Relevant dates:\n        Registered on: 26-Nov-1996\n        Expiry date:  2027-11-26\n\n    Name servers:\n        ns1.example.net 192.0.2.1\n        ns2.example.net\n\n";
    const GERMAN: &str = "% Restricted rights.\nDomain: example.de\nNserver: ns1.example.net\nNserver: ns2.example.net 192.0.2.1\nStatus: connect\nChanged: 2018-03-12T21:44:25+01:00\n";

    pub(crate) const EXAMPLES: &[Example] = &[
        example("usual form", Domain, NAME, &[(200, USUAL)]).means(Outcome::Hit, Verdict::Unknown),
        example("headings", Domain, "example.uk", &[(200, BRITISH)]).means(Outcome::Hit, Verdict::Unknown),
        example("little said", Domain, "example.de", &[(200, GERMAN)]).means(Outcome::Hit, Verdict::Unknown),
        example("free", Domain, "example.de", &[(200, "Domain: example.de\nStatus: free\n")])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("no match", Domain, NAME, &[(200, "No match for \"EXAMPLE.IO\".\r\n")])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Domain, NAME, &[(200, "Number of allowed queries exceeded; quota.\r\n")])
            .means(Outcome::RateLimited, Verdict::Unknown),
        example("silence", Domain, NAME, &[(200, " ")]).means(Outcome::Error, Verdict::Unknown),
        example("garbage", Domain, NAME, &[(200, "<html>welcome</html>")]),
    ];

    #[test]
    fn the_usual_form_is_read_whole() {
        let evidence = EXAMPLES[0].read(&Whois).unwrap().evidence;
        for (name, value) in [
            ("domain", json!("example.io")),
            ("registrar", json!("Example, Inc.")),
            ("registrant", json!("Example Org")),
            ("created", json!("2001-06-13T00:00:00Z")),
            ("updated", json!("2024-05-01T07:01:44Z")),
            ("expires", json!("2027-06-13T00:00:00Z")),
            ("status", json!(["clientTransferProhibited"])),
            ("name_servers", json!(["ns1.example.net", "ns2.example.net"])),
            ("dnssec", json!(false)),
            ("emails", json!(["abuse@example.net"])),
        ] {
            assert_eq!(evidence[name], value, "{name}");
        }
    }

    #[test]
    fn headings_and_short_answers_are_read() {
        let evidence = EXAMPLES[1].read(&Whois).unwrap().evidence;
        assert_eq!(evidence["registrar"], "Example Ltd [Tag = EXAMPLE]");
        assert_eq!((&evidence["created"], &evidence["expires"]), (&json!("26-Nov-1996"), &json!("2027-11-26")));
        assert_eq!(evidence["name_servers"], json!(["ns1.example.net", "ns2.example.net"]));
        let evidence = EXAMPLES[2].read(&Whois).unwrap().evidence;
        assert_eq!((&evidence["domain"], &evidence["updated"]), (&json!("example.de"), &json!("2018-03-12T20:44:25Z")));
    }

    #[test]
    fn iana_names_the_server_and_nothing_else_is_called() {
        let name = observable(Domain, "example.de");
        let question = Question::usual(&name);
        assert_eq!(Whois.ask(&question), TextRequest::line("de").into());
        let referral = |text: &'static str| Answer::Text(Bytes::from_static(text.as_bytes()));
        let next = |text| Whois.follow_up(&question, &[referral(text)]);
        let denic = TextRequest::line("-T dn,ace example.de").to("whois.denic.de");
        assert_eq!(next("domain:       DE\n\nwhois:        whois.denic.de\n"), Some(denic.into()));
        for text in ["", "whois: 127.0.0.1", "whois: localhost", "whois: a.example:22", "whois: -x.example", "whois: a b.example"] {
            assert_eq!(next(text), None, "{text}");
        }
        let alone = Whois.read(&question, &[referral("domain: DE\n")]).unwrap();
        assert_eq!(alone.outcome, Outcome::Unsupported);

        let own = Question { own_server: true, ..question };
        assert_eq!(Whois.ask(&own), TextRequest::line("example.de").into());
        assert_eq!(Whois.follow_up(&own, &[referral("whois: whois.denic.de")]), None);
    }
}
