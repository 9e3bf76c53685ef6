//! A file of logs becomes Parquet, some rows at a time, so that its size does not matter.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use datafusion::{arrow::datatypes::SchemaRef, parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder};
use flate2::read::MultiGzDecoder;
use model::{Rows, Table, TableError};

use super::{
    Layout,
    format::{self, Format, Packing},
    layout::identifier,
    read, times,
};
use crate::{forms::write_parquet, tables::schema_of};

/// What a file may unpack to.
const MAX_UNPACKED: u64 = 64 << 30;
/// What a member of an archive may unpack to: it is read whole.
const MAX_MEMBER: u64 = 2 << 30;
/// How much more an archive may unpack to than it is itself, once that is much.
const MAX_RATIO: u64 = 200;
/// Below this, an archive may unpack to as much more as it likes.
const MUCH: u64 = 64 << 20;

/// Rows, or lines, that become one part.
pub(super) const PART: usize = 65_536;

/// What a file became.
#[derive(Debug, Default)]
pub(super) struct Converted {
    pub(super) parts: Vec<Part>,
    /// What is wrong with it.
    pub(super) warnings: Vec<String>,
}

/// A Parquet file with rows of one table.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) table: String,
    pub(super) path: PathBuf,
    pub(super) schema: SchemaRef,
    pub(super) rows: usize,
    /// Whether we wrote it.
    pub(super) is_ours: bool,
}

