//! `msticpy`: the result table of MSTICPy's lookups, one row for each observable and provider.
//!
//! Names and meanings of the columns are MSTICPy's; a failure is never passed off as an answer, as it is there.

use model::{Column, ColumnType, Finding, ObservableKind, Outcome, SkipReason, Table, Value, Verdict};

use super::found::{Found, is_known};
use crate::{api::problem::Problem, enrich::Rejected, lookups::Item};

/// `Status` of a lookup.
const OK: i64 = 0;
const NOT_SUPPORTED: i64 = 1;
const BAD_FORMAT: i64 = 2;
const QUERY_FAILED: i64 = 3;
const NO_DATA: i64 = 4;
const OTHER: i64 = 10;

/// What one provider says, or what nobody could be asked.
enum Row<'a> {
    Said(&'a Item, &'a Finding),
    Rejected(&'a Rejected),
}

impl<'a> Row<'a> {
    fn item(&self) -> Option<&'a Item> {
        match self {
            Self::Said(item, _) => Some(item),
            Self::Rejected(_) => None,
        }
    }

    fn finding(&self) -> Option<&'a Finding> {
        match self {
            Self::Said(_, finding) => Some(finding),
            Self::Rejected(_) => None,
        }
    }
}

/// The table. What could not be read stands at the end, without a provider.
pub(super) fn table(found: &Found) -> Result<Table, Problem> {
    let said = found.items.iter().flat_map(|item| item.findings.iter().map(move |finding| Row::Said(item, finding)));
    let rows: Vec<Row<'_>> = said.chain(found.rejected.iter().map(Row::Rejected)).collect();
    let mut table = Table::default();
    let mut add = |name, kind, cell: &dyn Fn(&Row<'_>) -> Value<'static>| -> Result<(), Problem> {
        Ok(table.add(Column::of(name, kind, rows.iter().map(cell))?)?)
    };
    add("Ioc", ColumnType::String, &|row| match row {
        Row::Said(item, _) => owned(item.observable.value()),
        Row::Rejected(rejected) => owned(&rejected.value),
    })?;
    add("IocType", ColumnType::String, &|row| {
        row.item().map_or("unknown", |item| ioc_type(item.observable.kind())).into()
    })?;
    add("SafeIoc", ColumnType::String, &|row| {
        row.item().map_or(Value::Null, |item| owned(item.observable.canonical()))
    })?;
    add("QuerySubtype", ColumnType::String, &|_| found.query_type.clone().into())?;
    add("Provider", ColumnType::String, &|row| row.finding().map_or(Value::Null, |finding| owned(&finding.provider)))?;
    add("Result", ColumnType::Bool, &|row| row.finding().is_some_and(is_known).into())?;
    add("Severity", ColumnType::String, &|row| {
        severity(row.finding().map_or(Verdict::Unknown, |finding| finding.verdict)).into()
    })?;
    add("Details", ColumnType::Dynamic, &|row| match row {
        Row::Said(_, finding) => details(finding),
        Row::Rejected(rejected) => owned(&rejected.reason),
    })?;
    add("RawResult", ColumnType::Dynamic, &|row| {
        let raw = row.finding().and_then(|finding| finding.raw.as_ref());
        raw.map_or(Value::Null, |raw| Value::of_json(raw).into_owned())
    })?;
    add("Reference", ColumnType::String, &|row| {
        row.finding().and_then(|finding| finding.reference.as_deref()).map_or(Value::Null, owned)
    })?;
    add("Status", ColumnType::Long, &|row| row.finding().map_or(BAD_FORMAT, status).into())?;
    Ok(table)
}

fn owned(text: &str) -> Value<'static> {
    text.to_owned().into()
}

/// The provider's grounds, or why there are none.
fn details(finding: &Finding) -> Value<'static> {
    if is_known(finding) {
        return Value::Dynamic(serde_json::to_string(&finding.evidence).unwrap_or_default().into());
    }
    match (&finding.reason, finding.outcome) {
        (Some(reason), _) => owned(reason),
        (None, Outcome::NotFound) => "Not found.".into(),
        (None, outcome) => outcome.as_str().into(),
    }
}

fn status(finding: &Finding) -> i64 {
    match finding.outcome {
        Outcome::Hit | Outcome::Clean => OK,
        Outcome::NotFound => NO_DATA,
        Outcome::Unsupported => NOT_SUPPORTED,
        Outcome::RateLimited | Outcome::Unauthorized | Outcome::Timeout | Outcome::Error => QUERY_FAILED,
        // What MSTICPy finds wrong with the value before it asks.
        Outcome::Skipped if finding.reason.as_deref() == Some(SkipReason::NotGlobal.as_str()) => BAD_FORMAT,
        Outcome::Skipped => OTHER,
    }
}

const fn severity(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unknown => "unknown",
        Verdict::Benign => "information",
        Verdict::Suspicious => "warning",
        Verdict::Malicious => "high",
    }
}

const fn ioc_type(kind: ObservableKind) -> &'static str {
    match kind {
        ObservableKind::Domain => "dns",
        ObservableKind::Md5 => "md5_hash",
        ObservableKind::Sha1 => "sha1_hash",
        ObservableKind::Sha256 => "sha256_hash",
        kind => kind.as_str(),
    }
}
