//! Tables in answers and requests: JSON, NDJSON, CSV, Arrow or Parquet, whichever the caller speaks.

#[cfg(feature = "engine")]
mod arrow;
mod received;

use std::{
    future::{Ready, ready},
    io,
    ops::Range,
};

use super::{
    accept::choose,
    problem::{Kind, Problem},
};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, http::header};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use model::{Table, table};
pub(crate) use received::{TableBody, TakesRows};
use serde::Serialize;

/// Rows in one piece of a streamed answer.
const ROWS_AT_ONCE: usize = 500;

/// Newline-delimited JSON.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Comma-separated values.
pub(crate) const CSV: &str = "text/csv";

/// The form of a table in an answer. As a parameter of a handler it is the one that `Accept` likes best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableForm {
    /// Columns, rows and what else the operation says.
    Json,
    /// One row a line.
    Ndjson,
    /// A line of names, then one row a line.
    Csv,
    /// An Arrow IPC stream.
    #[cfg(feature = "engine")]
    Arrow,
    /// A Parquet file.
    #[cfg(feature = "engine")]
    Parquet,
}

impl TableForm {
    /// The forms by media type; the first is for those who do not say.
    pub(crate) const OFFERS: &'static [(&'static str, Self)] = &[
        ("application/json", Self::Json),
        (NDJSON, Self::Ndjson),
        (CSV, Self::Csv),
        #[cfg(feature = "engine")]
        (engine::forms::ARROW_STREAM, Self::Arrow),
        #[cfg(feature = "engine")]
        (engine::forms::PARQUET, Self::Parquet),
    ];

    /// The forms that hold nothing but the table.
    pub(crate) fn alone() -> impl Iterator<Item = (&'static str, Self)> {
        Self::OFFERS.iter().copied().filter(|(_, form)| *form != Self::Json)
    }

    /// Answers with a table. What stands `beside` it is in the JSON form only.
    pub(crate) fn answer(self, table: Table, beside: &impl Serialize) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        response.insert_header((header::VARY, "Accept"));
        match self {
            Self::Json if table.row_count() <= ROWS_AT_ONCE => response.json(TopLevel { table: &table, beside }),
            Self::Json => match ends(&table, beside) {
                Ok(ends) => response.content_type("application/json").streaming(enclosed(table, ends)),
                Err(error) => Problem::new(Kind::Internal).caused_by(error.to_string()).answer(),
            },
            Self::Ndjson => response.content_type(NDJSON).streaming(pieces(table, table::ndjson::write)),
            Self::Csv => response.content_type("text/csv; charset=utf-8; header=present").streaming(pieces(
                table,
                |table, rows, out| {
                    if rows.start == 0 {
                        table::csv::write_header(table, out)?;
                    }
                    table::csv::write(table, rows, out)
                },
            )),
            #[cfg(feature = "engine")]
            Self::Arrow => response.content_type(engine::forms::ARROW_STREAM).streaming(arrow::stream(table)),
            #[cfg(feature = "engine")]
            Self::Parquet => response.content_type(engine::forms::PARQUET).streaming(arrow::parquet(table)),
        }
    }
}

impl FromRequest for TableForm {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(choose(request, Self::OFFERS))
    }
}

#[derive(Serialize)]
struct TopLevel<'a, T> {
    #[serde(flatten)]
    table: &'a Table,
    #[serde(flatten)]
    beside: &'a T,
}

/// What stands before the rows of a table in JSON, and after them.
fn ends(table: &Table, beside: &impl Serialize) -> io::Result<[Bytes; 2]> {
    let (mut beginning, mut end) = (Vec::new(), Vec::new());
    table::json::write_beginning(table, &mut beginning)?;
    table::json::write_end(table, beside, &mut end)?;
    Ok([beginning.into(), end.into()])
}

/// A large table in JSON: in one piece it would take more memory than the table.
fn enclosed(table: Table, [beginning, end]: [Bytes; 2]) -> impl futures::Stream<Item = io::Result<Bytes>> {
    let piece = |bytes| stream::iter([Ok(bytes)]);
    piece(beginning).chain(pieces(table, table::json::write)).chain(piece(end))
}

/// A table in pieces that are written as they are sent. A table without rows has one piece, for its names.
fn pieces(
    table: Table,
    write: impl Fn(&Table, Range<usize>, &mut Vec<u8>) -> io::Result<()>,
) -> impl futures::Stream<Item = io::Result<Bytes>> {
    let starts = (0..table.row_count().max(1)).step_by(ROWS_AT_ONCE);
    let pieces = starts.map(move |start| {
        let mut piece = Vec::new();
        write(&table, start..start + ROWS_AT_ONCE, &mut piece).map(|()| Bytes::from(piece))
    });
    stream::iter(pieces)
}
