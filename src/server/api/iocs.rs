//! `/v1/iocs`: observables found in text and tables, and the kind of each value.

use std::borrow::Cow;

use actix_web::{HttpResponse, post, web::Data};
use model::{ColumnSpec, ColumnType, KindHint, Observable, ObservableKind, Rows, Table, Value};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Operations,
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    problem::Problem,
    tables::{TableBody, TakesRows},
};
use crate::services::Services;

/// Input up to this size is searched at once; more has threads of its own.
const SHORT: usize = 64 * 1024;

/// The routes of this file.
pub(crate) fn routes(operations: &mut Operations<'_>) {
    operations.service(extract_iocs).service(classify_values);
}

/// Text, or the rows of a table.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ExtractRequest {
    /// Text to search.
    #[serde(default)]
    #[schema(nullable = false, example = "beacon to hxxp://198.51.100[.]7/a from 10.0.0.4")]
    text: Option<String>,
    /// Rows to search instead.
    #[serde(default)]
    #[schema(value_type = Vec<Object>, nullable = false)]
    rows: Option<Rows>,
    /// The columns of the rows to search; all when left out.
    #[serde(default)]
    #[schema(value_type = Vec<String>, nullable = false)]
    columns: Option<Vec<ColumnName>>,
    /// The kinds to find; all but paths when left out.
    #[serde(default)]
    #[schema(nullable = false, example = json!(["ipv4", "url"]))]
    kinds: Option<Vec<String>>,
    /// Whether defanged forms are found too.
    #[serde(default = "yes")]
    #[schema(default = true)]
    defanged: bool,
    /// Whether file paths are found too.
    #[serde(default)]
    include_paths: bool,
}

impl TakesRows for ExtractRequest {
    fn take_rows(&mut self, rows: Rows) {
        self.rows = Some(rows);
    }
}

/// A column by its name, or as an answer with a table describes it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ColumnName {
    Name(String),
    Described(ColumnSpec),
}

impl From<ColumnName> for String {
    fn from(column: ColumnName) -> Self {
        match column {
            ColumnName::Name(name) | ColumnName::Described(ColumnSpec { name, .. }) => name,
        }
    }
}

const fn yes() -> bool {
    true
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
struct ExtractAnswer {
    /// Distinct observables in the order of their first appearance; for tables, distinct in each row.
    items: Vec<IocItem>,
}

/// One observable found.
#[derive(Debug, Serialize, ToSchema)]
struct IocItem {
    /// Its kind.
    kind: ObservableKind,
    /// As it stands in the text.
    value: String,
    /// Refanged and normalised.
    canonical: String,
    /// How often it appears.
    count: usize,
    /// Byte of the text, in UTF-8, at which it appears first.
    first_offset: usize,
    /// The row that it was found in, counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source_row: Option<usize>,
    /// The column that it was found in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    source_column: Option<String>,
}

/// Find IoCs in text or in a table
///
/// Addresses, domains, URLs, mail addresses, hashes and, if asked, paths: defanged or not, with counts and places. A
/// table can also be sent as `application/x-ndjson` or `text/csv`; the parameters then stand in the query string.
#[utoipa::path(
    tag = "iocs",
    operation_id = "extract_iocs",
    request_body(content((ExtractRequest = "application/json"), (String = "application/x-ndjson"), (String = "text/csv"))),
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ExtractAnswer, description = "What was found.")),
)]
#[post("/v1/iocs/extract")]
async fn extract_iocs(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    request: TableBody<ExtractRequest>,
) -> Result<HttpResponse, Problem> {
    let TableBody(request) = request;
    let options = extract::Options {
        kinds: kinds(request.kinds.as_deref(), request.include_paths)?,
        defanged: request.defanged,
        ..extract::Options::default()
    };
    let items = match (request.text, request.rows) {
        (Some(text), None) => {
            if request.columns.is_some() {
                return Err(Problem::invalid_at("/columns", "columns belong to rows, not to text"));
            }
            if text.len() <= SHORT {
                in_text(&text, &options)
            } else {
                services.work.run(move || in_text(&text, &options)).await?
            }
        }
        (None, Some(rows)) => {
            let named = request.columns.map(|columns| columns.into_iter().map(String::from).collect::<Vec<_>>());
            let table = services.work.run(move || rows.into_table(None)).await??;
            check_columns(&table, named.as_deref())?;
            services.work.run(move || in_table(&table, named.as_deref(), &options)).await?
        }
        _ => return Err(Problem::invalid_at("", "exactly one of text and rows is needed")),
    };
    Ok(HttpResponse::Ok().json(ExtractAnswer { items }))
}

