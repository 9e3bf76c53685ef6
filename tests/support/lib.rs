//! What the tests stand on: the service as users start it, vendors that behave and misbehave, a real Redis, a real name server.

pub mod arm;
pub mod dns;
pub mod entra;
pub mod objects;
pub mod postgres;
pub mod provider;
pub mod redis;
pub mod service;
pub mod tls;
pub mod vendor;
pub mod whois;

use std::path::{Path, PathBuf};

/// The folder of shared material, or `None` with a visible word about it where it is missing.
pub fn shared(path: &str) -> Option<PathBuf> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: {path} is not there (the shared folder is missing)");
    None
}
