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
    /// Whether the settings name a server for the provider: it is then asked about everything.
    pub own_server: bool,
}

impl<'a> Question<'a> {
    /// The provider's usual question about an observable.
    pub const fn usual(observable: &'a Observable) -> Self {
        Self { observable, query_type: None, own_server: false }
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

    /// Whether the answers so far can be read when the next one does not come.
    fn can_do_without(&self, _answers: &[Answer]) -> bool {
        false
    }

    /// How it is asked about many observables at once.
    fn bulk(&self) -> Option<&dyn Bulk> {
        None
    }

    /// How it is asked about autonomous systems.
    fn systems(&self) -> Option<&dyn SystemRegistry> {
        None
    }

    /// How it is searched.
    fn search(&self) -> Option<&dyn Search> {
        None
    }

    /// Addresses of files that say whom it asks about what. It has copies of them, and learns newer ones.
    fn guides(&self) -> &'static [&'static str] {
        &[]
    }

    /// Takes a newer copy of a guide. One that cannot be read changes nothing.
    fn learn(&self, _guide: &str, _body: &[u8]) -> Result<(), Misread> {
        Ok(())
    }

    /// The list that it answers from, for providers whose request is [`Request::Listed`].
    fn list(&self) -> Option<&ListFacts> {
        None
    }
}

/// A provider that can be asked about many observables in one request.
pub trait Bulk: Send + Sync {
    /// How many observables one request may name.
    fn most(&self) -> usize;

    /// One request about all of them.
    fn ask_all(&self, observables: &[&Observable]) -> Request;

    /// The part of the answer that is about one of them, in the form of an answer about it alone.
    fn part(&self, observable: &Observable, answer: &Answer) -> Option<Answer>;
}

/// A provider that can also be asked about autonomous systems, which are no observables.
pub trait SystemRegistry: Send + Sync {
    /// The next request about a system, given the answers so far; `None` when they suffice.
    fn ask_system(&self, asn: u32, own_server: bool, answers: &[Answer]) -> Option<Request>;

    /// Reads the answers: there is at least one.
    fn read_system(&self, asn: u32, answers: &[Answer]) -> Result<Reading, Misread>;
}

/// A provider that can be searched for observables, in a language of its own.
pub trait Search: Send + Sync {
    /// How many observables one search brings at most.
    fn most(&self) -> usize;

    /// The next request of a search, given the answers so far; `None` when they suffice.
    fn ask_search(&self, query: &str, limit: usize, answers: &[Answer]) -> Option<Request>;

    /// Reads the answers: there is at least one.
    fn read_search(&self, limit: usize, answers: &[Answer]) -> Result<SearchReading, Misread>;
}

/// What a search brought.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchReading {
    /// How it ended, and how many there are.
    pub reading: Reading,
    /// What was found, and what the provider says about each.
    pub found: Vec<(Observable, Reading)>,
}

impl From<Reading> for SearchReading {
    fn from(reading: Reading) -> Self {
        Self { reading, found: Vec::new() }
    }
}
