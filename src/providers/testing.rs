//! Examples of answers, as the readers' tests give them, and the tests that every provider has to pass with its own.

use bytes::Bytes;
use model::{KindHint, Observable, ObservableKind, Outcome, Verdict};

use crate::{Answer, EXAMPLES, HttpAnswer, Listing, Misread, Provider, Question, Reading, Request, TextRequest};

/// An observable, the answers to the question about it, and what they mean.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Example {
    pub(crate) name: &'static str,
    pub(crate) kind: ObservableKind,
    pub(crate) value: &'static str,
    pub(crate) query_type: Option<&'static str>,
    /// Status and body of each answer; for a list, the file.
    pub(crate) answers: &'static [(u16, &'static str)],
    /// `None`: it can't be read.
    pub(crate) meaning: Option<(Outcome, Verdict)>,
}

/// An example that can't be read, unless it goes on to say what it means.
pub(crate) const fn example(
    name: &'static str,
    kind: ObservableKind,
    value: &'static str,
    answers: &'static [(u16, &'static str)],
) -> Example {
    Example { name, kind, value, query_type: None, answers, meaning: None }
}

impl Example {
    /// It is the answer to this query type.
    pub(crate) const fn asked(mut self, query_type: &'static str) -> Self {
        self.query_type = Some(query_type);
        self
    }

    /// This is what it means.
    pub(crate) const fn means(mut self, outcome: Outcome, verdict: Verdict) -> Self {
        self.meaning = Some((outcome, verdict));
        self
    }

    /// Its observable.
    pub(crate) fn observable(&self) -> Observable {
        observable(self.kind, self.value)
    }

    /// What the provider makes of it.
    pub(crate) fn read(&self, provider: &dyn Provider) -> Result<Reading, Misread> {
        let answers: Vec<_> = self.answers.iter().map(|(status, body)| (*status, body.as_bytes())).collect();
        read(provider, &self.observable(), self.query_type, &answers)
    }
}

/// An observable that is known to be one.
pub(crate) fn observable(kind: ObservableKind, value: &str) -> Observable {
    Observable::parse(value, Some(KindHint::Exactly(kind))).unwrap()
}

/// An answer of an HTTP exchange without headers.
pub(crate) fn http(status: u16, body: impl AsRef<[u8]>) -> Answer {
    Answer::Http(HttpAnswer { status, headers: Vec::new(), body: Bytes::copy_from_slice(body.as_ref()) })
}

/// What a provider makes of answers, which are a list's file for those that answer from a list.
pub(crate) fn read(
    provider: &dyn Provider,
    observable: &Observable,
    query_type: Option<&str>,
    answers: &[(u16, &[u8])],
) -> Result<Reading, Misread> {
    let question = Question { observable, query_type, own_server: true };
    let is_text = provider.list().is_none() && matches!(provider.ask(&question), Request::Text(_));
    let answers: Vec<Answer> = answers
        .iter()
        .map(|(status, body)| match provider.list() {
            Some(list) => Answer::Listing(Listing::of(body, list, observable)),
            None if is_text => Answer::Text(Bytes::copy_from_slice(body)),
            None => http(*status, body),
        })
        .collect();
    provider.read(&question, &answers)
}

#[test]
fn every_example_means_what_it_says() {
    for (provider, examples) in EXAMPLES {
        for example in *examples {
            let meaning = example.read(*provider).ok().map(|reading| (reading.outcome, reading.verdict));
            assert_eq!(meaning, example.meaning, "{}: {}", provider.facts().id, example.name);
        }
    }
}

#[test]
fn every_provider_has_an_example_of_what_can_happen() {
    for (provider, examples) in EXAMPLES {
        let id = provider.facts().id;
        let covers = |outcome: Outcome| examples.iter().any(|e| e.meaning.is_some_and(|(o, _)| o == outcome));
        assert!(covers(Outcome::Hit), "{id} has no hit");
        if provider.list().is_some() {
            assert!(covers(Outcome::NotFound) && covers(Outcome::Error), "{id} lacks an example");
            continue;
        }
        assert!(covers(Outcome::RateLimited), "{id} is never limited");
        assert!(
            !(provider.facts().auth.needs_key() || provider.facts().auth.needs_credential())
                || covers(Outcome::Unauthorized),
            "{id} never refuses its key"
        );
        assert!(covers(Outcome::NotFound) || covers(Outcome::Clean), "{id} always finds something");
        assert!(examples.iter().any(|example| example.meaning.is_none()), "{id} has no example that can't be read");
    }
}

#[test]
fn whoever_answers_says_why_or_on_what_grounds() {
    for (provider, examples) in EXAMPLES {
        for example in *examples {
            let Ok(reading) = example.read(*provider) else { continue };
            let place = format!("{}: {}", provider.facts().id, example.name);
            match reading.outcome {
                Outcome::Hit | Outcome::Clean => {
                    assert!(!reading.evidence.is_empty() || reading.score.is_some(), "{place} gives no grounds");
                    let page = reading.reference.as_deref().unwrap_or("https://");
                    // On a system of one's own it is a path there: only the settings know where that is.
                    let is_own = provider.facts().base_url.is_empty() && page.starts_with('/');
                    assert!(
                        (page.starts_with("https://") || is_own) && page.is_ascii() && !page.contains(' '),
                        "{place}: {page}"
                    );
                }
                _ => assert!(reading.reason.is_some(), "{place} says no reason"),
            }
        }
    }
}

#[test]
fn no_request_lets_a_value_out_of_its_place() {
    for (provider, examples) in EXAMPLES {
        for example in *examples {
            let observable = example.observable();
            let question = Question { observable: &observable, query_type: example.query_type, own_server: true };
            match provider.ask(&question) {
                Request::Listed => assert!(provider.list().is_some(), "{} has no list", provider.facts().id),
                Request::Nothing => panic!("{} is never asked", provider.facts().id),
                Request::Text(TextRequest { say, .. }) => assert_eq!(say.lines().count(), 1, "{}", provider.facts().id),
                Request::Txt(name) => assert!(!name.contains(' '), "{}: {name}", provider.facts().id),
                Request::Http(request) => {
                    assert!(request.path.starts_with('/'), "{}: {}", provider.facts().id, request.path);
                    assert!(!request.path.contains(['?', '#', ' ', '\\']), "{}: {}", provider.facts().id, request.path);
                    assert!(!request.path.contains("//"), "{}: {}", provider.facts().id, request.path);
                }
            }
        }
    }
}

#[test]
fn facts_are_complete_and_ids_are_in_order() {
    let ids: Vec<_> = crate::ALL.iter().map(|provider| provider.facts().id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    for provider in crate::ALL {
        let facts = provider.facts();
        let in_the_clear = facts.base_url.starts_with("http://");
        assert!(!in_the_clear || !facts.on_by_default, "{} is asked in the clear", facts.id);
        assert!(!facts.base_url.ends_with('/'), "{}", facts.id);
        assert!(!facts.title.is_empty() && !facts.kinds.is_empty(), "{}", facts.id);
        assert!(facts.fresh_unknown <= facts.fresh, "{}", facts.id);
        assert!(facts.budgets.iter().all(|window| window.requests > 0 && window.per_s > 0), "{}", facts.id);
        assert!(facts.query_types.iter().all(|query_type| !query_type.kinds.is_empty()), "{}", facts.id);
    }
}
