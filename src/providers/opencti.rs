//! OpenCTI: observables and indicators in a threat intelligence platform of one's own.
//! <https://docs.opencti.io/latest/reference/api/>
//!
//! The highest score of the observable and of its valid indicators counts: more than 50 is malicious, more than 0
//! suspicious. GraphQL answers errors with status 200.

use std::time::Duration;

use model::{ObservableKind, Tlp, Verdict};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;

use crate::{
    Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request,
    lenient::{Flag, List, Number, Part, Text, Texts, Time},
};

static FACTS: Facts = Facts {
    id: "opencti",
    title: "OpenCTI",
    kinds: ObservableKind::ALL,
    auth: Auth::Bearer,
    fresh: Duration::from_mins(15),
    fresh_unknown: Duration::from_mins(5),
    max_tlp: Tlp::AmberStrict,
    answers_private: true,
    ..Facts::DEFAULT
};

/// The value travels in a variable, never in the query.
const QUERY: &str = "query ($filters: FilterGroup) {
  stixCyberObservables(first: 10, filters: $filters) { edges { node {
    entity_type observable_value x_opencti_score x_opencti_description created_at updated_at
    createdBy { name }
    objectLabel { value }
    objectMarking { definition }
    indicators(first: 10) { edges { node { name x_opencti_score revoked valid_from valid_until } } }
    reports(first: 10) { edges { node { name } } }
  } } }
}";

pub(crate) struct OpenCti;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Report {
    data: Option<Data>,
    errors: List<Failure>,
}

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "stixCyberObservables")]
    observables: Edges<Node>,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned + Default")]
