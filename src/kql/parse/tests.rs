//! What is read, what is refused and where, and that printing and reading again changes nothing.

use crate::{
    Literal, MAX_DEPTH, MAX_QUERY_BYTES, What, parse,
    tree::{BinaryOperator, ExprKind, Operator, Query, Statement},
};

fn read(text: &str) -> Query {
    match parse(text) {
        Ok(query) => query,
        Err(mistakes) => panic!("{text}: {mistakes}"),
    }
}

/// The condition of a `where` that is the only operator.
fn condition(text: &str) -> ExprKind {
    let query = read(text);
    let [Statement::Query(pipe)] = query.statements.as_slice() else { panic!("{text}") };
    let [step] = pipe.steps.as_slice() else { panic!("{text}") };
    let Operator::Filter(filter) = &step.operator else { panic!("{text}") };
    filter.condition.kind.clone()
}

#[test]
fn every_operator_is_read_and_printed() {
    for text in EVERYTHING {
        let query = read(text);
        let printed = query.print();
        assert_eq!(read(&printed), query, "{text}\n{printed}");
    }
}

/// All operators, statements and forms of expressions.
pub(crate) const EVERYTHING: &[&str] = &[
    "",
    "// only a comment",
    "T;",
    "let a = 1; let b = T | where c == a; b | count",
    "let f = (a:string, b:long = 5, c:(x:long, y:string), d:(*)) { let e = a; c | where y == e }; f(\"q\", 1, T, U)",
    "let v = view () { range x from 1 to 10 step 1 }; union *",
    "let m = materialize(T | take 5); m",
    "declare query_parameters(a:string, b:datetime = datetime(2024-01-01)); T | where c == a",
    "declare pattern p = (a:string)[b:string] { (\"x\").[\"y\"] = { print a=1 }; (\"z\") = { print a=2 }; }; p(\"z\")",
    "alias database d = cluster(\"c\").database(\"e\"); T",
    "set notruncation; set maxmemory = 5; T",
    "restrict access to (T, database(\"d\").*, v*); T",
    "['a b'] | where [\"c d\"] == 1",
    "database('x').T | take 1",
    "cluster(\"a\").database(\"b\").['c d'] | take 1",
    "workspace(\"w\").SecurityEvent | take 1",
    "table(\"T\") | count as n",
    "union kind=outer withsource=s isfuzzy=true T, U*, (V | where a), database(\"x\").W*, *",
    "T | union U, (V)",
    "T | as hint.materialized=true X | count",
    "T | assert-schema (a:long, b:string)",
    "T | distinct *",
    "T | distinct a, b.c, tostring(d)",
    "T | evaluate bag_unpack(a, 'p_') : (*, b:long)",
    "T | evaluate hint.distribution=per_node pivot(a, count(), b)",
    "evaluate f(1)",
    "T | extend a = 1, (b, c) = f(d), e",
    "T | facet by a, b with (where c | take 5)",
    "T | facet by a with take 5",
    "T | filter a",
    "find withsource=s in (A, B*, C | as D) where a == 1 project a, b:string, pack(*)",
    "find \"x\" project-away a",
    "T | find a == \"b\"",
    "T | fork (where a | count) b = (take 5)",
    "T | getschema kind=csl",
    "T | invoke f(1, \"a\")",
    "T | join kind=leftouter hint.strategy=broadcast (U | where a) on b, $left.c == $right.d",
    "T | join U on a",
    "T | lookup kind=inner U on $left.a == $right.b",
    "T | make-series kind=nonempty n=count() default=0, s=sum(a) on t from ago(1d) to now() step 1h by b, c",
    "T | make-series count() on t in range(ago(1d), now(), 1h) by b",
    "T | make-series count() on t step 1h",
    "T | mv-apply with_itemindex=i a=b to typeof(long), c limit 5 on (top 1 by a | project d)",
    "T | mv-expand kind=array with_itemindex=i a, b=c.d to typeof(string) limit 100",
    "T | mvexpand bagexpansion=array a",
    "T | fork (join (U) on a) (lookup (['a b']) on a) (take (5) | count)",
    "join ['evaluate']",
    "union v**, ['a*b c'], *1",
    "T | parse kind=regex flags=Ui a with * \"x\" b:long \"y\" c *",
    "T | parse-where a with \"x\" b",
    "T | parse-kv a as (b:long, ['c d']:string) with (pair_delimiter=',', kv_delimiter='=', quote='\"')",
    "T | partition hint.strategy=native by a (top 1 by b | project c)",
    "T | partition by a { U | where b }",
    "print a = 1, 2",
    "T | project",
    "T | project a, b = c + 1",
    "T | project-away a, b*, *c, *d*, ['e f']",
    "T | project-keep a*",
    "T | project-rename b = a",
    "T | project-reorder a asc, b* granny-desc, *",
    "T | project-by-names \"a\", dynamic([\"b\"])",
    "range a from 1 to 10 step 1",
    "T | reduce kind=source by a with threshold=0.1, characters=\"-\"",
    "T | render timechart",
    "T | render timechart title=\"x\" kind=stacked",
    "T | render 3Dchart with (title=\"x\", series=a,b, ysplit=axes)",
    "T | sample 5",
    "T | sample-distinct 5 of a",
    "T | scan order by a asc partition by b declare (c:long=0, d:string) with (step s optional output=all: e == 1 => c = s.c + 1, d = \"x\"; step t: true;)",
    "T | scan with_match_id=m with (step s: true;)",
    "search \"x\" and a:\"y\" or b == 1",
    "search kind=case_sensitive in (A, B) \"x\"",
    "search * and \"x\"",
    "search * has \"x\"",
    "T | search \"x\"",
    "T | serialize",
    "T | serialize n = row_number()",
    "T | sort by a asc nulls last, b desc nulls first, c",
    "T | order by a",
    "T | summarize",
    "T | summarize by a",
    "T | summarize count(), m = max(a), (b, c) = arg_max(d, *) by bin(t, 1h), e",
    "T | summarize count() by t bin=1h",
    "T | take 5",
    "T | limit 5",
    "T | top 5 by a desc nulls last",
    "T | top-hitters 5 of a by b",
    "T | top-nested 2 of a with others=\"x\" by count(), top-nested of b by max(c) asc",
];

