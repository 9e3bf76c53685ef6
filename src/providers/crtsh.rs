//! crt.sh: certificates that were issued for a name, from the certificate transparency logs. <https://crt.sh/>
//!
//! Answers take seconds to minutes and grow to many megabytes; every certificate comes twice, as the precertificate
//! that was logged before it.

use std::{collections::BTreeMap, time::Duration};

use model::{KindHint, ObservableKind};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    Answer, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{Text, Time},
    request::encoded,
};

static FACTS: Facts = Facts {
    id: "crtsh",
    title: "crt.sh",
    kinds: &[ObservableKind::Domain, ObservableKind::Hostname],
    base_url: "https://crt.sh",
    budgets: &[Window { requests: 5, per_s: 60 }],
    fresh: Duration::from_hours(24),
    fresh_unknown: Duration::from_hours(6),
    timeout: Duration::from_secs(60),
    concurrency: 2,
    on_by_default: false,
    licence_note: Some("a free service without any promise: slow, and often away"),
    body_cap: 16 * 1024 * 1024,
    ..Facts::DEFAULT
};

pub(crate) struct CrtSh;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Certificate {
    serial_number: Text,
    issuer_name: Text,
    common_name: Text,
    name_value: Text,
    not_before: Time,
    not_after: Time,
}

impl Provider for CrtSh {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/").query("q", question.value()).query("output", "json").into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let logged: Vec<Certificate> = answer.json()?;
        let certificates: BTreeMap<&str, &Certificate> =
            logged.iter().filter_map(|one| Some((one.serial_number.as_deref()?, one))).collect();
        if certificates.is_empty() {
            return Ok(Reading::not_found());
        }
        let mut by_age: Vec<&Certificate> = certificates.into_values().collect();
        by_age.sort_by(|a, b| b.not_before.0.cmp(&a.not_before.0));
        let names = || by_age.iter().filter_map(|one| one.name_value.as_deref()).flat_map(str::lines);
        let rows: Vec<Value> = by_age
            .iter()
            .map(|one| {
                json!({
                    "serial": one.serial_number.0,
                    "common_name": one.common_name.0,
                    "issuer": one.issuer_name.0,
                    "not_before": one.not_before.0,
                    "not_after": one.not_after.0,
                })
            })
            .collect();
        Ok(Reading::facts()
            .says("certificate_count", by_age.len())
            .says("first_issued_at", by_age.last().and_then(|one| one.not_before.0.clone()))
            .says("last_issued_at", by_age.first().and_then(|one| one.not_before.0.clone()))
            .lists("names", names())
            .lists("issuers", by_age.iter().filter_map(|one| one.issuer_name.as_deref()))
            .says("certificates", rows)
            .relates_to(
                KindHint::Exactly(ObservableKind::Hostname),
                question.others(names().filter(|name| !name.contains(['*', '@', ' ']))),
            )
            .reference(format!("https://crt.sh/?q={}", encoded(question.value()))))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Domain, Outcome, Verdict};

    use super::*;
    use crate::testing::{Example, example};

    const TWO: &str = r#"[
        {"issuer_name": "C=US, O=Example CA", "common_name": "www.example.com", "id": 2, "serial_number": "0c",
         "name_value": "example.com\nwww.example.com", "not_before": "2025-01-13T00:00:00", "not_after": "2026-02-13T23:59:59"},
        {"issuer_name": "C=US, O=Example CA", "common_name": "www.example.com", "id": 1, "serial_number": "0c",
         "name_value": "example.com\nwww.example.com", "not_before": "2025-01-13T00:00:00"},
        {"issuer_name": "C=US, O=Other CA", "serial_number": "0a", "name_value": "*.example.com",
         "not_before": "2024-03-14T00:00:00"}]"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("two", Domain, "example.com", &[(200, TWO)]).means(Outcome::Hit, Verdict::Unknown),
        example("none", Domain, "example.com", &[(200, "[]")]).means(Outcome::NotFound, Verdict::Unknown),
        example("limited", Domain, "example.com", &[(429, "<html>")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("away", Domain, "example.com", &[(502, "<html>")]).means(Outcome::Error, Verdict::Unknown),
        example("a page", Domain, "example.com", &[(200, "<html>")]),
        example("not a list", Domain, "example.com", &[(200, "{}")]),
    ];

    #[test]
    fn a_certificate_and_its_precertificate_count_once() {
        let reading = EXAMPLES[0].read(&CrtSh).unwrap();
        assert_eq!(reading.evidence["certificate_count"], 2);
        assert_eq!(reading.evidence["names"], json!(["example.com", "www.example.com", "*.example.com"]));
        assert_eq!(reading.evidence["last_issued_at"], "2025-01-13T00:00:00Z");
        assert_eq!(reading.related.iter().map(model::Observable::canonical).collect::<Vec<_>>(), ["www.example.com"]);
    }
}
