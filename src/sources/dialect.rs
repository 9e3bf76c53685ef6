//! The languages that queries are written in: what a literal is, and how a value is written so that it cannot end it.
//!
//! A place where a value stands is worked out once, from the text around it, when a template loads. No value can be written
//! anywhere without its place.

mod literal;
mod place;
mod scanner;

use std::fmt::Write as _;

use chrono::{DateTime, Timelike as _, Utc};
pub(crate) use literal::{Escape, Literal};
pub(crate) use place::{Layer, Place, Spot};
pub(crate) use scanner::Scanner;

/// A language of queries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Kusto: Sentinel, Defender, Data Explorer, Resource Graph, local data.
    Kql,
    /// Splunk.
    Spl,
    /// Sumo Logic.
    Sumo,
    /// CrowdStrike Falcon LogScale.
    LogScale,
    /// ES|QL.
    EsQl,
    /// The query strings of Elasticsearch and OpenSearch.
    Lucene,
    /// An Elasticsearch body, whose strings are parameters.
    ElasticJson,
    /// A Cybereason body, whose strings are parameters.
    CybereasonJson,
    /// Prisma Cloud, by itself or inside JSON.
    Rql,
    /// A relative address with `$filter`, or a filter by itself.
    OData,
    /// SQL in which a backslash means itself: PostgreSQL, `DataFusion`.
    Sql,
    /// SQL in which a backslash escapes: `ClickHouse`, MySQL.
    BackslashSql,
    /// Nothing is known about its literals, so every text is raw.
    Plain,
}

/// The value holds something that its literal has no way to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has characters that cannot be written in this place of the query")]
pub struct Unwritable;

impl Dialect {
    const NAMES: &[(&str, Self)] = &[
        ("kql", Self::Kql),
        ("spl", Self::Spl),
        ("sumo", Self::Sumo),
        ("logscale", Self::LogScale),
        ("esql", Self::EsQl),
        ("lucene", Self::Lucene),
        ("elastic", Self::ElasticJson),
        ("cybereason", Self::CybereasonJson),
        ("rql", Self::Rql),
        ("odata", Self::OData),
        ("sql", Self::Sql),
        ("backslash_sql", Self::BackslashSql),
        ("plain", Self::Plain),
    ];

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, dialect)| *dialect)
    }

    /// All names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().map(|(name, _)| *name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, dialect)| *dialect == self).map_or("plain", |(name, _)| name)
    }

    /// Whether a template is a JSON document whose strings are parameters, instead of a text with gaps.
    pub(crate) fn is_document(self) -> bool {
        matches!(self, Self::ElasticJson | Self::CybereasonJson)
    }

    /// Appends an instant as the language writes it.
    pub(crate) fn write_instant(self, instant: DateTime<Utc>, is_open: bool, out: &mut String) {
        // As Python does it: six digits, or none at all.
        let fraction = if instant.timestamp_subsec_micros() == 0 { "" } else { "%.6f" };
        let quote = if is_open { "\"" } else { "" };
        let _ = match self {
            Self::Spl => write!(out, "{quote}{}{quote}", instant.format(&format!("%Y-%m-%d %H:%M:%S{fraction}"))),
            Self::Sumo => write!(out, "{}", instant.format("%Y-%m-%dT%H:%M:%S")),
            Self::Sql => write!(out, "{}", instant.format(&format!("%Y-%m-%d %H:%M:%S{fraction}+00:00"))),
            Self::BackslashSql => write!(out, "{}", instant.format(&format!("%Y-%m-%d %H:%M:%S{fraction}"))),
            Self::CybereasonJson => write!(out, "{}", instant.timestamp_millis()),
            _ => write_rfc3339(instant, out),
        };
    }

    /// Appends a literal that holds the value.
    pub(crate) fn quote(self, value: &str, out: &mut String) -> Result<(), Unwritable> {
        let Some(literal) = self.list_literal() else { return Err(Unwritable) };
        out.push_str(literal.open);
        literal.write(value, out)?;
        out.push_str(literal.close);
        Ok(())
    }

    /// What stands between the items of a list.
    pub(crate) fn separator(self) -> &'static str {
        if self == Self::Spl { "," } else { ", " }
    }

    /// Whether lists hold only texts.
    pub(crate) fn lists_texts_only(self) -> bool {
        self == Self::Spl
    }
}

/// RFC 3339 in UTC. Written by hand: it stands in nearly every query.
fn write_rfc3339(instant: DateTime<Utc>, out: &mut String) -> std::fmt::Result {
    let (date, time) = (instant.date_naive(), instant.time());
    write!(out, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
    // As Python does it, six digits or none; and a seventh where Kusto's clock ticks between them.
    match instant.timestamp_subsec_nanos() / 100 {
        0 => {}
        ticks if ticks % 10 == 0 => write!(out, ".{:06}", ticks / 10)?,
        ticks => write!(out, ".{ticks:07}")?,
    }
    out.push('Z');
    Ok(())
}

#[cfg(test)]
mod tests;
