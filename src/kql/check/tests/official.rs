//! What Kusto's own parser and analyser say of queries on the tables of the tests: whether they are right, and the columns
//! of their results.
//!
//! `golden/official.txt` was made with npm `@kusto/language-service-next` 12.4.1: a query, and behind a tab its columns or
//! `!` if it is refused. `golden/official-exceptions.txt` says where this project differs, and why.

use super::{described, exceptions, outputs};

#[test]
fn columns_are_those_that_the_official_analyser_finds() {
    let exceptions = exceptions(include_str!("../../golden/official-exceptions.txt"));
    let mut lines = include_str!("../../golden/official.txt").lines();
    let mut differing = Vec::new();
    let mut count = 0;
    while let (Some(query), Some(expected)) = (lines.next(), lines.next()) {
        let found = match std::panic::catch_unwind(|| outputs(query)) {
            Ok(Ok(outputs)) => outputs.last().map(|output| described(output.table.schema())).unwrap_or_default(),
            Ok(Err(_)) => "!".into(),
            Err(_) => "?".into(),
        };
        count += 1;
        let same = found == expected.trim();
        if same == exceptions.contains_key(query) {
            differing.push(format!("{query}\n\tofficial: {}\n  here:     {found}", expected.trim()));
        }
    }
    assert!(count > 700, "{count}");
    assert!(differing.is_empty(), "{} of {count}:\n{}", differing.len(), differing.join("\n"));
}
