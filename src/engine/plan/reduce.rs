//! `reduce`: texts that are alike as patterns.

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use datafusion::arrow::array::RecordBatch;
use kql::checked::Reduce;
use model::ColumnType;

use super::{Planned, Planner, Planning, constant::columns_of, parse_text::laid_out, stage::Change};
use crate::cell::{Cell, Cells};

impl Planner<'_> {
    pub(super) fn reduce(&self, reduce: &Reduce, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let (input, text_at, own) = self.with_text(&reduce.text, input)?;
        let (characters, threshold, keep_rows) = (reduce.characters.to_string(), reduce.threshold, reduce.keep_rows);
        let types_out = types.to_vec();
        self.stage(input, types, |schema| {
            Change::All(Arc::new(move |batch: &RecordBatch| {
                let mut texts = Vec::new();
                if let Some(array) = batch.columns().get(text_at) {
                    let cells = Cells::of_array(array, ColumnType::String)?;
                    texts.extend((0..batch.num_rows()).map(|row| cells.cell(row).into_text().into_owned()));
                }
                let (places, mut groups) = grouped(&texts, &characters, threshold);
                let arrays = if keep_rows {
                    // Each row with what its group is.
                    let rows: Vec<_> = places.iter().filter_map(|place| groups.get(*place)).map(Group::cells).collect();
                    let made = columns_of(&rows, types_out.get(own..).unwrap_or_default());
                    laid_out(
                        batch,
                        own,
                        text_at,
                        &types_out,
                        made.into_iter().enumerate().map(|(at, a)| (own + at, a)).collect(),
                    )
                } else {
                    groups.sort_by_key(|group| (group.is_rest, Reverse(group.count)));
                    columns_of(&groups.iter().map(Group::cells).collect::<Vec<_>>(), &types_out)
                };
                Ok(RecordBatch::try_new(schema.clone(), arrays)?)
            }))
        })
    }
}

/// Texts of one pattern.
struct Group {
    pattern: String,
    count: i64,
    representative: String,
    /// Whether it is what has no pattern.
    is_rest: bool,
}

impl Group {
    fn cells(&self) -> Vec<Cell<'_>> {
        vec![Cell::of(&*self.pattern), Cell::Long(self.count), Cell::of(&*self.representative)]
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

/// The groups of texts, and of each text which it belongs to. What has no pattern is in the group `others`.
fn grouped(texts: &[String], characters: &str, threshold: f64) -> (Vec<usize>, Vec<Group>) {
    #[expect(clippy::cast_precision_loss, reason = "a share of the rows")]
    let least = (texts.len() as f64 * threshold).max(2.0);
    let mut by_word: HashMap<String, f64> = HashMap::new();
    for text in texts {
        for word in words(text, characters) {
            *by_word.entry(word).or_default() += 1.0;
        }
    }
    let is_frequent = |word: &String| by_word.get(word).is_some_and(|count| *count >= least);
    let mut known: HashMap<Option<String>, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut places = Vec::with_capacity(texts.len());
    for text in texts {
        let parts = words(text, characters);
        let pattern = parts.iter().any(is_frequent).then(|| {
            let mut pattern = String::new();
            for part in &parts {
                if is_frequent(part) {
                    pattern.push_str(part);
                } else if !pattern.ends_with('*') {
                    pattern.push('*');
                }
            }
            pattern
        });
        let place = *known.entry(pattern).or_insert_with_key(|pattern| {
            let representative = if pattern.is_some() { text.clone() } else { String::new() };
            let (name, is_rest) = (pattern.as_deref().unwrap_or("others").to_owned(), pattern.is_none());
            groups.push(Group { pattern: name, count: 0, representative, is_rest });
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(place) {
            group.count += 1;
        }
        places.push(place);
    }
    (places, groups)
}
