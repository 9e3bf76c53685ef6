//! Memory at rest and time to readiness of the service's own binary.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;

use crate::report::Report;

/// Starts `pivotd` as it is built beside this program, three times.
pub fn measure(report: &mut Report) -> anyhow::Result<()> {
    let program = std::env::current_exe()?.with_file_name("pivotd");
    anyhow::ensure!(program.exists(), "pivotd is not built beside this program");
    let mut ready_ms = Vec::new();
    let mut resident_mb = Vec::new();
    for _ in 0..3 {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let started = Instant::now();
        let mut child = Command::new(&program)
            .arg("serve")
            .env("PIVOTD__SERVER__LISTEN", address.to_string())
            .env("PIVOTD__PROVIDERS__TOR__ENABLED", "false")
            .stdout(Stdio::null())
            .spawn()?;
        while !is_ready(address) {
            anyhow::ensure!(started.elapsed() < Duration::from_secs(30), "it does not become ready");
        }
        ready_ms.push(started.elapsed().as_secs_f64() * 1_000.0);
        std::thread::park_timeout(Duration::from_secs(2));
        resident_mb.push(memory(child.id(), "VmRSS:")?);
        child.kill()?;
        child.wait()?;
    }
    let (ready, resident) =
        (ready_ms.iter().copied().fold(0.0, f64::max), resident_mb.iter().copied().fold(0.0, f64::max));
    report.add("time from start to ready", format!("{ready:.0} ms at worst"), "under 300 ms", ready < 300.0);
    report.add("memory at rest", format!("{resident:.0} MB at worst"), "under 80 MB", resident < 80.0);
    Ok(())
}

fn is_ready(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect(address)?;
        connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.take(1_000).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// Memory of a process in MB, by one of the kernel's names: `VmRSS:` is what it has, `VmHWM:` the most that it had.
pub fn memory(process: u32, name: &str) -> anyhow::Result<f64> {
    let status = std::fs::File::open(format!("/proc/{process}/status"))?;
    for line in BufReader::new(status).lines() {
        if let Some(size) = line?.strip_prefix(name) {
            return Ok(size.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0);
        }
    }
    None.context("the kernel tells no size")
}
