//! `flat`: one row for each observable, for lookup tables of SIEMs, with the verdict in the words of several systems.

use model::{Column, ColumnType, Finding, Table, Value, Verdict};
use serde_json::json;

use super::found::{Found, is_known};
use crate::{api::problem::Problem, enrich::Rejected, lookups::Item};

/// An observable, or what could not be read as one: a lookup table has an answer for every key.
enum Row<'a> {
    Known(&'a Item),
    Rejected(&'a Rejected),
}

impl<'a> Row<'a> {
    fn item(&self) -> Option<&'a Item> {
        match self {
            Self::Known(item) => Some(item),
            Self::Rejected(_) => None,
        }
    }

    fn findings(&self) -> &'a [Finding] {
        self.item().map_or(&[], |item| &item.findings)
    }

    fn verdict(&self) -> Verdict {
        self.item().map_or(Verdict::Unknown, |item| item.verdict)
    }
}

/// The table. What could not be read stands at the end, with the reason.
pub(super) fn table(found: &Found) -> Result<Table, Problem> {
    let known = found.items.iter().map(Row::Known);
    let rows: Vec<Row<'_>> = known.chain(found.rejected.iter().map(Row::Rejected)).collect();
    let mut table = Table::default();
    let mut add = |name, kind, cell: &dyn Fn(&Row<'_>) -> Value<'static>| -> Result<(), Problem> {
        Ok(table.add(Column::of(name, kind, rows.iter().map(cell))?)?)
    };
    add("value", ColumnType::String, &|row| match row {
        Row::Known(item) => owned(item.observable.value()),
        Row::Rejected(rejected) => owned(&rejected.value),
    })?;
    add("kind", ColumnType::String, &|row| row.item().map(|item| item.observable.kind().as_str()).into())?;
    add("canonical", ColumnType::String, &|row| {
        row.item().map_or(Value::Null, |item| owned(item.observable.canonical()))
    })?;
    add("found", ColumnType::Bool, &|row| row.findings().iter().any(is_known).into())?;
    add("verdict", ColumnType::String, &|row| row.verdict().as_str().into())?;
    add("score", ColumnType::Long, &|row| row.item().and_then(|item| item.score).map(i64::from).into())?;
    add("risk", ColumnType::String, &|row| risk(row.verdict()).into())?;
    add("level", ColumnType::String, &|row| level(row.verdict()).into())?;
    add("disposition", ColumnType::Long, &|row| disposition(row.verdict()).into())?;
    add("providers", ColumnType::Dynamic, &|row| {
        let ids: Vec<&str> = row.findings().iter().filter(|f| is_known(f)).map(|f| f.provider.as_ref()).collect();
        Value::of_json(&json!(ids)).into_owned()
    })?;
    add("taxonomies", ColumnType::Dynamic, &|row| {
        let known = row.findings().iter().filter(|finding| is_known(finding));
        let taxonomies: Vec<_> = known.map(|finding| taxonomy(found, finding)).collect();
        Value::of_json(&json!(taxonomies)).into_owned()
    })?;
    add("failed_lookups", ColumnType::Long, &|row| {
        let failed = row.findings().iter().filter(|finding| finding.outcome.is_failure()).count();
        i64::try_from(failed).ok().into()
    })?;
    add("reference", ColumnType::String, &|row| {
        let agree = row.findings().iter().filter(|finding| finding.verdict == row.verdict());
        agree.filter_map(|finding| finding.reference.as_deref()).next().map_or(Value::Null, owned)
    })?;
    add("reason", ColumnType::String, &|row| match row {
        Row::Known(_) => Value::Null,
        Row::Rejected(rejected) => owned(&rejected.reason),
    })?;
    Ok(table)
}

fn owned(text: &str) -> Value<'static> {
    text.to_owned().into()
}

/// What a provider says, as Cortex's short reports have it.
fn taxonomy(found: &Found, finding: &Finding) -> serde_json::Value {
    let value = finding.score.map_or_else(|| finding.verdict.as_str().to_owned(), |score| score.to_string());
    json!({
        "level": level(finding.verdict),
        "namespace": finding.provider,
        "predicate": found.query_type.as_deref().unwrap_or("lookup"),
        "value": value,
    })
}

/// The word that dashboards colour by.
const fn risk(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unknown => "unknown",
        Verdict::Benign => "low",
        Verdict::Suspicious => "medium",
        Verdict::Malicious => "high",
    }
}

/// Cortex's level.
const fn level(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Unknown => "info",
        Verdict::Benign => "safe",
        Verdict::Suspicious => "suspicious",
        Verdict::Malicious => "malicious",
    }
}

/// CTIM's disposition: 1 clean, 2 malicious, 3 suspicious, 5 unknown; 4, common, is said by nobody here.
const fn disposition(verdict: Verdict) -> i64 {
    match verdict {
        Verdict::Benign => 1,
        Verdict::Malicious => 2,
        Verdict::Suspicious => 3,
        Verdict::Unknown => 5,
    }
}
