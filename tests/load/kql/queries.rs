//! What is asked: the same in KQL and, as well as DuckDB can, in SQL.

/// A question in both languages.
pub struct Query {
    /// What it is about.
    pub name: &'static str,
    /// For us and for `duckdb-kql`.
    pub kql: &'static str,
    /// For DuckDB. Its table `events` has `TimeGenerated` without a zone.
    pub sql: &'static str,
    /// Whether both may answer a little differently, as estimates do.
    pub is_rough: bool,
}

const fn exact(name: &'static str, kql: &'static str, sql: &'static str) -> Query {
    Query { name, kql, sql, is_rough: false }
}

/// All of them.
pub const QUERIES: [Query; 12] = [
    exact(
        "filter",
        r"SecurityEvent
        | where TimeGenerated between (datetime(2026-06-03) .. datetime(2026-06-20))
        | where EventID == 4625 and Account startswith @'CONTOSO\user1' and Bytes > 500000000
        | summarize Events = count(), Bytes = sum(Bytes)",
        r"SELECT count(*), sum(Bytes) FROM events
        WHERE TimeGenerated BETWEEN TIMESTAMP '2026-06-03' AND TIMESTAMP '2026-06-20'
        AND EventID = 4625 AND Account ILIKE 'CONTOSO\user1%' AND Bytes > 500000000",
    ),
    exact(
        "has",
        "SecurityEvent | where CommandLine has 'mimikatz' | summarize Events = count(), Bytes = sum(Bytes)",
        "SELECT count(*), sum(Bytes) FROM events WHERE CommandLine ILIKE '%mimikatz%'
        AND regexp_matches(CommandLine, '(?i)(^|[^a-z0-9])mimikatz($|[^a-z0-9])')",
    ),
    exact(
        "has_any",
        "SecurityEvent | where CommandLine has_any ('whoami', 'wmic', 'schtasks') | summarize Events = count() by EventID",
        "SELECT EventID, count(*) FROM events
        WHERE regexp_matches(CommandLine, '(?i)(^|[^a-z0-9])(whoami|wmic|schtasks)($|[^a-z0-9])') GROUP BY ALL",
    ),
    exact(
        "summarize by bin",
        "SecurityEvent | summarize Events = count(), Bytes = sum(Bytes) by Hour = bin(TimeGenerated, 1h), EventID",
        "SELECT time_bucket(INTERVAL 1 HOUR, TimeGenerated), EventID, count(*), sum(Bytes) FROM events GROUP BY ALL",
    ),
    exact(
        "summarize by account",
        "SecurityEvent | summarize Events = count(), Most = max(Bytes) by Account | sort by Events desc, Account asc | take 50",
        "SELECT Account, count(*) AS Events, max(Bytes) FROM events GROUP BY ALL ORDER BY Events DESC, Account LIMIT 50",
    ),
    Query {
        name: "dcount",
        kql: "SecurityEvent | summarize Accounts = dcount(Account) by Computer",
        sql: "SELECT Computer, approx_count_distinct(Account) FROM events GROUP BY ALL",
        is_rough: true,
    },
    exact(
        "join",
        "SecurityEvent | where EventID == 4688 | join kind=inner Hosts on Computer
        | summarize Events = count(), Bytes = sum(Bytes) by Site",
        "SELECT Site, count(*), sum(Bytes) FROM events JOIN Hosts USING (Computer) WHERE EventID = 4688 GROUP BY ALL",
    ),
    exact(
        "join of two counts",
        "SecurityEvent | where EventID == 4625 | summarize Failures = count() by Account
        | join kind=inner (SecurityEvent | where EventID == 4624 | summarize Logons = count() by Account) on Account
        | where Failures > 10 | project Account, Failures, Logons",
        "SELECT Account, Failures, Logons
        FROM (SELECT Account, count(*) AS Failures FROM events WHERE EventID = 4625 GROUP BY ALL)
        JOIN (SELECT Account, count(*) AS Logons FROM events WHERE EventID = 4624 GROUP BY ALL) USING (Account)
        WHERE Failures > 10",
    ),
    exact(
        "arg_max",
        "SecurityEvent | where EventID in (4624, 4625)
        | summarize arg_max(TimeGenerated, Account, EventID, Bytes) by Computer
        | project Computer, TimeGenerated, Account, EventID, Bytes",
        "SELECT Computer, max(TimeGenerated), arg_max(Account, TimeGenerated), arg_max(EventID, TimeGenerated),
        arg_max(Bytes, TimeGenerated) FROM events WHERE EventID IN (4624, 4625) GROUP BY ALL",
    ),
    exact(
        "make-series",
        "SecurityEvent
        | make-series Events = count() default = 0 on TimeGenerated from datetime(2026-06-01) to datetime(2026-07-01)
        step 1h by EventID
        | project EventID, Events",
        "SELECT EventID, list(coalesce(n, 0) ORDER BY hour)
        FROM (SELECT unnest(generate_series(TIMESTAMP '2026-06-01', TIMESTAMP '2026-06-30 23:00', INTERVAL 1 HOUR)) AS hour)
        CROSS JOIN (SELECT DISTINCT EventID FROM events)
        LEFT JOIN (SELECT EventID, time_bucket(INTERVAL 1 HOUR, TimeGenerated) AS hour, count(*) AS n FROM events
        GROUP BY ALL) USING (EventID, hour)
        GROUP BY ALL",
    ),
    exact(
        "dynamic",
        "SecurityEvent | where EventID == 4624 and toint(Detail.LogonType) == 10
        | summarize Events = count() by Address = tostring(Detail.IpAddress)",
        "SELECT json_extract_string(Detail, '$.IpAddress'), count(*) FROM events
        WHERE EventID = 4624 AND CAST(json_extract(Detail, '$.LogonType') AS INTEGER) = 10 GROUP BY ALL",
    ),
    exact(
        "top",
        "SecurityEvent | where EventID == 4688 | top 100 by Bytes desc | project TimeGenerated, Computer, Account, Bytes",
        "SELECT TimeGenerated, Computer, Account, Bytes FROM events WHERE EventID = 4688 ORDER BY Bytes DESC LIMIT 100",
    ),
];
