//! `reduce`: texts that are alike as patterns.

use std::{collections::HashMap, sync::Arc};

use datafusion::arrow::array::RecordBatch;
use kql::checked::Reduce;
use model::ColumnType;

use super::{PlanError, Planned, Planner, Planning, constant::columns_of, stage::Change};
use crate::cell::{Cell, Cells};

impl Planner<'_> {
    pub(super) fn reduce(&self, reduce: &Reduce, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        if reduce.keep_rows {
            return Err(PlanError::Unsupported("reduce kind=source".to_owned()));
        }
        let (input, text_at, _) = self.with_text(&reduce.text, input)?;
        let (characters, threshold) = (reduce.characters.to_string(), reduce.threshold);
        let types_out = types.to_vec();
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let mut texts = Vec::new();
                if let Some(array) = batch.columns().get(text_at) {
                    let cells = Cells::of_array(array, ColumnType::String)?;
                    texts.extend((0..batch.num_rows()).map(|row| cells.cell(row).into_text().into_owned()));
                }
                let rows = patterns(&texts, &characters, threshold);
                Ok(RecordBatch::try_new(schema.clone(), columns_of(&rows, &types_out))?)
            }))
        })
    }
}

/// A text in words: runs of letters and digits, and of what the query says; all else separates.
fn words(text: &str, characters: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if characters.contains(c) || !c.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
        } else {
            word.push(c);
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Rows of pattern, count and representative, the most frequent first; what has no pattern is `others`.
fn patterns(texts: &[String], characters: &str, threshold: f64) -> Vec<Vec<Cell<'static>>> {
    #[expect(clippy::cast_precision_loss, reason = "a share of the rows")]
    let least = (texts.len() as f64 * threshold).max(2.0);
    let mut by_word: HashMap<String, f64> = HashMap::new();
    for text in texts {
        for word in words(text, characters) {
            *by_word.entry(word).or_default() += 1.0;
        }
    }
    let mut found: Vec<(String, i64, String)> = Vec::new();
    let mut others = 0;
    for text in texts {
        let parts = words(text, characters);
        let is_frequent = |word: &String| by_word.get(word).is_some_and(|count| *count >= least);
        if !parts.iter().any(is_frequent) {
            others += 1;
            continue;
        }
        let mut pattern = String::new();
        for part in &parts {
            if is_frequent(part) {
                pattern.push_str(part);
            } else if !pattern.ends_with('*') {
                pattern.push('*');
            }
        }
        match found.iter_mut().find(|(known, ..)| *known == pattern) {
            Some((_, count, _)) => *count += 1,
            None => found.push((pattern, 1, text.clone())),
        }
    }
    found.sort_by_key(|(_, count, _)| std::cmp::Reverse(*count));
    let mut rows: Vec<_> = found
        .into_iter()
        .map(|(pattern, count, representative)| vec![Cell::of(pattern), Cell::Long(count), Cell::of(representative)])
        .collect();
    if others > 0 {
        rows.push(vec![Cell::of("others"), Cell::Long(others), Cell::of("")]);
    }
    rows
}
