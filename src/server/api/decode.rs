//! `/v1/decode/base64`: what is encoded in text and tables, layer by layer.

use std::{borrow::Cow, fmt::Write as _};

use actix_web::{HttpResponse, post, web::Data};
use extract::decode::{Codes, Content, Decoder, FileType, Layer, Options};
use model::{Column, ColumnSpec, ColumnType, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    caller::{Allowed, scope},
    given::{Given, SHORT, long, text_or_table},
    problem::Problem,
    tables::{TableBody, TableForm, TakesRows},
};
use crate::services::Services;

/// The deepest that layers are unpacked.
const DEEPEST: u32 = 20;

/// The most bytes that are unpacked in one call.
const MOST_BYTES: usize = 256 << 20;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(decode_layers);
}

/// Text, or the rows of a table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecodeRequest {
    /// Text to search.
    #[serde(default)]
    #[schema(nullable = false, example = "powershell -enc SQBFAFgAIAAkAGEA")]
    text: Option<String>,
    /// Rows to search instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// The columns of the rows to search; all when left out.
    #[serde(default)]
    #[schema(value_type = Vec<String>, nullable = false)]
    columns: Option<Vec<ColumnName>>,
    /// What is looked for; all when left out.
    #[serde(default)]
    encodings: Vec<CodeName>,
    /// Layers in layers: at most so deep.
    #[serde(default = "default_depth")]
    #[schema(minimum = 1, maximum = 20, default = 10)]
    max_depth: u32,
    /// Bytes of all layers together.
    #[serde(default = "default_bytes")]
    #[schema(minimum = 1, maximum = 268_435_456, default = 33_554_432)]
    max_bytes: usize,
    /// The shortest run of base64 that needs no further sign that it is one.
    #[serde(default = "default_length")]
    #[schema(minimum = 4, maximum = 1000, default = 30)]
    min_length: usize,
}

fn default_depth() -> u32 {
    Options::default().max_depth
}

fn default_bytes() -> usize {
    Options::default().max_bytes
}

fn default_length() -> usize {
    Options::default().min_length
}

/// A column by its name, or as an answer with a table describes it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ColumnName {
    Name(String),
    Described(ColumnSpec),
}

/// What is looked for in texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = DecodeEncoding)]
#[serde(rename_all = "snake_case")]
enum CodeName {
    /// Base64, in either alphabet, and what it holds: archives and compressed streams.
    Base64,
    /// Hexadecimal digits, and `\x` escapes.
    Hex,
    /// Percent-encoding.
    Url,
}

impl TakesRows for DecodeRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

impl DecodeRequest {
    fn options(&self) -> Result<Options, Problem> {
        let out_of =
            |pointer, from: usize, to: usize| Problem::invalid_at(pointer, format!("must be from {from} to {to}"));
        if !(1..=DEEPEST).contains(&self.max_depth) {
            return Err(out_of("/max_depth", 1, 20));
        }
        if !(1..=MOST_BYTES).contains(&self.max_bytes) {
            return Err(out_of("/max_bytes", 1, MOST_BYTES));
        }
        if !(4..=1_000).contains(&self.min_length) {
            return Err(out_of("/min_length", 4, 1_000));
        }
        let has = |code| self.encodings.is_empty() || self.encodings.contains(&code);
        Ok(Options {
            codes: Codes { base64: has(CodeName::Base64), hex: has(CodeName::Hex), url: has(CodeName::Url) },
            max_depth: self.max_depth,
            max_bytes: self.max_bytes,
            min_length: self.min_length,
            ..Options::default()
        })
    }
}

/// What stands beside the layers.
#[derive(Debug, Default, Serialize, ToSchema)]
struct DecodeBeside {
    /// The text with what was encoded in it decoded, as far as that is text; left out when nothing was, and for tables.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    decoded: Option<String>,
    /// Whether there are more layers than an answer has.
    layers_left_out: bool,
}

