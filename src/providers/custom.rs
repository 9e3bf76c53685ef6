//! Providers that a customer describes instead of programming: what they are, how they are asked, how answers are judged.
//!
//! A [`Definition`] is already checked: its expressions are compiled and its names exist. It becomes a [`Custom`], which is a
//! provider like any other. Where the description was written, and how its mistakes are told, is not known here.

mod asking;
mod example;
mod expression;
mod judging;
mod listing;
mod template;

use std::{fmt, path::PathBuf, time::Duration};

pub use asking::{Ask, Content, Next, Parameters};
pub use example::{Example, Expected};
pub use expression::{Expression, JsonPath, Uncompiled};
pub use judging::{Judge, OutcomeRule, VerdictRule};
pub use listing::{Format, ListDefinition};
use model::{ObservableKind, Tlp};
pub use template::{JsonTemplate, Template};

use crate::{
    Answer, Auth, Facts, ListFacts, ListSource, Misread, Provider, Purpose, Question, Reading, Request, SideEffect,
    Window,
};

/// The names that requests and pages for people can use.
pub const QUESTION: &[&str] = &["value", "kind"];

/// The names that rules can use besides the definition's own.
pub const ANSWER: &[&str] = &["value", "kind", "status"];

/// A provider as it is described. What each part means is told in [`Facts`].
pub struct Definition {
    /// Id in settings, answers and metrics.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// What it is asked for.
    pub purpose: Purpose,
    /// The kinds that it answers for.
    pub kinds: Vec<ObservableKind>,
    /// Where it is asked.
    pub base_url: String,
    /// Where the credentials go.
    pub auth: Credentials,
    /// The limits of its credential.
    pub budgets: Vec<Window>,
    /// How long an answer stays fresh.
    pub fresh: Duration,
    /// How long "not known" stays fresh.
    pub fresh_unknown: Duration,
    /// Time limit of one request.
    pub timeout: Duration,
    /// The strictest label that may be sent to it.
    pub max_tlp: Tlp,
    /// What asking does.
    pub side_effect: SideEffect,
    /// Whether it may be asked about private addresses and names.
    pub answers_private: bool,
    /// What its terms say.
    pub licence_note: Option<String>,
    /// Changes with the definition: what was read by another one is not served.
    pub revision: u32,
    /// How it comes to its answers.
    pub way: Way,
    /// What it was once answered, and what that means.
    pub examples: Vec<Example>,
}

/// How a provider comes to its answers.
pub enum Way {
    /// By asking.
    Ask(Box<Ask>, Box<Judge>),
    /// From a list or table in memory.
    List(ListDefinition),
}

/// Where the credentials go, with the name of the place.
pub enum Credentials {
    /// No credentials.
    None,
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// `Authorization: Basic <id:key>`.
    Basic,
    /// The key in this header.
    Header(String),
    /// The key in this header when there is one.
    OptionalHeader(String),
    /// The key in this query parameter.
    Query(String),
    /// The key in this query parameter when there is one.
    OptionalQuery(String),
    /// The key in this cookie.
    Cookie(String),
}

impl Credentials {
    fn place(&'static self) -> Auth {
        match self {
            Self::None => Auth::None,
            Self::Bearer => Auth::Bearer,
            Self::Basic => Auth::Basic,
            Self::Header(name) => Auth::Header(name),
            Self::OptionalHeader(name) => Auth::OptionalHeader(name),
            Self::Query(name) => Auth::Query(name),
            Self::OptionalQuery(name) => Auth::OptionalQuery(name),
            Self::Cookie(name) => Auth::Cookie(name),
        }
    }
}

/// A described provider.
pub struct Custom {
    definition: &'static Definition,
    facts: Facts,
    list: Option<ListFacts>,
}

impl Custom {
    /// Makes a provider of a description. Like those that are built in, it lives as long as the process: whoever reads
    /// definitions again and again makes one of each text, and keeps it.
    pub fn new(definition: Definition) -> &'static Self {
        let definition: &'static Definition = Box::leak(Box::new(definition));
        let list = match &definition.way {
            Way::Ask(..) => None,
            Way::List(list) => Some(ListFacts {
                from: list.source(),
                every: list.every,
                believed_for: list.believed_for,
                parse: Box::leak(Box::new(move |file: &[u8]| list.parse(&definition.kinds, file))),
            }),
        };
        Box::leak(Box::new(Self { definition, facts: facts(definition, list.as_ref()), list }))
    }

    /// What its examples mean otherwise than they should, one line for each.
    pub fn failures(&self) -> Vec<String> {
        self.definition.examples.iter().filter_map(|example| example.failure(self)).collect()
    }

    /// How many examples it has.
    pub fn examples(&self) -> usize {
        self.definition.examples.len()
    }
}

fn facts(definition: &'static Definition, list: Option<&ListFacts>) -> Facts {
    // Nobody is asked for a file.
    let in_a_file = list.is_some_and(|list| matches!(list.from, ListSource::File(_)));
    Facts {
        id: &definition.id,
        title: &definition.title,
        purpose: definition.purpose,
        kinds: &definition.kinds,
        base_url: if in_a_file { "file:///" } else { &definition.base_url },
        auth: definition.auth.place(),
        budgets: &definition.budgets,
        fresh: definition.fresh,
        fresh_unknown: definition.fresh_unknown,
        timeout: definition.timeout,
        max_tlp: definition.max_tlp,
        side_effect: definition.side_effect,
        answers_private: definition.answers_private,
        licence_note: definition.licence_note.as_deref(),
        revision: definition.revision,
        ..Facts::DEFAULT
    }
}

impl Provider for Custom {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn ask(&self, question: &Question<'_>) -> Request {
        // The names of headers and parameters live as long as the definition: for ever.
        let definition = self.definition;
        match &definition.way {
            Way::Ask(ask, _) => ask.first(question).map_or(Request::Nothing, Request::Http),
            Way::List(_) => Request::Listed,
        }
    }

    fn follow_up(&self, question: &Question<'_>, answers: &[Answer]) -> Option<Request> {
        let definition = self.definition;
        match &definition.way {
            Way::Ask(ask, _) => ask.next(question, answers).map(Request::Http),
            Way::List(_) => None,
        }
    }

    fn read(&self, question: &Question<'_>, answers: &[Answer]) -> Result<Reading, Misread> {
        match &self.definition.way {
            Way::Ask(_, judge) => judge.read(self.definition.purpose, question, answers),
            Way::List(list) => list.read(crate::first(answers)?.listing()?),
        }
    }

    fn list(&self) -> Option<&ListFacts> {
        self.list.as_ref()
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Custom({})", self.facts.id)
    }
}

/// Where a list lies: told apart from where it is asked for, which settings can change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file on disk.
    File(PathBuf),
    /// A path, with its query, below the provider's base address.
    Web(String),
}

#[cfg(test)]
mod tests;
