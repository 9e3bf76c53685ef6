//! Which process started which: by the keys that a process tree has, or by the ids that events have.

use std::collections::HashMap;

use model::Column;

use crate::{
    PlotError,
    reading::{Input, text_of, times},
    scale::counted,
};

/// The id of a process and that of its parent, as schemas call them.
const IDS: &[(&str, &str)] = &[
    ("process_id", "parent_id"),
    ("NewProcessId", "ProcessId"),
    ("CreatedProcessId", "CreatedProcessParentId"),
    ("ProcessId", "ParentProcessId"),
    ("ProcessId", "InitiatingProcessId"),
    ("ProcessId", "InitiatingProcessParentId"),
    ("pid", "ppid"),
    ("pid", "parent"),
    ("Pid", "Ppid"),
    ("pid", "parentpid"),
];

/// Deeper than any tree that people look at.
const MOST_LEVELS: usize = 200;

/// The processes in the order of the tree.
pub(super) struct Shape {
    pub(super) order: Vec<Place>,
    pub(super) left_out: usize,
    pub(super) notes: Vec<String>,
}

/// Where a process stands.
pub(super) struct Place {
    pub(super) row: usize,
    pub(super) depth: usize,
    /// The place of its parent in the order.
    pub(super) parent: Option<usize>,
}

/// Links the rows and walks the tree; at most so many processes are kept.
pub(super) fn link(input: &Input<'_>, most: usize) -> Result<Shape, PlotError> {
    let table = input.table;
    let parents = match (table.column("proc_key"), table.column("parent_key")) {
        (Some(keys), Some(parents)) => by_key(keys, parents),
        _ => by_id(input)?,
    };
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (row, parent) in parents.iter().enumerate() {
        match parent {
            Some(parent) if *parent != row => children.entry(*parent).or_default().push(row),
            _ => roots.push(row),
        }
    }
    let mut order: Vec<Place> = Vec::new();
    let mut seen = vec![false; parents.len()];
    let mut stack: Vec<(usize, usize, Option<usize>)> = roots.into_iter().rev().map(|row| (row, 0, None)).collect();
    let mut rest = 0..parents.len();
    let mut circles = 0;
    loop {
        let Some((row, depth, parent)) = stack.pop() else {
            // What is left runs in a circle: it is cut open where it is met first.
            match rest.find(|row| seen.get(*row) == Some(&false)) {
                Some(row) => {
                    circles += 1;
                    stack.push((row, 0, None));
                    continue;
                }
                None => break,
            }
        };
        match seen.get_mut(row) {
            Some(seen) if !*seen => *seen = true,
            _ => continue,
        }
        let place = order.len();
        order.push(Place { row, depth: depth.min(MOST_LEVELS), parent });
        let started = children.get(&row).map_or(&[][..], Vec::as_slice);
        stack.extend(started.iter().rev().map(|child| (*child, depth + 1, Some(place))));
    }
    let left_out = order.len().saturating_sub(most);
    order.truncate(most);
    let notes = if circles > 0 {
        vec![format!("{} of processes that started each other cut open", counted(circles, "circle is", "circles are"))]
    } else {
        Vec::new()
    };
    Ok(Shape { order, left_out, notes })
}

fn by_key(keys: &Column, parents: &Column) -> Vec<Option<usize>> {
    let mut row_of: HashMap<String, usize> = HashMap::new();
    for row in 0..keys.len() {
        let key = text_of(&keys.value(row));
        if !key.is_empty() {
            row_of.entry(key).or_insert(row);
        }
    }
    (0..parents.len()).map(|row| row_of.get(&text_of(&parents.value(row))).copied()).collect()
}

/// The parent is the latest process of that id that began no later.
fn by_id(input: &Input<'_>) -> Result<Vec<Option<usize>>, PlotError> {
    let table = input.table;
    let pair = IDS.iter().find_map(|(own, parent)| Some((table.column(own)?, table.column(parent)?)));
    let Some((own, parent)) = pair else {
        return Err(PlotError::Needed {
            option: "rows",
            expected: "columns proc_key and parent_key as /v1/process-tree gives them, or the process ids of a known \
                       schema (NewProcessId and ProcessId, process_id and parent_id, pid and ppid, …)",
        });
    };
    let at = match input.time_column() {
        Ok(column) => times("time_column", column)?,
        Err(error) if input.options.time_column.is_some() => return Err(error),
        Err(_) => vec![None; table.row_count()],
    };
    let time = |row: usize| at.get(row).copied().flatten().unwrap_or(0.0);
    let mut begun: HashMap<String, Vec<usize>> = HashMap::new();
    for row in 0..table.row_count() {
        begun.entry(id(own, row)).or_default().push(row);
    }
    let parent_of = |row: usize| {
        let id = id(parent, row);
        let candidates = begun.get(&id).filter(|_| !id.is_empty())?.iter().copied();
        candidates
            .filter(|other| {
                *other != row
                    && (time(*other), *other) < (time(row), if time(*other) < time(row) { usize::MAX } else { row })
            })
            .max_by(|one, other| time(*one).total_cmp(&time(*other)))
    };
    Ok((0..table.row_count()).map(parent_of).collect())
}

/// An id by its number: `0x1a4` and `420` are the same.
fn id(column: &Column, row: usize) -> String {
    let text = text_of(&column.value(row)).trim().to_lowercase();
    let number = text.strip_prefix("0x").and_then(|hex| u64::from_str_radix(hex, 16).ok());
    number.map_or(text, |number| number.to_string())
}