/// The layers, one a row, each after the one that it was in.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the answer")]
struct DecodeAnswer {
    /// `index` (`2.1` is the first in the second), `parent_index`, `depth` (from 1), `packing` (base64, hex, url, or the
    /// archive: zip, gzip, tar, zstd, zlib, deflate), `encoding` (utf-8, utf-16 or binary), `archive_member`, `file_type`,
    /// `text` or `bytes` (pairs of hexadecimal digits), `size`, `md5`, `sha1`, `sha256`, `original` (what stood in the text
    /// around it), `offset` (where, in bytes), `outcome` (decoded, or why not: too_deep, too_large, ratio_exceeded,
    /// too_many_members, corrupt, encrypted, unsupported, link; unsafe_name is decoded). For tables also `source_row`, counted
    /// from 0, and `source_column`.
    #[schema(value_type = Vec<Object>)]
    rows: Vec<()>,
    /// The columns of the rows.
    columns: Vec<ColumnSpec>,
    /// How many layers there are.
    row_count: u64,
    /// Whether there are more.
    truncated: bool,
    #[serde(flatten)]
    beside: DecodeBeside,
}

/// Decode what is encoded in text or in a table
///
/// Base64 in either alphabet, hexadecimal and percent-encoding, in layers; archives and compressed streams in them (zip,
/// gzip, tar, zstd, zlib, and deflate as PowerShell has it), nested as well. A bomb, an encrypted or broken archive, and a
/// member whose name leads elsewhere are outcomes of their layer; nothing is ever written anywhere.
#[utoipa::path(
    tag = "decode",
    operation_id = "decode_layers",
    request_body(content((DecodeRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((
        status = OK,
        description = "Every layer.",
        content((DecodeAnswer = "application/json"), (String = "application/x-ndjson"), (String = "text/csv")),
    )),
)]
#[post("/v1/decode/base64")]
async fn decode_layers(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    form: TableForm,
    request: TableBody<DecodeRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(mut request) = request;
    let options = request.options()?;
    let (named, described) = split(request.columns.take());
    let (layers, beside) = match text_or_table(&services, request.text, request.rows, described).await? {
        Given::Text(_) if named.is_some() => {
            return Err(Problem::invalid_at("/columns", "columns belong to rows, not to text"));
        }
        Given::Text(text) if text.len() <= SHORT => in_text(&text, options),
        Given::Text(text) => services.work.run(move || in_text(&text, options)).await?,
        Given::Table(table) => {
            let missing = |name: &String| table.row_count() > 0 && table.column(name).is_none();
            if let Some(place) = named.iter().flatten().position(missing) {
                return Err(Problem::invalid_at(format!("/columns/{place}"), "no row has this column"));
            }
            services.work.run(move || in_table(&table, named.as_deref(), options)).await?
        }
    };
    Ok(form.answer(layers.into_table(beside.layers_left_out)?, &beside))
}

/// The names of the columns to search, and what is said about their types.
fn split(columns: Option<Vec<ColumnName>>) -> (Option<Vec<String>>, Option<Vec<ColumnSpec>>) {
    let Some(columns) = columns else { return (None, None) };
    let names = columns.iter().map(|column| match column {
        ColumnName::Name(name) | ColumnName::Described(ColumnSpec { name, .. }) => name.clone(),
    });
    (Some(names.collect()), None)
}

fn in_text(text: &str, options: Options) -> (Layers, DecodeBeside) {
    let decoded = Decoder::new(options).decode(text);
    let mut layers = Layers::new(false);
    layers.add(&decoded.layers, None);
    (layers, DecodeBeside { decoded: decoded.text, layers_left_out: decoded.truncated })
}

fn in_table(table: &Table, named: Option<&[String]>, options: Options) -> (Layers, DecodeBeside) {
    let columns: Vec<_> = match named {
        Some(named) => named.iter().filter_map(|name| table.column(name)).collect(),
        None => table.columns().iter().collect(),
    };
    let is_text = |column: &&&Column| matches!(column.kind(), ColumnType::String | ColumnType::Dynamic);
    let columns: Vec<_> = columns.iter().filter(is_text).collect();
    let mut decoder = Decoder::new(options);
    let mut layers = Layers::new(true);
    let mut layers_left_out = false;
    for row in 0..table.row_count() {
        for column in &columns {
            let cell = column.value(row);
            let text = match &cell {
                Value::String(text) => Cow::Borrowed(text.as_ref()),
                // One of several types: a text stands there as JSON, with escapes that are none of its own.
                Value::Dynamic(json) => {
                    serde_json::from_str::<String>(json).map_or(Cow::Borrowed(json.as_ref()), Cow::Owned)
                }
                _ => continue,
            };
            let decoded = decoder.decode(&text);
            layers_left_out |= decoded.truncated;
            layers.add(&decoded.layers, Some((row, column.name())));
        }
    }
    (layers, DecodeBeside { decoded: None, layers_left_out })
}

/// The columns of the answer.
const COLUMNS: [(&str, ColumnType); 18] = [
    ("source_row", ColumnType::Long),
    ("source_column", ColumnType::String),
    ("index", ColumnType::String),
    ("parent_index", ColumnType::String),
    ("depth", ColumnType::Long),
    ("packing", ColumnType::String),
    ("encoding", ColumnType::String),
    ("archive_member", ColumnType::String),
    ("file_type", ColumnType::String),
    ("outcome", ColumnType::String),
    ("text", ColumnType::String),
    ("bytes", ColumnType::String),
    ("size", ColumnType::Long),
    ("md5", ColumnType::String),
    ("sha1", ColumnType::String),
    ("sha256", ColumnType::String),
    ("original", ColumnType::String),
    ("offset", ColumnType::Long),
];

/// How many of them only tables have.
const OF_TABLES: usize = 2;

/// Layers, column by column.
struct Layers {
    columns: Vec<Column>,
    of_table: bool,
}

impl Layers {
    fn new(of_table: bool) -> Self {
        Self { columns: COLUMNS.iter().map(|(name, kind)| Column::new(*name, *kind)).collect(), of_table }
    }

    fn add(&mut self, layers: &[Layer], place: Option<(usize, &str)>) {
        for layer in layers {
            let (encoding, text, bytes) = match &layer.content {
                Content::Text(encoding, text) => (Some(encoding.as_str()), Some(text.as_str()), None),
                Content::Bytes(bytes) => (Some(BINARY), None, Some(pairs(bytes))),
                Content::None => (layer.file_type.map(|_| BINARY), None, None),
            };
            let parent = layer.parent.and_then(|parent| layers.get(parent)).map(|parent| parent.index.as_str());
            let digests = layer.digests.as_ref();
            let cells: [Value<'_>; COLUMNS.len()] = [
                place.map(|(row, _)| long(row)).into(),
                place.map(|(_, column)| column).into(),
                layer.index.as_str().into(),
                parent.into(),
                i64::from(layer.depth).into(),
                layer.packing.as_str().into(),
                encoding.into(),
                layer.member.as_deref().into(),
                layer.file_type.map(FileType::as_str).into(),
                layer.outcome.as_str().into(),
                text.into(),
                bytes.into(),
                layer.size.map(long).into(),
                digests.map(|digests| digests.md5.as_str()).into(),
                digests.map(|digests| digests.sha1.as_str()).into(),
                digests.map(|digests| digests.sha256.as_str()).into(),
                layer.original.as_deref().into(),
                layer.range.as_ref().map(|range| long(range.start)).into(),
            ];
            for (column, cell) in self.columns.iter_mut().zip(cells) {
                // Each cell is of the type of its column.
                let _ = column.push(cell);
            }
        }
    }

    fn into_table(self, is_truncated: bool) -> Result<Table, Problem> {
        let skipped = if self.of_table { 0 } else { OF_TABLES };
        let mut table = Table::new(self.columns.into_iter().skip(skipped).collect())?;
        if is_truncated {
            table.mark_truncated();
        }
        Ok(table)
    }
}

/// The encoding of what is no text.
const BINARY: &str = "binary";

/// Bytes as pairs of digits.
fn pairs(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x} ");
    }
    text.pop();
    text
}
