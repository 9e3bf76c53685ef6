//! The trait that every provider implements, built in or described by a customer.

use model::Observable;

use crate::{Answer, Facts, ListFacts, Misread, Reading, Request};

/// What is asked: an observable, and which of the provider's questions.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The observable. Its kind is one that the provider answers for with this query type.
    pub observable: &'a Observable,
    /// One of the provider's query types, or its usual question.
    pub query_type: Option<&'a str>,
}

impl<'a> Question<'a> {
    /// The provider's usual question about an observable.
    pub const fn usual(observable: &'a Observable) -> Self {
        Self { observable, query_type: None }
    }

    /// The canonical value of the observable.
    pub fn value(&self) -> &'a str {
        self.observable.canonical()
    }

    /// The values that are not the one asked about, which is not related to itself.
    pub(crate) fn others<S: AsRef<str>>(&self, values: impl IntoIterator<Item = S>) -> impl Iterator<Item = S> {
        let own = self.value();
        values.into_iter().filter(move |value| !value.as_ref().eq_ignore_ascii_case(own))
    }
}

/// Somebody who can be asked about observables. Implementations do no I/O.
pub trait Provider: Send + Sync {
    /// What the provider is.
    fn facts(&self) -> &Facts;

    /// The first request for a question.
    fn ask(&self, question: &Question<'_>) -> Request;

    /// The next request, given the answers so far; `None` when they suffice. The runner limits how often.
    fn follow_up(&self, _question: &Question<'_>, _answers: &[Answer]) -> Option<Request> {
        None
    }

    /// Reads the answers: there is at least one, in the order of the requests.
    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread>;

    /// The list that it answers from, for providers whose request is [`Request::Listed`].
    fn list(&self) -> Option<&ListFacts> {
        None
    }
}
