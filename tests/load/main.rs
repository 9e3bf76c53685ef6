//! Load tests: what the service must reach, measured beside a bare handler or a fixed limit in the same run.
//!
//! Run by `make load`, in an optimised build. Needs `wrk`; the part with two replicas needs `redis-server`.
//! `load beside-msticpy PYTHON` also asks MSTICPy, in a Python that has it, `load beside-duckdb PYTHON` DuckDB and
//! `duckdb-kql`; `load bulk budgets` runs these parts alone, `load kql query=has` one query of a part.

mod budgets;
mod bulk;
mod cached;
mod coalesced;
mod daemon;
mod fan_out;
mod footprint;
mod kql;
mod memory;
mod pivots;
mod report;
mod sentinel;

use std::time::Duration;

use anyhow::Context;
use report::Report;

/// The parts, in the order in which they run.
const PARTS: [&str; 10] =
    ["footprint", "cached", "fan_out", "coalesced", "bulk", "pivots", "sentinel", "budgets", "kql", "memory"];

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut msticpy, mut duckdb, mut queries, mut parts) = (None, None, Vec::new(), Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            // The parts that must not share their threads with what they are measured against.
            "vendors" => {
                let delay = arguments.next().context("how long vendors take")?.parse()?;
                return fan_out::serve_vendors(Duration::from_millis(delay));
            }
            "arm" => return sentinel::serve_arm(),
            "beside-msticpy" => msticpy = Some(arguments.next().context("a Python that has MSTICPy")?),
            "beside-duckdb" => duckdb = Some(arguments.next().context("a Python that has DuckDB")?),
            query if query.starts_with("query=") => queries.extend(query.split('=').skip(1).map(str::to_owned)),
            part if PARTS.contains(&part) => parts.push(argument),
            other => anyhow::bail!("{other} is none of the parts: {}", PARTS.join(", ")),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut report = Report::default();
    for part in PARTS.into_iter().filter(|part| parts.is_empty() || parts.iter().any(|named| named == part)) {
        match part {
            "footprint" => footprint::measure(&mut report)?,
            "cached" => runtime.block_on(cached::measure(&mut report))?,
            "fan_out" => runtime.block_on(fan_out::measure(&mut report))?,
            "memory" => runtime.block_on(memory::measure(&mut report, &queries))?,
            "coalesced" => runtime.block_on(coalesced::measure(&mut report))?,
            "bulk" => runtime.block_on(bulk::measure(&mut report, msticpy.as_deref()))?,
            "kql" => runtime.block_on(kql::measure(&mut report, duckdb.as_deref(), &queries))?,
            "pivots" => runtime.block_on(pivots::measure(&mut report, msticpy.as_deref()))?,
            "sentinel" => runtime.block_on(sentinel::measure(&mut report))?,
            _ => runtime.block_on(budgets::measure(&mut report))?,
        }
    }
    report.print();
    anyhow::ensure!(report.all_reached(), "not everything was reached");
    Ok(())
}
