//! What the answers of a described provider mean: values are found, then rules are tried from the first to the last.

use model::{KindHint, Observable, Outcome, Verdict};
use serde_json::Value;

use super::{
    asking,
    expression::{Expression, JsonPath, Names, is_absent},
    template::Template,
};
use crate::{Answer, HttpAnswer, Misread, Purpose, Question, Reading};

/// How answers are read.
pub struct Judge {
    /// Names for single values: the first that the path leads to, on the first page that has one.
    pub fields: Vec<(String, JsonPath)>,
    /// Names for lists: all values that the path leads to, on all pages.
    pub lists: Vec<(String, JsonPath)>,
    /// Names for what is reckoned from those above.
    pub computed: Vec<(String, Expression)>,
    /// When the answer is none: the first rule that holds, before the usual meaning of the status.
    pub outcomes: Vec<OutcomeRule>,
    /// How bad it is: the first rule that holds. None at all: known, and not judged.
    pub verdicts: Vec<VerdictRule>,
    /// The names that are told as grounds.
    pub evidence: Vec<String>,
    /// The names whose values are related observables.
    pub related: Vec<String>,
    /// A page for people.
    pub reference: Option<Template>,
}

/// When an answer is none.
pub struct OutcomeRule {
    /// Holds if this does.
    pub when: Option<Expression>,
    /// Holds if none of these names has a value.
    pub lacks: Vec<String>,
    /// How the lookup ended then: not a hit, and not clean.
    pub outcome: Outcome,
    /// Why.
    pub reason: Option<String>,
}

/// How bad something is.
pub struct VerdictRule {
    /// Holds if this does; without it and `lacks`, always.
    pub when: Option<Expression>,
    /// Holds if none of these names has a value.
    pub lacks: Vec<String>,
    /// How bad it is then.
    pub verdict: Verdict,
    /// 0 to 100.
    pub score: Option<Expression>,
}

fn holds(when: Option<&Expression>, lacks: &[String], names: &Names) -> Result<bool, Misread> {
    Ok(lacks.iter().all(|name| is_absent(names, name)) && when.map_or(Ok(true), |when| when.holds(names))?)
}

impl Judge {
    /// Reads the pages of an answer. A page that is missing in the end is not missed; the first one decides.
    pub(super) fn read(
        &self,
        purpose: Purpose,
        question: &Question<'_>,
        answers: &[Answer],
    ) -> Result<Reading, Misread> {
        let first = crate::first(answers)?.http()?;
        let pages: Vec<Value> = answers.iter().filter_map(document).collect();
        let names = self.names(question, first, &pages)?;
        for rule in &self.outcomes {
            // What is no document lacks everything, and that says nothing.
            if (rule.lacks.is_empty() || !pages.is_empty()) && holds(rule.when.as_ref(), &rule.lacks, &names)? {
                return Ok(rule.reading());
            }
        }
        if let Some(reading) = first.usual_meaning() {
            return Ok(reading);
        }
        if pages.is_empty() {
            return Err(Misread::NotJson);
        }
        let mut reading = self.judged(purpose, &names)?;
        for name in &self.evidence {
            reading = reading.says(name, names.get(name).cloned().unwrap_or_default());
        }
        for text in self.related.iter().filter_map(|name| names.get(name)).flat_map(texts) {
            // What kind it is, its form tells.
            if let Ok(observable) = Observable::parse(text, None)
                && observable.canonical() != question.value()
            {
                reading = reading.relates_to(KindHint::Exactly(observable.kind()), [text]);
            }
        }
        Ok(match self.reference.as_ref().and_then(|page| page.render(&names)) {
            Some(page) => reading.reference(page),
            None => reading,
        })
    }

    fn names(&self, question: &Question<'_>, first: &HttpAnswer, pages: &[Value]) -> Result<Names, Misread> {
        let mut names = asking::names(question);
        names.insert("status".to_owned(), first.status.into());
        for (name, path) in &self.fields {
            let found = pages.iter().find_map(|page| path.first(page).filter(|value| !value.is_null()));
            names.insert(name.clone(), found.cloned().unwrap_or_default());
        }
        for (name, path) in &self.lists {
            let found = pages.iter().flat_map(|page| path.all(page)).cloned().collect();
            names.insert(name.clone(), if pages.is_empty() { Value::Null } else { Value::Array(found) });
        }
        for (name, expression) in &self.computed {
            let value = expression.evaluate(&names)?.unwrap_or_default();
            names.insert(name.clone(), value);
        }
        Ok(names)
    }

    fn judged(&self, purpose: Purpose, names: &Names) -> Result<Reading, Misread> {
        if purpose == Purpose::Context {
            return Ok(Reading::facts());
        }
        for rule in &self.verdicts {
            if holds(rule.when.as_ref(), &rule.lacks, names)? {
                let score = rule.score.as_ref().map(|score| score.evaluate(names)).transpose()?.flatten();
                let reading = Reading::judged(rule.verdict);
                return Ok(match score.as_ref().and_then(Value::as_f64) {
                    Some(score) => reading.score(score),
                    None => reading,
                });
            }
        }
        Ok(Reading::facts())
    }
}

impl OutcomeRule {
    fn reading(&self) -> Reading {
        let reading = match self.outcome {
            Outcome::NotFound => Reading::not_found(),
            Outcome::Unsupported => Reading::unsupported("the provider does not accept this value"),
            Outcome::Unauthorized => Reading::unauthorized("the provider refused the credentials"),
            Outcome::RateLimited => Reading::rate_limited("the provider's own limit is reached"),
            Outcome::Timeout => Reading::unfinished("the provider still works on it"),
            _ => Reading::failed("the provider failed"),
        };
        match &self.reason {
            Some(reason) => reading.because(reason.as_str()),
            None => reading,
        }
    }
}

fn document(answer: &Answer) -> Option<Value> {
    answer.http().ok()?.json().ok()
}

/// The texts in a value: itself, or those in the list that it is.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
