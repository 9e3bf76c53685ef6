//! Any text as a query: it is read, printed, read again and checked; nothing panics, and printing changes nothing.
#![no_main]

use std::{collections::BTreeMap, sync::Arc};

use kql::{
    Context, check,
    checked::{Column, Schema},
    parse,
};
use libfuzzer_sys::fuzz_target;
use model::ColumnType;

fuzz_target!(|text: &str| {
    let Ok(tree) = parse(text) else { return };
    let printed = tree.print();
    assert_eq!(parse(&printed).as_ref(), Ok(&tree), "{printed}");
    let columns: Schema = [("a", ColumnType::String), ("b", ColumnType::Long), ("d", ColumnType::Dynamic)]
        .into_iter()
        .map(|(name, column_type)| Column::new(name, column_type))
        .collect();
    let tables: BTreeMap<Arc<str>, Schema> = BTreeMap::from([("T".into(), columns)]);
    let context = Context { catalogue: &tables, parameters: &BTreeMap::new(), functions: kql::Functions::NONE, discovered: &[] };
    drop(check(&tree, &context));
});
