//! How fast queries are read and checked: planning must not be felt.

use std::{collections::BTreeMap, sync::Arc};

use divan::Bencher;
use kql::{
    Checked, Context, check,
    checked::{Column, Schema},
    parse,
};
use model::ColumnType;

fn main() {
    divan::main();
}

/// A filter with a count.
const SMALL: &str = "SecurityEvent | where EventID == 4625 and Account has 'admin' | summarize count() by Computer";

/// As hunting queries are: variables, two tables, dynamic values, a join, aggregates.
const TYPICAL: &str = r#"
let lookback = 14d;
let threshold = 5;
let admins = SecurityEvent
    | where TimeGenerated > ago(lookback)
    | where EventID in (4728, 4732, 4756) // added to a group
    | extend Details = parse_json(EventData)
    | extend Target = tostring(Details.TargetUserName), Member = tostring(Details.MemberName)
    | where Target has_any ("Admins", "Operators")
    | summarize Added = max(TimeGenerated), Groups = make_set(Target, 100) by Member, Computer;
SigninLogs
| where TimeGenerated between (ago(lookback) .. now())
| where ResultType !in ("0", "50125") and AppDisplayName !~ "Windows Sign In"
| extend Country = tostring(LocationDetails.countryOrRegion), Day = startofday(TimeGenerated)
| extend Risk = case(RiskLevel == "high", 3, RiskLevel == "medium", 2, 1)
| summarize Failures = count(), Countries = dcount(Country), Last = arg_max(TimeGenerated, *), Score = sum(Risk)
    by UserPrincipalName, bin(TimeGenerated, 1h)
| where Failures > threshold or Countries > 1
| join kind=inner (admins) on $left.UserPrincipalName == $right.Member
| project-away Member, Last
| top 100 by Score desc
"#;

fn query(name: &str) -> &'static str {
    if name == "small" { SMALL } else { TYPICAL }
}

fn tables() -> BTreeMap<Arc<str>, Schema> {
    use ColumnType::{Datetime, Dynamic, Long, String};
    let columns = |named: &[(&str, ColumnType)]| -> Schema {
        let wide = (0..100).map(|number| Column::new(format!("Column{number}"), String));
        named.iter().map(|(name, column_type)| Column::new(*name, *column_type)).chain(wide).collect()
    };
    BTreeMap::from([
        (
            "SecurityEvent".into(),
            columns(&[
                ("TimeGenerated", Datetime),
                ("EventID", Long),
                ("Account", String),
                ("Computer", String),
                ("EventData", String),
            ]),
        ),
        (
            "SigninLogs".into(),
            columns(&[
                ("TimeGenerated", Datetime),
                ("ResultType", String),
                ("AppDisplayName", String),
                ("UserPrincipalName", String),
                ("RiskLevel", String),
                ("LocationDetails", Dynamic),
            ]),
        ),
    ])
}

#[divan::bench(args = ["small", "typical"])]
fn read(bencher: Bencher<'_, '_>, name: &str) {
    let query = query(name);
    bencher.bench(|| parse(query).is_ok());
}

#[divan::bench(args = ["small", "typical"])]
fn read_and_check(bencher: Bencher<'_, '_>, name: &str) {
    let query = query(name);
    let tables = tables();
    let context =
        Context { catalogue: &tables, functions: kql::Functions::NONE, parameters: &BTreeMap::new(), discovered: &[] };
    assert!(matches!(parse(query).and_then(|tree| check(&tree, &context)), Ok(Checked::Ready(_))));
    bencher.bench_local(|| parse(query).and_then(|tree| check(&tree, &context)).is_ok());
}