/// Why a file, or the rest of it, is not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    #[error("it can't be read")]
    Io(#[from] io::Error),
    #[error("it unpacks to more than is taken")]
    TooLarge,
    #[error("it is no archive that can be read")]
    Archive(#[from] zip::result::ZipError),
    #[error("{0}")]
    NoTable(#[from] TableError),
    #[error("its audit records make no table")]
    Audit,
    #[error("it is no Parquet that can be read")]
    Parquet,
    #[error("its temporary form can't be written")]
    Unwritable(#[source] io::Error),
}

/// Takes rows of a table: of the named one, or of the file's own.
pub(super) type Take<'t> = &'t mut dyn FnMut(Option<&str>, Rows) -> Result<(), ReadError>;

/// Converts a file; what is wrong with it becomes a warning, and the rows before are kept.
pub(super) fn convert(path: &Path, table: &str, layout: &Layout, workspace: &Path, written: &mut u64) -> Converted {
    let mut converted = Converted::default();
    if let Err(error) = read_file(path, table, layout, workspace, written, &mut converted) {
        converted.warnings.push(error.to_string());
    }
    converted
}

fn read_file(
    path: &Path,
    table: &str,
    layout: &Layout,
    workspace: &Path,
    written: &mut u64,
    converted: &mut Converted,
) -> Result<(), ReadError> {
    let (packing, name) = format::packing(path);
    let mut input = unpacked(path, packing)?;
    // A slow reader gives less at once than there is, but more than enough to tell the format.
    let format = format::format(name, start_of(&mut *input)?);
    let Converted { parts, warnings } = converted;
    match (format, packing) {
        (Format::Parquet, Packing::Plain) => parts.push(as_it_is(path, table)?),
        (Format::Parquet, _) => return Err(ReadError::Parquet),
        _ => {
            let mut take = |named: Option<&str>, rows: Rows| {
                let table = named.unwrap_or(table);
                if let Some(part) = write(table, rows, layout, workspace, written, warnings)? {
                    parts.push(part);
                }
                Ok(())
            };
            let skipped = match format {
                Format::Zip => archive(path, &mut take)?,
                _ => read_as(format, &mut *input, modified(path), &mut take)?,
            };
            if skipped > 0 {
                warnings.push(format!("{skipped} lines are not what the others are, and left out"));
            }
        }
    }
    Ok(())
}

/// The bytes of a file without its packing.
fn unpacked(path: &Path, packing: Packing) -> Result<Box<dyn BufRead>, ReadError> {
    let file = BufReader::with_capacity(1 << 16, File::open(path)?);
    let limited = |reader: Box<dyn Read>| Box::new(BufReader::with_capacity(1 << 16, reader.take(MAX_UNPACKED)));
    Ok(match packing {
        Packing::Plain => Box::new(file),
        Packing::Gzip => limited(Box::new(MultiGzDecoder::new(file))),
        Packing::Zstd => limited(Box::new(zstd::Decoder::with_buffer(file)?)),
    })
}

/// The first bytes, after the mark that some write before text.
fn start_of(input: &mut dyn BufRead) -> io::Result<&[u8]> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if input.fill_buf()?.starts_with(MARK) {
        input.consume(MARK.len());
    }
    input.fill_buf()
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()
}

/// Reads rows in a format; how many lines were left out.
fn read_as(
    format: Format,
    input: &mut dyn BufRead,
    modified: Option<std::time::SystemTime>,
    take: Take<'_>,
) -> Result<usize, ReadError> {
    match format {
        Format::JsonLines => read::json::lines(input, take),
        Format::JsonValues => read::json::values(input, take),
        Format::Csv => read::csv::records(input, take),
        Format::Text => read::text::lines(input, take),
        Format::Auditd => read::auditd::records(input, take),
        Format::Syslog => read::syslog::lines(input, modified, take),
        Format::Parquet | Format::Zip => Err(ReadError::Parquet),
    }
}

/// Reads every member of an archive. Its name says its form, and nothing else.
fn archive(path: &Path, take: Take<'_>) -> Result<usize, ReadError> {
    let file = File::open(path)?;
    let packed = file.metadata()?.len();
    let mut archive = zip::ZipArchive::new(BufReader::new(file))?;
    let (mut skipped, mut unpacked) = (0, 0);
    for index in 0..archive.len() {
        let member = archive.by_index(index)?;
        let name = member.name()?.into_owned();
        if member.is_dir() || !format::is_known(Path::new(&name)) || name.starts_with("__MACOSX/") {
            continue;
        }
        let mut bytes = Vec::new();
        member.take(MAX_MEMBER + 1).read_to_end(&mut bytes)?;
        unpacked += bytes.len() as u64;
        if bytes.len() as u64 > MAX_MEMBER || (unpacked > MUCH && unpacked / packed.max(1) > MAX_RATIO) {
            return Err(ReadError::TooLarge);
        }
        let mut input = bytes.as_slice();
        let start = start_of(&mut input)?;
        let format = format::format(Path::new(&name), start.get(..1 << 16).unwrap_or(start));
        skipped += read_as(format, &mut input, modified(path), take)?;
    }
    Ok(skipped)
}

/// A file that is Parquet already.
fn as_it_is(path: &Path, table: &str) -> Result<Part, ReadError> {
    let file = File::open(path)?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|_| ReadError::Parquet)?;
    let rows = usize::try_from(builder.metadata().file_metadata().num_rows()).map_err(|_| ReadError::Parquet)?;
    Ok(Part { table: table.to_owned(), path: path.to_owned(), schema: builder.schema().clone(), rows, is_ours: false })
}

/// Writes rows of a table to the workspace, refined as the settings say.
fn write(
    name: &str,
    rows: Rows,
    layout: &Layout,
    workspace: &Path,
    written: &mut u64,
    warnings: &mut Vec<String>,
) -> Result<Option<Part>, ReadError> {
    let name = identifier(name);
    let table = refined(&name, rows.into_table(None)?, layout, warnings)?;
    if table.row_count() == 0 {
        return Ok(None);
    }
    *written += 1;
    let path = workspace.join(format!("{written:08}.parquet"));
    let bytes = write_parquet(&table).map_err(|_| ReadError::Parquet)?;
    std::fs::write(&path, &bytes).map_err(ReadError::Unwritable)?;
    let schema = schema_of(&table);
    Ok(Some(Part { table: name, schema, rows: table.row_count(), path, is_ours: true }))
}

/// A table as the settings want it: types, then names, then columns of time.
fn refined(name: &str, table: Table, layout: &Layout, warnings: &mut Vec<String>) -> Result<Table, TableError> {
    let Some(said) = layout.of(name) else { return named(times::timed(name, table, None)) };
    let mut columns = Vec::with_capacity(table.columns().len());
    for column in table.columns() {
        let typed = match said.types.get(column.name()) {
            Some(kind) => {
                let (typed, lost) = column.cast_leniently(*kind);
                if lost > 0 {
                    let kind = kind.as_str();
                    warnings.push(format!("{lost} values of column {:?} are no {kind}, and missing", column.name()));
                }
                typed
            }
            None => column.clone(),
        };
        let renamed = said.renames.get(column.name()).cloned();
        columns.push(match renamed {
            Some(renamed) => typed.renamed(renamed),
            None => typed,
        });
    }
    named(times::timed(name, Table::new(columns)?, said.time_column.as_deref()))
}

/// Columns without a name get one: what others write an index into has none.
fn named(table: Table) -> Result<Table, TableError> {
    if table.columns().iter().all(|column| !column.name().is_empty()) {
        return Ok(table);
    }
    let columns = table.columns().iter().enumerate().map(|(place, column)| {
        let column = column.clone();
        if column.name().is_empty() { column.renamed(format!("Column{}", place + 1)) } else { column }
    });
    Table::new(columns.collect())
}
