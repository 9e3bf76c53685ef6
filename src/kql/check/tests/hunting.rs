//! What published hunting queries do, each in one line of `hunting.txt`: all of it is understood.

use std::collections::BTreeMap;

use super::{outputs_of, schema};

#[test]
fn all_of_it_is_understood() {
    let paragraphs = include_str!("hunting_tables.txt").split("\n\n");
    let tables = paragraphs.filter_map(|table| table.trim().strip_suffix(')')?.split_once('('));
    let tables = tables.map(|(name, columns)| (name.into(), schema(&columns.replace([' ', '\n'], "")))).collect();
    let mut refused = Vec::new();
    for query in include_str!("hunting.txt").lines().filter(|line| !line.is_empty()) {
        if let Err(mistakes) = outputs_of(query, &tables, &[], &BTreeMap::new()) {
            refused.push(format!("{mistakes}\n    {query}"));
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}
