//! `egress`: how calls leave.

use std::{path::PathBuf, time::Duration};

use ipnet::IpNet;

use super::{Secret, kinds, section::Section};

/// `egress`
#[derive(Debug, Clone)]
pub struct EgressSettings {
    /// Proxy for calls out; absent: none, whatever the environment says.
    pub proxy: Option<Secret>,
    /// Further trusted certificates, PEM.
    pub ca_file: Option<PathBuf>,
    /// Ranges that may be called although they are not global.
    pub allow_ranges: Vec<IpNet>,
    /// Time limit of connecting.
    pub connect_timeout: Duration,
}

impl EgressSettings {
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let form = kinds::secret_address(&["http://", "https://", "socks5://", "socks5h://"]);
        let proxy = section.formed_secret("proxy", form);
        let ca_file = section.optional("ca_file", kinds::path);
        let allow_ranges = section.list("allow_ranges", kinds::network);
        let connect_timeout = section.required("connect_timeout_ms", kinds::milliseconds(1..=60_000));
        Some(Self { proxy: proxy?, ca_file: ca_file?, allow_ranges: allow_ranges?, connect_timeout: connect_timeout? })
    }
}
