//! The rows of a table in groups, and how each group fared.

use std::{
    collections::HashMap,
    fmt::{Display, Write as _},
    sync::Arc,
};

use futures::future::try_join_all;
use model::{Table, Value};
use serde::Serialize;
use serde_json::Map;
use utoipa::ToSchema;

use super::input::column;
use crate::{api::problem::Problem, services::Services};

/// The rows that are alike in some columns, by number. Groups stand in the order of their first rows.
pub(super) type Groups = Vec<Vec<u32>>;

/// Puts rows into groups: all into one where no column is named, and none where there are no rows.
pub(super) fn group(table: &Table, names: &[String]) -> Result<Groups, Problem> {
    let rows = 0..table.row_count() as u32;
    if names.is_empty() {
        return Ok(if rows.is_empty() { Vec::new() } else { vec![rows.collect()] });
    }
    let columns: Vec<_> = names
        .iter()
        .map(|name| column(table, "/group_by", name))
        .collect::<Result<_, _>>()
        .or_else(|problem| if rows.is_empty() { Ok(Vec::new()) } else { Err(problem) })?;
    let (mut groups, mut numbers, mut key) = (Groups::new(), HashMap::<String, usize>::new(), String::new());
    for row in rows {
        key.clear();
        for column in &columns {
            let value = column.value(row as usize);
            let text = value.to_text();
            // With its length, so that no two lists of values are written alike; writing to a string cannot fail.
            let _ = write!(key, "{}{}:{text}", u8::from(value.is_null()), text.len());
        }
        let number = match numbers.get(&key) {
            Some(number) => *number,
            None => {
                numbers.insert(key.clone(), groups.len());
                groups.push(Vec::new());
                groups.len() - 1
            }
        };
        if let Some(group) = groups.get_mut(number) {
            group.push(row);
        }
    }
    Ok(groups)
}

/// What the rows of a group are alike in.
pub(super) fn describe(table: &Table, names: &[String], group: &[u32]) -> Map<String, serde_json::Value> {
    let first = group.first().map_or(usize::MAX, |row| *row as usize);
    let json = |value: &Value<'_>| serde_json::to_value(value).unwrap_or_default();
    names.iter().map(|name| (name.clone(), json(&table.value(first, name)))).collect()
}

/// How a group fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = AnalysisOutcome)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was analysed.
    Ok,
    /// It has too few rows, or they lie within too short a time.
    TooShort,
    /// Its times are not equally spaced.
    Uneven,
    /// Several of its rows have the same time.
    DuplicateTimes,
    /// Its rows lie too far apart.
    TooLong,
    /// All its values are the same.
    Constant,
    /// Its values are too large to be reckoned with.
    OutOfRange,
}

impl Outcome {
    /// The name in answers.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::TooShort => "too_short",
            Self::Uneven => "uneven",
            Self::DuplicateTimes => "duplicate_times",
            Self::TooLong => "too_long",
            Self::Constant => "constant",
            Self::OutOfRange => "out_of_range",
        }
    }
}

/// Why a group was not analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    pub(super) reason: String,
    /// The parameter to look at.
    pub(super) pointer: &'static str,
}

impl Failure {
    pub(super) fn new(outcome: Outcome, pointer: &'static str, reason: impl Display) -> Self {
        Self { outcome, reason: reason.to_string(), pointer }
    }

    /// Where there is but one group, its failure is that of the request.
    pub(super) fn into_problem(self) -> Problem {
        Problem::invalid_at(self.pointer, self.reason)
    }
}

/// Works on all items, groups or what has become of them, on as many threads as there are cores, and keeps their order.
pub(super) async fn each<I: Send + Sync + 'static, T: Send + 'static>(
    services: &Services,
    items: Arc<Vec<I>>,
    work: impl Fn(&I) -> T + Send + Sync + 'static,
) -> Result<Vec<T>, Problem> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = Arc::new(work);
    // Every so many items are one piece of work, so that large ones do not all meet in the same.
    let pieces = (0..cores.min(items.len())).map(|first| {
        let (items, work) = (Arc::clone(&items), Arc::clone(&work));
        services.work.run(move || items.iter().skip(first).step_by(cores).map(|item| work(item)).collect::<Vec<_>>())
    });
    let mut pieces: Vec<_> = try_join_all(pieces).await?.into_iter().map(Vec::into_iter).collect();
    let turns = items.len().div_ceil(cores);
    Ok((0..turns).flat_map(|_| pieces.iter_mut().filter_map(Iterator::next).collect::<Vec<_>>()).collect())
}
