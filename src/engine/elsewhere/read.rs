//! Texts in one of the forms of `externaldata` become a table with the columns that the query declares.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::{
    arrow::{
        array::{ArrayRef, RecordBatch, StringViewBuilder},
        datatypes::{DataType, Field, Schema as ArrowSchema},
    },
    datasource::MemTable,
};
use kql::checked::{External, ExternalForm, Schema};
use model::{Column, ColumnSpec, ColumnType, Table};

use super::{ElsewhereError, MAX_BYTES, MAX_CELLS, json, separated, unpack::unpacked};
use crate::{catalog::Stored, cell::Cell, forms::read_parquet};

/// The table of these texts.
pub(super) fn table(external: &External, columns: &Schema, texts: Vec<Bytes>) -> Result<Stored, ElsewhereError> {
    let mut left = MAX_BYTES;
    let mut all = Vec::with_capacity(texts.len());
    for text in texts {
        for text in unpacked(text, left)? {
            left = left.checked_sub(text.len()).ok_or(ElsewhereError::TooLarge)?;
            all.push(text);
        }
    }
    if external.form == ExternalForm::Parquet {
        return of_parquet(columns, all);
    }
    let mut rows = Rows::new(columns);
    for text in &all {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        match &external.form {
            ExternalForm::Separated { by, fields } => {
                separated::read(text, *by, fields, external.skips_first, &mut rows)?;
            }
            ExternalForm::Json { paths } => json::read(text, paths, columns, &mut rows)?,
            ExternalForm::Lines => {
                let text = String::from_utf8_lossy(text);
                let lines = text.lines().skip(usize::from(external.skips_first));
                lines.filter(|line| !line.is_empty()).try_for_each(|line| rows.add([Cell::of(line)]))?;
            }
            ExternalForm::Whole => rows.add([Cell::of(String::from_utf8_lossy(text))])?,
            ExternalForm::Parquet => {}
        }
    }
    rows.finish(columns)
}

/// Rows that are being read: texts, which become what their columns are where a query looks at them.
pub(super) struct Rows {
    types: Vec<ColumnType>,
    writers: Vec<StringViewBuilder>,
    count: usize,
}

impl Rows {
    fn new(columns: &Schema) -> Self {
        let types: Vec<_> = columns.iter().map(|column| column.column_type).collect();
        Self { writers: types.iter().map(|_| StringViewBuilder::new()).collect(), types, count: 0 }
    }

    /// Adds a row. Cells that are not there are missing.
    pub(super) fn add<'c>(&mut self, cells: impl IntoIterator<Item = Cell<'c>>) -> Result<(), ElsewhereError> {
        self.count += 1;
        if self.count * self.types.len() > MAX_CELLS {
            return Err(ElsewhereError::TooLarge);
        }
        let mut cells = cells.into_iter();
        for (writer, kind) in self.writers.iter_mut().zip(&self.types) {
            match cells.next().unwrap_or(Cell::Null) {
                Cell::Null => writer.append_null(),
                Cell::Dynamic(json) if *kind == ColumnType::Dynamic => writer.append_value(json),
                cell => writer.append_value(cell.into_text()),
            }
        }
        Ok(())
    }

    fn finish(mut self, columns: &Schema) -> Result<Stored, ElsewhereError> {
        let fields: Vec<_> = columns.iter().map(|column| Field::new(&*column.name, DataType::Utf8View, true)).collect();
        let schema = Arc::new(ArrowSchema::new(fields));
        let arrays = self.writers.iter_mut().map(|writer| Arc::new(writer.finish()) as ArrayRef).collect();
        let batch = RecordBatch::try_new(Arc::clone(&schema), arrays);
        let table = batch.map_err(Into::into).and_then(|batch| MemTable::try_new(schema, vec![vec![batch]]));
        let provider = Arc::new(table.map_err(|_| ElsewhereError::Malformed("a table"))?);
        let spec =
            |column: &kql::checked::Column| ColumnSpec { name: column.name.to_string(), kind: column.column_type };
        Ok(Stored { provider, columns: columns.iter().map(spec).collect() })
    }
}

/// The columns of Parquet files that are called as those of the table are.
fn of_parquet(columns: &Schema, files: Vec<Bytes>) -> Result<Stored, ElsewhereError> {
    let malformed = |_| ElsewhereError::Malformed("Parquet");
    let mut declared: Vec<_> = columns.iter().map(|column| Column::new(&*column.name, column.column_type)).collect();
    let mut count = 0;
    for file in files {
        let table = read_parquet(file.into(), MAX_BYTES).map_err(malformed)?;
        for column in &mut declared {
            if let Some(found) = table.columns().iter().find(|found| found.name() == column.name()) {
                for value in found.cast_leniently(column.kind()).0.iter() {
                    column.push(value).map_err(|_| ElsewhereError::Malformed("Parquet"))?;
                }
            }
            column.fill(count + table.row_count());
        }
        count += table.row_count();
    }
    let table = Table::new(declared).map_err(|_| ElsewhereError::Malformed("a table"))?;
    Stored::of_table(&table).map_err(|_| ElsewhereError::Malformed("a table"))
}
