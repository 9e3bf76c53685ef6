//! How risky command lines are: named rules for shells of Linux and Windows, also on what is encoded in them, and bursts of
//! commands in a short time.

mod bursts;
mod rules;
#[cfg(test)]
mod tests;

use model::{Column, ColumnType, Fault, Faulty, Table, TableError, Value};
use regex::{RegexSet, RegexSetBuilder};
use serde::Serialize;

pub use self::bursts::{Burst, bursts};
use crate::{
    beside::beside,
    decode::{Content, Decoder, Options},
};

/// A rule of our own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// What it finds.
    pub description: String,
    /// How much it says: 0 to 100.
    pub score: u8,
    /// The technique of MITRE ATT&CK that it points to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub technique: Option<&'static str>,
}

/// Size of a compiled rule: a caller's must not take the memory of the service.
const MAX_COMPILED: usize = 1 << 20;

/// Why rules cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The pattern of a rule is no regular expression, or too large a one. Rules count from 0.
    #[error("the pattern of rule {0} is no regular expression, or too large")]
    Pattern(usize),
}

impl Faulty for RuleError {
    fn fault(&self) -> Fault {
        Fault::Invalid
    }
}

/// Rules, ready to be used.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    patterns: RegexSet,
}

/// What the rules say about one command line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Risk {
    /// The numbers of the rules that fit, ascending.
    pub rules: Vec<usize>,
    /// 0 for no risk, at most 100: the highest score, and some more for each further rule.
    pub score: u8,
    /// The command line with what is encoded in it decoded, if there is anything.
    pub decoded: Option<String>,
}

/// A table of which every row was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The table.
    pub table: Table,
    /// The risky rows.
    pub risky: Vec<usize>,
    /// The rules that fit any row.
    pub hit: Vec<usize>,
}

/// What each rule but the one with the highest score adds.
const FURTHER: u8 = 5;

impl Rules {
    /// The built-in rules and these: names, patterns and scores.
    pub fn with(own: &[(String, String, u8)], built_in: bool) -> Result<Self, RuleError> {
        let known = if built_in { rules::ALL } else { &[] };
        let mut patterns: Vec<&str> = known.iter().map(|rule| rule.pattern).collect();
        let mut rules: Vec<Rule> = known
            .iter()
            .map(|rule| Rule {
                name: rule.name.to_owned(),
                description: rule.description.to_owned(),
                score: rule.score,
                technique: Some(rule.technique),
            })
            .collect();
        for (index, (name, pattern, score)) in own.iter().enumerate() {
            let one = RegexSetBuilder::new([pattern]).size_limit(MAX_COMPILED).build();
            one.map_err(|_| RuleError::Pattern(index))?;
            patterns.push(pattern);
            rules.push(Rule { name: name.clone(), description: String::new(), score: *score, technique: None });
        }
        let all = RegexSetBuilder::new(&patterns).size_limit(MAX_COMPILED * (patterns.len() + 1)).build();
        Ok(Self { patterns: all.map_err(|_| RuleError::Pattern(own.len().saturating_sub(1)))?, rules })
    }

    /// All rules, by number.
    pub fn all(&self) -> &[Rule] {
        &self.rules
    }

    /// What they say about a command line. What is encoded in it counts as well.
    pub fn judge(&self, command_line: &str, decoder: &mut Decoder) -> Risk {
        let decoded = decoder.decode(command_line);
        let inner = decoded.layers.iter().filter_map(|layer| match &layer.content {
            Content::Text(_, text) => Some(text.as_str()),
            _ => None,
        });
        let mut rules: Vec<usize> = Vec::new();
        for text in std::iter::once(command_line).chain(inner) {
            rules.extend(self.patterns.matches(text));
        }
        rules.sort_unstable();
        rules.dedup();
        let scores = || rules.iter().filter_map(|rule| self.rules.get(*rule)).map(|rule| rule.score);
        let further = u8::try_from(rules.len().saturating_sub(1)).unwrap_or(u8::MAX).saturating_mul(FURTHER);
        let score = scores().max().unwrap_or(0).saturating_add(further).min(100);
        Risk { score, decoded: decoded.text, rules }
    }

    /// Judges every row of a table by the command line in a column. Adds `risky`, `risk_score`, `risks` and `decoded`; null
    /// where there is no command line.
    pub fn judge_table(&self, table: Table, column: &Column, options: Options) -> Result<Judged, TableError> {
        let mut decoder = Decoder::new(options);
        let mut added = [
            ("risky", ColumnType::Bool),
            ("risk_score", ColumnType::Long),
            ("risks", ColumnType::Dynamic),
            ("decoded", ColumnType::String),
        ]
        .map(|(name, kind)| Column::new(name, kind));
        let (mut risky, mut is_hit) = (Vec::new(), vec![false; self.rules.len()]);
        for (row, cell) in column.iter().enumerate() {
            let cells: [Value<'_>; 4] = if cell.is_null() {
                [Value::Null, Value::Null, Value::Null, Value::Null]
            } else {
                let risk = self.judge(&cell.to_text(), &mut decoder);
                if !risk.rules.is_empty() {
                    risky.push(row);
                }
                for rule in &risk.rules {
                    if let Some(is_hit) = is_hit.get_mut(*rule) {
                        *is_hit = true;
                    }
                }
                let names: Vec<_> =
                    risk.rules.iter().filter_map(|rule| self.rules.get(*rule)).map(|rule| &rule.name).collect();
                let names = serde_json::to_string(&names).unwrap_or_default();
                [
                    (!risk.rules.is_empty()).into(),
                    i64::from(risk.score).into(),
                    Value::Dynamic(names.into()),
                    risk.decoded.into(),
                ]
            };
            for (column, cell) in added.iter_mut().zip(cells) {
                // Each cell is of the type of its column.
                let _ = column.push(cell);
            }
        }
        let hit = is_hit.iter().enumerate().filter(|(_, is_hit)| **is_hit).map(|(rule, _)| rule).collect();
        Ok(Judged { table: beside(table, added.into())?, risky, hit })
    }
}
