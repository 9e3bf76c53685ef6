//! Load tests: what the service must reach, measured beside a bare handler or a fixed limit in the same run.
//!
//! Run by `make load`, in an optimised build. Needs `wrk`; the part with two replicas needs `redis-server`.
//! `load beside-msticpy PYTHON` also asks MSTICPy, in a Python that has it.

mod budgets;
mod bulk;
mod cached;
mod coalesced;
mod fan_out;
mod footprint;
mod report;

use std::time::Duration;

use anyhow::Context;
use report::Report;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut msticpy = None;
    match arguments.next().as_deref() {
        // The parts that must not share their threads with what they are measured against.
        Some("vendors") => {
            let delay = arguments.next().context("how long vendors take")?.parse()?;
            return fan_out::serve_vendors(Duration::from_millis(delay));
        }
        Some("beside-msticpy") => msticpy = Some(arguments.next().context("a Python that has MSTICPy")?),
        Some(other) => anyhow::bail!("{other} is none of the parts"),
        None => {}
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::default();
    footprint::measure(&mut report)?;
    runtime.block_on(async {
        cached::measure(&mut report).await?;
        fan_out::measure(&mut report).await?;
        coalesced::measure(&mut report).await?;
        bulk::measure(&mut report, msticpy.as_deref()).await?;
        budgets::measure(&mut report).await
    })?;
    report.print();
    anyhow::ensure!(report.all_reached(), "not everything was reached");
    Ok(())
}
