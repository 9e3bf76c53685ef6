//! `externaldata` in queries: every form, what is packed, what is broken, and what is not asked for.

use std::{
    collections::BTreeMap,
    io::Write as _,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures::{FutureExt as _, future::BoxFuture};
use model::{Column, ColumnType, Table};

use super::{Elsewhere, ElsewhereError};
use crate::{
    Ask, EngineError,
    examples::ask,
    forms::write_parquet,
    tests::{engine, rows},
};

/// Texts by name below one address, and what was asked for.
#[derive(Default)]
struct Shelf {
    texts: BTreeMap<&'static str, Bytes>,
    asked: Mutex<Vec<String>>,
}

impl Elsewhere for Shelf {
    fn may_read(&self, location: &str) -> bool {
        location.starts_with("shelf:")
    }

    fn read<'a>(&'a self, location: &'a str) -> BoxFuture<'a, Result<Bytes, ElsewhereError>> {
        self.asked.lock().unwrap().push(location.to_owned());
        let found = self.texts.get(location.trim_start_matches("shelf:")).cloned();
        async move { found.ok_or_else(|| ElsewhereError::Unreached("status 404".to_owned())) }.boxed()
    }
}

fn shelf(texts: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Arc<Shelf> {
    let texts = texts.into_iter().map(|(name, text)| (name, text.into())).collect();
    Arc::new(Shelf { texts, ..Shelf::default() })
}

async fn answer(shelf: &Arc<Shelf>, query: &str) -> Result<Vec<String>, EngineError> {
    let elsewhere: Arc<dyn Elsewhere> = Arc::clone(shelf) as _;
    rows(&engine(), Ask { elsewhere: Some(elsewhere), ..ask(query) }).await
}

fn zipped(files: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_fields_by_place_and_have_the_declared_types() {
    let text = "\u{feff}ip,seen,score,tags\r\n198.51.100.7,2026-11-24 08:00,0.5,\"[\"\"c2\"\"]\"\r\n\"a,b\",never,x,plain\nshort\n";
    let shelf = shelf([("list.csv", text.into()), ("list.psv", "a|1\nb|2\n".into())]);
    let query = "externaldata(ip:string, seen:datetime, score:real, tags:dynamic) ['shelf:list.csv'] \
                 with (ignoreFirstRecord=true) | extend tag = tags[0]";
    let expected = ["198.51.100.7|2026-11-24T08:00:00Z|0.5|[\"c2\"]|\"c2\"", "a,b|||\"plain\"|", "short||||"];
    assert_eq!(answer(&shelf, query).await.unwrap(), expected);
    let query = "externaldata(name:string, number:int) ['shelf:list.psv'] | summarize sum(number)";
    assert_eq!(answer(&shelf, query).await.unwrap(), ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_of_objects_are_columns_by_name_or_by_path() {
    let lines = "{\"a\": \"x\", \"b\": {\"c\": [7]}}\n{\"b\": 1}\n";
    let array = "[{\"a\": \"y\", \"b\": null}, 5, [{\"a\": \"z\"}]]";
    let shelf = shelf([("lines.json", lines.into()), ("array.json", array.into())]);
    let query = "externaldata(a:string, b:dynamic) ['shelf:lines.json', 'shelf:array.json'] with (format='multijson')";
    let expected = ["x|{\"c\":[7]}", "|1", "y|", "z|"];
    assert_eq!(answer(&shelf, query).await.unwrap(), expected);
    let query = "externaldata(first:string, number:long) ['shelf:lines.json'] with (ingestionMapping=\
                 '[{\"Column\":\"first\",\"Properties\":{\"Path\":\"$.a\"}},{\"Column\":\"number\",\"Properties\":{\"Path\":\"$.b.c[0]\"}}]') \
                 | take 1";
    assert_eq!(answer(&shelf, query).await.unwrap(), ["x|7"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_whole_texts_and_what_is_packed_are_read() {
    let shelf = shelf([
        ("list.txt", "one\r\n\ntwo\n".into()),
        ("list.txt.gz", gzipped("three\n")),
        ("lists.zip", zipped(&[("a.txt", "four\n"), ("b.txt", "five\n")])),
    ]);
    let query = "externaldata(line:string) ['shelf:list.txt', 'shelf:list.txt.gz', 'shelf:lists.zip'] with (format='txt') \
                 | summarize make_list(line)";
    let expected = ["[\"one\",\"two\",\"three\",\"four\",\"five\"]"];
    assert_eq!(answer(&shelf, query).await.unwrap(), expected);
    let query = "externaldata(all:string) ['shelf:list.txt'] with (format=raw) | project strlen(all)";
    assert_eq!(answer(&shelf, query).await.unwrap(), ["10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_parquet_are_found_by_name() {
    let column = |name: &str, kind, cells: &[&str]| Column::of(name, kind, cells.iter().copied());
    let table = Table::new(vec![
        column("other", ColumnType::String, &["x", "y"]).unwrap(),
        column("a", ColumnType::String, &["1", "z"]).unwrap(),
    ]);
    let shelf = shelf([("t.parquet", write_parquet(&table.unwrap()).unwrap())]);
    let query = "externaldata(a:long, b:string) ['shelf:t.parquet']";
    assert_eq!(answer(&shelf, query).await.unwrap(), ["1|", "|"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_is_fetched_once_and_not_for_a_query_that_is_wrong() {
    let shelf = shelf([("list.txt", "one\ntwo\n".into())]);
    let list = "let L = externaldata(x:string) ['shelf:list.txt'];";
    let wrong = answer(&shelf, &format!("{list} L | where nosuch == 1")).await;
    assert!(matches!(wrong, Err(EngineError::Mistakes(_))), "{wrong:?}");
    assert!(shelf.asked.lock().unwrap().is_empty());
    let twice = format!("{list} datatable(x:string)['one', 'three'] | where x in (L) and toscalar(L | count) == 2");
    assert_eq!(answer(&shelf, &twice).await.unwrap(), ["one"]);
    assert_eq!(*shelf.asked.lock().unwrap(), ["shelf:list.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_t_be_had_or_read_is_told() {
    let shelf = shelf([
        ("broken.json", "{\"a\": ".into()),
        ("broken.gz", b"\x1f\x8bnothing".to_vec()),
        ("broken.zip", b"PK\x03\x04nothing".to_vec()),
        ("broken.parquet", b"nothing".to_vec()),
        ("bomb.txt.gz", gzipped(&"x".repeat((128 << 20) + 1))),
    ]);
    for (name, expected) in [
        ("missing.csv", ElsewhereError::Unreached("status 404".to_owned())),
        ("broken.json", ElsewhereError::Malformed("JSON")),
        ("broken.gz", ElsewhereError::Malformed("gzip")),
        ("broken.zip", ElsewhereError::Malformed("zip")),
        ("broken.parquet", ElsewhereError::Malformed("Parquet")),
        ("bomb.txt.gz", ElsewhereError::TooLarge),
    ] {
        match answer(&shelf, &format!("externaldata(a:string) ['shelf:{name}']")).await {
            Err(EngineError::Elsewhere(error)) => assert_eq!(error, expected, "{name}"),
            other => panic!("{name}: {other:?}"),
        }
    }
    let refused = answer(&shelf, "externaldata(a:string) ['https://other.example/a.csv']").await;
    assert!(matches!(refused, Err(EngineError::Mistakes(_))), "{refused:?}");
}
