//! What is wrong with queries, told with its place, the text under it and the nearest name.

use std::collections::BTreeMap;

use super::{outputs, outputs_of};
use crate::What;

/// What a mistake is, the text under it and the suggestion.
fn mistakes(query: &str) -> Vec<(What, String, Option<String>)> {
    let mistakes = outputs(query).expect_err(query).0;
    mistakes.into_iter().map(|m| (m.what, m.under.into(), m.nearest.map(Into::into))).collect()
}

#[test]
fn unknown_names_come_with_the_nearest_known_one() {
    let wide = BTreeMap::from([
        ("SecurityEvent".into(), super::schema("TimeGenerated:datetime,EventID:long,Computer:string,Account:string")),
        ("SigninLogs".into(), super::schema("TimeGenerated:datetime,UserPrincipalName:string")),
    ]);
    let told = |query: &str| {
        let mistakes = outputs_of(query, &wide, &[], &BTreeMap::new()).expect_err(query).0;
        let one = mistakes.into_iter().next().expect("a mistake");
        (one.what, one.place.line, one.place.column, one.under.to_string(), one.nearest.map(String::from))
    };
    let suggested = |name: &str| Some(name.to_owned());
    assert_eq!(
        told("SecurityEvents\n| take 5"),
        (What::UnknownTable, 1, 1, "SecurityEvents".into(), suggested("SecurityEvent"))
    );
    assert_eq!(
        told("SecurityEvent\n| where Compuer == 'x'"),
        (What::UnknownColumn, 2, 9, "Compuer".into(), suggested("Computer"))
    );
    assert_eq!(
        told("SecurityEvent | extend x = tolowr(Account)"),
        (What::UnknownFunction, 1, 28, "tolowr".into(), suggested("tolower"))
    );
    assert_eq!(
        told("SecurityEvent | summarize cuont()"),
        (What::UnknownFunction, 1, 27, "cuont".into(), suggested("count"))
    );
    assert_eq!(told("SecurityEvent | join (SigninLog) on TimeGenerated").4, suggested("SigninLogs"));
    assert_eq!(told("let accounts = SecurityEvent; acounts | take 1").4, suggested("accounts"));
    assert_eq!(told("SecurityEvent | project-away Acount").4, suggested("Account"));
    assert_eq!(told("SecurityEvent | evaluate bag_unpak(Account)").4, suggested("bag_unpack"));
    assert_eq!(told("SecurityEvent | join kind=iner (SigninLogs) on TimeGenerated").4, suggested("inner"));
}

#[test]
fn what_can_not_be_meant_is_wrong() {
    let wrong_type = |expected: &'static str, found| What::WrongType { expected: expected.into(), found };
    use model::ColumnType as C;
    for (query, what) in [
        ("T | where a", wrong_type("bool", C::String)),
        ("T | extend x = ago(t)", wrong_type("timespan", C::Datetime)),
        ("T | extend x = t == b", What::Mismatch(C::Datetime, C::Long)),
        ("T | extend x = a + a", What::Mismatch(C::String, C::String)),
        ("T | extend x = t + 1", What::Mismatch(C::Datetime, C::Long)),
        ("T | extend x = strcat()", What::WrongCount { expected: "1 or more".into(), found: 0 }),
        ("T | extend x = substring(a)", What::WrongCount { expected: "2 to 3".into(), found: 1 }),
        ("T | where count() > 1", What::MisplacedAggregate),
        ("T | summarize x = a", What::NotAnAggregate),
        ("T | project a, a = b", What::RepeatedName),
        ("T | extend x = 1, x = 2", What::RepeatedName),
        ("T | project x = U", What::NotAValueButATable),
        ("let x = 1; x | take 1", What::NotATable),
        ("let f = (x:long) { x }; print f()", What::WrongCount { expected: "1".into(), found: 0 }),
        ("let f = (x:long) { x }; print f(1, 2)", What::WrongCount { expected: "1".into(), found: 2 }),
        ("T | where b in (U | where x == b)", What::UnknownColumn),
        ("datatable(a:long, b:long) [1, 2, 3]", What::WrongCount { expected: "a multiple of 2".into(), found: 3 }),
        ("T | take \"x\"", wrong_type("a whole number", C::String)),
        ("T | evaluate python(typeof(*), 'x')", What::Unsupported("the plugin python".into())),
        ("declare query_parameters(a:string); print a", What::MissingParameter),
    ] {
        assert_eq!(mistakes(query).into_iter().map(|(what, ..)| what).collect::<Vec<_>>(), [what], "{query}");
    }
}

#[test]
fn a_fuzzy_union_lets_only_sources_be_missing() {
    assert!(outputs("union isfuzzy=true T, (Nosuch() | where x == 1), nosuch()").is_ok());
    let found = mistakes("union isfuzzy=true T, (T | extend x = nosuch(a))");
    assert_eq!(found, [(What::UnknownFunction, "nosuch".into(), None)]);
    let found = mistakes("union T, (Nosuch() | where x == 1)");
    assert_eq!(found.first().map(|(what, ..)| what), Some(&What::UnknownFunction));
}

#[test]
fn a_mistake_does_not_hide_those_behind_it() {
    let found = mistakes("T | where nosuch1 == 1 | sort by nosuch2 | take 5 | top 3 by nosuch3");
    assert_eq!(found.iter().map(|(_, under, _)| under.as_str()).collect::<Vec<_>>(), ["nosuch1", "nosuch2", "nosuch3"]);
    // What a broken `let` stands for is not told again where it is used.
    assert_eq!(mistakes("let x = Nosuch | take 1; x | take 1; x").len(), 1);
}

#[test]
fn a_suggestion_is_only_made_of_names_that_are_alike() {
    assert_eq!(mistakes("T | where zzzzzz == 1"), [(What::UnknownColumn, "zzzzzz".into(), None)]);
}
