//! `jobs`: how long what came of work is kept, and who may be told that it has ended.

use std::time::Duration;

use super::{
    kinds::{self, Wrong},
    section::Section,
};

/// `jobs`
#[derive(Debug, Clone)]
pub struct JobSettings {
    /// How long what came of a job is kept.
    pub keep: Duration,
    /// Hosts that may be told, exactly.
    pub callback_hosts: Vec<String>,
}

impl JobSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let keep = section.required("ttl_s", kinds::seconds(60..=86_400));
        let callback_hosts = section.list("callback_hosts", host);
        Some(Self { keep: keep?, callback_hosts: callback_hosts? })
    }
}

/// A name or address of a host.
fn host(text: &str) -> Result<String, Wrong> {
    match url::Host::parse(text) {
        Ok(host) => Ok(host.to_string()),
        Err(_) => Err(Wrong::allowed("the name of a host, without port and path")),
    }
}
