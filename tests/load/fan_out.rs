//! Many providers and many observables at once, cold; and one provider that hangs.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{
    provider::{ANSWER, fakes, ids},
    service::{QUIET, Service},
    vendor::{Manner, Reply, Vendor},
};

use crate::report::{Report, percentile};

const PROVIDERS: usize = 20;
const OBSERVABLES: usize = 50;
const ROUNDS: usize = 40;
const VENDOR_DELAY: Duration = Duration::from_millis(100);

/// The vendors' process: one server for each provider, as it is in the world. Tells their addresses, serves until its input
/// ends.
pub fn serve_vendors(delay: Duration) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let vendors: Vec<Vendor> = (0..PROVIDERS).map(|_| Vendor::start()).collect();
        let mut out = std::io::stdout();
        for vendor in &vendors {
            vendor.says("/", Reply::json(ANSWER).after(delay));
            vendor.says("/hang", Reply::json(ANSWER).manner(Manner::Hang));
            writeln!(out, "{}", vendor.base())?;
        }
        out.flush()?;
        tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop)).await?;
        Ok(())
    })
}

/// A process of vendors, so that they share no thread with what is measured.
pub struct VendorProcess {
    /// Their addresses.
    pub bases: Vec<String>,
    child: Child,
}

impl VendorProcess {
    /// Starts vendors that take this long to answer.
    pub fn start(delay: Duration) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["vendors", &delay.as_millis().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let bases = lines.take(PROVIDERS).collect::<Result<Vec<_>, _>>()?;
        anyhow::ensure!(bases.len() == PROVIDERS, "not every vendor started");
        Ok(Self { bases, child })
    }
}

impl Drop for VendorProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn service(bases: &[String], hanging: bool) -> Service {
    let providers: String = ids(PROVIDERS)
        .iter()
        .zip(bases)
        .enumerate()
        .map(|(place, (id, base))| {
            let path = if hanging && place == 0 { "/hang" } else { "" };
            format!("  {id}: {{ base_url: \"{base}{path}\" }}\n")
        })
        .collect();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    let service = Service::start_with(&settings, fakes(PROVIDERS, Duration::from_secs(10))).await;
    // The workers are made when the first requests arrive: that is start-up, not answering.
    join_all((0..8).map(|_| service.get("/livez").send())).await;
    service
}

/// 20 providers at 100 ms, 50 different observables at once, never seen before.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let vendors = VendorProcess::start(VENDOR_DELAY)?;
    let cold = service(&vendors.bases, false).await;
    let mut took = Vec::with_capacity(ROUNDS);
    for round in 0..ROUNDS {
        let values: Vec<Value> =
            (0..OBSERVABLES).map(|n| json!({ "value": format!("9.{}.{}.{}", round + 1, n, 1 + n % 200) })).collect();
        let started = Instant::now();
        let answer = cold.call("/v1/ti/lookup", &json!({ "observables": values })).await;
        took.push(started.elapsed().as_secs_f64() * 1_000.0);
        anyhow::ensure!(
            answer["complete"] == true && answer["items"][0]["findings"][0]["outcome"] == "hit",
            "{answer}"
        );
    }
    // The first round opens the connections.
    let mut warm: Vec<f64> = took.drain(1..).collect();
    let first = took.first().copied().unwrap_or(f64::NAN);
    let (p50, p99) = (percentile(&mut warm, 0.5), percentile(&mut warm, 0.99));
    report.add(
        "20 providers at 100 ms, 50 observables in one call, cold cache",
        format!("p50 {p50:.0} ms, p99 {p99:.0} ms; the very first call {first:.0} ms"),
        "p99 under 150 ms",
        p99 < 150.0,
    );

    let mut each = Vec::new();
    for round in 0..ROUNDS {
        let calls = (0..OBSERVABLES).map(|n| {
            let body = json!({ "observables": [{ "value": format!("11.{}.{}.{}", round + 1, n, 1 + n % 200) }] });
            let cold = &cold;
            async move {
                let started = Instant::now();
                cold.call("/v1/ti/lookup", &body).await;
                started.elapsed().as_secs_f64() * 1_000.0
            }
        });
        each.extend(join_all(calls).await);
    }
    let (p50, p99) = (percentile(&mut each, 0.5), percentile(&mut each, 0.99));
    report.add(
        "the same as 50 calls at once",
        format!("p50 {p50:.0} ms, p99 {p99:.0} ms"),
        "p99 under 150 ms",
        p99 < 150.0,
    );
    drop(cold);

    let hanging = service(&vendors.bases, true).await;
    let mut late = Vec::new();
    for round in 0..20 {
        let body = json!({ "observables": [{ "value": format!("12.0.0.{}", round + 1) }], "deadline_ms": 500 });
        let started = Instant::now();
        let answer = hanging.call("/v1/ti/lookup", &body).await;
        late.push(started.elapsed().as_secs_f64() * 1_000.0);
        let findings = answer["items"][0]["findings"].as_array().context("findings")?;
        let hits = findings.iter().filter(|finding| finding["outcome"] == "hit").count();
        anyhow::ensure!(hits == PROVIDERS - 1 && answer["complete"] == false, "{answer}");
    }
    let worst = percentile(&mut late, 1.0);
    report.add(
        "one of 20 hangs, deadline 500 ms",
        format!("answered after {worst:.0} ms at worst, everything else present"),
        "at most 550 ms",
        worst <= 550.0,
    );
    Ok(())
}
