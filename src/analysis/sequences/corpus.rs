//! Sessions as they are kept: every name once, and numbers where it occurs.

use std::collections::HashMap;

/// How much of a command a model looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Its name.
    Commands,
    /// Its name and which parameters come with it.
    Parameters,
    /// The values of the parameters as well, where a parameter has few.
    Values,
}

/// Names in the order of their first occurrence.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.into(), number);
        number
    }

    pub(super) fn find(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// A parameter of a command, with its value if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) parameter: u32,
    pub(super) value: Option<u32>,
}

/// Sessions of commands.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    pub(super) commands: Names,
    pub(super) parameters: Names,
    values: Names,
    events: Vec<u32>,
    /// Where each session begins among the events.
    sessions: Vec<usize>,
    given: Vec<Given>,
    /// Where the parameters of each event begin; empty as long as there are none at all.
    given_from: Vec<usize>,
}

impl Corpus {
    /// Begins a session.
    pub fn begin_session(&mut self) {
        self.sessions.push(self.events.len());
    }

    /// Adds a command to the session.
    pub fn add_command(&mut self, name: &str) {
        let number = self.commands.number(name);
        self.events.push(number);
        if !self.given_from.is_empty() {
            self.given_from.push(self.given.len());
        }
    }

    /// Adds a parameter to the command; the first of a name counts, and an empty value is none.
    pub fn add_parameter(&mut self, name: &str, value: Option<&str>) {
        let Some(event) = self.events.len().checked_sub(1) else { return };
        if self.given_from.is_empty() {
            self.given_from.resize(event + 1, 0);
        }
        let parameter = self.parameters.number(name);
        let value = value.filter(|value| !value.is_empty()).map(|value| self.values.number(value));
        if self.given_of(event).iter().all(|given| given.parameter != parameter) {
            self.given.push(Given { parameter, value });
        }
    }

    /// How many sessions there are.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// How many commands there are in all sessions.
    pub fn event_count(&self) -> usize {
        self.events.len()
    }

    /// How much is known of the commands.
    pub fn detail(&self) -> Detail {
        if self.values.len() > 0 {
            Detail::Values
        } else if self.parameters.len() > 0 {
            Detail::Parameters
        } else {
            Detail::Commands
        }
    }

    /// The events of a session: where they begin, and their commands.
    pub(super) fn session(&self, number: usize) -> (usize, &[u32]) {
        let start = self.sessions.get(number).copied().unwrap_or(self.events.len());
        let end = self.sessions.get(number + 1).copied().unwrap_or(self.events.len());
        (start, self.events.get(start..end).unwrap_or_default())
    }

    /// The parameters of an event.
    pub(super) fn given_of(&self, event: usize) -> &[Given] {
        let Some(start) = self.given_from.get(event) else { return &[] };
        let end = self.given_from.get(event + 1).copied().unwrap_or(self.given.len());
        self.given.get(*start..end).unwrap_or_default()
    }
}
