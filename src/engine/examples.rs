//! The documentation's examples: parsed, checked, run, and compared with the documented result as a person would.
//!
//! The examples are not part of the project: without them the test says that it was left out. What is known to differ
//! stands in `examples.txt` with its reason.

use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use model::{Table, Value};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::{Ask, Engine, Limits, QueryLimits};

/// The share of the examples that must give what is documented.
const LEAST_SHARE: f64 = 0.95;

#[derive(Debug, Deserialize)]
struct Example {
    id: String,
    page: String,
    query: String,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn examples() -> Option<Vec<Example>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/kql/examples.ndjson");
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Examples that are known to differ, with the reason.
fn exceptions() -> BTreeMap<&'static str, &'static str> {
    let lines = include_str!("examples.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).collect()
}

pub(crate) fn ask(text: &str) -> Ask {
    Ask {
        text: text.to_owned(),
        functions: Arc::default(),
        documented: |_| None,
        parameters: BTreeMap::new(),
        catalog: Arc::new(Vec::<(String, Table)>::new()),
        now: "2024-06-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap(),
        elsewhere: None,
        limits: QueryLimits::default(),
    }
}

async fn run(engine: &Engine, query: &str) -> Result<Table, String> {
    let mut answers = engine.ask(ask(query)).await.map_err(|error| error.to_string())?;
    let answer = answers.pop().ok_or("no answer")?;
    let (table, _) = answer.pieces.collect().await.map_err(|error| error.to_string())?;
    table.ok_or_else(|| "no table".to_owned())
}

#[tokio::test]
async fn the_documented_examples_give_what_is_documented() {
    let Some(examples) = examples() else {
        eprintln!("skipped: no examples in ../shared/kql");
        return;
    };
    let engine = Engine::start(&Limits { threads: 2, ..Limits::default() }).unwrap();
    let exceptions = exceptions();
    let (mut right, mut all, mut wrong_pages) = (0, 0, 0);
    let mut report = String::new();
    for example in &examples {
        all += 1;
        let result = match run(&engine, &example.query).await {
            Ok(table) => differs(example, &table),
            Err(error) => Some(error),
        };
        let excepted = exceptions.get(example.id.as_str());
        match (result, excepted) {
            (None, None) => right += 1,
            (None, Some(_)) => {
                right += 1;
                writeln!(report, "{} {}: excepted, but right", example.id, example.page).unwrap();
            }
            (Some(_), Some(reason)) => wrong_pages += usize::from(reason.starts_with("page:")),
            (Some(how), None) => writeln!(report, "{} {}: {how}", example.id, example.page).unwrap(),
        }
    }
    eprintln!(
        "{right} of {all} examples, {} exceptions, of which {wrong_pages} pages are wrong\n{report}",
        exceptions.len()
    );
    let judged = all - i32::try_from(wrong_pages).unwrap();
    assert!(f64::from(right) >= LEAST_SHARE * f64::from(judged), "{right} of {judged}");
    assert!(report.is_empty(), "unexplained:\n{report}");
}

/// How a table differs from the documented one.
fn differs(example: &Example, table: &Table) -> Option<String> {
    let wanted: Vec<Vec<String>> =
        example.rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect()).collect();
    let count = table.columns().len();
    if count != example.columns.len() {
        return Some(format!("{count} columns for {}", example.columns.len()));
    }
    // Columns that have the documented names are looked up by them.
    let names: Vec<String> = example.columns.iter().map(|name| plain(name)).collect();
    let by_name: Option<Vec<usize>> =
        names.iter().map(|name| table.columns().iter().position(|column| column.name() == name)).collect();
    let order = by_name.unwrap_or_else(|| (0..count).collect());
    let found: Vec<Vec<Value<'_>>> = (0..table.row_count())
        .map(|row| order.iter().map(|column| table.columns()[*column].value(row)).collect())
        .collect();
    if found.len() != wanted.len() {
        return Some(format!("{} rows for {}: {found:?}", found.len(), wanted.len()));
    }
    let is_sorted = is_sorted(&example.query);
    let mut left: Vec<&Vec<Value<'_>>> = found.iter().collect();
    for row in &wanted {
        let fits = |found: &&Vec<Value<'_>>| {
            if row.len() == found.len() {
                return found.iter().zip(row).all(|(value, wanted)| is_same(value, wanted));
            }
            // The page leaves out cells without text.
            let full: Vec<_> = found.iter().filter(|value| !value.to_text().is_empty()).collect();
            let wanted: Vec<_> = row.iter().filter(|cell| !cell.is_empty()).collect();
            full.len() == wanted.len() && full.iter().zip(wanted).all(|(value, wanted)| is_same(value, wanted))
        };
        match left.iter().position(fits) {
            Some(at) if at == 0 || !is_sorted => {
                left.remove(at);
            }
            _ => return Some(format!("wanted {row:?}, found {left:?}")),
        }
    }
    None
}

