//! A real Redis for tests: started on a free port in a directory of its own, gone with the test.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::settings::{RedisMode, RedisSettings, Secret};

/// A Redis server. Stops when it is dropped.
pub(crate) struct RedisServer {
    child: Option<Child>,
    port: u16,
    options: Vec<String>,
    dir: TempDir,
}

impl RedisServer {
    /// A server, or `None` with a visible line where Redis is not installed.
    pub(crate) async fn start(options: &[&str]) -> Option<Self> {
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            eprintln!("skipped: redis-server is not installed");
            return None;
        }
        loop {
            let mut server = Self {
                child: None,
                port: free_port(),
                options: options.iter().copied().map(Into::into).collect(),
                dir: TempDir::new().unwrap(),
            };
            // Somebody else may have taken the port meanwhile.
            if server.restart().await {
                return Some(server);
            }
        }
    }

    /// A cluster of one.
    pub(crate) async fn cluster() -> Option<Self> {
        let server = Self::start(&["--cluster-enabled", "yes"]).await?;
        server.tell("CLUSTER", &["ADDSLOTSRANGE", "0", "16383"]).await;
        server.wait_for("CLUSTER", "INFO", "cluster_state:ok").await;
        Some(server)
    }

    /// Has a command carried out.
    pub(crate) async fn tell(&self, command: &str, args: &[&str]) {
        redis::cmd(command).arg(args).exec_async(&mut self.talk().await).await.unwrap();
    }

    /// Waits until the answer to a command says so.
    pub(crate) async fn wait_for(&self, command: &str, arg: &str, says: &str) {
        let mut talk = self.talk().await;
        eventually(async || {
            let answer: String = redis::cmd(command).arg(arg).query_async(&mut talk).await.unwrap();
            answer.contains(says)
        })
        .await;
    }

    async fn talk(&self) -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }

    /// Starts it again on the same port, empty: whether it serves.
    pub(crate) async fn restart(&mut self) -> bool {
        let config = self.dir.path().join("redis.conf");
        std::fs::write(&config, "").unwrap();
        // Written once it listens; somebody else may listen on the port in its place.
        let listens = self.dir.path().join("pid");
        let _ = std::fs::remove_file(&listens);
        let child = Command::new("redis-server")
            .arg(&config)
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &self.port.to_string(), "--dir"])
            .arg(self.dir.path())
            .arg("--pidfile")
            .arg(&listens)
            .args(&self.options)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let child = self.child.insert(child);
        eventually(async || listens.exists() || child.try_wait().unwrap().is_some()).await;
        child.try_wait().unwrap().is_none()
    }

    /// Kills it; what it held is lost.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Leaves it running but deaf, or lets it hear again.
    pub(crate) fn signal(&self, signal: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Port that it listens on.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Settings that lead to it.
    pub(crate) fn settings(&self) -> RedisSettings {
        settings(RedisMode::Single, &format!("redis://127.0.0.1:{}", self.port))
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits until it holds; fails when that takes too long.
pub(crate) async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let patience = Instant::now() + Duration::from_secs(30);
    while !holds().await {
        assert!(Instant::now() < patience, "it does not come to hold");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Settings with one address.
pub(crate) fn settings(mode: RedisMode, url: &str) -> RedisSettings {
    RedisSettings { urls: vec![Secret::new(url)], mode, prefix: "test".into(), sentinel_group: "group".into() }
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
