//! Parquet: a table in one file, compressed with Zstandard.

use datafusion::{
    arrow::error::ArrowError,
    parquet::{
        arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder},
        basic::{Compression, ZstdLevel},
        errors::ParquetError,
        file::{
            metadata::{ColumnChunkMetaData, RowGroupMetaData},
            properties::WriterProperties,
        },
    },
};
use model::{MAX_CELLS, Table, TableError};

use super::{FormError, guarded};
use crate::tables::{Collector, batch_of, schema_of};

/// Rows in one row group: what a reader holds at once.
const ROW_GROUP: usize = 65_536;

/// Rows that are unpacked at once.
const BATCH: usize = 1_024;

/// Writes a table as a file.
pub fn write_parquet(table: &Table) -> Result<Vec<u8>, FormError> {
    let schema = schema_of(table);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties))?;
    for start in (0..table.row_count()).step_by(ROW_GROUP) {
        writer.write(&batch_of(table, &schema, start..start + ROW_GROUP)?)?;
    }
    Ok(writer.into_inner()?)
}

/// Reads a file to a table of at most so many bytes of cells.
pub fn read_parquet(bytes: Vec<u8>, max_bytes: usize) -> Result<Table, FormError> {
    guarded(move || {
        let builder = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(bytes))?.with_batch_size(BATCH);
        let metadata = builder.metadata();
        let rows = usize::try_from(metadata.file_metadata().num_rows()).map_err(|_| FormError::Broken)?;
        let columns = metadata.file_metadata().schema_descr().num_columns();
        if rows.saturating_mul(columns.max(1)) > MAX_CELLS {
            return Err(TableError::TooManyCells.into());
        }
        // A page is unpacked whole, and its header can claim up to 2 GiB.
        let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
        if chunks
            .map(ColumnChunkMetaData::uncompressed_size)
            .any(|size| usize::try_from(size).is_ok_and(|size| size > max_bytes))
        {
            return Err(FormError::TooLarge);
        }
        let mut collector = Collector::new(builder.schema().fields().iter().map(AsRef::as_ref), max_bytes);
        for batch in builder.build()? {
            collector.add(&batch.map_err(|_: ArrowError| FormError::Broken)?)?;
        }
        collector.finish()
    })
}

impl From<ParquetError> for FormError {
    fn from(_: ParquetError) -> Self {
        Self::Broken
    }
}
