//! `dns`: who resolves names.

use std::net::SocketAddr;

use super::{kinds, section::Section};

/// `dns`
#[derive(Debug, Clone)]
pub struct DnsSettings {
    /// Name servers; empty: the system's.
    pub servers: Vec<SocketAddr>,
    /// Whether they may be asked about internal names and private addresses.
    pub ask_internal: bool,
}

impl DnsSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let servers = section.list("servers", kinds::name_server);
        let ask_internal = section.required("ask_internal", kinds::flag);
        Some(Self { servers: servers?, ask_internal: ask_internal? })
    }
}
