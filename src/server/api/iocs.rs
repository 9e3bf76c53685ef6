//! `/v1/iocs`: observables found in text and tables, and the kind of each value.

use actix_web::{HttpResponse, post, web::Data};
use model::{KindHint, Observable, ObservableKind};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    body::Body,
    caller::{Allowed, scope},
    limits::RequestLimits,
    problem::Problem,
};
use crate::services::Services;

/// Input up to this size is searched at once; more has threads of its own.
const SHORT: usize = 64 * 1024;

/// The routes of this file.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(extract_iocs).service(classify_values);
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
    rows: Option<Vec<Map<String, Value>>>,
    /// The columns of the rows to search; all when left out.
    #[serde(default)]
    #[schema(nullable = false)]
    columns: Option<Vec<String>>,
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
/// Addresses, domains, URLs, mail addresses, hashes and, if asked, paths: defanged or not, with counts and places.
#[utoipa::path(
    tag = "iocs",
    operation_id = "extract_iocs",
    request_body = ExtractRequest,
    extensions(("x-scope" = json!("lookup"))),
    responses((status = OK, body = ExtractAnswer, description = "What was found.")),
)]
#[post("/v1/iocs/extract")]
async fn extract_iocs(
    _: Allowed<scope::Lookup>,
    services: Data<Services>,
    request: Body<ExtractRequest>,
) -> Result<HttpResponse, Problem> {
    let Body(request) = request;
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
            let columns = columns(&rows, request.columns)?;
            services.work.run(move || in_rows(&rows, &columns, &options)).await?
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

/// The columns to search, which must be there.
fn columns(rows: &[Map<String, Value>], named: Option<Vec<String>>) -> Result<Vec<String>, Problem> {
    let there = |name: &str| rows.iter().any(|row| row.contains_key(name));
    if let Some(named) = named {
        if let Some(place) = named.iter().position(|name| !rows.is_empty() && !there(name)) {
            return Err(Problem::invalid_at(format!("/columns/{place}"), "no row has this column"));
        }
        return Ok(named);
    }
    let mut all: Vec<String> = Vec::new();
    for name in rows.iter().flat_map(Map::keys) {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    Ok(all)
}

fn in_text(text: &str, options: &extract::Options) -> Vec<IocItem> {
    extract::extract_iocs(text, options).into_iter().map(|ioc| item(ioc, None, None)).collect()
}

fn in_rows(rows: &[Map<String, Value>], columns: &[String], options: &extract::Options) -> Vec<IocItem> {
    let mut items = Vec::new();
    for (row_number, row) in rows.iter().enumerate() {
        for column in columns {
            let text = match row.get(column) {
                Some(Value::String(text)) => std::borrow::Cow::Borrowed(text.as_str()),
                None | Some(Value::Null | Value::Bool(_) | Value::Number(_)) => continue,
                Some(nested) => nested.to_string().into(),
            };
            let found = extract::extract_iocs(&text, options);
            items.extend(found.into_iter().map(|ioc| item(ioc, Some(row_number), Some(column.clone()))));
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