struct Edges<T> {
    edges: List<Edge<T>>,
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned + Default")]
struct Edge<T> {
    node: T,
}

impl<T> Default for Edges<T> {
    fn default() -> Self {
        Self { edges: List::default() }
    }
}

impl<T> Edges<T> {
    fn nodes(&self) -> impl Iterator<Item = &T> {
        self.edges.0.iter().map(|edge| &edge.node)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    name: Text,
    extensions: Part<Extensions>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    code: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Node {
    entity_type: Text,
    x_opencti_score: Number,
    x_opencti_description: Text,
    created_at: Time,
    updated_at: Time,
    #[serde(rename = "createdBy")]
    created_by: Part<Named>,
    #[serde(rename = "objectLabel")]
    labels: Texts,
    #[serde(rename = "objectMarking")]
    markings: List<Marking>,
    indicators: Part<Edges<Indicator>>,
    reports: Part<Edges<Named>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Marking {
    definition: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Indicator {
    name: Text,
    x_opencti_score: Number,
    revoked: Flag,
    valid_until: Time,
}

impl Provider for OpenCti {
    fn facts(&self) -> &Facts {
        &FACTS
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        let key = match question.observable.kind() {
            ObservableKind::Md5 => "hashes.MD5",
            ObservableKind::Sha1 => "hashes.SHA-1",
            ObservableKind::Sha256 => "hashes.SHA-256",
            _ => "value",
        };
        let filter = json!({"key": [key], "values": [question.value()], "operator": "eq", "mode": "or"});
        let filters = json!({"mode": "and", "filters": [filter], "filterGroups": []});
        HttpRequest::post("/graphql").json(json!({"query": QUERY, "variables": {"filters": filters}})).into()
    }

    fn read(&self, _question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = crate::first(answers)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let Report { data, errors } = answer.json()?;
        if let Some(failure) = errors.0.first() {
            return Ok(failure.means());
        }
        let observables = data.ok_or(Misread::Lacking("data"))?.observables;
        let nodes: Vec<&Node> = observables.nodes().collect();
        if nodes.is_empty() {
            return Ok(Reading::not_found());
        }
        let indicators = || nodes.iter().flat_map(|node| node.indicators.0.nodes());
        let valid = indicators().filter(|indicator| !indicator.revoked.is_true());
        let scores = nodes.iter().map(|node| node.x_opencti_score).chain(valid.map(|one| one.x_opencti_score));
        let score = scores.filter_map(|score| score.0).reduce(f64::max);
        let mut reading = Reading::judged(score.map_or(Verdict::Unknown, verdict));
        if let Some(score) = score {
            reading = reading.score(score);
        }
        let each = |text: fn(&Node) -> &Text| nodes.iter().filter_map(move |node| text(node).as_deref());
        Ok(reading
            .lists("types", each(|node| &node.entity_type))
            .lists("descriptions", each(|node| &node.x_opencti_description))
            .lists("authors", each(|node| &node.created_by.0.name))
            .lists("labels", nodes.iter().flat_map(|node| &node.labels.0))
            .lists(
                "markings",
                nodes.iter().flat_map(|node| &node.markings.0).filter_map(|marking| marking.definition.as_deref()),
            )
            .lists("indicators", indicators().filter_map(|indicator| indicator.name.as_deref()))
            .says("valid_until", indicators().filter_map(|indicator| indicator.valid_until.0.clone()).max())
            .lists(
                "reports",
                nodes.iter().flat_map(|node| node.reports.0.nodes()).filter_map(|report| report.name.as_deref()),
            )
            .says("first_seen", nodes.iter().filter_map(|node| node.created_at.0.clone()).min())
            .says("last_seen", nodes.iter().filter_map(|node| node.updated_at.0.clone()).max()))
    }
}

impl Failure {
    fn means(&self) -> Reading {
        let code = self.extensions.0.code.as_deref().or(self.name.as_deref()).unwrap_or_default();
        if ["AUTH", "UNAUTHENTICATED", "FORBIDDEN"].iter().any(|word| code.contains(word)) {
            Reading::unauthorized("the provider refused the credentials")
        } else {
            Reading::failed("the provider reports an error")
        }
    }
}

fn verdict(score: f64) -> Verdict {
    match score {
        score if score > 50.0 => Verdict::Malicious,
        score if score > 0.0 => Verdict::Suspicious,
        _ => Verdict::Benign,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use model::{
        ObservableKind::{Domain, Ipv4, Sha256},
        Outcome,
    };

    use super::*;
    use crate::testing::{Example, example, observable};

    const IP: &str = "203.0.113.7";
    const HASH: &str = "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f";
    const HIT: &str = r#"{"data": {"stixCyberObservables": {"edges": [{"node": {"entity_type": "IPv4-Addr",
        "x_opencti_score": 20, "created_at": "2025-01-02T03:04:05.678Z", "createdBy": {"name": "A team"},
        "objectLabel": [{"value": "c2"}], "objectMarking": [{"definition": "TLP:AMBER"}],
        "indicators": {"edges": [{"node": {"name": "203.0.113.7", "x_opencti_score": 80, "revoked": false}}]},
        "reports": {"edges": [{"node": {"name": "A report"}}]}}}]}}}"#;
    const REVOKED: &str = r#"{"data": {"stixCyberObservables": {"edges": [{"node": {"entity_type": "Domain-Name",
        "x_opencti_score": 20, "createdBy": null,
        "indicators": {"edges": [{"node": {"x_opencti_score": 80, "revoked": true}}]}}}]}}}"#;
    const UNSCORED: &str = r#"{"data": {"stixCyberObservables": {"edges": [{"node": {"entity_type": "StixFile"}}]}}}"#;
    const NONE: &str = r#"{"data": {"stixCyberObservables": {"edges": []}}}"#;
    const REFUSED: &str = r#"{"errors": [{"message": "You must be logged in", "extensions": {"code": "AUTH_REQUIRED"}}],
        "data": null}"#;
    const BROKEN: &str = r#"{"errors": [{"message": "no such field", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]}"#;

    pub(crate) const EXAMPLES: &[Example] = &[
        example("hit", Ipv4, IP, &[(200, HIT)]).means(Outcome::Hit, Verdict::Malicious),
        example("revoked", Domain, "example.com", &[(200, REVOKED)]).means(Outcome::Hit, Verdict::Suspicious),
        example("not scored", Sha256, HASH, &[(200, UNSCORED)]).means(Outcome::Hit, Verdict::Unknown),
        example("nothing", Ipv4, IP, &[(200, NONE)]).means(Outcome::NotFound, Verdict::Unknown),
        example("refused", Ipv4, IP, &[(200, REFUSED)]).means(Outcome::Unauthorized, Verdict::Unknown),
        example("broken", Ipv4, IP, &[(200, BROKEN)]).means(Outcome::Error, Verdict::Unknown),
        example("limited", Ipv4, IP, &[(429, "")]).means(Outcome::RateLimited, Verdict::Unknown),
        example("without data", Ipv4, IP, &[(200, "{}")]),
    ];

    #[test]
    fn a_digest_is_searched_for_as_one_and_travels_in_a_variable() {
        let hash = observable(Sha256, HASH);
        let Request::Http(request) = OpenCti.ask(&Question::usual(&hash)) else { panic!("not HTTP") };
        let crate::Body::Json(body) = request.body else { panic!("not JSON") };
        assert!(!body["query"].as_str().unwrap().contains(HASH));
        let filter = &body["variables"]["filters"]["filters"][0];
        assert_eq!((&filter["key"], &filter["values"]), (&json!(["hashes.SHA-256"]), &json!([HASH])));
    }
}