#[test]
fn texts_come_in_all_their_forms() {
    for (text, says) in [
        (r#""a\tb\\c\"d\'e""#, "a\tb\\c\"d'e"),
        (r"'a''b'", "ab"),
        (r#"@"a\b""c""#, r#"a\b"c"#),
        (r"@'a''b'", "a'b"),
        (r#"h"secret""#, "secret"),
        (r#"H@'se\cret'"#, r"se\cret"),
        ("```a\n`b\\```", "a\n`b\\"),
        ("~~~a\"b~~~", "a\"b"),
        (r#""a" 'b' @"c""#, "abc"),
        (r#""\u0041\x42\103\U00000044""#, "ABCD"),
        (r#""//no comment""#, "//no comment"),
        (r#""é☃""#, "é☃"),
    ] {
        let expected = ExprKind::Literal(Literal::String(says.into()));
        assert_eq!(condition(&format!("T | where {text}")), expected, "{text}");
    }
}

#[test]
fn literals_have_their_types() {
    use Literal as L;
    let ticks = 10_000_000;
    for (text, value) in [
        ("true", L::Bool(true)),
        ("1", L::Long(1)),
        ("0xFF", L::Long(255)),
        ("long(-1)", L::Long(-1)),
        ("int(-1)", L::Int(-1)),
        ("1.5", L::Real(1.5)),
        ("1e3", L::Real(1000.0)),
        ("1.", L::Real(1.0)),
        ("real(-inf)", L::Real(f64::NEG_INFINITY)),
        ("double(2)", L::Real(2.0)),
        ("decimal(1.50)", L::Decimal("1.50".into())),
        ("1h", L::Timespan(3_600 * ticks)),
        ("1.5min", L::Timespan(90 * ticks)),
        ("time(1.00:00:01)", L::Timespan(86_401 * ticks)),
        ("timespan(2d)", L::Timespan(172_800 * ticks)),
        ("datetime(1970-01-02)", L::Datetime(86_400 * ticks)),
        ("date(\"1970-01-02\")", L::Datetime(86_400 * ticks)),
        ("datetime(null)", L::Null(model::ColumnType::Datetime)),
        ("guid(00000000-0000-0000-0000-0000000000ff)", L::Guid(255)),
        ("00000000-0000-0000-0000-0000000000ff", L::Guid(255)),
        ("bool(0)", L::Bool(false)),
        ("dynamic(null)", L::Null(model::ColumnType::Dynamic)),
        ("dynamic([1, 'a', {\"b\": -1.5}, null, true])", {
            L::Dynamic(serde_json::json!([1, "a", {"b": -1.5}, null, true]).into())
        }),
        ("dynamic([datetime(1970-01-02), 1s])", {
            L::Dynamic(serde_json::json!(["1970-01-02T00:00:00.0000000Z", "00:00:01"]).into())
        }),
    ] {
        assert_eq!(condition(&format!("T | where {text}")), ExprKind::Literal(value), "{text}");
    }
}

#[test]
fn operators_bind_as_kusto_says() {
    for (written, meant) in [
        ("a or b and c", "a or (b and c)"),
        ("a and b == c", "a and (b == c)"),
        ("a == b + c * d", "a == (b + (c * d))"),
        ("a - b - c", "(a - b) - c"),
        ("a * b has c", "a * (b has c)"),
        ("a + 1 in (2, 3)", "(a + 1) in (2, 3)"),
        ("-a.b * c", "(-(a.b)) * c"),
        ("a < b == c", "(a < b) == c"),
        ("a between (1 .. 2) and b", "(a between (1 .. 2)) and b"),
    ] {
        assert_eq!(condition(&format!("T | where {written}")), condition(&format!("T | where {meant}")), "{written}");
    }
    assert_ne!(condition("T | where a - (b - c)"), condition("T | where a - b - c"));
}

#[test]
fn keywords_are_names_where_nothing_else_can_stand() {
    for text in [
        "T | where kind == 1 and type == 2 and title == 3",
        "T | extend count = 1, take = 2, parse = 3",
        "T | where count > 1 and top == 2",
        "let view = 1; let range = 2; print view + range",
        "T | project count, range, sort, let, step, declare",
        "datatable(string:string, count:long, by:int) [\"a\", 1, 2]",
        "T | summarize count=count() by sample=a",
        "print range(1, 2, 3), count = 1",
        "getschema | where filter > 5",
    ] {
        read(text);
    }
}

#[test]
fn not_equal_has_two_spellings() {
    let ExprKind::Binary { operator, .. } = condition("T | where a <> b") else { panic!() };
    assert_eq!(operator, BinaryOperator::NotEqual);
}

/// What a mistake is, its line and column, the text under it and the suggestion.
fn mistakes(text: &str) -> Vec<(What, u32, u32, String, Option<String>)> {
    let mistakes = parse(text).expect_err(text).0;
    let told = |m: crate::Mistake| (m.what, m.place.line, m.place.column, m.under.into(), m.nearest.map(Into::into));
    mistakes.into_iter().map(told).collect()
}

#[test]
fn mistakes_say_where_and_what() {
    let expected = |what: &'static str| What::Expected(what.into());
    assert_eq!(
        mistakes("T\n| summerize count() by a"),
        [(What::UnknownOperator, 2, 3, "summerize".into(), Some("summarize".into()))]
    );
    assert_eq!(mistakes("T | where a == "), [(expected("an expression"), 1, 16, String::new(), None)]);
    assert_eq!(mistakes("T | where a = 1"), [(expected("\"==\""), 1, 13, "=".into(), None)]);
    assert_eq!(mistakes("T | where (a"), [(expected("\")\""), 1, 13, String::new(), None)]);
    assert_eq!(mistakes("T | sort a"), [(expected("\"by\""), 1, 10, "a".into(), None)]);
    assert_eq!(mistakes("T | where a == \"b"), [(What::UnclosedText, 1, 16, "\"b".into(), None)]);
    assert_eq!(mistakes("T | where é"), [(What::UnknownCharacter, 1, 11, "é".into(), None)]);
    assert_eq!(mistakes("datatable(a:strin) []"), [(What::UnknownType, 1, 13, "strin".into(), Some("string".into()))]);
    assert_eq!(
        mistakes("print datetime(yesterday)"),
        [(What::NotAValue(model::ColumnType::Datetime), 1, 7, "datetime(yesterday)".into(), None)]
    );
    assert!(matches!(mistakes("T | make-graph a --> b").as_slice(), [(What::Unsupported(_), ..)]));
}

#[test]
fn several_mistakes_are_told_at_once() {
    let found = mistakes("T | where a = 1 | tak 5 | sort b; U | summarize count( | take 1");
    let whats: Vec<_> = found.iter().map(|(what, ..)| what.to_string()).collect();
    assert_eq!(whats.len(), 4, "{whats:?}");
}

#[test]
fn an_error_quotes_no_query() {
    let error = parse("T | where secretcolumn = 'secret'").unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn depth_has_a_limit_and_no_stack_overflows() {
    let deep = 100_000;
    for text in [
        format!("print {}1{}", "(".repeat(deep), ")".repeat(deep)),
        format!("print {}1", "(".repeat(deep)),
        format!("print {}1{}", "f(".repeat(deep), ")".repeat(deep)),
        format!("print dynamic({}{})", "[".repeat(deep), "]".repeat(deep)),
        format!("{}T{}", "(".repeat(deep), " | count)".repeat(deep)),
        format!("T{}", " | join (T".repeat(deep)),
        format!("print {}", "a[".repeat(deep)),
        format!("print {}1", "-".repeat(deep)),
        format!("print a{}", ".b".repeat(deep)),
        format!("print a{}", " + b".repeat(deep)),
        format!("let f = (){{ {}", "let f = (){ ".repeat(deep)),
    ] {
        assert!(parse(&text).is_err());
    }
    // What is wide is not deep.
    read(&format!("print {}1{}", "(".repeat(MAX_DEPTH / 3), ")".repeat(MAX_DEPTH / 3)));
    read(&format!("T | where a{}", " or a == 1".repeat(20_000)));
    read(&format!("T | where a in (1{})", ", 2".repeat(20_000)));
    read(&format!("T{}", " | take 5".repeat(20_000)));
}

#[test]
fn a_query_that_is_too_long_is_not_read() {
    let text = format!("T | where a == '{}'", "x".repeat(MAX_QUERY_BYTES));
    assert_eq!(parse(&text).unwrap_err().0[0].what, What::TooLong);
}
