//! The trait that every source implements: what it is asked, step by step, and how its answers are read as they come.

use std::{io::Read, time::Duration};

use chrono::{DateTime, SecondsFormat, Utc};
use model::{ColumnSpec, ColumnType, Span, Value};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::{Enough, Facts, Gatherer, Request, Trouble, TroubleKind, gather::spec, tabular, trouble};

/// The largest page that is read as a whole.
const MAX_PAGE: u64 = 64 << 20;

/// A query as it is sent: its text is in the source's own language and complete.
#[derive(Debug, Clone)]
pub struct Question {
    /// The text.
    pub query: String,
    /// The time that it is about, for sources that take it beside the text.
    pub span: Option<Span>,
    /// More rows than these are not wanted.
    pub max_rows: Option<u64>,
    /// Where within the source it is asked: a workspace, a database, subscriptions.
    pub place: Vec<String>,
    /// How long the source may work on it.
    pub patience: Duration,
    /// What tells this run of the query from all others, so that it can be cancelled.
    pub run_id: String,
}

impl Question {
    /// The first part of the place.
    pub fn first_place(&self) -> &str {
        self.place.first().map_or("", String::as_str)
    }
}

/// What came back from one request of a conversation.
pub struct Answer<'a> {
    /// Status.
    pub status: u16,
    /// Headers that matter for reading, names in lower case.
    pub headers: &'a [(String, String)],
    /// Body, decompressed, as it comes.
    pub body: &'a mut dyn Read,
}

/// Somebody who can be asked for events over HTTP. Implementations do no I/O.
pub trait Source: Send + Sync {
    /// What the source is.
    fn facts(&self) -> &'static Facts;

    /// Begins to ask. Nothing is sent before [`Conversation::next`].
    fn ask(&self, question: Question) -> Box<dyn Conversation>;

    /// The question whose answer names tables and columns, for sources that can say: rows of `table`, `column`, `type`.
    fn ask_for_schema(&self, _place: Vec<String>) -> Option<Box<dyn Conversation>> {
        None
    }
}

/// One query and what became of it so far: submit, poll, page by page.
pub trait Conversation: Send {
    /// The next request; `None` when there is nothing more to ask.
    fn next(&mut self) -> Option<Request>;

    /// Reads the answer to the last request as it comes. Rows go to `rows`; an error is what ends the conversation.
    fn read(&mut self, answer: &mut Answer<'_>, rows: &mut Gatherer) -> Result<(), Trouble>;

    /// What an answer that is not a success means; its body may be cut off.
    fn refused(&mut self, status: u16, body: &[u8]) -> Trouble {
        trouble::of_status(status, body)
    }

    /// Tells the source that nobody waits any more.
    fn cancel(&self) -> Option<Request> {
        None
    }
}

/// A span as an interval of ISO 8601.
pub(crate) fn iso_interval(span: &Span) -> String {
    format!("{}/{}", rfc3339(span.start()), rfc3339(span.end()))
}

/// An instant as RFC 3339, with as many decimals as it has.
pub(crate) fn rfc3339(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The body of an answer that is small enough to be read as a whole: one page, one status.
pub(crate) fn json<T: DeserializeOwned>(answer: &mut Answer<'_>) -> Result<T, Trouble> {
    serde_json::from_slice(&bytes(answer)?).map_err(|error| tabular::broken(&error))
}

/// The bytes of such a body.
pub(crate) fn bytes(answer: &mut Answer<'_>) -> Result<Vec<u8>, Trouble> {
    let mut bytes = Vec::new();
    let read = answer.body.take(MAX_PAGE + 1).read_to_end(&mut bytes);
    read.map_err(|_| Trouble::new(TroubleKind::Failed, "the answer broke off"))?;
    if bytes.len() as u64 > MAX_PAGE {
        return Err(Trouble::new(TroubleKind::Unreadable, format!("a page of more than {MAX_PAGE} bytes")));
    }
    Ok(bytes)
}

/// The rows of an answer about tables and columns.
pub(crate) fn list_columns<'t>(listed: impl Iterator<Item = (&'t str, ColumnSpec)>, rows: &mut Gatherer) {
    let specs = ["table", "column", "type"].map(|name| spec(name, ColumnType::String));
    if rows.columns(specs.to_vec()).is_err() {
        return;
    }
    for (table, ColumnSpec { name, kind }) in listed {
        if rows.begin().is_err() {
            return;
        }
        for (place, text) in [table, &name, kind.as_str()].into_iter().enumerate() {
            rows.cell(place, Value::String(text.into()));
        }
        if rows.end().is_err() {
            return;
        }
    }
}

/// A row of a page that was read as a whole: a list of cells.
pub(crate) fn push_row(row: &Json, rows: &mut Gatherer) -> Result<(), Enough> {
    rows.begin()?;
    for (place, cell) in row.as_array().into_iter().flatten().enumerate() {
        rows.cell(place, Value::of_json(cell));
    }
    rows.end()
}

/// Rows of a page that was read as a whole, of which nothing is known before they come: objects, whose members' members
/// become columns of their own, with dots between the names.
pub(crate) fn push_objects<'j>(objects: impl IntoIterator<Item = &'j Json>, rows: &mut Gatherer) -> Result<(), Enough> {
    for object in objects {
        let mut flat = Map::new();
        flatten("", object, &mut flat, 0);
        rows.object(&flat)?;
    }
    Ok(())
}

fn flatten(name: &str, value: &Json, into: &mut Map<String, Json>, depth: usize) {
    match value {
        Json::Object(members) if depth < 4 && !members.is_empty() => {
            for (key, value) in members {
                let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                flatten(&name, value, into, depth + 1);
            }
        }
        value => drop(into.insert(name.to_owned(), value.clone())),
    }
}
