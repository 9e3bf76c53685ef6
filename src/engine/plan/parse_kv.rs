//! `parse-kv`: columns from keys and values.

use std::{collections::HashMap, sync::Arc};

use datafusion::arrow::array::RecordBatch;
use kql::checked::ParseKv;
use model::ColumnType;
use regex::Regex;

use super::{PlanError, Planned, Planner, Planning, parse_text::laid_out, stage::Change};
use crate::{
    cell::{Cell, Cells, Writer},
    function,
};

impl Planner<'_> {
    pub(super) fn parse_kv(&self, parse: &ParseKv, types: &[ColumnType], input: Planned) -> Planning<Planned> {
        let reader = Reader::of(parse)?;
        let keys: Vec<(String, usize)> = parse.keys.iter().map(|(key, column)| (key.to_string(), *column)).collect();
        let (input, text_at, own) = self.with_text(&parse.text, input)?;
        let out_types = types.to_vec();
        self.stage(input, types, |schema| {
            Change::Each(Arc::new(move |batch: &RecordBatch| {
                let kind = |column: usize| out_types.get(column).copied().unwrap_or(ColumnType::String);
                let mut writers: Vec<_> =
                    keys.iter().map(|(_, column)| Writer::new(kind(*column), batch.num_rows())).collect();
                if let Some(texts) = batch.columns().get(text_at) {
                    let texts = Cells::of_array(texts, ColumnType::String)?;
                    for row in 0..batch.num_rows() {
                        let text = texts.cell(row);
                        let found = reader.read(&text.text());
                        for ((key, column), writer) in keys.iter().zip(&mut writers) {
                            match found.get(key) {
                                Some(value) => writer.push(&function::to(kind(*column), &Cell::of(value.as_str()))),
                                None => writer.push(&Cell::Null),
                            }
                        }
                    }
                }
                let made =
                    keys.iter().map(|(_, column)| *column).zip(writers.into_iter().map(Writer::finish)).collect();
                Ok(RecordBatch::try_new(schema.clone(), laid_out(batch, own, text_at, &out_types, made))?)
            }))
        })
    }
}

/// How keys and values stand in a text.
enum Reader {
    Regex(Regex),
    Delimited {
        pair: String,
        kv: String,
        quote: Option<(char, char)>,
        escape: Option<char>,
        greedy: bool,
        keys: Vec<String>,
    },
}

impl Reader {
    fn of(parse: &ParseKv) -> Planning<Self> {
        if let Some(regex) = &parse.regex {
            return Ok(Self::Regex(
                Regex::new(regex).map_err(|_| PlanError::Senseless("a pattern that can't be read"))?,
            ));
        }
        let mut quotes = parse.quote.iter().flat_map(|quote| quote.chars());
        let open = quotes.next();
        Ok(Self::Delimited {
            pair: parse.pair_delimiter.as_deref().unwrap_or_default().to_owned(),
            kv: parse.kv_delimiter.as_deref().unwrap_or("=").to_owned(),
            quote: open.map(|open| (open, quotes.next().unwrap_or(open))),
            escape: parse.escape.as_ref().and_then(|escape| escape.chars().next()),
            greedy: parse.greedy,
            keys: parse.keys.iter().map(|(key, _)| key.to_string()).collect(),
        })
    }

    /// Of equal keys the first counts.
    fn read(&self, text: &str) -> HashMap<String, String> {
        let mut found = HashMap::new();
        match self {
            Self::Regex(regex) => {
                for pair in regex.captures_iter(text) {
                    let part = |at| pair.get(at).map_or("", |part: regex::Match<'_>| part.as_str());
                    found.entry(part(1).trim().to_owned()).or_insert_with(|| part(2).to_owned());
                }
            }
            Self::Delimited { pair, kv, quote, escape, greedy, keys } => {
                let mut rest = text;
                while !rest.is_empty() {
                    if let Some(behind) = rest.strip_prefix(pair.as_str()).filter(|_| !pair.is_empty()) {
                        rest = behind;
                        continue;
                    }
                    let Some((key, is_quoted, behind)) = taken(rest, kv, *quote, *escape) else { break };
                    let (value, behind) = if *greedy {
                        greedy_value(behind, kv, keys)
                    } else {
                        let delimiter = if pair.is_empty() { kv } else { pair };
                        let value = taken(behind, delimiter, *quote, *escape);
                        value.map_or_else(|| (unquoted(behind, *quote), ""), |(value, _, behind)| (value, behind))
                    };
                    // A key stands right before its delimiter: what is before a delimiter of pairs is no part of it.
                    let key = if pair.is_empty() || is_quoted {
                        &key
                    } else {
                        key.rsplit(pair.as_str()).next().unwrap_or(&key)
                    };
                    found.entry(key.trim().to_owned()).or_insert_with(|| value.trim().to_owned());
                    rest = behind;
                }
            }
        }
        found
    }
}

fn unquoted(text: &str, quote: Option<(char, char)>) -> String {
    match quote {
        Some((open, close)) => {
            text.trim().strip_prefix(open).and_then(|text| text.strip_suffix(close)).unwrap_or(text).to_owned()
        }
        None => text.to_owned(),
    }
}

/// What stands before a delimiter outside quotes, whether it was quoted, and what stands behind.
fn taken<'t>(
    text: &'t str,
    delimiter: &str,
    quote: Option<(char, char)>,
    escape: Option<char>,
) -> Option<(String, bool, &'t str)> {
    let mut out = String::new();
    let (mut quoted, mut was_quoted) = (false, false);
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if Some(c) == escape && quoted {
            out.extend(chars.next().map(|(_, escaped)| escaped));
            continue;
        }
        match quote {
            Some((_, close)) if quoted && c == close => quoted = false,
            Some((open, _)) if !quoted && c == open && out.trim().is_empty() => {
                (quoted, was_quoted) = (true, true);
                out.clear();
            }
            _ if !quoted && text.get(at..)?.starts_with(delimiter) => {
                return Some((out, was_quoted, text.get(at + delimiter.len()..)?));
            }
            _ => out.push(c),
        }
    }
    // The last value ends with the text.
    (was_quoted && !quoted).then_some((out, true, ""))
}

/// A value that goes on to the next known key.
fn greedy_value<'t>(text: &'t str, kv: &str, keys: &[String]) -> (String, &'t str) {
    let next = keys.iter().filter_map(|key| text.find(&format!("{key}{kv}"))).min().unwrap_or(text.len());
    (text.get(..next).unwrap_or_default().to_owned(), text.get(next..).unwrap_or_default())
}
