//! Which parameters come with a command, each by itself present or not, and which values they have.

use std::collections::HashMap;

use super::corpus::{Corpus, Given};

/// A parameter is categorical if it has at most so many values …
const MOST_VALUES: usize = 20;
/// … and occurs at least so often …
const LEAST_OCCURRENCES: u64 = 20;
/// … and at least so often for each of its values.
const OCCURRENCES_PER_VALUE: u64 = 10;

/// How likely parameters and values are.
#[derive(Debug)]
pub(super) struct Parameters {
    /// By command: the sum over its known parameters of the logarithm that each is absent, and how many they are.
    absent: Vec<(f64, usize)>,
    /// By command and parameter: what its presence changes of that sum.
    present: HashMap<(u32, u32), f64>,
    /// By categorical parameter and value: the logarithm of how likely it is.
    values: HashMap<(u32, u32), f64>,
    /// By categorical parameter: the same of a value that was never seen.
    unseen: HashMap<u32, f64>,
}

/// How often parameters occur with commands and values with parameters.
#[derive(Debug, Default)]
struct Counts {
    parameters: Vec<u64>,
    by_command: HashMap<(u32, u32), u64>,
    by_value: HashMap<(u32, u32), u64>,
}

impl Counts {
    fn of(corpus: &Corpus) -> Self {
        let mut counts = Self { parameters: vec![0; corpus.parameters.len()], ..Self::default() };
        for session in 0..corpus.len() {
            let (start, events) = corpus.session(session);
            for (event, command) in (start..).zip(events) {
                for Given { parameter, value } in corpus.given_of(event) {
                    if let Some(count) = counts.parameters.get_mut(*parameter as usize) {
                        *count += 1;
                    }
                    *counts.by_command.entry((*command, *parameter)).or_default() += 1;
                    if let Some(value) = value {
                        *counts.by_value.entry((*parameter, *value)).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    /// By parameter: how many values it has, and how often it has one.
    fn values(&self) -> Vec<(usize, u64)> {
        let mut values = vec![(0, 0); self.parameters.len()];
        for ((parameter, _), count) in &self.by_value {
            if let Some((distinct, total)) = values.get_mut(*parameter as usize) {
                (*distinct, *total) = (*distinct + 1, *total + count);
            }
        }
        values
    }

    /// The parameters with few values, each of which occurs often.
    fn categorical(&self) -> Vec<u32> {
        let is_categorical = |(distinct, occurrences): (usize, u64)| {
            (1..=MOST_VALUES).contains(&distinct)
                && occurrences >= LEAST_OCCURRENCES
                && distinct as u64 * OCCURRENCES_PER_VALUE <= occurrences
        };
        let values = self.values().into_iter().zip(&self.parameters);
        let numbered = (0..).zip(values.map(|((distinct, _), occurrences)| (distinct, *occurrences)));
        numbered.filter(|(_, values)| is_categorical(*values)).map(|(parameter, _)| parameter).collect()
    }
}

impl Parameters {
    /// `smoothed`: the smoothed count of each command.
    pub(super) fn learn(corpus: &Corpus, smoothed: &[f64], with_values: bool, named: Option<&[&str]>) -> Self {
        let counts = Counts::of(corpus);
        // Something never seen may come with every command.
        let absent = smoothed.iter().map(|count| ((1.0 - 1.0 / count).ln(), 1)).collect();
        let mut learnt = Self { absent, present: HashMap::new(), values: HashMap::new(), unseen: HashMap::new() };
        // In order, because sums of the same numbers in another order are other sums.
        let mut pairs: Vec<_> = counts.by_command.iter().collect();
        pairs.sort_unstable();
        for ((command, parameter), count) in pairs {
            let smoothed = smoothed.get(*command as usize).copied().unwrap_or(1.0);
            let present = (count + 1) as f64 / smoothed;
            if let Some((absent, known)) = learnt.absent.get_mut(*command as usize) {
                (*absent, *known) = (*absent + (1.0 - present).ln(), *known + 1);
            }
            learnt.present.insert((*command, *parameter), present.ln() - (1.0 - present).ln());
        }
        if with_values {
            let found = |names: &[&str]| names.iter().filter_map(|name| corpus.parameters.find(name)).collect();
            learnt.learn_values(&counts, named.map_or_else(|| counts.categorical(), found));
        }
        learnt
    }

    fn learn_values(&mut self, counts: &Counts, categorical: Vec<u32>) {
        let values = counts.values();
        for parameter in categorical {
            let (distinct, total) = values.get(parameter as usize).copied().unwrap_or_default();
            self.unseen.insert(parameter, -((total + distinct as u64 + 1) as f64).ln());
        }
        for ((parameter, value), count) in &counts.by_value {
            if let Some(unseen) = self.unseen.get(parameter) {
                self.values.insert((*parameter, *value), ((count + 1) as f64).ln() + unseen);
            }
        }
    }

    /// The logarithm of the geometric mean of how likely each known parameter is to be there or not, and each value to be
    /// what it is. A command without parameters is as likely as it can be.
    pub(super) fn log_likelihood(&self, command: u32, given: &[Given]) -> f64 {
        if given.is_empty() {
            return 0.0;
        }
        let (mut log, mut factors) = self.absent.get(command as usize).copied().unwrap_or((0.0, 1));
        for Given { parameter, value } in given {
            log += self.present.get(&(command, *parameter)).copied().unwrap_or_default();
            if let Some(unseen) = self.unseen.get(parameter) {
                let value = value.and_then(|value| self.values.get(&(*parameter, value)));
                log += value.unwrap_or(unseen);
                factors += 1;
            }
        }
        log / factors as f64
    }
}
