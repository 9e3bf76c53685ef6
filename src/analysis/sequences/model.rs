//! The model: how often commands occur and follow one another, each count one higher than it was (Laplace).
//!
//! A begin and an end belong to every session, and a command that was never seen belongs to the vocabulary, so that
//! nothing is impossible. Likelihoods are kept as logarithms: those of long sessions are too small for a number.

use std::collections::HashMap;

use super::{
    Corpus, Detail,
    parameters::Parameters,
    windows::{Window, rarest},
};

/// Beginnings, ends and what was never seen: what the vocabulary has besides commands.
const TOKENS: usize = 3;

/// How likely a session is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likelihood {
    /// The natural logarithm of the likelihood.
    pub log: f64,
    /// The geometric mean of the likelihoods of its commands, which does not depend on its length so much.
    pub geometric_mean: f64,
}

/// What has been learnt of sessions.
#[derive(Debug)]
pub struct Model<'a> {
    corpus: &'a Corpus,
    /// How often each command occurs.
    counts: Vec<u64>,
    /// How often a command follows another.
    pairs: HashMap<(u32, u32), u32>,
    first: HashMap<u32, u32>,
    last: HashMap<u32, u32>,
    /// Sessions that are not empty.
    sessions: u64,
    parameters: Option<Parameters>,
}

impl<'a> Model<'a> {
    /// Learns from all sessions. `categorical` are the parameters whose values count; by default those that have at most 20
    /// different ones, were seen at least 20 times, and at least 10 times for each value. They matter for
    /// [`Detail::Values`] only.
    pub fn learn(corpus: &'a Corpus, detail: Detail, categorical: Option<&[&str]>) -> Self {
        let mut model = Self {
            corpus,
            counts: vec![0; corpus.commands.len()],
            pairs: HashMap::new(),
            first: HashMap::new(),
            last: HashMap::new(),
            sessions: 0,
            parameters: None,
        };
        for session in 0..corpus.len() {
            let (_, events) = corpus.session(session);
            let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
            model.sessions += 1;
            *model.first.entry(*first).or_default() += 1;
            *model.last.entry(*last).or_default() += 1;
            for command in events {
                if let Some(count) = model.counts.get_mut(*command as usize) {
                    *count += 1;
                }
            }
            for (command, next) in events.iter().zip(events.iter().skip(1)) {
                *model.pairs.entry((*command, *next)).or_default() += 1;
            }
        }
        if detail > Detail::Commands {
            let smoothed: Vec<_> = (0..model.counts.len()).map(|command| model.smoothed(command as u32)).collect();
            let values = detail == Detail::Values;
            model.parameters = Some(Parameters::learn(corpus, &smoothed, values, categorical));
        }
        model
    }

    /// How many successors a command can have, and how many predecessors.
    fn neighbours(&self) -> f64 {
        (self.counts.len() + TOKENS - 1) as f64
    }

    /// The smoothed count of a command: once more for each possible successor and predecessor.
    fn smoothed(&self, command: u32) -> f64 {
        self.counts.get(command as usize).copied().unwrap_or(0) as f64 + 2.0 * self.neighbours()
    }

    /// The smoothed counts of everything in the vocabulary. Beginnings have no predecessor and ends no successor.
    fn total(&self) -> f64 {
        let occurrences = self.counts.iter().sum::<u64>() + 2 * self.sessions;
        occurrences as f64 + self.neighbours() * (2 * (self.counts.len() + 1) + 2) as f64
    }

    /// The logarithm of how likely a command is, whatever stands around it.
    fn prior(&self, command: u32) -> f64 {
        (self.smoothed(command) / self.total()).ln()
    }

    /// The same of an end.
    fn prior_of_end(&self) -> f64 {
        ((self.sessions as f64 + self.neighbours()) / self.total()).ln()
    }

    fn beginning(&self, command: u32) -> f64 {
        let count = self.first.get(&command).copied().unwrap_or(0);
        (f64::from(count + 1) / (self.sessions as f64 + self.neighbours())).ln()
    }

    fn transition(&self, count: Option<&u32>, from: u32) -> f64 {
        let from = self.counts.get(from as usize).copied().unwrap_or(0);
        (f64::from(count.copied().unwrap_or(0) + 1) / (from as f64 + self.neighbours())).ln()
    }

    /// How likely a session is, or nothing if it is empty.
    ///
    /// `whole`: whether it counts that it began and ended as it did.
    pub fn likelihood(&self, session: usize, whole: bool) -> Option<Likelihood> {
        let steps = self.steps(session, whole);
        let commands = self.corpus.session(session).1.len();
        let log = steps.first()?.alone_or_begun(whole) + steps.iter().skip(1).map(|step| step.after).sum::<f64>();
        Some(Likelihood { log, geometric_mean: (log / commands as f64).exp() })
    }

    /// The least likely window of `len` commands of a session; nothing if it is shorter. If the session counts as a whole,
    /// its end is one more command.
    pub fn rarest_window(&self, session: usize, len: usize, whole: bool) -> Option<Window> {
        let commands = self.corpus.session(session).1.len();
        rarest(&self.steps(session, whole), len, whole).map(|window| window.within(commands))
    }

    /// The logarithms of likelihoods of each command, and of the end if the session counts as a whole.
    fn steps(&self, session: usize, whole: bool) -> Vec<Step> {
        let (start, events) = self.corpus.session(session);
        let mut steps = Vec::with_capacity(events.len() + 1);
        let mut before = None;
        for (event, command) in (start..).zip(events) {
            let parameters = self.parameters.as_ref();
            let given =
                parameters.map_or(0.0, |parameters| parameters.log_likelihood(*command, self.corpus.given_of(event)));
            let after = match before {
                None => self.beginning(*command),
                Some(before) => self.transition(self.pairs.get(&(before, *command)), before),
            };
            steps.push(Step { alone: self.prior(*command) + given, after: after + given });
            before = Some(*command);
        }
        if let Some(last) = before.filter(|_| whole) {
            steps.push(Step { alone: self.prior_of_end(), after: self.transition(self.last.get(&last), last) });
        }
        steps
    }
}

/// The logarithms of the likelihoods of one command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Whatever stands before it.
    pub(super) alone: f64,
    /// After what stands before it, be it a command or the beginning.
    pub(super) after: f64,
}

impl Step {
    pub(super) const fn alone_or_begun(self, begun: bool) -> f64 {
        if begun { self.after } else { self.alone }
    }
}
