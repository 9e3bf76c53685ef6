//! `server`: where the service listens, how many work, how it ends.

use std::{net::SocketAddr, time::Duration};

use url::Url;

use super::{AuthSettings, kinds, section::Section};

/// `server`
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Address of the API.
    pub listen: SocketAddr,
    /// Address for health and metrics alone, if apart.
    pub ops_listen: Option<SocketAddr>,
    /// The address that callers know, for links in answers.
    pub public_url: Option<Url>,
    /// Worker threads; absent: one a core.
    pub workers: Option<usize>,
    /// How long running requests may take to finish at shutdown.
    pub drain: Duration,
}

impl ServerSettings {
    /// Whether the address is safe: whoever reaches it may call, unless callers need credentials.
    pub(super) fn may_listen(&self, auth: &AuthSettings) -> bool {
        self.listen.ip().is_loopback() || auth.knows_callers() || auth.dangerously_allow_anonymous
    }

    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let listen = section.required("listen", kinds::socket);
        let ops_listen = section.optional("ops_listen", kinds::socket);
        let public_url = section.optional("public_url", kinds::web_address);
        let workers = section.optional("workers", kinds::whole(1..=1024));
        let drain = section.required("drain_s", kinds::seconds(0..=3600));
        Some(Self {
            listen: listen?,
            ops_listen: ops_listen?,
            public_url: public_url?,
            workers: workers?,
            drain: drain?,
        })
    }
}
