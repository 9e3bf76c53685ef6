//! Texts that are no queries, nearly queries, or queries that would become enormous: nothing panics, and what is printed
//! reads the same.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Open, outputs, tables};
use crate::{Context, What, check, parse, parse::EVERYTHING};

/// Reads, prints and checks a text, whatever it is.
fn survives(text: &str) {
    let Ok(tree) = parse(text) else { return };
    let printed = tree.print();
    match parse(&printed) {
        Ok(again) => assert_eq!(again, tree, "{printed}"),
        Err(mistakes) => panic!("{text}\nis printed as\n{printed}\nwhich is refused: {mistakes}"),
    }
    let tables = tables();
    let context = Context {
        catalogue: &Open(&tables),
        functions: crate::Functions::NONE,
        parameters: &BTreeMap::new(),
        discovered: &[],
    };
    drop(check(&tree, &context));
}

/// Pieces of queries, in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "T",
        "U",
        "a",
        "b",
        "d",
        "t",
        "nosuch",
        " | ",
        "|",
        "where ",
        "extend ",
        "summarize ",
        "project ",
        "join ",
        "union ",
        "let ",
        "x",
        "=",
        "==",
        "!=",
        "=~",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        ".",
        "..",
        "*",
        "-",
        "+",
        "/",
        "%",
        "<",
        "count()",
        "max(",
        "strcat(",
        "dynamic(",
        "datetime(",
        "2020-01-01)",
        "1h",
        "1.5",
        "0x1F",
        "'a'",
        "\"",
        "'",
        "@\"",
        "```",
        "h'",
        "\\",
        "// ",
        "\n",
        " by ",
        " on ",
        " in ",
        " in~ ",
        " has ",
        " between (",
        "!has",
        "and ",
        "or ",
        "not(",
        "typeof(",
        "long",
        ")",
        "mv-expand ",
        "mv-apply ",
        "make-series ",
        " step ",
        " from ",
        " to ",
        "parse ",
        " with ",
        "print ",
        "range ",
        "datatable(",
        "search ",
        "find ",
        "evaluate ",
        "scan ",
        "step ",
        "=>",
        "top ",
        "render ",
        "kind=",
        "é",
        "☃",
        "\u{0}",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// A right query with a stretch of it cut out, doubled, or replaced by pieces.
