//! Incidents of Sentinel, with an Azure Resource Manager of its own process: ten thousand listed, one enriched and commented.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use serde_json::{Value, json};
use tests::{
    arm::{Arm, entity, incident},
    provider::{fakes, ids},
    service::{QUIET, Service},
};

use crate::{
    daemon::memory,
    fan_out::VendorProcess,
    report::{Report, percentile},
};

const INCIDENTS: u32 = 10_000;
const PROVIDERS: usize = 12;
const ENTITIES: usize = 30;
const ROUNDS: usize = 20;

fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// The process of the fake: tells its settings, serves until its input ends. Also for trying things by hand.
pub fn serve_arm() -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let arm = Arm::start();
        for number in 0..INCIDENTS {
            arm.has(&format!("incidents/{}", id(number)), incident(number, &format!("Incident {number}"), "Medium"));
        }
        for round in 0..ROUNDS + 1 {
            for number in 0..ENTITIES {
                let address = json!({ "address": format!("9.{}.{number}.7", round + 1) });
                arm.has(&format!("incidents/{}/entities/e{number:02}", id(round as u32)), entity("Ip", address));
            }
        }
        let mut out = std::io::stdout();
        out.write_all(arm.settings().as_bytes())?;
        writeln!(out, "# end")?;
        out.flush()?;
        tokio::task::spawn_blocking(|| std::io::stdin().lines().for_each(drop)).await?;
        Ok(())
    })
}

struct ArmProcess {
    settings: String,
    child: Child,
}

impl ArmProcess {
    fn start() -> anyhow::Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("arm").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(child.stdout.take().context("its output")?).lines();
        let lines: Vec<String> = lines.map_while(Result::ok).take_while(|line| line != "# end").collect();
        Ok(Self { settings: lines.join("\n") + "\n", child })
    }
}

impl Drop for ArmProcess {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Measures both.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let arm = ArmProcess::start()?;
    let vendors = VendorProcess::start(Duration::from_millis(100))?;
    let providers = ids(PROVIDERS).into_iter().zip(&vendors.bases);
    let providers: String = providers.map(|(id, base)| format!("  {id}: {{ base_url: \"{base}\" }}\n")).collect();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    let settings = format!("{settings}{}", arm.settings);
    let service = Service::start_with(&settings, fakes(PROVIDERS, Duration::from_secs(10))).await;
    list(&service, report).await?;
    enrich(&service, report).await
}

async fn list(service: &Service, report: &mut Report) -> anyhow::Result<()> {
    let request = || service.get("/v1/sentinel/soc/incidents").header("accept", "application/x-ndjson");
    // Tokens, connections and threads are start-up, not answering.
    service.get("/v1/sentinel/soc/incidents?limit=1").send().await?.bytes().await?;
    let one_page = Instant::now();
    service.get("/v1/sentinel/soc/incidents?limit=500").send().await?.bytes().await?;
    let one_page = one_page.elapsed();
    let process = std::process::id();
    let before = memory(process, "VmRSS:")?;
    // Forgets the most that there was.
    std::fs::write("/proc/self/clear_refs", "5")?;
    let begun = Instant::now();
    let mut answer = request().send().await?.error_for_status()?;
    let (mut rows, mut bytes, mut first) = (0, 0, None);
    while let Some(piece) = answer.chunk().await? {
        first.get_or_insert_with(|| begun.elapsed());
        rows += piece.iter().filter(|byte| **byte == b'\n').count();
        bytes += piece.len();
    }
    anyhow::ensure!(rows == INCIDENTS as usize, "{rows} rows");
    let grown = memory(process, "VmHWM:")? - before;
    let first = first.context("a row")?.as_secs_f64() * 1_000.0;
    let page = one_page.as_secs_f64() * 1_000.0;
    report.add(
        "10,000 incidents as NDJSON",
        format!(
            "first row after {first:.0} ms (a page alone {page:.0} ms), all {:.0} MB in {:.1} s, {grown:.0} MB more memory",
            bytes as f64 / 1e6,
            begun.elapsed().as_secs_f64()
        ),
        "first row within 100 ms of the first page, at most 64 MB",
        first < page + 100.0 && grown <= 64.0,
    );
    Ok(())
}

async fn enrich(service: &Service, report: &mut Report) -> anyhow::Result<()> {
    let mut took = Vec::new();
    for round in 0..=ROUNDS {
        let begun = Instant::now();
        let path = format!("/v1/sentinel/soc/incidents/{}/enrich", id(round as u32));
        let answer = service.call(&path, &json!({ "comment": true, "tag_verdict": true })).await;
        took.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let is_whole = answer["complete"] == true && answer["summary"]["observables"] == ENTITIES;
        let what: Vec<&Value> =
            answer["written"].as_array().context("written")?.iter().map(|one| &one["what"]).collect();
        anyhow::ensure!(is_whole && what == ["tags", "comment"], "{answer}");
    }
    // The first round opens the connections.
    let mut warm: Vec<f64> = took.drain(1..).collect();
    let (p50, worst) = (percentile(&mut warm, 0.5), percentile(&mut warm, 1.0));
    report.add(
        "an incident with 30 entities, 12 providers at 100 ms: fetched, enriched, labelled and commented",
        format!("p50 {p50:.0} ms, at worst {worst:.0} ms"),
        "at worst 600 ms",
        worst <= 600.0,
    );
    Ok(())
}
