//! Texts that are queries, and such as are no longer quite: whatever is planned and run of them, nothing panics.
//!
//! The texts are those that fuzzing begins with.

use std::{fs, path::Path, sync::Arc, time::Duration};

use model::{Column, ColumnType, Table, Value};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use crate::{Ask, Engine, EngineError, Limits, QueryLimits, examples::ask};

fn corpus() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/kql");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
}

/// Rows with what queries trip over: nothing, extremes, texts that are nearly JSON.
fn rows() -> Table {
    let column = |name: &str, kind, values: [Value<'static>; 3]| Column::of(name, kind, values).unwrap();
    Table::new(vec![
        column("a", ColumnType::String, ["".into(), "x \u{1F600} y".into(), "{\"a\":".into()]),
        column("b", ColumnType::Long, [Value::Null, i64::MAX.into(), i64::MIN.into()]),
        column("d", ColumnType::Dynamic, [Value::Null, Value::Dynamic("[1,null]".into()), Value::Dynamic("{}".into())]),
        column("t", ColumnType::Datetime, [Value::Null, at("0001-01-01T00:00:00Z"), at("9999-12-31T23:59:59Z")]),
    ])
    .unwrap()
}

fn at(text: &str) -> Value<'static> {
    Value::Datetime(text.parse().unwrap())
}

/// Runs a text; a panic on the engine's threads comes as an answer that broke off.
async fn survives(engine: &Engine, text: &str) -> Result<(), String> {
    let limits = QueryLimits { rows: 1_000, deadline: Duration::from_secs(5) };
    let asked = Ask { catalog: Arc::new(vec![("T".to_owned(), rows())]), limits, ..ask(text) };
    let ended = async {
        for answer in engine.ask(asked).await? {
            answer.pieces.collect().await?;
        }
        Ok(())
    };
    match ended.await {
        Err(EngineError::Broken(doing)) => Err(format!("broke while {doing}: {text}")),
        _ => Ok(()),
    }
}

#[test]
fn no_text_makes_the_engine_panic() {
    let corpus = corpus();
    assert!(corpus.len() > 50);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let engine = Engine::start(&Limits { threads: 1, memory_bytes: 64 << 20, ..Limits::default() }).unwrap();
    let mut broken: Vec<String> =
        corpus.iter().filter_map(|text| runtime.block_on(survives(&engine, text)).err()).collect();
    // The beginning of one and the end of another, with something between.
    let texts = prop::sample::select(corpus);
    let between = prop::sample::select(vec!["", " | ", "(", ")", "'", ";", " T ", "[", "-", "\u{0}", "0", "é"]);
    let mixed = (texts.clone(), texts, between, any::<prop::sample::Index>(), any::<prop::sample::Index>());
    let mixed = mixed.prop_map(|(one, other, between, cut, again)| {
        let place = |text: &str, index: prop::sample::Index| {
            text.char_indices().map(|(at, _)| at).nth(index.index(text.chars().count().max(1))).unwrap_or(0)
        };
        let (cut, again) = (place(&one, cut), place(&other, again));
        format!("{}{between}{}", &one[..cut], &other[again..])
    });
    let run = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() })
        .run(&mixed, |text| runtime.block_on(survives(&engine, &text)).map_err(TestCaseError::fail));
    broken.extend(run.err().map(|error| error.to_string()));
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
