//! Arrow's IPC stream: a schema, then batches of rows.

use std::ops::Range;

use datafusion::arrow::{
    buffer::Buffer,
    datatypes::SchemaRef,
    ipc::{MessageHeader, reader::StreamDecoder, root_as_message, writer},
};
use model::Table;

use super::{FormError, guarded};
use crate::tables::{Collector, batch_of, schema_of};

/// What a message begins with since version 0.15 of the format.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Writes a table as a stream, some rows at a time.
pub struct StreamWriter {
    schema: SchemaRef,
    writer: writer::StreamWriter<Vec<u8>>,
}

impl StreamWriter {
    /// A stream of this table's schema.
    pub fn new(table: &Table) -> Result<Self, FormError> {
        let schema = schema_of(table);
        let writer = writer::StreamWriter::try_new(Vec::new(), &schema)?;
        Ok(Self { schema, writer })
    }

    /// The bytes for these rows of the table, and for what was not written before.
    pub fn rows(&mut self, table: &Table, rows: Range<usize>) -> Result<Vec<u8>, FormError> {
        self.writer.write(&batch_of(table, &self.schema, rows)?)?;
        Ok(std::mem::take(self.writer.get_mut()))
    }

    /// The bytes that end the stream.
    pub fn end(&mut self) -> Result<Vec<u8>, FormError> {
        self.writer.finish()?;
        Ok(std::mem::take(self.writer.get_mut()))
    }
}

/// Reads a stream to a table of at most so many bytes of cells.
pub fn read_stream(bytes: Vec<u8>, max_bytes: usize) -> Result<Table, FormError> {
    guarded(move || {
        refuse_compressed(&bytes)?;
        let mut input = Buffer::from_vec(bytes);
        let mut decoder = StreamDecoder::new();
        let mut collector = None;
        loop {
            let batch = decoder.decode(&mut input)?;
            if let (None, Some(schema)) = (&collector, decoder.schema()) {
                collector = Some(Collector::new(schema.fields().iter().map(AsRef::as_ref), max_bytes));
            }
            match (batch, &mut collector) {
                (Some(batch), Some(collector)) => collector.add(&batch)?,
                (Some(_), None) => return Err(FormError::Broken),
                (None, _) => break,
            }
        }
        decoder.finish()?;
        collector.ok_or(FormError::Broken)?.finish()
    })
}

/// Refuses streams with compressed buffers: the library would reserve as much memory as they claim to unpack to.
fn refuse_compressed(mut bytes: &[u8]) -> Result<(), FormError> {
    while !bytes.is_empty() {
        bytes = bytes.strip_prefix(&CONTINUATION).unwrap_or(bytes);
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or(FormError::Broken)?;
        let length = usize::try_from(i32::from_le_bytes(*length)).map_err(|_| FormError::Broken)?;
        if length == 0 {
            break;
        }
        let message = rest.get(..length).ok_or(FormError::Broken)?;
        let message = root_as_message(message).map_err(|_| FormError::Broken)?;
        let batch = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|batch| batch.data()),
            _ => None,
        };
        if batch.is_some_and(|batch| batch.compression().is_some()) {
            return Err(FormError::Compressed);
        }
        let body = usize::try_from(message.bodyLength()).map_err(|_| FormError::Broken)?;
        bytes = length.checked_add(body).and_then(|end| rest.get(end..)).ok_or(FormError::Broken)?;
    }
    Ok(())
}

impl std::fmt::Debug for StreamWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamWriter").finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(super) fn write_whole(table: &Table) -> Result<Vec<u8>, FormError> {
    let mut writer = StreamWriter::new(table)?;
    let mut bytes = writer.rows(table, 0..table.row_count())?;
    bytes.append(&mut writer.end()?);
    Ok(bytes)
}
