//! `dns`: who resolves names.

use std::net::SocketAddr;

use super::{kinds, section::Section};

/// `dns`
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// Name servers; empty: the system's.
    pub servers: Vec<SocketAddr>,
}

impl DnsSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let servers = section.list("servers", kinds::name_server);
        Some(Self { servers: servers? })
    }
}
