//! JSON: an object a line, objects over lines, or an array of them; nested forms of event logs are made flat.

use std::{fmt, io::BufRead};

use model::Rows;
use serde::{
    Deserializer as _,
    de::{Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use super::{
    lines,
    windows::{self, Shape},
};
use crate::local::{
    convert::{PART, ReadError, Take},
    format::is_osquery,
};

/// The length of the texts that become one part.
const BYTES: usize = 32 << 20;

/// Reads an object a line; how many lines are none.
pub(in crate::local) fn lines(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let mut chunk = Chunk::default();
    let mut line = Vec::new();
    while lines::next(input, &mut line)? {
        let text = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line).trim_ascii();
        if !text.is_empty() {
            chunk.add(text, take)?;
        }
    }
    chunk.finish(take)
}

/// Reads objects over lines, or arrays of objects; how many values are none.
pub(in crate::local) fn values(input: &mut dyn BufRead, take: Take<'_>) -> Result<usize, ReadError> {
    let mut chunk = Chunk::default();
    if input.fill_buf()?.trim_ascii_start().first() == Some(&b'[') {
        let mut failure = None;
        let mut deserializer = serde_json::Deserializer::from_reader(input);
        let read = deserializer.deserialize_seq(Items { chunk: &mut chunk, take, failure: &mut failure });
        if let Some(failure) = failure {
            return Err(failure);
        }
        // What came before the text broke off is kept.
        let broken = usize::from(read.is_err());
        return Ok(chunk.finish(take)? + broken);
    }
    for value in serde_json::Deserializer::from_reader(input).into_iter::<Box<RawValue>>() {
        match value {
            Ok(value) => chunk.add(value.get().as_bytes(), take)?,
            Err(_) => return Ok(chunk.finish(take)? + 1),
        }
    }
    chunk.finish(take)
}

/// Objects that are read together, as they came.
#[derive(Default)]
struct Chunk {
    texts: Vec<u8>,
    ends: Vec<usize>,
    skipped: usize,
    /// What the first object shows that all are.
    shape: Option<Shape>,
}

impl Chunk {
    fn add(&mut self, text: &[u8], take: Take<'_>) -> Result<(), ReadError> {
        if !text.starts_with(b"{") || serde_json::from_slice::<IgnoredAny>(text).is_err() {
            self.skipped += 1;
            return Ok(());
        }
        if self.shape.is_none() {
            self.shape = Some(if is_osquery(text) { Shape::Osquery } else { windows::shape(text) });
        }
        self.texts.extend_from_slice(text);
        self.ends.push(self.texts.len());
        if self.ends.len() >= PART || self.texts.len() >= BYTES { self.give(take) } else { Ok(()) }
    }

    fn finish(mut self, take: Take<'_>) -> Result<usize, ReadError> {
        self.give(take)?;
        Ok(self.skipped)
    }

    fn give(&mut self, take: Take<'_>) -> Result<(), ReadError> {
        let shape = self.shape.unwrap_or(Shape::Plain);
        if shape == Shape::Plain
            && let Some(rows) = self.plainly()
        {
            take(None, rows)?;
        } else {
            self.one_by_one(shape, take)?;
        }
        self.texts.clear();
        self.ends.clear();
        Ok(())
    }

    /// The objects as they stand; none if one of them has a member twice.
    fn plainly(&self) -> Option<Rows> {
        let mut rows = Rows::default();
        self.objects().try_for_each(|text| rows.read_row(text)).ok()?;
        Some(rows)
    }

    /// The objects as the shape has them, each with the table that it names.
    fn one_by_one(&mut self, shape: Shape, take: Take<'_>) -> Result<(), ReadError> {
        let mut tables: Vec<(Option<String>, Rows)> = Vec::new();
        let mut skipped = 0;
        for text in self.objects() {
            let Ok(object) = serde_json::from_slice::<Map<String, Value>>(text) else { continue };
            let (table, object) = shape.flatten(object);
            let flat = serde_json::to_vec(&object).unwrap_or_default();
            let rows = match tables.iter_mut().find(|(name, _)| *name == table) {
                Some((_, rows)) => rows,
                None => {
                    tables.push((table, Rows::default()));
                    let Some((_, rows)) = tables.last_mut() else { continue };
                    rows
                }
            };
            // More columns than any log has: the rows before are kept, and this one is left out.
            if !rows.have_room_for(object.keys()) || rows.read_row(&flat).is_err() {
                skipped += 1;
            }
        }
        self.skipped += skipped;
        for (table, rows) in tables {
            take(table.as_deref(), if shape.is_loosely_typed() { rows.loosely_typed() } else { rows })?;
        }
        Ok(())
    }

    fn objects(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).filter_map(|(start, end)| self.texts.get(start..*end))
    }
}

/// Reads the items of an array without holding it.
struct Items<'a, 't> {
    chunk: &'a mut Chunk,
    take: Take<'t>,
    failure: &'a mut Option<ReadError>,
}

impl<'de> Visitor<'de> for Items<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(item) = seq.next_element::<Box<RawValue>>()? {
            if let Err(failure) = self.chunk.add(item.get().as_bytes(), self.take) {
                *self.failure = Some(failure);
                return Err(A::Error::custom("the rows can't be taken"));
            }
        }
        Ok(())
    }
}