fn kinds(named: Option<&[String]>, include_paths: bool) -> Result<extract::Kinds, Problem> {
    let Some(named) = named else {
        return Ok(if include_paths { extract::Kinds::all() } else { extract::Kinds::default() });
    };
    let mut kinds = extract::Kinds::none();
    for (place, name) in named.iter().enumerate() {
        let hint: KindHint = name
            .parse()
            .map_err(|error: model::Rejection| Problem::invalid_at(format!("/kinds/{place}"), error.to_string()))?;
        for kind in ObservableKind::ALL.iter().filter(|kind| hint.allows(**kind)) {
            kinds.insert(*kind);
        }
    }
    Ok(kinds)
}

/// The columns to search must be there.
fn check_columns(table: &Table, named: Option<&[String]>) -> Result<(), Problem> {
    let is_missing = |name: &String| table.row_count() > 0 && table.column(name).is_none();
    match named.into_iter().flatten().position(is_missing) {
        Some(place) => Err(Problem::invalid_at(format!("/columns/{place}"), "no row has this column")),
        None => Ok(()),
    }
}

fn in_text(text: &str, options: &extract::Options) -> Vec<IocItem> {
    extract::extract_iocs(text, options).into_iter().map(|ioc| item(ioc, None, None)).collect()
}

fn in_table(table: &Table, named: Option<&[String]>, options: &extract::Options) -> Vec<IocItem> {
    // Numbers and times hold no observable.
    let columns: Vec<_> = match named {
        Some(named) => named.iter().filter_map(|name| table.column(name)).collect(),
        None => table.columns().iter().collect(),
    };
    let is_text = |kind| matches!(kind, ColumnType::String | ColumnType::Dynamic);
    let columns: Vec<_> = columns.into_iter().filter(|column| is_text(column.kind())).collect();
    let mut items = Vec::new();
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
            let found = extract::extract_iocs(&text, options);
            items.extend(found.into_iter().map(|ioc| item(ioc, Some(row), Some(column.name().to_owned()))));
        }
    }
    items
}

fn item(ioc: extract::Ioc<'_>, source_row: Option<usize>, source_column: Option<String>) -> IocItem {
    IocItem {
        kind: ioc.kind,
        value: ioc.value.to_string(),
        canonical: ioc.canonical,
        count: ioc.count,
        first_offset: ioc.first_offset,
        source_row,
        source_column,
    }
}

/// Values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ClassifyRequest {
    /// Values of any kind, defanged or not.
    #[schema(example = json!(["198.51.100[.]7", "d41d8cd98f00b204e9800998ecf8427e"]))]
    values: Vec<String>,
}

/// The kinds of the values.
#[derive(Debug, Serialize, ToSchema)]
struct ClassifyAnswer {
    /// One item for each value, in the order sent.
    items: Vec<ClassifyItem>,
}

/// The kind of one value.
#[derive(Debug, Serialize, ToSchema)]
struct ClassifyItem {
    /// The value as sent.
    value: String,
    /// Its kind: one of the kinds of observables, or `unknown`.
    #[schema(example = "ipv4")]
    kind: &'static str,
    /// Refanged and normalised.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    canonical: Option<String>,
    /// Why it is of no kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
}

/// Tell the kind of each value
///
/// Address, domain, URL, mail address, hash or path; or unknown, and why.
#[utoipa::path(
    tag = "iocs",
    operation_id = "classify_values",
    request_body = ClassifyRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ClassifyAnswer, description = "One item for each value.")),
)]
#[post("/v1/iocs/classify")]
async fn classify_values(
    _: Allowed<scope::Lookup>,
    limits: RequestLimits,
    request: Body<ClassifyRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(ClassifyRequest { values }) = request;
    limits.check_items("/values", values.len())?;
    let items = values
        .into_iter()
        .map(|value| match Observable::parse(&value, None) {
            Ok(observable) => ClassifyItem {
                kind: observable.kind().as_str(),
                canonical: Some(observable.canonical().to_owned()),
                reason: None,
                value,
            },
            Err(rejection) => {
                ClassifyItem { value, kind: "unknown", canonical: None, reason: Some(rejection.to_string()) }
            }
        })
        .collect();
    Ok(HttpResponse::Ok().json(ClassifyAnswer { items }))
}
