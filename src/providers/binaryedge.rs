//! BinaryEdge: what answers at an address. <https://docs.binaryedge.io/api-v2/>
//!
//! Open ports are facts, not a judgement: the verdict is unknown.

use std::time::Duration;

use model::ObservableKind;
use serde::Deserialize;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request, Window,
    lenient::{List, Number, Part, Text},
};

static FACTS: Facts = Facts {
    id: "binaryedge",
    title: "BinaryEdge",
    kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6],
    base_url: "https://api.binaryedge.io/v2",
    auth: Auth::Header("X-Key"),
    budgets: &[Window { requests: 250, per_s: 31 * 86_400 }],
    fresh: Duration::from_hours(24),
    ..Facts::DEFAULT
};

pub(crate) struct BinaryEdge;

#[derive(Deserialize)]
struct Host {
    events: List<Event>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    port: Number,
    results: List<Scan>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Scan {
    result: Part<ScanResult>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ScanResult {
    data: Part<Data>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    service: Part<Service>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Service {
    name: Text,
    product: Text,
    version: Text,
    banner: Text,
}

impl Service {
    /// One line: name, product and version.
    fn line(&self, port: Number) -> String {
        let words = [&self.name, &self.product, &self.version].into_iter().filter_map(Text::as_deref);
        std::iter::once(port.0.map_or_else(String::new, |port| port.to_string()).as_str())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Provider for BinaryEdge {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/query/ip").segment(question.value()).into()
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Host { events: List(events) } = answer.json()?;
        if events.is_empty() {
            return Ok(Reading::not_found());
        }
        let services: Vec<(Number, &Service)> = events
            .iter()
            .flat_map(|event| event.results.0.iter().map(|scan| (event.port, &scan.result.0.data.0.service.0)))
            .collect();
        Ok(Reading::facts()
            .says("ports", List(events.iter().map(|event| event.port).collect()))
            .lists("services", services.iter().map(|(port, service)| service.line(*port)))
            .lists("banners", services.iter().filter_map(|(_, service)| service.banner.as_deref()))
            .page("https://app.binaryedge.io/services/query", question.value()))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{ObservableKind::Ipv4, Outcome, Verdict};
    use serde_json::json;

    use super::*;
    use crate::testing::{Example, example};

    const IP: &str = "203.0.113.7";
    const HIT: &str = r#"{"query": "203.0.113.7", "total": 2, "events": [
        {"port": 22, "results": [{"target": {"port": 22}, "result": {"data": {"service":
            {"name": "ssh", "product": "OpenSSH", "version": "9.2", "banner": "SSH-2.0-OpenSSH_9.2"}}}}]},
        {"port": 443, "results": [{"result": {"data": {"cert_info": {}}}}]}]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("hit", Ipv4, IP, &[(200, HIT)]).means(Outcome::Hit, Verdict::Unknown),
        example("nothing", Ipv4, IP, &[(200, r#"{"total": 0, "events": []}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("unknown", Ipv4, IP, &[(404, r#"{"status": 404, "title": "Not Found"}"#)])
            .means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(401, r#"{"title": "Unauthorized"}"#)])
            .means(Outcome::Unauthorized, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "{}")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without events", Ipv4, IP, &[(200, r#"{"total": 1}"#)]),
    ];

    #[test]
    fn every_port_and_what_answers_there_is_told() {
        let reading = EXAMPLES[0].read(&BinaryEdge).unwrap();
        assert_eq!(reading.evidence["ports"], json!([22, 443]));
        assert_eq!(reading.evidence["services"], json!(["22 ssh OpenSSH 9.2", "443"]));
        assert_eq!(reading.evidence["banners"], json!(["SSH-2.0-OpenSSH_9.2"]));
    }
}
