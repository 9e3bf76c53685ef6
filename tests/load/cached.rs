//! A cached lookup over five providers against a bare handler that returns a constant body of the same size.

use std::{process::Command, time::Duration};

use actix_web::{App, HttpResponse, HttpServer, web};
use anyhow::Context;
use serde_json::json;
use tests::{
    provider::{ANSWER, fakes, ids},
    service::{QUIET, Service},
    vendor::{Reply, Vendor},
};

use crate::report::Report;

/// Seconds of each run.
const SECONDS: u32 = 10;

/// Connections of each run.
const CONNECTIONS: u32 = 32;

/// Measures both, alternating, so that a noisy neighbour hits both.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    let vendor = Vendor::start();
    vendor.says("/", Reply::json(ANSWER));
    let providers: String =
        ids(5).iter().map(|id| format!("  {id}: {{ base_url: \"{}\" }}\n", vendor.base())).collect();
    let settings = QUIET.replace("providers: { tor: { enabled: false } }", &format!("providers:\n{providers}"));
    let service = Service::start_with(&settings, fakes(5, Duration::from_secs(5))).await;
    let body = json!({ "observables": [{ "value": "8.8.8.8" }] });
    service.call("/v1/ti/lookup", &body).await;
    let answer = service.post("/v1/ti/lookup", &body).send().await?.bytes().await?;

    let constant = answer.clone();
    let bare = HttpServer::new(move || {
        let constant = constant.clone();
        App::new().route(
            "/v1/ti/lookup",
            web::post().to(move |_: web::Bytes| {
                let constant = constant.clone();
                async move { HttpResponse::Ok().content_type("application/json").body(constant) }
            }),
        )
    })
    .disable_signals()
    .bind("127.0.0.1:0")?;
    let bare_base = format!("http://{}", bare.addrs().first().context("an address")?);
    let bare = bare.run();
    let handle = bare.handle();
    tokio::spawn(bare);

    let script = tempfile::NamedTempFile::new()?;
    std::fs::write(
        script.path(),
        format!("wrk.method='POST'\nwrk.headers['Content-Type']='application/json'\nwrk.body='{body}'\n"),
    )?;
    let mut ours = Vec::new();
    let mut theirs = Vec::new();
    for _ in 0..3 {
        theirs.push(wrk(&bare_base, script.path())?);
        ours.push(wrk(service.base(), script.path())?);
    }
    drop(handle.stop(false));
    let (ours, theirs) = (median(ours), median(theirs));
    let share = ours.rate / theirs.rate;
    report.add(
        &format!("cached lookup, 5 providers, {} bytes", answer.len()),
        format!("{:.0} requests/s, bare handler {:.0}: {:.0} %", ours.rate, theirs.rate, share * 100.0),
        "at least 50 %",
        share >= 0.5,
    );
    report.add(
        "its p99",
        format!("{:.2} ms, bare handler {:.2} ms", ours.p99_ms, theirs.p99_ms),
        "under 3 times",
        ours.p99_ms < theirs.p99_ms * 3.0,
    );
    Ok(())
}

#[derive(Clone, Copy)]
struct Measured {
    rate: f64,
    p99_ms: f64,
}

fn median(mut runs: Vec<Measured>) -> Measured {
    runs.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    let middle = runs.len() / 2;
    runs.get(middle).copied().unwrap_or(Measured { rate: f64::NAN, p99_ms: f64::NAN })
}

fn wrk(base: &str, script: &std::path::Path) -> anyhow::Result<Measured> {
    let output = Command::new("wrk")
        .args(["--threads", "1", "--connections", &CONNECTIONS.to_string()])
        .args(["--duration", &format!("{SECONDS}s"), "--latency", "--script"])
        .arg(script)
        .arg(format!("{base}/v1/ti/lookup"))
        .output()
        .context("wrk is not installed")?;
    let text = String::from_utf8(output.stdout)?;
    anyhow::ensure!(!text.contains("Non-2xx"), "not every answer was a success: {text}");
    let after = |label: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(label)).context(label.to_owned())?;
        anyhow::Ok(line.trim_start().trim_start_matches(label).trim().to_owned())
    };
    Ok(Measured { rate: after("Requests/sec:")?.parse()?, p99_ms: milliseconds(&after("99%")?)? })
}

fn milliseconds(text: &str) -> anyhow::Result<f64> {
    let (number, unit) = text.split_at(text.find(|c: char| c.is_alphabetic()).context("a unit")?);
    let scale = match unit {
        "us" => 0.001,
        "ms" => 1.0,
        "s" => 1_000.0,
        _ => anyhow::bail!("{unit} is no unit of wrk"),
    };
    Ok(number.parse::<f64>()? * scale)
}
