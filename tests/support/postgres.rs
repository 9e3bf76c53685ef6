//! A real PostgreSQL on loopback, with a user, a password and a certificate of the test's own.

use std::{
    fs,
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::tls::{Authority, params};

/// The user.
pub const USER: &str = "analyst";

/// The user's password.
pub const PASSWORD: &str = "pa55word";

/// Who runs it where root may not: nobody.
const NOBODY: u32 = 65_534;

/// A PostgreSQL server of one test. Ends with it.
pub struct Postgres {
    port: u16,
    folder: TempDir,
    process: Child,
}

impl Postgres {
    /// Starts one on a free port; `None`, with a visible word, where PostgreSQL is not installed or does not start.
    pub async fn start() -> Option<Self> {
        match Self::try_to_start().await {
            Ok(server) => Some(server),
            Err(error) => {
                eprintln!("skipped: PostgreSQL does not start here: {error}");
                None
            }
        }
    }

    async fn try_to_start() -> std::io::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let folder = tempfile::tempdir()?;
        let at = |name: &str| folder.path().join(name);
        let authority = Authority::new();
        let (certificate, key) = authority.issue(params(&["127.0.0.1", "localhost"]));
        for (name, text) in
            [("password", PASSWORD), ("server.crt", &certificate), ("server.key", &key), ("ca.pem", &authority.pem)]
        {
            fs::write(at(name), text)?;
            fs::set_permissions(at(name), fs::Permissions::from_mode(0o600))?;
        }
        let is_root = fs::metadata("/proc/self")?.uid() == 0;
        if is_root {
            for path in [folder.path().to_owned(), at("password"), at("server.crt"), at("server.key")] {
                chown(path, Some(NOBODY), Some(NOBODY))?;
            }
        }
        let command = |name: &str| {
            let mut command = Command::new(program(name));
            command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir(folder.path());
            if is_root {
                command.uid(NOBODY).gid(NOBODY);
            }
            command
        };
        let made = command("initdb")
            .args(["--pgdata", "data", "--username", USER, "--auth", "scram-sha-256", "--pwfile", "password"])
            .args(["--no-sync", "--encoding", "UTF8", "--locale", "C"])
            .status()?;
        if !made.success() {
            return Err(std::io::Error::other("no database could be made"));
        }
        let mut settings = vec![
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "fsync=off".to_owned(),
            "ssl=on".to_owned(),
        ];
        settings.push(format!("unix_socket_directories={}", folder.path().display()));
        settings.push(format!("ssl_cert_file={}", at("server.crt").display()));
        settings.push(format!("ssl_key_file={}", at("server.key").display()));
        let process = command("postgres")
            .args(["-D", "data"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .spawn()?;
        let server = Self { port, folder, process };
        let until = Instant::now() + Duration::from_secs(20);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if Instant::now() > until {
                return Err(std::io::Error::other("it does not listen"));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(server)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://127.0.0.1:{}", self.port)
    }

    /// The certificate of the authority that vouches for it.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its children end when it is gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a program of PostgreSQL is: distributions keep them out of the way.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin").join(name)).filter(|path| path.exists()).max();
    found.unwrap_or_else(|| Path::new(name).to_owned())
}