/// Whether rows come in an order: what sorts is not within brackets, and nothing behind it mixes rows again.
fn is_sorted(query: &str) -> bool {
    let last = ["sort by", "order by", "top "].iter().filter_map(|word| query.rfind(word)).max();
    last.and_then(|at| query.get(at..)).is_some_and(|rest| {
        let count = |bracket| rest.matches(bracket).count();
        count(')') <= count('(') && !["partition", "summarize", "join"].iter().any(|word| rest.contains(word))
    })
}

/// A cell without what the page's markup adds.
fn plain(cell: &str) -> String {
    let cell = cell.replace("<br>", " ").replace("&nbsp;", "").replace("\\_", "_").replace("\t", " ");
    let cell = cell.trim().trim_matches('`').trim();
    cell.strip_prefix('<').and_then(|cell| cell.strip_suffix('>')).unwrap_or(cell).to_owned()
}

fn is_same(value: &Value<'_>, wanted: &str) -> bool {
    let text = value.to_text();
    if text.trim() == wanted || matches!(wanted, "null" | "(null)") && value.is_null() {
        return true;
    }
    match value {
        Value::Bool(value) => {
            wanted.eq_ignore_ascii_case(&value.to_string()) || wanted == if *value { "1" } else { "0" }
        }
        Value::Long(_) | Value::Real(_) | Value::Decimal(_) => {
            let wanted = wanted.replace(',', "");
            let wanted = match wanted.as_str() {
                "∞" => f64::INFINITY,
                "-∞" => f64::NEG_INFINITY,
                other => other.parse().unwrap_or(f64::NAN),
            };
            let number = value.as_f64().unwrap();
            number == wanted || number.is_nan() && wanted.is_nan() || (number - wanted).abs() <= 1e-9 * wanted.abs()
        }
        Value::Datetime(at) => {
            kql::moment::read_datetime(wanted).is_some_and(|ticks| ticks / 10_000_000 == at.timestamp())
        }
        Value::Timespan(span) => {
            kql::moment::read_timespan(wanted).is_some_and(|ticks| ticks == span.num_nanoseconds().unwrap() / 100)
        }
        Value::Dynamic(json) => match (serde_json::from_str::<Json>(json), serde_json::from_str::<Json>(wanted)) {
            (Ok(Json::String(text)), _) if text == wanted => true,
            (Ok(found), Ok(wanted)) => is_same_json(&found, &wanted),
            _ => false,
        },
        Value::String(text) => {
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            squeezed(text) == squeezed(wanted)
        }
        _ => false,
    }
}

fn is_same_json(found: &Json, wanted: &Json) -> bool {
    match (found, wanted) {
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same_json(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| is_same_json(a, b)))
        }
        (Json::Number(a), Json::String(b)) => b.parse().is_ok_and(|b: f64| (a.as_f64().unwrap() - b).abs() < 1e-9),
        (Json::Number(a), Json::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            // Rounded for print: as many digits as the page has.
            let digits = b.to_string().split_once('.').map_or(0, |(_, digits)| digits.len());
            (a - b).abs()
                <= if digits < 2 {
                    1e-9
                } else {
                    0.5001 * 10_f64.powi(-i32::try_from(digits).unwrap()) + 1e-13 * b.abs()
                }
        }
        _ => found == wanted,
    }
}
