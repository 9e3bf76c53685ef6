//! Tables in answers as an Arrow stream, piece by piece, or as Parquet, made on a thread of its own.

use std::io;

use bytes::Bytes;
use engine::forms::{FormError, StreamWriter, write_parquet};
use futures::{Stream, stream};
use model::Table;

/// Rows in one batch.
const BATCH: usize = 4_096;

/// A table as a stream of batches.
pub(super) fn stream(table: Table) -> impl Stream<Item = io::Result<Bytes>> {
    let starts = (0..table.row_count()).step_by(BATCH).map(Some).chain([None]);
    let mut writer = None;
    stream::iter(starts.map(move |start| {
        let writer = match &mut writer {
            Some(writer) => writer,
            none => none.insert(StreamWriter::new(&table).map_err(broken)?),
        };
        let piece = match start {
            Some(start) => writer.rows(&table, start..start + BATCH),
            None => writer.end(),
        };
        piece.map(Bytes::from).map_err(broken)
    }))
}

/// A table as one file: it is compressed, which takes long.
pub(super) fn parquet(table: Table) -> impl Stream<Item = io::Result<Bytes>> {
    stream::once(async move {
        let written = tokio::task::spawn_blocking(move || write_parquet(&table)).await.map_err(io::Error::other)?;
        written.map(Bytes::from).map_err(broken)
    })
}

fn broken(error: FormError) -> io::Error {
    io::Error::other(error)
}
