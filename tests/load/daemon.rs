//! The service's own binary, as it is built beside this program.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;

/// A process that serves. Killed when dropped.
pub struct Daemon {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// How long it took from the start until it was ready.
    pub ready_after: Duration,
}

impl Daemon {
    /// Starts one with these variables in its environment, and waits until it is ready.
    pub fn start(variables: &[(&str, &str)]) -> anyhow::Result<Self> {
        let program = std::env::current_exe()?.with_file_name("pivotd");
        anyhow::ensure!(program.exists(), "pivotd is not built beside this program");
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let started = Instant::now();
        let child = Command::new(&program)
            .arg("serve")
            .env("PIVOTD__SERVER__LISTEN", address.to_string())
            .env("PIVOTD__PROVIDERS__TOR__ENABLED", "false")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .spawn()?;
        let mut daemon = Self { child, address, ready_after: Duration::ZERO };
        while !daemon.is_ready() {
            anyhow::ensure!(started.elapsed() < Duration::from_secs(30), "it does not become ready");
        }
        daemon.ready_after = started.elapsed();
        Ok(daemon)
    }

    fn is_ready(&self) -> bool {
        let ask = || -> std::io::Result<String> {
            let mut connection = TcpStream::connect(self.address)?;
            connection.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
            let mut answer = String::new();
            connection.take(1_000).read_to_string(&mut answer)?;
            Ok(answer)
        };
        ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"))
    }

    /// Its number.
    pub fn process(&self) -> u32 {
        self.child.id()
    }
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

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