fn mutated() -> impl Strategy<Value = String> {
    let queries: Vec<&str> = EVERYTHING.iter().copied().filter(|query| !query.is_empty()).collect();
    (prop::sample::select(queries), any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8, pieces())
        .prop_map(|(query, a, b, how, pieces)| {
            let chars: Vec<char> = query.chars().collect();
            let (a, b) = (a.index(chars.len() + 1), b.index(chars.len() + 1));
            let (start, end) = (a.min(b), a.max(b));
            let text = |chars: &[char]| chars.iter().collect::<String>();
            let (before, middle, after) = (text(&chars[..start]), text(&chars[start..end]), text(&chars[end..]));
            match how {
                0 => before + &after,
                1 => format!("{before}{middle}{middle}{after}"),
                2 => format!("{before}{pieces}{after}"),
                _ => format!("{after}{middle}{before}"),
            }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_text_is_survived(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn pieces_of_queries_are_survived(text in pieces()) {
        survives(&text);
    }

    #[test]
    fn broken_queries_are_survived(text in mutated()) {
        survives(&text);
    }

    #[test]
    fn texts_are_printed_so_that_they_read_the_same(text in any::<String>()) {
        let literal = crate::Literal::String(text.into());
        let mut printer = crate::print::Printer::default();
        printer.put("print").literal(&literal);
        prop_assert!(parse(printer.written()).is_ok(), "{}", printer.written());
        survives(printer.written());
    }
}

#[test]
fn the_corpus_of_the_fuzz_target_is_survived() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/corpus/kql");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the corpus") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        survives(&String::from_utf8_lossy(&bytes));
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn functions_that_double_each_other_end_at_a_limit() {
    let mut query = String::from("let f0 = (x:long) { x + x };");
    for level in 1..40 {
        query += &format!("let f{level} = (x:long) {{ f{0}(x) + f{0}(x) }};", level - 1);
    }
    query += "print f39(1)";
    let what = outputs(&query).expect_err("too large").0.remove(0).what;
    assert!(matches!(what, What::TooLarge | What::TooDeep), "{what:?}");
    let mut query = String::from("let t0 = T;");
    for level in 1..60 {
        query += &format!("let t{level} = t{0} | join t{0} on a;", level - 1);
    }
    query += "t59";
    let what = outputs(&query).expect_err("too large").0.remove(0).what;
    assert!(matches!(what, What::TooLarge | What::TooDeep), "{what:?}");
}

#[test]
fn a_function_does_not_see_itself() {
    let what = outputs("let f = (x:long) { f(x) }; print f(1)").expect_err("unknown").0.remove(0).what;
    assert_eq!(what, What::UnknownFunction);
}

#[test]
fn what_is_wide_or_long_is_checked_without_recursion() {
    assert!(outputs(&format!("T{}", " | take 5".repeat(20_000))).is_ok());
    assert!(outputs(&format!("T | where b == 1{}", " or b == 1".repeat(20_000))).is_ok());
    assert!(outputs(&format!("T | where b in (1{})", ", 2".repeat(20_000))).is_ok());
    let deep = crate::MAX_DEPTH - 20;
    assert!(outputs(&format!("T | extend x = {}b{}", "abs(".repeat(deep / 2), ")".repeat(deep / 2))).is_ok());
    assert!(outputs(&format!("T | extend x = b{}", " + b".repeat(190))).is_ok());
    assert!(outputs(&format!("T | extend x = d{}", ".k".repeat(190))).is_ok());
}

/// The deepest query of a shape that is still read.
fn deepest(shape: impl Fn(usize) -> String) -> String {
    (1..=crate::MAX_DEPTH).map(shape).take_while(|query| parse(query).is_ok()).last().expect("one level at least")
}

#[test]
fn what_is_as_deep_as_can_be_is_checked_on_a_small_stack() {
    let nested = |open: &str, inner: &str, close: &str, depth: usize| {
        format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
    };
    let queries = [
        deepest(|depth| nested("T | join (", "T", ") on a", depth)),
        deepest(|depth| nested("union (", "T", "), U", depth)),
        deepest(|depth| format!("T | extend x = {}", nested("toscalar(T | where b == ", "1", " | project b)", depth))),
        deepest(|depth| format!("T | where {}", nested("a in (T | where ", "a == 'x'", " | project a)", depth))),
        deepest(|depth| format!("T | extend x = {}", nested("abs(", "b", ")", depth))),
        deepest(|depth| format!("T | extend x = {}", nested("iff(o, b, (", "b", "))", depth))),
        deepest(|depth| format!("T | extend x = {}", nested("(b + ", "b", ")", depth))),
        deepest(|depth| format!("T | where {}", nested("not(o and (", "o", "))", depth))),
        deepest(|depth| format!("T | extend x = {}", nested("d[", "b", "]", depth))),
        deepest(|depth| format!("T | {}", nested("mv-apply d on (", "take 1", ")", depth))),
        deepest(|depth| format!("T | {}", nested("partition by a (", "take 1", ")", depth))),
        (1..35).fold("let f0 = () { T };".into(), |query: String, level| {
            query + &format!("let f{level} = () {{ f{}() | where o }};", level - 1)
        }) + "f34() | count",
    ];
    for query in queries {
        match outputs(&query) {
            Ok(outputs) => assert_eq!(outputs.len(), 1),
            Err(mistakes) => assert_eq!(mistakes.0[0].what, What::TooDeep, "{query}"),
        }
    }
}
