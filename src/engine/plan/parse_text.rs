//! `parse` and `parse-where`: columns from a text by a pattern, which becomes a regular expression.

use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use kql::checked::{ParseText, PatternPart, TextParsing};
use model::ColumnType;
use regex::Regex;

use super::{PlanError, Planned, Planner, Planning, stage::Change};
use crate::{
    cell::{Cell, Cells, Writer},
    function,
};

impl Planner<'_> {
    pub(super) fn parse_text(&self, parse: &ParseText, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let (pattern, columns) = pattern_of(parse, types);
        let regex = regex::RegexBuilder::new(&pattern).size_limit(4 << 20).build();
        let regex = regex.map_err(|_| PlanError::Senseless("a pattern that can't be read"))?;
        let is_strict = matches!(parse.parsing, TextParsing::Simple);
        let (input, text_at, own) = self.with_text(&parse.text, input)?;
        let out_types = types.to_vec();
        let only_matching = parse.only_matching;
        self.stage(input, types, |schema| {
            Change::Each(Arc::new(move |batch: &RecordBatch| {
                let (made, matched) = parsed(batch, text_at, &regex, &columns, &out_types, is_strict)?;
                let arrays = laid_out(batch, own, text_at, &out_types, made);
                let batch = RecordBatch::try_new(schema.clone(), arrays)?;
                if only_matching { Ok(filter_record_batch(&batch, &matched)?) } else { Ok(batch) }
            }))
        })
    }

    /// The plan with a text as its last column: where that is, and how many columns stand before it.
    pub(super) fn with_text(&self, text: &kql::checked::Expr, input: Planned) -> Planning<(Planned, usize, usize)> {
        let expr = self.expr(text, &input)?;
        let own: Vec<_> = input.columns.iter().cloned().zip(input.types.iter().copied()).collect();
        let count = own.len();
        let (input, added) = input.with(vec![expr], self)?;
        let input =
            input.select(own.into_iter().chain(added.into_iter().map(|column| (column, text.column_type))).collect());
        Ok((input, count, count))
    }
}

/// The columns that came in, with those that were made in their places, then the keys.
pub(super) fn laid_out(
    batch: &RecordBatch,
    own: usize,
    text_at: usize,
    types: &[ColumnType],
    mut made: Vec<(usize, datafusion::arrow::array::ArrayRef)>,
) -> Vec<datafusion::arrow::array::ArrayRef> {
    let mut arrays = Vec::with_capacity(types.len());
    for column in 0..types.len() {
        if let Some(place) = made.iter().position(|(at, _)| *at == column) {
            arrays.push(made.swap_remove(place).1);
        } else if let Some(array) = batch.columns().get(column).filter(|_| column < own) {
            arrays.push(array.clone());
        }
    }
    arrays.extend(batch.columns().iter().skip(text_at + 1).cloned());
    arrays
}

type Parsed = (Vec<(usize, datafusion::arrow::array::ArrayRef)>, BooleanArray);

fn parsed(
    batch: &RecordBatch,
    text_at: usize,
    regex: &Regex,
    columns: &[usize],
    types: &[ColumnType],
    is_strict: bool,
) -> datafusion::error::Result<Parsed> {
    let rows = batch.num_rows();
    let text_type = ColumnType::String;
    let Some(texts) = batch.columns().get(text_at) else {
        return Ok((Vec::new(), BooleanArray::from(vec![false; rows])));
    };
    let texts = Cells::of_array(texts, text_type)?;
    let kinds: Vec<ColumnType> =
        columns.iter().map(|column| types.get(*column).copied().unwrap_or(ColumnType::String)).collect();
    let mut writers: Vec<_> = kinds.iter().map(|kind| Writer::new(*kind, rows)).collect();
    let mut matched = Vec::with_capacity(rows);
    // A pattern of the query may have groups of its own.
    let named = regex.capture_names().enumerate().filter(|(_, name)| name.is_some_and(|name| name.starts_with(COLUMN)));
    let groups: Vec<usize> = named.map(|(group, _)| group).collect();
    for row in 0..rows {
        let text = texts.cell(row);
        let text = text.text();
        let found = regex.captures(&text).and_then(|found| {
            let cells = kinds.iter().enumerate().map(|(at, kind)| {
                let part = groups.get(at).and_then(|group| found.get(*group)).map_or("", |part| part.as_str());
                match kind {
                    ColumnType::String => Some(Cell::of(part.to_owned())),
                    kind => {
                        let cell = function::to(*kind, &Cell::of(part)).into_owned();
                        // A value that has not its type spoils the match, unless it may be null.
                        if cell.is_null() && is_strict { None } else { Some(cell) }
                    }
                }
            });
            cells.collect::<Option<Vec<_>>>()
        });
        matched.push(found.is_some());
        for (at, writer) in writers.iter_mut().enumerate() {
            writer.push(found.as_ref().and_then(|cells| cells.get(at)).unwrap_or(&Cell::Null));
        }
    }
    let made = columns.iter().copied().zip(writers.into_iter().map(Writer::finish)).collect();
    let matched = BooleanArray::from(matched);
    Ok((made, matched))
}

/// How the names of groups begin that columns are made of.
const COLUMN: &str = "__column";

/// The pattern as a regular expression, and the column of each of its groups.
fn pattern_of(parse: &ParseText, types: &[ColumnType]) -> (String, Vec<usize>) {
    let (flags, is_regex) = match &parse.parsing {
        TextParsing::Regex(flags) => (flags.to_string(), true),
        TextParsing::Simple | TextParsing::Relaxed => ("s".to_owned(), false),
    };
    let mut pattern = if flags.is_empty() { String::new() } else { format!("(?{flags})") };
    pattern.push('^');
    let mut columns = Vec::new();
    let last = parse.pattern.len().saturating_sub(1);
    for (at, part) in parse.pattern.iter().enumerate() {
        let any = if is_regex || at == last { ".*" } else { ".*?" };
        match part {
            PatternPart::Skip => pattern.push_str(&format!("(?:{any})")),
            PatternPart::Text(text) if is_regex => pattern.push_str(&format!("(?:{text})")),
            PatternPart::Text(text) => pattern.push_str(&regex::escape(text)),
            PatternPart::Column(column) => {
                // Numbers end where their digits end when nothing says otherwise.
                let group = match types.get(*column) {
                    Some(ColumnType::Long | ColumnType::Int) => r"\s*[-+]?[0-9]*",
                    Some(ColumnType::Real | ColumnType::Decimal) => r"\s*[-+]?[0-9.]*(?:[eE][-+]?[0-9]+)?",
                    _ => any,
                };
                pattern.push_str(&format!("(?P<{COLUMN}{}>{group})", columns.len()));
                columns.push(*column);
            }
        }
    }
    if !is_regex {
        pattern.push('$');
    }
    (pattern, columns)
}
