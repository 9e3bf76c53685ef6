//! How long it takes until a query runs: read, checked and planned, on tables without rows.

use std::{sync::Arc, time::Instant};

use engine::{Catalog, Engine};
use model::{Column, ColumnType, Table};

use crate::report::{Report, percentile};

/// As hunting queries are: variables, two tables, dynamic values, a join, aggregates.
const TYPICAL: &str = r#"
let lookback = 14d;
let threshold = 5;
let admins = SecurityEvent
    | where TimeGenerated > ago(lookback)
    | where EventID in (4728, 4732, 4756)
    | extend Details = parse_json(EventData)
    | extend Target = tostring(Details.TargetUserName), Member = tostring(Details.MemberName)
    | where Target has_any ("Admins", "Operators")
    | summarize Added = max(TimeGenerated), Groups = make_set(Target, 100) by Member, Computer;
SigninLogs
| where TimeGenerated between (ago(lookback) .. now())
| where ResultType !in ("0", "50125") and AppDisplayName !~ "Windows Sign In"
| extend Country = tostring(LocationDetails.countryOrRegion)
| extend Risk = case(RiskLevel == "high", 3, RiskLevel == "medium", 2, 1)
| summarize Failures = count(), Countries = dcount(Country), Last = max(TimeGenerated), Score = sum(Risk)
    by UserPrincipalName, bin(TimeGenerated, 1h)
| where Failures > threshold or Countries > 1
| join kind=inner (admins) on $left.UserPrincipalName == $right.Member
| project-away Member
| top 100 by Score desc
"#;

/// Times, of which the median counts.
const TIMES: usize = 50;

/// Asks a typical query of empty tables with a hundred columns.
pub async fn measure(report: &mut Report, engine: &Engine) -> anyhow::Result<()> {
    use ColumnType::{Datetime, Dynamic, Long, String};
    let catalog: Arc<dyn Catalog> = Arc::new(vec![
        (
            "SecurityEvent".to_owned(),
            empty(&[("TimeGenerated", Datetime), ("EventID", Long), ("Computer", String), ("EventData", String)])?,
        ),
        (
            "SigninLogs".to_owned(),
            empty(&[
                ("TimeGenerated", Datetime),
                ("ResultType", String),
                ("AppDisplayName", String),
                ("UserPrincipalName", String),
                ("RiskLevel", String),
                ("LocationDetails", Dynamic),
            ])?,
        ),
    ]);
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let started = Instant::now();
        super::ask(engine, &catalog, TYPICAL).await?;
        took.push(started.elapsed().as_secs_f64() * 1e3);
    }
    let (median, p99) = (percentile(&mut took, 0.5), percentile(&mut took, 0.99));
    report.add(
        "a typical hunting query on empty tables: read, checked, planned and run",
        format!("{median:.1} ms, p99 {p99:.1} ms"),
        "under 5 ms",
        median < 5.0,
    );
    Ok(())
}

fn empty(named: &[(&str, ColumnType)]) -> anyhow::Result<Table> {
    let wide = (0..100).map(|number| Column::new(format!("Column{number}"), ColumnType::String));
    Ok(Table::new(named.iter().map(|(name, kind)| Column::new(*name, *kind)).chain(wide).collect())?)
}
