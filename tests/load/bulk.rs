//! A thousand addresses for ten providers, beside the ideal and, where it is installed, beside MSTICPy on the same servers.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{
    provider::{fakes, ids},
    service::{QUIET, Service},
};

use crate::{fan_out::VendorProcess, report::Report};

const PROVIDERS: usize = 10;
const ADDRESSES: usize = 1_000;
const DELAY: Duration = Duration::from_millis(50);
/// Calls that one provider takes at once: what providers have if their facts say nothing else.
const AT_ONCE: usize = 50;

/// Looks all of them up at once, cold. `msticpy` is a Python that has MSTICPy.
pub async fn measure(report: &mut Report, msticpy: Option<&str>) -> anyhow::Result<()> {
    let vendors = VendorProcess::start(DELAY)?;
    let providers: String = ids(PROVIDERS)
        .iter()
        .zip(&vendors.bases)
        .map(|(id, base)| format!("  {id}: {{ base_url: \"{base}\" }}\n"))
        .collect();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    let service = Service::start_with(&settings, fakes(PROVIDERS, Duration::from_secs(10))).await;
    let values = |net: u8| -> Vec<Value> {
        (0..ADDRESSES).map(|n| json!({ "value": format!("{net}.1.{}.{}", n / 250, 1 + n % 250) })).collect()
    };
    let mut best = f64::INFINITY;
    for round in 0..3 {
        let body = json!({ "observables": values(20 + round), "deadline_ms": 60_000 });
        let started = Instant::now();
        let answer = service.call("/v1/ti/lookup", &body).await;
        best = best.min(started.elapsed().as_secs_f64());
        anyhow::ensure!(answer["complete"] == true && answer["summary"] != json!({}), "not complete");
    }
    let ideal = DELAY.as_secs_f64() * (ADDRESSES / AT_ONCE) as f64;
    report.add(
        "1,000 addresses × 10 providers at 50 ms, 50 calls at once each, cold",
        format!("{best:.2} s; ideal {ideal:.2} s"),
        "within 25 % of the ideal",
        best <= ideal * 1.25,
    );
    msticpy.map_or(Ok(()), |python| beside_msticpy(report, &vendors, python, best))
}

fn beside_msticpy(report: &mut Report, vendors: &VendorProcess, python: &str, ours: f64) -> anyhow::Result<()> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/oracles/lookups.py");
    let bases = vendors.bases.iter().take(PROVIDERS);
    let output = Command::new(python).arg(script).arg(ADDRESSES.to_string()).args(bases).output()?;
    anyhow::ensure!(output.status.success(), "MSTICPy failed: {}", String::from_utf8_lossy(&output.stderr));
    let theirs: f64 = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().parse()?;
    report.add(
        "the same by MSTICPy's lookup_iocs",
        format!("{theirs:.1} s: {:.0} times as long", theirs / ours),
        "at least 20 times",
        theirs / ours >= 20.0,
    );
    Ok(())
}
