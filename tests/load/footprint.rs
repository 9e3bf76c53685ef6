//! Memory at rest and time to readiness of the service's own binary.

use std::time::Duration;

use crate::{
    daemon::{Daemon, memory},
    report::Report,
};

/// Starts `pivotd` as it is built beside this program, three times.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    let mut ready_ms = Vec::new();
    let mut resident_mb = Vec::new();
    for _ in 0..3 {
        let daemon = Daemon::start(&[])?;
        ready_ms.push(daemon.ready_after.as_secs_f64() * 1_000.0);
        std::thread::park_timeout(Duration::from_secs(2));
        resident_mb.push(memory(daemon.process(), "VmRSS:")?);
    }
    let (ready, resident) =
        (ready_ms.iter().copied().fold(0.0, f64::max), resident_mb.iter().copied().fold(0.0, f64::max));
    report.add("time from start to ready", format!("{ready:.0} ms at worst"), "under 300 ms", ready < 300.0);
    report.add("memory at rest", format!("{resident:.0} MB at worst"), "under 80 MB", resident < 80.0);
    Ok(())
}
