//! Providers that exist for tests and load: one JSON exchange each, as many as are wanted.

use std::time::Duration;

use model::{ObservableKind, Verdict};
use providers::{Answer, Auth, Facts, HttpRequest, Misread, Provider, Question, Reading, Request};
use serde_json::Value;

struct FakeProvider {
    facts: Facts,
}

impl Provider for FakeProvider {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        HttpRequest::get("/check").query("value", question.value()).into()
    }

    fn read(&self, _: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        let answer = answers.first().ok_or(Misread::WrongKind)?.http()?;
        if let Some(reading) = answer.usual_meaning() {
            return Ok(reading);
        }
        let body: Value = answer.json()?;
        let score = body["score"].as_f64().unwrap_or_default();
        let verdict = if score > 50.0 { Verdict::Malicious } else { Verdict::Benign };
        Ok(Reading::judged(verdict)
            .score(score)
            .says("reports", body["reports"].clone())
            .says("labels", body["labels"].clone())
            .says("seen", body["seen"].clone()))
    }
}

/// The ids of `count` fake providers.
pub fn ids(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("fake{number:02}")).collect()
}

/// Fake providers that answer for addresses and domains. They live as long as the process, as real ones do.
pub fn fakes(count: usize, timeout: Duration) -> Vec<&'static dyn Provider> {
    ids(count).into_iter().map(|id| fake(id.leak(), |facts| facts.timeout = timeout)).collect()
}

/// A fake provider, of which some facts are as a test wants them.
pub fn fake(id: &'static str, change: impl FnOnce(&mut Facts)) -> &'static dyn Provider {
    let mut facts = Facts {
        id,
        title: "Fake",
        kinds: &[ObservableKind::Ipv4, ObservableKind::Ipv6, ObservableKind::Domain],
        base_url: "http://127.0.0.1:9",
        auth: Auth::None,
        ..Facts::DEFAULT
    };
    change(&mut facts);
    Box::leak(Box::new(FakeProvider { facts }))
}

/// An answer of usual size.
pub const ANSWER: &str = r#"{"score":75,"reports":12,"labels":["ssh","bruteforce","scanner"],
"seen":{"first":"2026-01-02T03:04:05Z","last":"2026-02-03T04:05:06Z"}}"#;
