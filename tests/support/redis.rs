//! A real Redis on loopback, which can be stopped and started again in the middle of a test.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A Redis server of one test. Ends with it.
pub struct Redis {
    port: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl Redis {
    /// Starts one on a free port; `None`, with a visible word, where redis-server is not installed.
    pub async fn start() -> Option<Self> {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let mut redis = Self { port, folder: tempfile::tempdir().expect("a folder"), process: None };
        if let Err(error) = redis.start_again().await {
            eprintln!("skipped: redis-server does not start here: {error}");
            return None;
        }
        Some(redis)
    }

    /// Starts it again on the same port, empty.
    pub async fn start_again(&mut self) -> std::io::Result<()> {
        let process = Command::new("redis-server")
            .args(["--port", &self.port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .arg("--dir")
            .arg(self.folder.path())
            .arg("--pidfile")
            .arg(self.pid_file())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        self.process = Some(process);
        let until = Instant::now() + Duration::from_secs(10);
        // Its own file tells it from another test's server that took the port in between.
        while !self.pid_file().exists() || tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            if Instant::now() > until {
                return Err(std::io::Error::other("it does not listen"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Kills it.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("it runs");
            process.wait().expect("it ends");
            // It may have ended before it wrote one.
            let _ = std::fs::remove_file(self.pid_file());
        }
    }

    fn pid_file(&self) -> std::path::PathBuf {
        self.folder.path().join("redis.pid")
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.stop();
    }
}
