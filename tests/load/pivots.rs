//! Pivots over tables: each distinct value once, beside the ideal; and the list of all pivots.

use std::time::{Duration, Instant};

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

/// Measures all of it.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
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
        let started = Instant::now();
        let mut table = json!({ "rows": rows, "column": "ip", "join": "left", "deadline_ms": 100_000 });
        for function in ["ip_type", "geoloc", "whois"] {
            let answer = service.call(&format!("/v1/pivots/ip/util/{function}"), &table).await;
            anyhow::ensure!(answer["row_count"] == ROWS && answer["values"] == ADDRESSES, "{function} is not complete");
            table["rows"] = answer["rows"].clone();
        }
        best = best.min(started.elapsed().as_secs_f64());
    }
    report.add(
        "10,000 rows with 1,000 distinct addresses: type, geo and whois (RDAP at 20 ms) joined left, three calls",
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
    Ok(())
}
