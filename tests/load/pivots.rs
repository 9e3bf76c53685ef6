//! Pivots over tables: each distinct value once, beside the ideal; and the list of all pivots.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use providers::ALL;
use serde_json::{Value, json};
use tests::{
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

use crate::report::{Report, percentile};

const ROWS: usize = 10_000;
const ADDRESSES: usize = 1_000;
const DELAY: Duration = Duration::from_millis(20);

/// Rows of the pipeline that is run beside MSTICPy.
const LONG: usize = 100_000;

/// Measures all of it. `msticpy` is a Python that has MSTICPy.
pub async fn measure(report: &mut Report, msticpy: Option<&str>) -> anyhow::Result<()> {
    let vendor = Vendor::start();
    let network = r#"{"objectClassName": "ip network", "handle": "NET", "name": "EXAMPLE-NET", "country": "DE"}"#;
    vendor.says("/ip/", Reply::json(network).after(DELAY));
    let off = ["cymru", "radb", "whois"].map(|id| format!(", {id}: {{ enabled: false }}")).concat();
    let rdap = format!(", rdap: {{ base_url: \"{}\" }}", vendor.base());
    let settings = QUIET.replace("tor: { enabled: false }", &format!("tor: {{ enabled: false }}{off}{rdap}"));
    let service = Service::start(&settings).await;

    let at_once = ALL.iter().find(|provider| provider.facts().id == "rdap").map_or(1, |rdap| rdap.facts().concurrency);
    let ideal = DELAY.as_secs_f64() * (ADDRESSES as f64 / f64::from(at_once)).ceil();
    let mut best = f64::INFINITY;
    for round in 0..3 {
        let rows: Vec<Value> = (0..ROWS)
            .map(|row| json!({ "n": row, "ip": format!("{}.1.{}.{}", 20 + round, row % ADDRESSES / 250, 1 + row % 250) }))
            .collect();
        let steps: Vec<Value> = ["ip_type", "geoloc", "whois"]
            .iter()
            .map(|function| {
                json!({ "type": "pivot", "entity": "IpAddress", "function": format!("util.{function}"), "column": "ip",
                    "join": "left" })
            })
            .collect();
        let body = json!({ "rows": rows, "steps": steps, "deadline_ms": 100_000 });
        let started = Instant::now();
        let answer = service.call("/v1/pipelines/run", &body).await;
        anyhow::ensure!(answer["row_count"] == ROWS && answer["complete"] == true, "not complete");
        best = best.min(started.elapsed().as_secs_f64());
    }
    report.add(
        "10,000 rows with 1,000 distinct addresses: type, geo and whois (RDAP at 20 ms) joined left",
        format!("{best:.2} s; ideal {ideal:.2} s ({at_once} at once)"),
        "within 20 % of the ideal",
        best <= ideal * 1.2,
    );

    let mut samples = Vec::new();
    for _ in 0..50 {
        let started = Instant::now();
        let answer = service.get("/v1/pivots?limit=1000").send().await?.bytes().await?;
        samples.push(started.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(answer.len() > 100_000, "the list is short");
    }
    let middle = percentile(&mut samples, 0.5);
    report.add("a list of 1,000 pivots", format!("{middle:.1} ms"), "under 5 ms", middle < 5.0);
    pipeline(report, &service, msticpy).await
}

/// Three local pivots over a long table, sent and answered as JSON, beside MSTICPy's own on the same rows in memory.
async fn pipeline(report: &mut Report, service: &Service, msticpy: Option<&str>) -> anyhow::Result<()> {
    let row = |n: usize| {
        json!({ "n": n, "address": format!("20.{}.{}.{}", n % 5, n / 250 % 250, 1 + n % 250),
            "name": format!("h{}.example{}.co.uk", n % 5_000, n % 50),
            "line": format!("curl http://h{}.example.com/a -o c:\\t\\{}.exe 198.51.100.{}", n % 5_000, n % 100, n % 250) })
    };
    let step = |entity: &str, function: &str, column: &str| json!({ "type": "pivot", "entity": entity, "function": function, "column": column, "join": "left" });
    let body = json!({ "rows": (0..LONG).map(row).collect::<Vec<_>>(), "deadline_ms": 100_000, "steps": [
        step("IpAddress", "util.ip_type", "address"),
        step("Dns", "util.dns_components", "name"),
        step("Process", "util.extract_iocs", "line"),
    ] });
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let started = Instant::now();
        let answer = service.call("/v1/pipelines/run", &body).await;
        best = best.min(started.elapsed().as_secs_f64());
        anyhow::ensure!(
            answer["complete"] == true && answer["row_count"].as_u64() >= Some(LONG as u64),
            "not complete"
        );
    }
    let Some(python) = msticpy else {
        report.add("three pivots over 100,000 rows, as JSON", format!("{best:.2} s"), "20 times MSTICPy's speed", true);
        return Ok(());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracles/pivots.py");
    let output = Command::new(python).arg(script).arg(LONG.to_string()).output()?;
    anyhow::ensure!(output.status.success(), "MSTICPy failed: {}", String::from_utf8_lossy(&output.stderr));
    let theirs: f64 = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().parse()?;
    report.add(
        "three pivots over 100,000 rows, sent and answered as JSON; MSTICPy's on the rows in memory",
        format!("{best:.2} s; MSTICPy {theirs:.1} s: {:.0} times as long", theirs / best),
        "at least 20 times",
        theirs / best >= 20.0,
    );
    Ok(())
}
