//! MISP: attributes of the events in a threat sharing platform of one's own.
//! <https://www.misp-project.org/openapi/#tag/Attributes/operation/restSearchAttributes>
//!
//! An attribute marked for detection (`to_ids`) is malicious, in an event of low or undefined threat suspicious.
//! Attributes that are only context have no verdict. MISP takes `%` in a value for a wildcard: what is found and is not
//! the value itself is left out again.

use std::time::Duration;

use model::{ObservableKind, Tlp, Verdict};
use serde::Deserialize;
use serde_json::json;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{Flag, List, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "misp",
    title: "MISP",
    kinds: ObservableKind::ALL,
    auth: Auth::Header("Authorization"),
    fresh: Duration::from_mins(15),
    fresh_unknown: Duration::from_mins(5),
    max_tlp: Tlp::AmberStrict,
    answers_private: true,
    ..Facts::DEFAULT
};

/// So many attributes tell enough.
const LIMIT: u32 = 100;

pub(crate) struct Misp;

#[derive(Deserialize)]
struct Report {
    // An empty list where nothing is found.
    response: Part<Attributes>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attributes {
    #[serde(rename = "Attribute")]
    attribute: List<Attribute>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Attribute {
    value: Text,
    category: Text,
    r#type: Text,
    to_ids: Flag,
    comment: Text,
    timestamp: Time,
    #[serde(rename = "Event")]
    event: Part<Event>,
    #[serde(rename = "Tag")]
    tags: Texts,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    info: Text,
    threat_level_id: Text,
}

impl Attribute {
    /// Whether it is the value, or one half of a composite such as `file name|digest`.
    fn is(&self, value: &str) -> bool {
        self.value.as_deref().is_some_and(|own| {
            own.eq_ignore_ascii_case(value) || own.split('|').any(|half| half.eq_ignore_ascii_case(value))
        })
    }

    fn verdict(&self) -> Verdict {
        match (self.to_ids.is_true(), self.event.0.threat_level_id.as_deref()) {
            (false, _) => Verdict::Unknown,
            (true, Some("3" | "4")) => Verdict::Suspicious,
            (true, _) => Verdict::Malicious,
        }
    }
}

impl Provider for Misp {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::post("/attributes/restSearch")
            .header("Accept", "application/json")
            .json(json!({
                "returnFormat": "json",
                // In a list no part of the value is an operator.
                "value": [question.value()],
                "limit": LIMIT,
                "includeContext": true,
                "includeEventTags": true,
            }))
            .into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Report { response: Part(Attributes { attribute: List(mut found) }) } = answer.json()?;
        found.retain(|attribute| attribute.is(question.value()));
        let Some(verdict) = found.iter().map(Attribute::verdict).max() else { return Ok(Reading::not_found()) };
        let each = |text: fn(&Attribute) -> &Text| found.iter().filter_map(move |attribute| text(attribute).as_deref());
        Ok(Reading::judged(verdict)
            .says("attributes", found.len())
            .lists("events", each(|attribute| &attribute.event.0.info))
            .lists("categories", each(|attribute| &attribute.category))
            .lists("types", each(|attribute| &attribute.r#type))
            .lists("comments", each(|attribute| &attribute.comment))
            .lists("tags", found.iter().flat_map(|attribute| &attribute.tags.0))
            .says("last_seen", found.iter().filter_map(|attribute| attribute.timestamp.0.clone()).max()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Md5},
        Outcome,
    };

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const HASH: &str = "44d88612fea8a8f36de82e1278abb02f";
    const MARKED: &str = r#"{"response": {"Attribute": [{"id": "1", "category": "Network activity", "type": "ip-dst",
        "to_ids": true, "value": "203.0.113.7", "timestamp": "1715000000", "comment": "C2",
        "Event": {"info": "Campaign", "threat_level_id": "1"}, "Tag": [{"name": "tlp:amber"}]}]}}"#;
    const LOW: &str = r#"{"response": {"Attribute": [{"to_ids": "1", "value": "a.exe|44D88612FEA8A8F36DE82E1278ABB02F",
        "Event": {"threat_level_id": 4}}]}}"#;
    const CONTEXT: &str = r#"{"response": {"Attribute": [{"to_ids": false, "value": "example.com"}]}}"#;
    const ANOTHER: &str = r#"{"response": {"Attribute": [{"to_ids": true, "value": "www.example.com"}]}}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("marked", Ipv4, IP, &[(200, MARKED)]).means(Outcome::Hit, Verdict::Malicious),
        example("of low threat, in a composite", Md5, HASH, &[(200, LOW)]).means(Outcome::Hit, Verdict::Suspicious),
        example("context", Domain, "example.com", &[(200, CONTEXT)]).means(Outcome::Hit, Verdict::Unknown),
        example("another value", Domain, "example.com", &[(200, ANOTHER)]).means(Outcome::NotFound, Verdict::Unknown),
        example("nothing", Ipv4, IP, &[(200, r#"{"response": []}"#)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(403, r#"{"name": "Authentication failed."}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without a response", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn events_and_tags_are_named() {
        let evidence = EXAMPLES[0].read(&Misp).unwrap().evidence;
        assert_eq!((&evidence["events"], &evidence["tags"]), (&json!(["Campaign"]), &json!(["tlp:amber"])));
    }
}
