//! Every KQL query of the pack is checked, planned and run on empty tables with the columns that vendors document.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use model::{Column, ColumnType, Table};

use crate::{Ask, Engine, Limits, examples::ask};

/// Folders of the pack, and the environment whose tables they read.
const ENVIRONMENTS: [(&str, &str); 5] = [
    ("mssentinel", "MSSentinel"),
    ("m365d", "M365D"),
    ("mde", "MDE"),
    ("resourcegraph", "ResourceGraph"),
    ("localdata", "LocalData"),
];

#[tokio::test]
async fn every_query_of_the_pack_is_answered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let schema = fs::read_to_string(root.join("src/sources/documented.txt")).unwrap();
    let engine = Engine::start(&Limits { threads: 1, ..Limits::default() }).unwrap();
    let (mut asked, mut failed) = (0, Vec::new());
    for (folder, environment) in ENVIRONMENTS {
        let tables = tables(&schema, environment);
        for entry in fs::read_dir(root.join("queries").join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "snap") {
                for (name, query) in queries(&fs::read_to_string(&path).unwrap()) {
                    asked += 1;
                    if let Err(reason) = answered(&engine, &tables, &query).await {
                        failed.push(format!("{}: {name}: {reason}", path.display()));
                    }
                }
            }
        }
    }
    assert!(asked > 150, "only {asked}");
    assert!(failed.is_empty(), "{} of {asked}:\n{}", failed.len(), failed.join("\n"));
}

/// The tables of an environment: `Name(column: type, …)` in the sections that name it.
fn tables(schema: &str, environment: &str) -> BTreeMap<String, Vec<(String, ColumnType)>> {
    let sections = schema.split("\n[").skip(1).filter_map(|section| section.split_once("]\n"));
    let sections = sections.filter(|(names, _)| names.split(", ").any(|name| name == environment));
    let mut tables = BTreeMap::new();
    for paragraph in sections.flat_map(|(_, body)| body.split("\n\n")) {
        let Some((name, columns)) = paragraph.trim().strip_suffix(')').and_then(|table| table.split_once('(')) else {
            continue;
        };
        let columns = columns.split(',').filter_map(|column| column.split_once(':'));
        let columns = columns.map(|(name, kind)| (name.trim().to_owned(), column_type(kind.trim())));
        tables.insert(name.trim().to_owned(), columns.collect());
    }
    tables
}

fn column_type(name: &str) -> ColumnType {
    serde_json::from_value(name.into()).unwrap_or_else(|_| panic!("no type: {name}"))
}

/// The rendered queries of a file of the pack.
fn queries(snapshot: &str) -> Vec<(String, String)> {
    let parts = snapshot.split("\n=== ").filter_map(|part| part.split_once(" kql\n"));
    parts.map(|(name, query)| (name.trim_start_matches("=== ").to_owned(), query.to_owned())).collect()
}

async fn answered(
    engine: &Engine,
    tables: &BTreeMap<String, Vec<(String, ColumnType)>>,
    query: &str,
) -> Result<(), String> {
    let empty = |columns: &Vec<(String, ColumnType)>| {
        Table::new(columns.iter().map(|(name, kind)| Column::new(name, *kind)).collect()).unwrap()
    };
    let catalog: Vec<(String, Table)> = tables.iter().map(|(name, columns)| (name.clone(), empty(columns))).collect();
    let answers =
        engine.ask(Ask { catalog: Arc::new(catalog), ..ask(query) }).await.map_err(|error| error.to_string())?;
    for answer in answers {
        answer.pieces.collect().await.map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// What hunting queries do, which the checker's tests have with the columns of the tables.
#[tokio::test]
async fn what_hunting_queries_do_is_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kql/check/tests");
    let schema = fs::read_to_string(folder.join("hunting_tables.txt")).unwrap();
    let tables = tables(&schema, "Hunting");
    let engine = Engine::start(&Limits { threads: 1, ..Limits::default() }).unwrap();
    let mut failed = Vec::new();
    let queries = fs::read_to_string(folder.join("hunting.txt")).unwrap();
    for query in queries.lines().filter(|line| !line.is_empty()) {
        if let Err(reason) = answered(&engine, &tables, query).await {
            failed.push(format!("{reason}\n    {query}"));
        }
    }
    assert!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
}
