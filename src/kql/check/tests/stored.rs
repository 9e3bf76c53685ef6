//! Stored functions: which names mean them, what they see, and how mistakes in them are told.

use std::collections::BTreeMap;

use super::{described, tables};
use crate::{Checked, Context, Functions, Mistakes, StoredFunction, What, check, parse};

/// What a team might keep.
const KEPT: &str = r#"
// Comments and several commands in a text.
.create-or-alter function with (folder = "Soc", docstring = "rows (of T)") Recent(since: datetime = datetime(null), names: dynamic = dynamic([])) {
    let named = (list: dynamic) { T | where array_length(list) == 0 or a has_any (list) };
    named(names) | where isnull(since) or t >= since | project a, b
}
.create function ifnotexists Doubled(n: long) { n * 2 };
.alter function Longest(R: (a: string), least: long) { R | where strlen(a) >= least }
.create-or-alter function V() { V | extend seen = true }
.create-or-alter function Listed() { T | where a in ((_GetWatchlist('Nobody') | project SearchKey)) | project a }
.create-or-alter function Gone() { Nowhere | take 1 }
.create-or-alter function Broken() { T | where Missing == 1 }
.create-or-alter function Outer() { Broken | count }
.create-or-alter function Loop(n: long = 1) { union T, (Pool(n)) }
.create-or-alter function Pool(n: long) { Loop(n) }
"#;

fn functions() -> Functions {
    let mut functions = Functions::default();
    for function in StoredFunction::of_commands(KEPT).unwrap() {
        functions.insert(function);
    }
    functions
}

fn checked(query: &str) -> Result<String, Mistakes> {
    let (tables, functions) = (tables(), functions());
    let context = Context { catalogue: &tables, functions: &functions, parameters: &BTreeMap::new(), discovered: &[] };
    match check(&parse(query)?, &context)? {
        Checked::Ready(outputs) => Ok(described(outputs[0].table.schema())),
        Checked::Discover(_) => panic!("{query}: no plugin is in it"),
    }
}

/// The first mistake: what it is, and the text under it.
fn mistake(query: &str) -> (What, String) {
    let mistake = checked(query).unwrap_err().0.remove(0);
    (mistake.what, mistake.under.into())
}

#[test]
fn a_function_is_called_with_brackets_or_by_its_name_alone() {
    for query in ["Recent()", "Recent", "Recent(ago(1d))", "Recent(names = dynamic(['x']), since = now())"] {
        assert_eq!(checked(query).as_deref(), Ok("a:string, b:long"), "{query}");
        assert_eq!(checked(&format!("{query} | where b > 1 | count")).as_deref(), Ok("Count:long"), "{query}");
        assert_eq!(checked(&format!("union {query}, U | project x")).as_deref(), Ok("x:long"), "{query}");
        assert_eq!(checked(&format!("T | join ({query}) on a | project b1")).as_deref(), Ok("b1:long"), "{query}");
    }
    assert_eq!(checked("T | project d2 = Doubled(b) + Doubled(1)").as_deref(), Ok("d2:long"));
    assert_eq!(checked("T | summarize n = Doubled(sum(b))").as_deref(), Ok("n:long"));
    assert_eq!(checked("workspace('soc').Recent(now())").as_deref(), Ok("a:string, b:long"));
    // Which it is not when something must be given.
    assert_eq!(mistake("Longest").0, What::UnknownTable);
}

#[test]
fn a_table_is_given_by_invoke_or_as_an_argument() {
    for query in ["T | invoke Longest(2)", "Longest(T, 2)", "T | project a | invoke Longest(2) | extend b = 1"] {
        assert!(checked(query).unwrap().starts_with("a:string"), "{query}");
    }
    let (what, under) = mistake("T | invoke Longest(now())");
    assert_eq!(
        (what, &*under),
        (What::WrongType { expected: "long".into(), found: model::ColumnType::Datetime }, "now()")
    );
}

#[test]
fn what_the_query_says_goes_before_functions_and_they_before_tables() {
    assert_eq!(checked("let Recent = () { print own = 1 }; Recent()").as_deref(), Ok("own:long"));
    assert_eq!(checked("let Recent = U; Recent | project y").as_deref(), Ok("y:string"));
    // Within it the name means the table, or it could never name it.
    assert_eq!(checked("V").as_deref(), Ok("a:long, z:string, seen:bool"));
    // A function sees nothing of the query.
    assert_eq!(checked("let T = U; Recent").as_deref(), Ok("a:string, b:long"));
}

#[test]
fn a_mistake_within_is_told_where_it_is_called_and_names_the_function() {
    let (what, under) = mistake("T | join Outer() on a");
    assert_eq!(under, "Outer()");
    let told = checked("Outer() | take 1").unwrap_err().0[0].told();
    assert!(told.starts_with("line 1, column 1: in the function Outer, line 13, column "), "{told}");
    assert!(told.contains("in the function Broken, line 12, ") && told.contains("at `Missing`"), "{told}");
    assert_eq!(what.innermost(), &What::UnknownColumn);
    // An argument belongs to the query.
    assert_eq!(mistake("Recent(since = Nothing)").1, "Nothing");
    assert_eq!(mistake("Recent(sinse = now())").1, "sinse");
}

#[test]
fn a_function_that_calls_itself_is_refused() {
    for query in ["Loop", "Loop(2)", "Pool(1) | count"] {
        assert_eq!(mistake(query).0.innermost(), &What::Recursive, "{query}");
    }
}

#[test]
fn a_fuzzy_union_does_without_functions_whose_tables_are_not_there() {
    assert_eq!(
        checked("union isfuzzy=true Recent, Gone(), Gone, Absent, Missing()").as_deref(),
        Ok("a:string, b:long")
    );
    assert_eq!(mistake("union Recent, Gone()").0.innermost(), &What::UnknownTable);
    assert_eq!(mistake("union isfuzzy=true Recent, Broken()").0.innermost(), &What::UnknownColumn);
}

#[test]
fn misspelt_names_are_compared_with_functions_too() {
    for query in ["Recnt", "Recnt()", "T | invoke Recnt()", "print Recnt(1)"] {
        let mistakes = checked(query).unwrap_err();
        assert_eq!(mistakes.0[0].nearest.as_deref(), Some("Recent"), "{query}");
    }
}

#[test]
fn parts_are_read_as_a_function_and_mistakes_have_their_place() {
    let function =
        StoredFunction::of_parts("F", "(a: string = '*', b: dynamic = dynamic([]))", "T\n| take 1;\n").unwrap();
    assert!(function.needs_nothing() && &*function.renamed("G").name == "G");
    let mistakes = StoredFunction::of_parts("F", "", "let a = 1;\nT | tske 2").unwrap_err();
    assert_eq!((mistakes.0[0].place.line, &*mistakes.0[0].under), (2, "tske"));
    assert!(StoredFunction::of_parts("F", "(a: text)", "T").is_err());
    assert!(StoredFunction::of_parts("F", "(a: long) { }", "T").is_err());
    for text in [".drop function F", ".create table T (a: long)", ".create function F() { T", "T | take 1", "."] {
        assert!(StoredFunction::of_commands(text).is_err(), "{text}");
    }
}

#[test]
fn a_function_may_ask_for_a_watchlist_that_nobody_keeps() {
    assert_eq!(checked("Listed").as_deref(), Ok("a:string"));
    assert_eq!(mistake("_GetWatchlist('Nobody')").0, What::UnknownTable);
}
