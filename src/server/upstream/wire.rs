//! Connections for protocols of their own, such as a database's: opened and secured here, spoken elsewhere.

use std::{net::SocketAddr, sync::Arc};

use rustls::{ClientConfig, pki_types::ServerName};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::TlsConnector;

use super::{SendError, Upstream};

/// What a connection is secured with: whom we trust, and which host is meant.
#[derive(Clone)]
pub struct WireTls {
    /// Shakes hands.
    pub connector: TlsConnector,
    /// The host whose certificate is expected.
    pub name: ServerName<'static>,
}

impl Upstream {
    /// Connects to the first permitted address of a host that answers. Where a proxy is set, there is no such way out.
    pub async fn dial(&self, host: &str, port: u16, deadline: Instant) -> Result<TcpStream, SendError> {
        if self.0.has_proxy {
            return Err(SendError::Proxy);
        }
        let dialling = async {
            for address in self.resolver().permitted_addresses(host).await? {
                let connecting = TcpStream::connect(SocketAddr::new(address, port));
                if let Ok(Ok(stream)) = timeout(self.0.connect_timeout, connecting).await {
                    // Questions are short and wait for their answers.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
            }
            Err(SendError::Connect)
        };
        timeout_at(deadline, dialling).await.unwrap_or(Err(SendError::Timeout))
    }

    /// What a connection to a host is secured with.
    pub fn wire_tls(&self, host: &str) -> Result<WireTls, SendError> {
        let (verifier, cryptography) = self.0.handshakes.trust();
        let config = ClientConfig::builder_with_provider(cryptography)
            .with_safe_default_protocol_versions()
            .map_err(|_| SendError::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(|_| SendError::BadUrl)?;
        Ok(WireTls { connector: TlsConnector::from(Arc::new(config)), name })
    }
}
