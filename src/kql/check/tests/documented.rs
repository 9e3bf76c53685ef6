//! The examples of the documentation: all are read, printed and checked, and their columns are the documented ones.
//!
//! The examples lie beside the project and are not part of it. Where they are missing these tests say so and pass.
//! `golden/documented-exceptions.txt` lists pages that were examined and found to be wrong, each with the reason.

use std::{collections::BTreeMap, fs, path::Path};

use model::ColumnType;
use serde::Deserialize;

use super::{Open, exceptions};
use crate::{
    Checked, Context, check,
    checked::{Column, Schema},
    parse,
};

#[derive(Deserialize)]
struct Example {
    id: String,
    scope: String,
    query: String,
    columns: Vec<String>,
}

impl Example {
    /// The names of the documented columns, without the marks of the page.
    fn columns(&self) -> Vec<String> {
        self.columns.iter().map(|column| column.replace(['`', '\\'], "")).collect()
    }

    /// The names of the columns that are found. A plugin whose columns depend on its rows gives the documented ones.
    fn found(&self) -> Result<Vec<String>, String> {
        let tree = parse(&self.query).map_err(|mistakes| mistakes.to_string())?;
        let documented: Schema = self.columns().iter().map(|name| Column::new(&**name, ColumnType::Dynamic)).collect();
        let mut discovered: Vec<Schema> = Vec::new();
        loop {
            let context = Context {
                catalogue: &Open(&BTreeMap::new()),
                functions: crate::Functions::NONE,
                parameters: &BTreeMap::new(),
                discovered: &discovered,
            };
            match check(&tree, &context).map_err(|mistakes| mistakes.to_string())? {
                Checked::Discover(_) => discovered.push(documented.clone()),
                Checked::Ready(outputs) => {
                    let output = outputs.first().ok_or("no result")?;
                    return Ok(output.table.schema().iter().map(|column| column.name.to_string()).collect());
                }
            }
        }
    }
}

fn examples() -> Option<Vec<Example>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/kql/examples.ndjson");
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("skipped: no examples of the documentation in the shared folder");
        return None;
    };
    let examples = text.lines().map(|line| serde_json::from_str(line).expect("an example"));
    Some(examples.filter(|example: &Example| example.scope == "core").collect())
}

#[test]
fn every_example_is_read_and_printed() {
    for example in examples().unwrap_or_default() {
        let tree = parse(&example.query).unwrap_or_else(|mistakes| panic!("{}: {mistakes}", example.id));
        let printed = tree.print();
        assert_eq!(parse(&printed).as_ref(), Ok(&tree), "{}: {printed}", example.id);
    }
}

#[test]
fn every_example_gives_the_documented_columns() {
    let Some(examples) = examples() else { return };
    let exceptions = exceptions(include_str!("../../golden/documented-exceptions.txt"));
    let mut differing = Vec::new();
    for example in &examples {
        let found = example.found();
        if (found.as_ref() == Ok(&example.columns())) == exceptions.contains_key(&*example.id) {
            differing.push(format!("{}: documented {:?}, found {found:?}", example.id, example.columns()));
        }
    }
    assert!(differing.is_empty(), "{} of {}:\n{}", differing.len(), examples.len(), differing.join("\n"));
}
